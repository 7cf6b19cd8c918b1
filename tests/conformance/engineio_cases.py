# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Engine.IO v4 is spoken. In either mode of the server, but for the echoes."""

import json
import time

from clients import WebSocket, finish

INTERVAL_MS, TIMEOUT_MS, MAX_PAYLOAD = 300, 200, 1000000


def expect_error(answer, code, status=400):
    assert answer[0] == status, answer
    error = json.loads(answer[1])
    assert set(error) == {"code", "message"} and error["code"] == code, error


def expect_open(packet, upgrades):
    assert list(packet) == ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"]
    assert isinstance(packet["sid"], str) and len(packet["sid"]) == 20, packet
    assert packet["upgrades"] == upgrades, packet
    assert packet["pingInterval"] == INTERVAL_MS, packet
    assert packet["pingTimeout"] == TIMEOUT_MS, packet
    assert packet["maxPayload"] == MAX_PAYLOAD, packet


def handshake_polling(server):
    """handshake: polling opens a session and may upgrade"""
    first, second = server.open_polling(), server.open_polling()
    expect_open(first, ["websocket"])
    assert first["sid"] != second["sid"]


def handshake_websocket(server):
    """handshake: a WebSocket opens a session that has nothing to upgrade to"""
    with server.websocket() as ws:
        assert ws.status == 101
        expect_open(json.loads(ws.receive()[1:]), [])


def bad_version_polling(server):
    """handshake: other versions are refused by polling, and the log names them"""
    for version in (None, "", "3", "5", "abc", "40"):
        expect_error(server.request("GET", server.url(EIO=version)), 5)
    server.wait_for_line("version 3 ")
    server.wait_for_line("version abc ")


def bad_version_websocket(server):
    """handshake: other versions are refused by WebSocket"""
    for version in (None, "abc"):
        with server.websocket(EIO=version) as ws:
            expect_error((ws.status, ws.body), 5)


def bad_transport(server):
    """handshake: a transport that there is not, or none, is refused"""
    for transport in (None, "abc", "webtransport", "Polling"):
        expect_error(server.request("GET", server.url(transport)), 0)
    expect_error(server.request("GET", server.path), 0)
    with WebSocket(server.port, server.url("abc")) as ws:
        expect_error((ws.status, ws.body), 0)


def bad_method(server):
    """handshake: only GET opens a session"""
    for method in ("POST", "PUT", "DELETE"):
        expect_error(server.request(method, server.url()), 2)


def no_websocket(server):
    """handshake: a plain GET with the transport websocket is refused"""
    expect_error(server.request("GET", server.url("websocket")), 3)


def unknown_sid(server):
    """sessions: an unknown sid is refused, whatever it is asked for"""
    for method in ("GET", "POST"):
        expect_error(server.request(method, server.url(sid="abc")), 1)
    with server.websocket(sid="abc") as ws:
        expect_error((ws.status, ws.body), 1)


def bad_method_session(server):
    """sessions: only GET and POST go on with one"""
    sid = server.open_polling()["sid"]
    expect_error(server.request("PUT", server.url(sid=sid)), 3)
    assert server.post(sid, "3") == (200, "ok")


def bad_packets_polling(server):
    """packets: what is none ends a polling session"""
    for body in ("abc", "", "7", "2probe", "bA", "b####"):
        sid = server.open_polling()["sid"]
        assert server.post(sid, body)[0] == 400, body
        expect_error(server.poll(sid), 1)


def bad_packets_websocket(server):
    """packets: what is none ends a WebSocket"""
    for message in ("abc", "", "7", "2probe"):
        with server.open_websocket() as ws:
            ws.send(message)
            ws.expect_closed(skip=())


def too_large_polling(server):
    """limits: a POST over maxPayload is answered with 413"""
    sid = server.open_polling()["sid"]
    connection = server.begin("POST", server.url(sid=sid))
    connection.close()
    sid = server.open_polling()["sid"]
    try:
        status, _ = server.post(sid, "4" + "x" * (MAX_PAYLOAD + 500000))
    except ConnectionError:
        return  # The answer may be lost to a client that only writes.
    assert status == 413, status


def too_large_websocket(server):
    """limits: a WebSocket message over maxPayload ends it with 1009"""
    with server.open_websocket() as ws:
        try:
            ws.send("4" + "x" * MAX_PAYLOAD)
            ws.expect_closed()
        except ConnectionError:
            return
        assert ws.close_code in (1009, None), ws.close_code


