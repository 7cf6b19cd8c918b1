#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests that a proxy in front could read otherwise than the service does, and those of
other protocols. After each test the service is up, and a bystander has missed nothing."""

import re
import socket

import harness
from bystander import Shared, hostile
from rawsocket import RawSocket

MOST_HEAD_BYTES = 60000  # what is surely taken or answered, not cut off
HIDDEN = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
NO_CHUNKS = b"0\r\n\r\n"


def post(headers, body=b""):
    return b"POST /nothing HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\n" + body


def get(headers=b"Host: a", target=b"/health", version=b"HTTP/1.1", method=b"GET"):
    return b"%b %b %b\r\n%b\r\n\r\n" % (method, target, version, headers)


def ask(scope, service, data, is_whole=True):
    """Sends bytes, and gives all that is answered until the service ends it, or after the
    end of input."""
    client = RawSocket(scope, service)
    client.send(data)
    if is_whole:
        client.socket.shutdown(socket.SHUT_WR)
    return client.take_rest()


def get_statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d+) ", answer)]


@hostile
def refuses_hidden_requests(scope, service):
    """A request whose length could be read in two ways is refused, what follows unread"""
    for data in (
        post(b"Content-Length: 6\r\n" + CHUNKED, NO_CHUNKS + b"X"),
        post(CHUNKED + b"\r\nContent-Length: 6", NO_CHUNKS),
        post(b"Content-Length: 0\r\nContent-Length: %d" % len(HIDDEN)),
        post(b"Content-Length: 0\r\nContent-Length: 0"),
        post(b"Content-Length: 0, %d" % len(HIDDEN)),
        post(b"Content-Length: +0"),
        post(b"Content-Length: 0x0"),
        post(b"Content-Length: -1"),
        post(b"Content-Length:"),
        post(b"Content-Length: 0 0"),
        post(b"Content-Length: 0\0"),
        post(b"Content-Length : %d" % len(HIDDEN)),
        post(b"Transfer-Encoding : chunked", NO_CHUNKS),
        post(b"Transfer-Encoding\t: chunked", NO_CHUNKS),
        post(b"Transfer-Encoding:\r\n chunked", NO_CHUNKS),
        post(b"Transfer-Encoding: \x0bchunked", NO_CHUNKS),
        post(b"Transfer-Encoding: identity"),
        post(b"Transfer-Encoding: xchunked", NO_CHUNKS),
        post(b"Transfer-Encoding: gzip, chunked", NO_CHUNKS),
        post(b"Transfer-Encoding: chunked, chunked", NO_CHUNKS),
        post(CHUNKED + b"\r\nTransfer-Encoding: identity", NO_CHUNKS),
        get(b"Host: a\r\nContent-Length: 5\r\n" + CHUNKED) + NO_CHUNKS,
        get(b"Host: a\rContent-Length: %d" % len(HIDDEN)),
        get(b"Host: a\r\nHost: b"),
        get(b"Host: a\r\nX: y\r\n Host: b"),
        get(b"X: y"),
        get(b"Host: a\r\nX: a\0b"),
        get(b"Host: a\r\nX\0: b"),
        get(target=b"/hea\0lth"),
    ):
        # Without an end of input: the service has to end it.
        answer = ask(scope, service, data + HIDDEN, is_whole=False)
        harness.expect_equal(get_statuses(answer), [400], f"what is answered to {data!r}")


@hostile
def refuses_broken_chunks(scope, service):
    """Behind chunks that are none, nothing is taken for a request"""
    for chunks in (b"0x0\r\n\r\n", b" 0\r\n\r\n", b"-0\r\n\r\n", b"0" * 30 + b"\r\n\r\n"):
        for data in (post(CHUNKED, chunks), post(CHUNKED, b"1\r\nab" + chunks)):
            answer = ask(scope, service, data + HIDDEN)
            if 200 in get_statuses(answer):
                raise AssertionError(f"what follows {data!r} was answered")


@hostile
def takes_odd_bodies(scope, service):
    """A body in an unusual but good form ends where it should, and the next request counts"""
    for data in (
        post(b"content-length:0"),
        post(b"Content-Length: 5", b"abcde"),
        post(b"Content-Length: %d" % len(HIDDEN), HIDDEN),
        post(b"Transfer-Encoding:\tchunked", NO_CHUNKS),
        post(CHUNKED, b"0;a=b\r\n\r\n"),
        post(CHUNKED, b"5;x\r\nabcde\r\n" + NO_CHUNKS),
        post(CHUNKED, b"0\r\nContent-Length: 5\r\n\r\n"),
        post(CHUNKED, b"%X\r\n%b\r\n" % (len(HIDDEN), HIDDEN) + NO_CHUNKS),
    ):
        answer = ask(scope, service, data + HIDDEN)
        harness.expect_equal(get_statuses(answer)[:2], [404, 200], f"answers to {data!r}")


@hostile
def answers_odd_requests(scope, service):
    """Targets, methods and versions that no browser sends are answered by the standard"""
    for data, status in (
        (get(target=b"http://a/health"), 200),
        (get(target=b"http://b:99/health"), 200),
        (get(target=b"https://a/health"), 400),
        (get(target=b"file:///etc/passwd"), 400),
        (get(target=b"ftp://a/health"), 400),
        (get(target=b"/health%00"), 400),
        (get(target=b"a:443", method=b"CONNECT"), 405),
        (get(target=b"*", method=b"OPTIONS"), 404),
        (get(b"Host: a\r\nCookie: private", method=b"TRACE"), 405),
        (get(method=b"get"), 405),
        (
            get(b"Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA"),
            200,
        ),
        (get(version=b"HTTP/0.9"), 505),
        (get(version=b"HTTP/1.2"), 505),
        (get(version=b"HTTP/2.0"), 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 505),
        (b"GET /health\r\n\r\n", 400),
        (b"\r\n\r\n" + get(), 200),
        (post(b"Content-Length: 5\r\nExpect: nothing"), 417),
    ):
        answer = ask(scope, service, data)
        harness.expect_equal(
            get_statuses(answer)[:1], [status], f"the answer to {data!r}"
        )
        if b"private" in answer or b"root:" in answer:
            raise AssertionError(f"{data!r} was answered with {answer!r}")


@hostile
def takes_many_headers(scope, service):
    """Thousands of headers in a head that is not too long hold nobody up"""
    for line in (b"a:\r\n", b"a:b\r\n", b"Cookie: a=b\r\n", b"Connection: close\r\n"):
        lines = line * (MOST_HEAD_BYTES // len(line))
        answer = ask(scope, service, get(b"Host: a\r\n" + lines[:-2]))
        status = get_statuses(answer)[0]
        harness.note(f"{len(lines) // len(line)} times {line!r}: {status}")
        harness.expect_equal(
            status in (200, 400, 431), True, f"{status} to be one of these"
        )


harness.run(limit_s=120, setup=Shared)
