#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""HTTP as nobody should speak it. After each of these the service is up, and a bystander
has missed nothing."""

import contextlib
import json
import os
import socket
import time

import harness
import rawsocket
from bystander import Shared, hostile
from rawsocket import PlainClient, RawSocket, Refused, WebSocket

REQUEST_DEADLINE_S = 10
KEPT_S = 17  # a connection, for its next request
CUT_OFF_S = 5  # after a refusal; it is over after 2 s
SHORT_LIVED = 1500  # connections that come and go, to see whether anything stays
MAX_GROWTH_KIB = 1024
PATHS = (b"/", b"/health", b"/ws", b"/nothing", b"/socket.io/?EIO=4&transport=websocket")
ORIGIN = "https://app.example.org"


def expect_refused(scope, to, path, status, code, headers=None, pattern=""):
    try:
        WebSocket(scope, to, path, headers)
    except Refused as refused:
        answer = refused.answer
    else:
        raise AssertionError(f"{path} {headers} was let in")
    harness.expect_equal(answer.status, status, f"the status of {path} {headers}")
    harness.expect_equal(answer.get_json()["code"], code, f"the code of {path} {headers}")
    harness.expect_match(pattern, answer.get_json()["message"])


@hostile
def refuses_bad_handshakes(scope, service):
    """A handshake that is not right is answered with Engine.IO's code"""
    path = "/socket.io/?EIO=4&transport=websocket"
    for bad, code in (
        ("/socket.io/", 0),
        ("/socket.io/?EIO=4", 0),
        ("/socket.io/?EIO=4&transport=polling&sid=Mg3PqB0bYf8Zs1vHk2xT", 1),
        ("/socket.io/?EIO=4&transport=toString", 0),
        ("/socket.io/?transport=websocket", 5),
        ("/socket.io/?EIO=3&transport=websocket", 5),
        (path + "&sid=Mg3PqB0bYf8Zs1vHk2xT", 1),
        (path + "&sid=..%2f%00", 1),
    ):
        expect_refused(scope, service, bad, 400, code)
    for headers in (
        {"Upgrade": None},
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Version": None},
        {"Sec-WebSocket-Version": "8"},
    ):
        for each in (path, "/ws"):
            expect_refused(scope, service, each, 400, 3, headers)
    for method in ("POST", "PUT", "DELETE", "BREW"):
        answer = service.get(path, method)
        found = (answer.status, json.loads(answer.body)["code"])
        harness.expect_equal(found, (400, 2), f"the answer to {method}")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        answer = service.get("/ws", method)
        found = (answer.status, json.loads(answer.body)["code"])
        harness.expect_equal(found, (400, 3), f"the answer to {method} /ws")
    for missing in (
        "/socket.io",
        "/socket.io/x?EIO=4&transport=websocket",
        "/ws/",
        "/ws/x",
    ):
        harness.expect_equal(service.get(missing).status, 404, f"the status of {missing}")


@hostile
def refuses_foreign_origins(scope, service):
    """A page of another origin gets 403 and the key's name; its own and none get in"""
    host = {"Host": "127.0.0.1:5000"}
    bad = ["http://evil.example", "null", "", "http://127.0.0.1:5001", "http://127.0.0.1"]
    bad += [
        "http://127.0.0.1:5000.evil.example",
        "127.0.0.1:5000",
        "http://127.0.0.1:5000/",
    ]
    for origin in bad:
        for path in (rawsocket.SOCKETIO_PATH, "/ws"):
            headers = {**host, "Origin": origin}
            expect_refused(scope, service, path, 403, 4, headers, "allowed-origins")
    for headers in (host, {**host, "Origin": "http://127.0.0.1:5000"}):
        WebSocket(scope, service, headers=headers).take_json()


@hostile
def allows_listed_origins(scope, service):
    """With allowed-origins only those that are listed get in, compared exactly"""
    listed = harness.Service(
        scope, f"server.allowed-origins={ORIGIN};http://b.example:81"
    )
    for origin in (ORIGIN, "http://b.example:81"):
        PlainClient(scope, listed, headers={"Origin": origin})
    own = f"http://127.0.0.1:{listed.port}"
    for origin in (
        own,
        ORIGIN + ":443",
        ORIGIN + "/",
        ORIGIN.upper(),
        "http://b.example",
    ):
        expect_refused(
            scope, listed, "/ws", 403, 4, {"Origin": origin}, "allowed-origins"
        )
    PlainClient(scope, listed)
    everybody = harness.Service(scope, "server.allowed-origins=*")
    for origin in ("null", "http://evil.example"):
        PlainClient(scope, everybody, headers={"Origin": origin})