def heartbeat_polling(server):
    """heartbeat: pings come by polling for as long as they are answered"""
    sid = server.open_polling()["sid"]
    if server.mode == "socketio":
        server.post(sid, "40")
        server.poll(sid)
    for _ in range(4):
        start = time.monotonic()
        assert server.poll(sid) == (200, "2")
        assert time.monotonic() - start < (INTERVAL_MS + 100) / 1000
        assert server.post(sid, "3") == (200, "ok")


def heartbeat_websocket(server):
    """heartbeat: pings come by WebSocket for as long as they are answered"""
    with server.open_websocket() as ws:
        start = time.monotonic()
        if server.mode == "socketio":
            ws.send("40")
            ws.receive()
            ws.receive()
        for _ in range(4):
            assert ws.receive() == "2"
            ws.send("3")
        assert abs(time.monotonic() - start - 4 * INTERVAL_MS / 1000) < 0.15


def timeout_polling(server):
    """heartbeat: a polling session ends when its time is over, to the millisecond"""
    for _ in range(3):
        sid = server.open_polling()["sid"]
        time.sleep((INTERVAL_MS + TIMEOUT_MS) / 1000)
        expect_error(server.poll(sid), 1)


def timeout_websocket(server):
    """heartbeat: a WebSocket that does not answer is closed"""
    with server.open_websocket() as ws:
        start = time.monotonic()
        ws.expect_closed()
        assert 0.45 < time.monotonic() - start < 0.65


def timeout_held(server):
    """heartbeat: who gets pings and does not answer is told of the end"""
    sid = server.open_polling()["sid"]
    assert server.poll(sid) == (200, "2")
    held = server.begin("GET", server.url(sid=sid))
    time.sleep(0.05)
    # A poll is a sign of life: there is a next ping, and then the end.
    status, text = finish(held)
    assert (status, text) in ((200, "1"), (200, "2")), (status, text)


def client_pings(server):
    """heartbeat: a client's ping ends the session, only the server sends them"""
    with server.open_websocket() as ws:
        ws.send("2")
        ws.expect_closed(skip=())


def duplicate_get(server):
    """polling: a second GET ends the session, the first is told so"""
    sid = server.open_polling()["sid"]
    held = server.begin("GET", server.url(sid=sid))
    time.sleep(0.02)
    expect_error(server.request("GET", server.url(sid=sid, t="2")), 3)
    assert finish(held) == (200, "1")
    expect_error(server.poll(sid), 1)


def duplicate_post(server):
    """polling: a second POST ends the session"""
    sid = server.open_polling()["sid"]
    first = server.begin("GET", server.path)
    first.getresponse().read()
    first.putrequest("POST", server.url(sid=sid))
    first.putheader("Content-Length", "5")
    first.endheaders(b"4a")
    time.sleep(0.02)
    expect_error(server.post(sid, "3"), 3)
    expect_error(server.poll(sid), 1)
    first.close()


def abandoned_get(server):
    """polling: after a GET whose client has left, the next one gets what came meanwhile"""
    sid = server.open_polling()["sid"]
    held = server.begin("GET", server.url(sid=sid))
    time.sleep(0.05)
    held.close()
    assert server.poll(sid) == (200, "2")


def keep_alive(server):
    """polling: several requests go over one HTTP connection"""
    connection = server.begin("GET", server.url())
    sid = json.loads(connection.getresponse().read()[1:])["sid"]
    for body in ("3", "6", "3"):
        connection.request("POST", server.url(sid=sid), body)
        assert connection.getresponse().read() == b"ok"
    connection.close()


def close_polling(server):
    """close: a held GET gets a noop when its client closes, then the sid is unknown"""
    sid = server.open_polling()["sid"]
    held = server.begin("GET", server.url(sid=sid))
    time.sleep(0.02)
    assert server.post(sid, "1") == (200, "ok")
    assert finish(held) == (200, "6")
    expect_error(server.poll(sid), 1)


def close_websocket(server):
    """close: a close packet ends a WebSocket"""
    with server.open_websocket() as ws:
        ws.send("1")
        ws.expect_closed(skip=())


