#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The contract of long-polling, over real sockets."""

import base64
import json
import os
import time
from unittest import mock

import pollclient
from pollclient import (
    PATH,
    POLLING,
    PollingClient,
    ask,
    expect_refusal,
    make_request,
    publish,
)

import harness
import rawsocket
import redisserver

ORIGIN = "https://app.example.org"
DEVELOPMENT = "auth.mode=development"


def take_numbers(client, n):
    return [client.take_tick()["number"] for _ in range(n)]


@harness.test
def opens(scope):
    """The open packet has its members in order, and is alone"""
    settings = ("engineio.ping-interval-ms=7000", "engineio.max-payload-bytes=100000")
    client = PollingClient(scope, harness.Service(scope, *settings), is_connected=False)
    wanted = ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]
    harness.expect_equal(list(client.opening), wanted, "the members")
    harness.expect_match(r"^[A-Za-z0-9_-]{20}$", client.sid)
    del client.opening["sid"]
    wanted = {"upgrades": ["websocket"], "pingInterval": 7000, "pingTimeout": 60000}
    harness.expect_equal(client.opening, {**wanted, "maxPayload": 100000}, "the rest")


@harness.test
def offers_no_upgrade(scope):
    """Where WebSocket is not among the transports, no upgrade is offered"""
    client = PollingClient(scope, harness.Service(scope, "engineio.transports=polling"))
    harness.expect_equal(client.opening["upgrades"], [], "upgrades")
    path = client.path.replace("polling", "websocket")
    expect_refusal(ask(scope, client.to, path), 400, 0)
    client.subscribe("A")


@harness.test
def answers_types(scope):
    """Answers have the content types of the reference server, and are not kept"""
    client = PollingClient(scope, harness.Service(scope), is_connected=False)
    answer = client.post_raw("40")
    harness.expect_equal((answer.status, answer.body), (200, b"ok"))
    harness.expect_equal(answer.headers["content-type"], "text/html")
    client.begin_get()
    answer = client.getter.take_answer()
    harness.expect_equal(answer.headers["content-type"], "text/plain; charset=UTF-8")
    harness.expect_equal(answer.headers["cache-control"], "no-store")
    answer = ask(scope, client.to, POLLING + "&sid=x")
    harness.expect_equal(answer.headers["content-type"], "application/json")


@harness.test
def holds(scope):
    """A GET is held until there is something, or the ping is due"""
    redis, service = redisserver.start_with_redis(scope, "engineio.ping-interval-ms=1000")
    client = PollingClient(scope, service)
    client.subscribe("A")
    began = time.monotonic()
    harness.expect_equal(client.get(), ["2"], "the ping")
    took = time.monotonic() - began
    if not 0.3 < took < 1.0 + harness.END_S:
        raise AssertionError(f"the ping came after {took:.2f} s")
    client.post("3")
    client.begin_get()
    time.sleep(0.2)
    publish(redis, 1)
    (packet,) = client.end_get()
    event, tick = json.loads(packet[2:])
    harness.expect_equal((event, tick["number"]), ("tick_data", 1), "what the poll got")
    publish(redis, 2, 3, 4)
    harness.wait_until(lambda: service.get_counters()["deliveries"] == 4, "4 deliveries")
    harness.expect_equal(len(client.get()), 3, "packets in one answer")
    service.check_books()


@harness.test
def takes_several_packets(scope):
    """Several packets in one POST are taken in order, and answered in one GET"""
    client = PollingClient(scope, harness.Service(scope))
    client.post(*[f'42{n}["subscribe_tickers",{{"tickers":["T{n}"]}}]' for n in range(5)])
    packets = client.get()
    acks = [packet for packet in packets if packet.startswith("43")]
    harness.expect_equal(acks, [f'43{n}[{{"tickers":["T{n}"]}}]' for n in range(5)])
    harness.expect_equal(len(packets), 10, "events and acknowledgements")