@hostile
def serves_no_proxy_in_development(scope, service):
    """Development mode refuses what came through a proxy"""
    development = harness.Service(scope, "auth.mode=development")
    for name in ("Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Real-IP"):
        headers = {name: "10.0.0.1"}
        path = "/ws?user=admin"
        expect_refused(scope, development, path, 403, 4, headers, "auth.mode=development")
        PlainClient(scope, service, headers=headers)
    harness.expect_equal(development.get_counters()["handshakes_refused_user"], 4)


@hostile
def survives_malformed_requests(scope, service):
    """Rubbish for a request is answered with an error or a close"""
    heads = [
        b"\r\n\r\n",
        b"\0" * 100,
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ]
    heads += [
        b"GET  /  HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
    ]
    heads += [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n"]
    heads += [b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"]
    heads += [b"GET / HTTP/1.1\r\n\r\n", b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n"]
    heads += [
        b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    heads += [
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    heads += [b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"]
    heads += [b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"]
    heads += [b"GET /ws?user=%00&user=&=&&&%f HTTP/1.1\r\nHost: a\r\n\r\n"]
    heads += [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"]
    heads += [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"
    ]
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    heads += [
        chunked + b"zz\r\n",
        chunked + b"-1\r\n\r\n",
        chunked + b"ffffffffffffffff\r\nx",
    ]
    heads += [os.urandom(1000) for _ in range(20)]
    for head in heads:
        client = RawSocket(scope, service)
        client.send(head)
        client.socket.shutdown(socket.SHUT_WR)
        answer = client.take_rest()
        if answer and not answer.startswith(b"HTTP/1."):
            raise AssertionError(f"{head[:60]!r} was answered with {answer[:60]!r}")
        if b"root:" in answer or answer.startswith(b"HTTP/1.1 200") and b"passwd" in head:
            raise AssertionError("a file of the machine was served")


@hostile
def serves_pages_strictly(scope, service):
    """What is not there is 404, what is not GET is 405, whatever the body"""
    harness.expect_equal(service.get("/").status, 200, "the page's status")
    harness.expect_equal(service.get("/", "HEAD").body, b"", "the body of HEAD")
    for path in ("/favicon.ico", "/health/", "/healthx", "/etc/passwd", "//"):
        harness.expect_equal(service.get(path).status, 404, f"the status of {path}")
    for path in ("/", "/health"):
        answer = service.get(path, "POST")
        harness.expect_equal(answer.status, 405, f"the status of POST {path}")
        harness.expect_equal(answer.getheader("Allow"), "GET, HEAD")


@hostile
def bounds_headers(scope, service):
    """Headers without an end are cut off"""
    for line in (b"X: " + b"x" * 5000 + b"\r\n", b"x" * 5000, b"X: y\r\n" * 800):
        client = RawSocket(scope, service)
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\n")
        n_sent = 0
        while client.send(line) and not client.has_ended():
            n_sent += len(line)
            if n_sent > 16 << 20:
                raise AssertionError("16 MiB of headers were taken")
    client = RawSocket(scope, service)
    client.send(b"GET /" + b"x" * 200000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    if b" 200 " in client.take_rest()[:20]:
        raise AssertionError("a path of 200,000 bytes was served")


@hostile
def bounds_bodies(scope, service):
    """A body that nobody wants is cut off, with or without a length, and not kept"""
    before = service.get_resident_kib()
    chunk = b"x" * 65536
    framed = b"%x\r\n%b\r\n" % (len(chunk), chunk)
    head = b"POST %b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n"
    cases = [(head % (path, b"Content-Length: 1000000000"), chunk) for path in PATHS]
    cases += [(head % (path, b"Transfer-Encoding: chunked"), framed) for path in PATHS]
    senders = []
    for request, body in cases:
        client = RawSocket(scope, service)
        client.send(request)
        senders.append((client, body))
    began = time.monotonic()
    # What is sent after the answer is thrown away for a while, then the socket is closed.
    while senders:
        senders = [(client, body) for client, body in senders if client.send(body)]
        if time.monotonic() - began > CUT_OFF_S:
            raise AssertionError(f"{len(senders)} may still send after {CUT_OFF_S} s")
    service.check_growth(before, 4 * MAX_GROWTH_KIB)


@hostile
def answers_pipelined_requests(scope, service):
    """Requests in one go are answered one after the other, the last one a WebSocket"""
    client = RawSocket(scope, service)
    one = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    other = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    client.send((one + other) * 50 + rawsocket.make_handshake("/ws").encode())
    for _ in range(50):
        harness.expect_equal(client.take_answer().status, 200, "the status")
        harness.expect_equal(client.take_answer().status, 404, "the status")
    harness.expect_equal(client.take_answer().status, 101, "the status")
    harness.expect_match("connected", client.take_until(b"}}").decode("latin-1"))


@hostile
def takes_early_bytes(scope, service):
    """What comes in one piece with the handshake is not lost"""
    client = RawSocket(scope, service)
    frames = [
        rawsocket.make_frame(rawsocket.TEXT, '{"type":"ping","id":%d}' % n)
        for n in (1, 2, 3)
    ]
    client.send(rawsocket.make_handshake("/ws").encode() + b"".join(frames))
    harness.expect_equal(client.take_answer().status, 101, "the status")
    for number in "123":
        client.take_until(b'{"type":"pong","id":%b}' % number.encode())
    slow = RawSocket(scope, service, [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)])
    for byte in rawsocket.make_handshake("/ws"):
        slow.send(byte)  # each in a segment of its own
    harness.expect_equal(slow.take_answer().status, 101, "the status, byte by byte")


@hostile
def lets_go_of_left_connections(scope, service):
    """Kept connections that their clients leave hold neither a descriptor nor memory"""
    request = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"

    def come_and_go(n_times):
        for number in range(n_times):
            with contextlib.ExitStack() as one:
                client = RawSocket(one, service)
                client.send(request)
                client.take_answer()
                if number % 3 == 0:
                    client.reset()

    def count_files():
        return len(os.listdir(f"/proc/{service.pid}/fd"))

    files = count_files()
    come_and_go(SHORT_LIVED)
    harness.wait_until(
        lambda: count_files() <= files + 1, "the descriptors are closed", 3
    )
    before = service.get_resident_kib()
    come_and_go(SHORT_LIVED)
    service.check_growth(before, MAX_GROWTH_KIB)


@hostile
def ends_slow_requests(scope, service):
    """A request that does not come in 10 s is cut off; one more is waited for 17 s"""
    began = time.monotonic()
    silent = RawSocket(scope, service)
    half = RawSocket(scope, service)
    half.send("GET / HTTP/1.1\r\nHost: a\r\n")
    half_closed = RawSocket(scope, service)
    half_closed.send("GET / HT")
    half_closed.socket.shutdown(socket.SHUT_WR)
    body = RawSocket(scope, service)
    body.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx")
    dropping = RawSocket(scope, service)
    kept = RawSocket(scope, service)
    kept.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    kept.take_answer()
    upgraded = PlainClient(scope, service)
    slow = [silent, half, half_closed, body, dropping]
    dropping.send("GET / HTTP/1.1\r\n")
    while time.monotonic() - began < REQUEST_DEADLINE_S + 1:
        dropping.send("X: y\r\n")
        time.sleep(0.25)
    for client in slow:
        harness.wait_until(client.has_ended, "the connection is cut off", 5)
    harness.expect_equal(kept.has_ended(), False, "whether the kept one was cut off too")
    left = began + KEPT_S - time.monotonic()
    harness.wait_until(kept.has_ended, "the kept connection is closed", left + 5)
    upgraded.ask("ping")


@hostile
def bounds_connections(scope, service):
    """Over max-connections a socket is closed at once; a place is free again later"""
    small = harness.Service(
        scope, "server.max-connections=5", "server.max-connections-per-address=4"
    )
    clients = [PlainClient(scope, small) for _ in range(4)]
    for _ in range(3):
        harness.expect_equal(RawSocket(scope, small).take_rest(), b"", "the answer")
    clients.pop().close_politely()
    harness.wait_until(lambda: can_come_in(scope, small), "there is a place")
    clients[0].ask("ping")
    path = harness.make_folder(scope) / "socket"
    other = harness.Service(
        scope, f"server.listen=127.0.0.1:0;unix:{path}", "server.max-connections=2"
    )
    kept = [PlainClient(scope, other), PlainClient(scope, path)]
    harness.expect_equal(RawSocket(scope, path).take_rest(), b"", "the answer")
    for client in kept:
        client.ask("ping")


def can_come_in(scope, to):
    try:
        PlainClient(scope, to)
        return True
    except (rawsocket.Ended, ConnectionError):
        return False


harness.run(limit_s=240, setup=Shared)