def upgrade(server):
    """upgrade: the probe is answered, the held GET returns, the WebSocket goes on"""
    sid = server.open_polling()["sid"]
    held = server.begin("GET", server.url(sid=sid))
    with server.websocket(sid=sid) as ws:
        ws.send("2probe")
        assert ws.receive() == "3probe"
        assert finish(held) == (200, "6")
        assert server.poll(sid) == (200, "6")
        ws.send("5")
        assert ws.receive() == "2"


def upgrade_then_http(server):
    """upgrade: HTTP requests with the sid are refused afterwards"""
    sid = server.open_polling()["sid"]
    with server.websocket(sid=sid) as ws:
        ws.send("2probe")
        ws.send("5")
        assert ws.receive() == "3probe"
        expect_error(server.poll(sid), 1)
        expect_error(server.post(sid, "3"), 1)
        assert ws.receive() == "2"


def upgrade_then_websocket(server):
    """upgrade: another WebSocket with the sid is refused afterwards"""
    sid = server.open_polling()["sid"]
    with server.websocket(sid=sid) as ws:
        ws.send("2probe")
        ws.send("5")
        assert ws.receive() == "3probe"
        time.sleep(0.02)
        with server.websocket(sid=sid) as other:
            expect_error((other.status, other.body), 1)
        assert ws.receive() == "2"


def upgrade_abandoned(server):
    """upgrade: a probe that goes away leaves the session to polling"""
    sid = server.open_polling()["sid"]
    with server.websocket(sid=sid) as ws:
        ws.send("2probe")
        assert ws.receive() == "3probe"
    time.sleep(0.05)
    assert server.poll(sid) == (200, "2")


def echo_polling(server):
    """messages: a text packet comes back by polling"""
    sid = server.open_polling()["sid"]
    assert server.post(sid, "4hello") == (200, "ok")
    assert server.poll(sid) == (200, "4hello")


def echo_polling_held(server):
    """messages: a held GET is answered at once"""
    sid = server.open_polling()["sid"]
    held = server.begin("GET", server.url(sid=sid))
    time.sleep(0.02)
    assert server.post(sid, "4h\u00e9llo \u20ac \U0001d11e".encode()) == (200, "ok")
    assert finish(held) == (200, "4h\u00e9llo \u20ac \U0001d11e")


def echo_polling_several(server):
    """messages: several packets of one POST, binary too, come back in one GET"""
    sid = server.open_polling()["sid"]
    for body in ("4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA==", "b\x1e4\x1ebAA==", "b"):
        assert server.post(sid, body) == (200, "ok")
        assert server.poll(sid) == (200, body)


def echo_websocket(server):
    """messages: text and binary, empty and long, come back by WebSocket"""
    with server.open_websocket() as ws:
        for message in ("4hello", "4", b"\x01\x02\x03\x04", b"", "4" + "\u20ac" * 70000):
            ws.send(message)
            assert ws.receive(skip_pings=True) == message


def echo_upgrade(server):
    """messages: nothing is lost or doubled, or out of order, on the way up"""
    sid = server.open_polling()["sid"]
    assert server.post(sid, "4a\x1e4b") == (200, "ok")
    with server.websocket(sid=sid) as ws:
        ws.send("2probe")
        assert ws.receive() == "3probe"
        ws.send("5")
        ws.send("4c")
        ws.send(b"d")
        assert [ws.receive() for _ in range(4)] == ["4a", "4b", "4c", b"d"]


def malformed_text(server):
    """messages: text that is not UTF-8 ends the session"""
    sid = server.open_polling()["sid"]
    assert server.post(sid, b"4\xff\xfe")[0] == 400
    expect_error(server.poll(sid), 1)


COMMON = [
    handshake_polling,
    handshake_websocket,
    bad_version_polling,
    bad_version_websocket,
    bad_transport,
    bad_method,
    no_websocket,
    unknown_sid,
    bad_method_session,
    bad_packets_polling,
    bad_packets_websocket,
    too_large_polling,
    too_large_websocket,
    heartbeat_polling,
    heartbeat_websocket,
    timeout_polling,
    timeout_websocket,
    timeout_held,
    client_pings,
    duplicate_get,
    duplicate_post,
    abandoned_get,
    keep_alive,
    close_polling,
    close_websocket,
    upgrade,
    upgrade_then_http,
    upgrade_then_websocket,
    upgrade_abandoned,
]
ECHOES = [
    echo_polling,
    echo_polling_held,
    echo_polling_several,
    echo_websocket,
    echo_upgrade,
    malformed_text,
]