@harness.test
def refuses_binary_politely(scope):
    """Binary comes as base64; it is refused with an error, and the session lives"""
    client = PollingClient(scope, harness.Service(scope))
    data = "b" + base64.b64encode(bytes(range(256))).decode()
    client.post('451-7["subscribe_tickers",{"_placeholder":true,"num":0}]', data)
    event, payload = client.take_event()
    harness.expect_equal((event, payload["code"]), ("error", "unsupported"))
    harness.expect_equal(client.take_packet()[:3], "437", "the acknowledgement")
    client.post('452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
    client.post("b")
    client.post("bAAEC")
    harness.expect_equal(client.take_event()[1]["code"], "unsupported")
    harness.expect_equal(client.subscribe("A"), ["A"])
    for body in ("b!!!!", "bAAE", "b====", data):
        other = PollingClient(scope, client.to)
        expect_refusal(other.post_raw(body), 400, 3)
        other.expect_gone()


@harness.test
def ends_on_broken_packets(scope):
    """A packet that breaks the protocol is answered with 400, and ends the session"""
    service = harness.Service(scope)
    bodies = ["", "x", "2", "2probe", "7", "4", "4x", '42["a"', "42[]", '42["connect"]', "40"]
    bodies += [pollclient.SEPARATOR, "3" + pollclient.SEPARATOR, "\x00", "42[\x1e]", b"4\xff"]
    for body in bodies:
        client = PollingClient(scope, service)
        client.hold_get()
        expect_refusal(client.post_raw(body), 400, 3)
        harness.expect_equal(client.end_get()[-1], "1", f"what the GET got for {body!r}")
        client.expect_gone()
        client.close()
    service.wait_for_counter("connections", 0)
    harness.expect_equal(
        service.get_counters()["connections_closed_protocol"], len(bodies), "closed"
    )


@harness.test
def ends_when_asked(scope):
    """A client's close packet ends the session with ok, and the held GET with a noop"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    client.hold_get()
    client.post("1")
    harness.expect_equal(client.end_get(), ["6"], "what the GET got")
    client.expect_gone()
    harness.expect_equal(service.get_counters()["connections_closed_protocol"], 0)


@harness.test
def refuses_requests(scope):
    """Wrong requests are answered with the codes of the reference server"""
    service = harness.Service(scope)
    sid = PollingClient(scope, service).sid
    cases = (
        ("GET", PATH, 0),
        ("GET", PATH + "?EIO=4", 0),
        ("GET", PATH + "?EIO=4&transport=", 0),
        ("GET", PATH + "?EIO=4&transport=flash", 0),
        ("GET", PATH + f"?EIO=4&transport=flash&sid={sid}", 0),
        ("GET", POLLING + "&sid=nobody", 1),
        ("POST", POLLING + "&sid=nobody", 1),
        ("GET", POLLING + "&sid=" + "x" * 20000, 1),
        ("POST", POLLING, 2),
        ("PUT", POLLING, 2),
        ("HEAD", POLLING, 2),
        ("DELETE", POLLING, 2),
        ("PUT", POLLING + f"&sid={sid}", 3),
        ("GET", PATH + "?EIO=4&transport=websocket", 3),
        ("GET", PATH + f"?EIO=4&transport=websocket&sid={sid}", 3),
        ("GET", PATH + "?transport=polling", 5),
    )
    for method, path, code in cases:
        body = "4" if method in ("POST", "PUT") else None
        answer = ask(scope, service, path, method, body=body)
        if method == "HEAD":
            harness.expect_equal(answer.status, 400, "the status of HEAD")
        else:
            expect_refusal(answer, 400, code)
    harness.expect_equal(service.get_counters()["handshakes_refused_request"], len(cases))
    harness.expect_equal(service.get_counters()["connections"], 1, "connections")
    for path in ("/socket.io", "/socket.io/x?EIO=4&transport=polling"):
        harness.expect_equal(ask(scope, service, path).status, 404, path)


@harness.test
def refuses_versions(scope):
    """Other versions of Engine.IO are refused with a log line that names them"""
    scope.enter_context(mock.patch.dict(os.environ, {"G_MESSAGES_DEBUG": "all"}))
    service = harness.Service(scope)
    for version, named in (("3", "3"), ("", r"\(none\)"), ("4x", "4x"), ("%0A", r"\\n")):
        path = f"{PATH}?EIO={version}&transport=polling"
        expect_refusal(ask(scope, service, path), 400, 5, "Unsupported protocol version")
        service.wait_for_line(rf"Engine\.IO version {named} was refused")


@harness.test
def answers_allowed_origins(scope):
    """Pages of an allowed origin may read the answers, and send their cookies"""
    settings = f"server.allowed-origins={ORIGIN};https://other.example.org"
    service = harness.Service(scope, settings)
    client = PollingClient(scope, service, headers={"Origin": ORIGIN})
    client.subscribe("A")
    for method, body, status in (("GET", None, 200), ("POST", "3", 200), ("PUT", "", 400)):
        client.emit("subscribe_tickers", {"tickers": []})
        answer = ask(scope, service, client.path, method, {"Origin": ORIGIN}, body)
        harness.expect_equal(answer.status, status, "the status")
        harness.expect_equal(answer.headers.get("access-control-allow-origin"), ORIGIN)
        harness.expect_equal(answer.headers.get("access-control-allow-credentials"), "true")
        harness.expect_match("(?i)origin", answer.headers.get("vary", ""))
    held = PollingClient(scope, service, headers={"Origin": ORIGIN})
    held.hold_get()
    held.emit("subscribe_tickers", {"tickers": []})
    answer = held.getter.take_answer()
    harness.expect_equal(answer.headers.get("access-control-allow-origin"), ORIGIN)


@harness.test
def answers_preflights(scope):
    """A preflight of an allowed origin is answered with what it may do"""
    service = harness.Service(scope, f"server.allowed-origins={ORIGIN}")
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-app-version",
    }
    answer = ask(scope, service, POLLING + "&sid=x", "OPTIONS", asked)
    harness.expect_equal((answer.status, answer.body), (204, b""), "the answer")
    harness.expect_equal(answer.headers.get("access-control-allow-origin"), ORIGIN)
    harness.expect_equal(answer.headers.get("access-control-allow-credentials"), "true")
    harness.expect_match("POST", answer.headers["access-control-allow-methods"])
    allowed = answer.headers["access-control-allow-headers"]
    harness.expect_equal(allowed, "content-type,x-app-version", "allowed headers")
    foreign = {**asked, "Origin": "https://evil.example.org"}
    expect_refusal(ask(scope, service, POLLING, "OPTIONS", foreign), 403, 4)


@harness.test
def refuses_origins(scope):
    """Pages of other origins are refused with the key that would let them in"""
    service = harness.Service(scope, f"server.allowed-origins={ORIGIN}")
    client = PollingClient(scope, service, headers={"Origin": ORIGIN})
    origins = ("https://evil.example.org", ORIGIN + ".evil.org", ORIGIN.upper(), "null", "")
    for origin in origins:
        for path in (POLLING, client.path):
            answer = ask(scope, service, path, headers={"Origin": origin})
            expect_refusal(answer, 403, 4, r"\[server\] allowed-origins")
            harness.expect_equal(answer.headers.get("access-control-allow-origin"), None)
    harness.expect_equal(
        service.get_counters()["handshakes_refused_origin"], 2 * len(origins), "refused"
    )
    client.subscribe("A")
    same = harness.Service(scope)
    own = f"127.0.0.1:{same.port}"
    headers = {"Host": own, "Origin": f"http://{own}"}
    PollingClient(scope, same, headers=headers).subscribe("A")
    expect_refusal(ask(scope, same, POLLING, headers={"Origin": "http://x"}), 403, 4)


@harness.test
def is_bound_to_its_user(scope):
    """A session can be used by nobody but the user of its handshake"""
    service = harness.Service(scope, DEVELOPMENT)
    client = PollingClient(scope, service, query="&user=ann")
    path = f"{POLLING}&sid={client.sid}"
    client.begin_get()
    for query in ("", "&user=bob", "&user=ann%20", "&user=Ann"):
        for method, body in (("GET", None), ("POST", "1")):
            expect_refusal(ask(scope, service, path + query, method, body=body), 403, 4)
        try:
            where = (path + query).replace("polling", "websocket")
            rawsocket.WebSocket(scope, service, where)
            raise AssertionError("somebody else may take the session over")
        except rawsocket.Refused as refused:
            expect_refusal(refused.answer, 403, 4)
    anonymous = PollingClient(scope, service)
    answer = ask(scope, service, anonymous.path + "&user=ann")
    expect_refusal(answer, 403, 4)
    client.post('42["subscribe_tickers",{"tickers":["A"]}]')
    harness.expect_equal(len(client.end_get()), 1, "packets for the held GET")


@harness.test
def keeps_connections(scope):
    """One connection serves request after request, pipelined ones too"""
    service = harness.Service(scope)
    link = rawsocket.RawSocket(scope, service)
    link.send(make_request(POLLING))
    sid = json.loads(link.take_answer().body[1:])["sid"]
    path = f"{POLLING}&sid={sid}"
    link.send(make_request(path, "POST", body="40"))
    harness.expect_equal(link.take_answer().body, b"ok")
    link.send(make_request(path))
    harness.expect_match("^40", link.take_answer().body.decode())
    packet = '42["subscribe_tickers",{"tickers":["A"]}]'
    requests = [make_request(path, "POST", body=packet), make_request(path)] * 10
    link.send(b"".join(requests) + make_request(POLLING + "&sid=x"))
    for _ in range(10):
        harness.expect_equal(link.take_answer().body, b"ok")
        harness.expect_match("^42", link.take_answer().body.decode())
    harness.expect_equal(link.take_answer().status, 400, "the last one's status")
    harness.expect_equal(link.has_ended(), False, "whether it was closed")
    harness.expect_equal(service.get_counters()["sockets_accepted"], 2, "sockets")


@harness.test
def holds_a_pipelined_request(scope):
    """What is pipelined behind a held GET is answered after it"""
    client = PollingClient(scope, harness.Service(scope))
    client.begin_get()
    client.getter.send(make_request("/health") + make_request(client.path))
    time.sleep(0.2)
    client.emit("subscribe_tickers", {"tickers": ["A"]})
    harness.expect_match("^42", client.end_get()[0])
    harness.expect_equal(client.getter.take_answer().status, 200, "/health")
    client.emit("subscribe_tickers", {"tickers": ["B"]})
    harness.expect_match('"B"', client.end_get()[0])


@harness.test
def serves_old_http(scope):
    """A client of HTTP 1.0, and one that wants its connection closed, are served"""
    service = harness.Service(scope)
    for headers, version in (({}, "1.0"), ({"Connection": "close"}, "1.1")):
        link = rawsocket.RawSocket(scope, service)
        link.send(make_request(POLLING, headers=headers, version=version))
        answer = link.take_answer()
        sid = json.loads(answer.body[1:])["sid"]
        harness.expect_equal(link.take_rest(), b"", "what follows")
        held = rawsocket.RawSocket(scope, service)
        path = f"{POLLING}&sid={sid}"
        held.send(make_request(path, headers=headers, version=version))
        ask(scope, service, path, "POST", body="40")
        harness.expect_match("^40", held.take_answer().body.decode())
        harness.expect_equal(held.take_rest(), b"", "what follows")


@harness.test
def ends_on_overlap(scope):
    """A second GET or POST at the same time gets 400, and ends the session"""
    service = harness.Service(scope)
    client = PollingClient(scope, service)
    client.hold_get()
    expect_refusal(ask(scope, service, client.path), 400, 3, "overlap")
    harness.expect_equal(client.end_get(), ["1"], "what the first GET got")
    client.expect_gone()
    client = PollingClient(scope, service)
    client.begin_get()
    client.poster.send(make_request(client.path, "POST", body="42[1]")[:-1])
    time.sleep(0.1)
    expect_refusal(ask(scope, service, client.path, "POST", body="3"), 400, 3, "overlap")
    harness.expect_equal(client.end_get(), ["1"], "what the GET got")
    client.poster.send("]")
    expect_refusal(client.poster.take_answer(), 400, 1)
    client.expect_gone()
    harness.expect_equal(service.get_counters()["connections_closed_protocol"], 2)
    harness.expect_equal(service.get_counters()["connections"], 0)


@harness.test
def keeps_what_is_queued(scope):
    """Who leaves during a held GET finds everything in the next poll, in order"""
    redis, service = redisserver.start_with_redis(scope)
    client = PollingClient(scope, service)
    client.subscribe("A")
    for n in range(0, 180, 3):
        client.begin_get()
        if n % 9 == 0:
            time.sleep(0.01)
        leave = client.getter.close if n % 2 == 0 else client.getter.reset
        leave()
        if n % 5 == 0:
            time.sleep(0.01)
        publish(redis, n, n + 1, n + 2)
        client.getter = rawsocket.RawSocket(scope, service)
        harness.expect_equal(take_numbers(client, 3), [n, n + 1, n + 2], "what was kept")
    service.check_books()


@harness.test
def keeps_order(scope):
    """Under a flow of events a poller gets each of them once, in order"""
    # Nobody counts as slow: what waits is not replaced.
    redis, service = redisserver.start_with_redis(scope, "delivery.outbox-soft-bytes=1000000")
    client = PollingClient(scope, service)
    client.subscribe("A")
    for first in range(0, 2000, 20):
        publish(redis, *range(first, first + 20))
        if first % 100 == 0:
            time.sleep(0.005)
        if first % 60 == 0:
            client.sort_in(client.get())
    harness.expect_equal(take_numbers(client, 2000), list(range(2000)))
    service.check_books()


@harness.test
def closes_slow_pollers(scope):
    """Who does not poll is closed when too much waits, and the books balance"""
    settings = ("delivery.outbox-soft-bytes=2000", "delivery.outbox-hard-bytes=1100000")
    redis, service = redisserver.start_with_redis(scope, "delivery.batch-mode=direct", *settings)
    client = PollingClient(scope, service)
    client.subscribe("A")
    big = json.dumps({"symbol": "A", "text": "x" * 100000})
    redis.publish_all(redisserver.TICKS, [big] * 20)
    service.wait_for_counter("connections_closed_slow", 1)
    client.expect_gone()
    harness.expect_equal(service.get_counters()["outbox_bytes"], 0, "outbox_bytes")
    service.check_books()


@harness.test
def counts_any_sign_of_life(scope):
    """A GET and a POST are signs of life; who gives none is closed"""
    times = ("engineio.ping-interval-ms=300", "engineio.ping-timeout-ms=600")
    service = harness.Service(scope, *times)
    lively = PollingClient(scope, service)
    silent = PollingClient(scope, service)
    for _ in range(6):
        harness.expect_equal(lively.get(), ["2"], "the ping")
    harness.expect_equal(service.get_counters()["connections_timed_out"], 1, "timed out")
    silent.expect_gone()
    service.wait_for_counter("connections", 0)


@harness.test
def limits_sessions(scope):
    """Sessions are limited as connections are, however few sockets they need"""
    service = harness.Service(scope, "server.max-connections=5")
    link = rawsocket.RawSocket(scope, service)
    for _ in range(5):
        link.send(make_request(POLLING))
        harness.expect_equal(link.take_answer().status, 200, "the status")
    link.send(make_request(POLLING))
    answer = link.take_answer()
    expect_refusal(answer, 403, 4, r"\[server\] max-connections is reached")
    harness.expect_equal(service.get_counters()["handshakes_refused_limit"], 1, "refused")


@harness.test
def ends_while_busy(scope):
    """The service ends in time while GETs are held and POSTs are under way"""
    service = harness.Service(scope)
    clients = [PollingClient(scope, service) for _ in range(5)]
    for client in clients:
        client.begin_get()
        client.poster.send(make_request(client.path, "POST", body="42[1]")[:-1])
    clients[0].begin_upgrade()
    clients[1].begin_upgrade().probe()
    time.sleep(0.2)
    service.stop()


harness.run(limit_s=240)
