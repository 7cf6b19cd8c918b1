#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a hostile or unlucky client of long-polling can't do to the service."""

import json
import os
import socket
import time

import pollclient
from pollclient import POLLING, PollingClient, make_chunk, make_request

import harness
import rawsocket
import redisserver

MAX_PAYLOAD = 100000
PAYLOAD = f"engineio.max-payload-bytes={MAX_PAYLOAD}"
CHUNKED = {"Transfer-Encoding": "chunked"}


def count_descriptors(service):
    return len(os.listdir(f"/proc/{service.pid}/fd"))


def expect_cut(link, status, within_s=harness.WAIT_S):
    """Exactly one answer without a body, and the end of the connection."""
    answer = link.take_answer(within_s)
    harness.expect_equal((answer.status, answer.body), (status, b""), "the answer")
    harness.expect_equal(answer.headers["connection"], "close", "Connection")
    harness.expect_equal(link.take_rest(), b"", "what follows the answer")


def fill(n_bytes):
    """A body of so many bytes that breaks nothing: pongs."""
    return ("3" + pollclient.SEPARATOR) * ((n_bytes - 1) // 2) + "3" * (2 - n_bytes % 2)


@harness.test
def takes_the_largest_body(scope):
    """A body of exactly the limit is taken, in one piece or in chunks"""
    client = PollingClient(scope, harness.Service(scope, PAYLOAD))
    text = "x" * (MAX_PAYLOAD - len('42["unknown",{"text":""}]'))
    body = f'42["unknown",{{"text":"{text}"}}]'.encode()
    harness.expect_equal(len(body), MAX_PAYLOAD)
    harness.expect_equal(client.post_raw(body).body, b"ok", "the answer")
    harness.expect_equal(client.take_event()[1]["code"], "unknown_command")
    pieces = [body[at : at + 997] for at in range(0, len(body), 997)]
    client.poster.send(make_request(client.path, "POST", CHUNKED))
    for piece in pieces:
        client.poster.send(make_chunk(piece))
    client.poster.send(make_chunk(b""))
    harness.expect_equal(client.poster.take_answer().body, b"ok", "the answer")
    harness.expect_equal(client.take_event()[1]["code"], "unknown_command")
    client.poster.send(make_request(client.path, "POST", {"Expect": "100-continue"}, "3"))
    harness.expect_equal(client.poster.take_answer().status, 100, "the answer")
    harness.expect_equal(client.poster.take_answer().body, b"ok", "the answer")


@harness.test
def refuses_a_larger_body(scope):
    """One byte more is answered with 413, before it comes where its length is told"""
    client = PollingClient(scope, harness.Service(scope, PAYLOAD))
    body = b"4" + b"x" * MAX_PAYLOAD
    client.poster.send(make_request(client.path, "POST", {"Content-Length": str(len(body))}))
    expect_cut(client.poster, 413)
    for sent in (body, body * 2):
        for request in (
            make_request(client.path, "POST", body=sent),
            make_request(client.path, "POST", CHUNKED) + make_chunk(sent) + make_chunk(b""),
        ):
            client.poster = rawsocket.RawSocket(scope, client.to)
            client.poster.send(request)
            expect_cut(client.poster, 413)
    client.poster = rawsocket.RawSocket(scope, client.to)
    client.subscribe("A")


@harness.test
def refuses_a_huge_body(scope):
    """A chunked body of 26 MB is answered with 413 and closed early; memory stays"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    before = service.get_resident_kib()
    for _ in range(4):
        client.poster = rawsocket.RawSocket(scope, service)
        client.poster.send(make_request(client.path, "POST", CHUNKED))
        n_sent = 0
        while not pollclient.has_input(client.poster):
            client.poster.send(make_chunk(b"4" * 65536))
            n_sent += 65536
        harness.expect_equal(client.poster.take_answer().status, 413, "the answer")
        if n_sent > 16 << 20:
            raise AssertionError(f"it came after {n_sent} bytes")
        while n_sent < 26 << 20 and client.poster.send(make_chunk(b"4" * 65536)):
            n_sent += 65536
    client.poster = rawsocket.RawSocket(scope, service)
    client.subscribe("A")
    service.check_growth(before, 12 << 10)


@harness.test
def refuses_bodies_elsewhere(scope):
    """Where no body belongs it is not collected"""
    service = harness.Service(scope)
    for path, method in (("/health", "POST"), (POLLING, "GET"), (POLLING + "&sid=x", "POST")):
        link = rawsocket.RawSocket(scope, service)
        link.send(make_request(path, method, CHUNKED))
        while link.send(make_chunk(b"4" * 65536)) and not link.has_ended():
            pass
    harness.expect_equal(service.get_health()["status"], "ok")


@harness.test
def refuses_broken_bodies(scope):
    """Chunks and lengths that are wrong are refused, and harm nobody else"""
    service = harness.Service(scope)
    other = PollingClient(scope, service)
    cases = [(CHUNKED, chunks) for chunks in (b"zz\r\n3\r\n", b"-1\r\n3\r\n", b"f" * 18 + b"\r\n")]
    cases += [({"Content-Length": n}, b"") for n in ("-1", "9" * 20)]
    cases += [({"Host": None}, b"3")]
    # libsoup 3.2 would never free the paths of these.
    cases += [({"Content-Length": "x"}, b""), ({"Transfer-Encoding": "gzip"}, b"3")]
    for headers, body in cases:
        client = PollingClient(scope, service)
        client.poster.send(make_request(client.path, "POST", headers) + body)
        client.poster.socket.shutdown(socket.SHUT_WR)
        answer = client.poster.take_rest(3)
        harness.expect_match(r"^HTTP/1\.[01] (4\d\d|501) ", answer.decode("latin-1"))
        other.subscribe("A")
    for rubbish in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n"):
        link = rawsocket.RawSocket(scope, service)
        link.send(rubbish)
        harness.expect_match(r"^HTTP/1\.[01] 400 ", link.take_rest(3).decode("latin-1"))
    other.subscribe("A")


@harness.test
def refuses_large_headers(scope):
    """Headers that are too large are answered with 431, and not collected"""
    service = harness.Service(scope)
    before = service.get_resident_kib()
    link = rawsocket.RawSocket(scope, service)
    link.send(make_request(POLLING, headers={"X": "x" * 30000}))
    harness.expect_equal(link.take_answer().status, 200, "30 KB of headers")
    for line in (b"X: " + b"x" * 1000 + b"\r\n", b"x" * 1000):
        link = rawsocket.RawSocket(scope, service)
        link.send(b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\n")
        n_sent = 0
        while link.send(line) and not link.has_ended():
            n_sent += len(line)
            if n_sent > 8 << 20:
                raise AssertionError("8 MB of headers were taken")
    service.check_growth(before, 4 << 10)
    link = rawsocket.RawSocket(scope, service)
    link.send(b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 62000)
    expect_cut(link, 431)


@harness.test
def cuts_slow_requests(scope):
    """Slow headers are cut after 10 s, a slow body after 30 s, each with an answer"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    head = make_request(client.path, "POST", {"Content-Length": "1000"})
    began = time.monotonic()
    links = {name: rawsocket.RawSocket(scope, service) for name in ("header", "body", "none")}
    held = PollingClient(scope, service)
    held.getter.send(make_request(held.path, headers={"Content-Length": "10"}))
    links["body"].send(head)
    links["header"].send("GET /socket.io/ HTTP/1.1\r\nX: ")
    ends = {}
    while len(ends) < 3 and time.monotonic() < began + 45:
        time.sleep(1)
        for name, link in links.items():
            if name not in ends and link.has_ended():
                ends[name] = time.monotonic() - began
            elif name not in ends and pollclient.has_input(link):
                expect_cut(link, 408)
                ends[name] = time.monotonic() - began
            elif name != "none" and name not in ends:
                link.send("3")
    harness.note({name: round(after, 1) for name, after in ends.items()})
    for name, wanted in (("header", 10), ("none", 10), ("body", 30)):
        if not wanted - 1 <= ends.get(name, 99) <= wanted + 4:
            raise AssertionError(f"{name}: {ends.get(name)} s")
    held.poster = rawsocket.RawSocket(scope, service)
    held.emit("subscribe_tickers", {"tickers": ["A"]})
    expect_cut(held.getter, 408, 35)
    service.wait_for_counter("connections", 2)


@harness.test
def keeps_and_closes_idle_connections(scope):
    """A connection is kept for the POST that answers the next ping, and closed later"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    for _ in range(2):
        harness.expect_equal(client.get(), ["2"], "the ping")
        client.post("3")
    client.hold_get()
    began = time.monotonic()
    harness.wait_until(client.poster.has_ended, "the idle connection is closed", 25)
    if time.monotonic() < began + 11:
        raise AssertionError("it was closed too early")
    harness.expect_equal(client.getter.has_ended(), False, "whether the held one was")


@harness.test
def forgets_who_leaves_between_requests(scope):
    """A connection that its client closes while nothing is asked is gone at once"""
    service = harness.Service(scope)
    n_before = count_descriptors(service)

    def come_and_go(n):
        for number in range(n):
            link = rawsocket.RawSocket(scope, service)
            if number % 4 > 0:
                link.send(make_request("/health"))
                link.take_answer()
            if number % 4 == 1:
                link.send("GET")
            if number % 3 == 0:
                link.socket.shutdown(socket.SHUT_WR)
                link.take_rest(3)
            elif number % 3 == 1:
                link.reset()
            link.close()

    come_and_go(500)
    harness.wait_until(lambda: count_descriptors(service) <= n_before, "closed", 3)
    before = service.get_resident_kib()
    come_and_go(3000)
    harness.wait_until(lambda: count_descriptors(service) <= n_before, "closed", 3)
    service.check_growth(before, 1 << 10)


@harness.test
def cuts_who_does_not_read(scope):
    """An answer that nobody reads is given up, and its memory with it"""
    redis, service = redisserver.start_with_redis(scope, "delivery.batch-mode=direct")
    client = PollingClient(scope, service)
    client.subscribe("A")
    n_before = count_descriptors(service)
    big = json.dumps({"symbol": "A", "text": "x" * 100000})
    redis.publish_all(redisserver.TICKS, [big] * 8)
    harness.wait_until(lambda: service.get_counters()["deliveries"] == 8, "8 deliveries")
    client.getter.close()
    options = [(1, 8, 4096)]  # SOL_SOCKET, SO_RCVBUF
    client.getter = rawsocket.RawSocket(scope, service, options)
    client.begin_get()
    time.sleep(1)
    harness.wait_until(lambda: service.get_counters()["outbox_bytes"] == 0, "given up", 40)
    harness.wait_until(lambda: count_descriptors(service) <= n_before, "closed")


@harness.test
def forgets_abandoned_polls(scope):
    """300 polls whose browsers left leave nothing behind"""
    times = ("engineio.ping-interval-ms=1000", "engineio.ping-timeout-ms=2000")
    redis, service = redisserver.start_with_redis(scope, *times)

    def abandon(n):
        for number in range(n):
            client = PollingClient(scope, service)
            client.subscribe("A")
            client.begin_get()
            if number % 2:
                time.sleep(0.002)
            client.getter.reset() if number % 3 else client.getter.close()
            client.poster.close()

    abandon(50)
    service.wait_for_counter("connections", 0)
    n_before, kib_before = count_descriptors(service), service.get_resident_kib()
    abandon(300)
    big = json.dumps({"symbol": "A", "text": "x" * 2000})
    redis.publish_all(redisserver.TICKS, [big] * 10)
    service.wait_for_counter("connections", 0)
    counters = service.get_counters()
    harness.expect_equal(counters["outbox_bytes"], 0, "outbox_bytes")
    harness.expect_equal(counters["users"], 0, "users")
    service.check_books()
    harness.wait_until(lambda: count_descriptors(service) <= n_before, "descriptors")
    service.check_growth(kib_before, 3 << 10)


@harness.test
def goes_on_beside_large_posts(scope):
    """A POST with very many packets does not hold the others up for long"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    other = rawsocket.PlainClient(scope, service)
    worst = 0
    for body in (fill(5 << 20), pollclient.SEPARATOR.join(['42["x"]'] * 600000)):
        client = PollingClient(scope, service)
        client.poster.send(make_request(client.path, "POST", body=body))
        end = time.monotonic() + 3
        while time.monotonic() < end and not pollclient.has_input(client.poster):
            began = time.monotonic()
            other.ask("ping")
            worst = max(worst, time.monotonic() - began)
        client.poster.take_answer()
    harness.note(f"the worst ping took {worst * 1000:.0f} ms")
    if worst > 3:
        raise AssertionError(f"a ping took {worst:.1f} s")


harness.run(limit_s=400)
