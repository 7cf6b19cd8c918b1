# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Socket.IO v5 is spoken: the server answers `message` and `message-with-ack`."""

import json
import time

from clients import Closed

CONNECT_TIMEOUT_MS = 700
ONE = '{"_placeholder":true,"num":0}'
TWO = '{"_placeholder":true,"num":1}'


def expect_connect(packet, prefix):
    assert packet.startswith(prefix), packet
    answer = json.loads(packet[len(prefix) :])
    assert list(answer) == ["sid"] and len(answer["sid"]) == 20, answer
    return answer["sid"]


def connect(server):
    """connect: CONNECT is answered by a sid that is not the session's, then by auth"""
    with server.websocket() as ws:
        session = json.loads(ws.receive()[1:])["sid"]
        ws.send("40")
        assert expect_connect(ws.receive(), "40") != session
        assert ws.receive() == '42["auth",{}]'


def connect_payload(server):
    """connect: auth has the payload as it was sent"""
    with server.open_websocket() as ws:
        ws.send('40{"token":"123","n":[1, 2.50]}')
        expect_connect(ws.receive(), "40")
        assert ws.receive() == '42["auth",{"token":"123","n":[1, 2.50]}]'


def connect_custom(server):
    """connect: another namespace has a sid of its own, with or without a payload"""
    sids = set()
    for packet, payload in (("40/custom,", "{}"), ('40/custom,{"a":"b"}', '{"a":"b"}')):
        with server.open_websocket() as ws:
            ws.send(packet)
            sids.add(expect_connect(ws.receive(), "40/custom,"))
            assert ws.receive() == f'42/custom,["auth",{payload}]'
            ws.send("40")
            sids.add(expect_connect(ws.receive(), "40"))
            assert ws.receive() == '42["auth",{}]'
    assert len(sids) == 4


def connect_polling(server):
    """connect: the same by polling, in one payload"""
    sid = server.open_polling()["sid"]
    assert server.post(sid, '40\x1e42["message",1]') == (200, "ok")
    status, text = server.poll(sid)
    packets = text.split("\x1e")
    assert status == 200 and len(packets) == 3, text
    expect_connect(packets[0], "40")
    assert packets[1:] == ['42["auth",{}]', '42["message-back",1]'], packets


def connect_unknown(server):
    """connect: an unknown namespace is refused, and the connection stays"""
    with server.open_websocket() as ws:
        for name in ("/random", "/custom2", "/custo", "//"):
            ws.send("40" + name)
            assert ws.receive() == f'44{name},{{"message":"Invalid namespace"}}'
        ws.send("40")
        expect_connect(ws.receive(), "40")


def connect_malformed(server):
    """connect: a malformed first packet closes the connection"""
    for packet in ("4abc", "4", "40[]", "40{", "401", "42[]"):
        with server.open_websocket() as ws:
            ws.send(packet)
            ws.expect_closed(skip=())


def connect_twice(server):
    """connect: a second CONNECT to the same namespace closes the connection"""
    for packet in ("40", "40/custom,"):
        with server.join(packet) as ws:
            ws.send(packet)
            ws.expect_closed(skip=())


def connect_timeout(server):
    """connect: silence instead of CONNECT closes the connection, pongs or not"""
    with server.open_websocket() as ws:
        start = time.monotonic()
        try:
            while True:
                assert ws.receive() == "2"
                ws.send("3")
        except Closed:
            pass
        assert abs(time.monotonic() - start - CONNECT_TIMEOUT_MS / 1000) < 0.1


def connect_first(server):
    """connect: an event without CONNECT closes the connection"""
    for packet in ('42["message"]', '42/custom,["message"]', "41", "430[]"):
        with server.open_websocket() as ws:
            ws.send(packet)
            ws.expect_closed(skip=())


def disconnect(server):
    """disconnect: after leaving / the connection stays and is pinged"""
    with server.join() as ws:
        ws.send("41")
        assert ws.receive() == "2"
        ws.send("3")
        ws.send("40")
        expect_connect(ws.receive(), "40")
        assert ws.receive() == '42["auth",{}]'


def disconnect_event(server):
    """disconnect: an event to a namespace that was left closes the connection"""
    with server.join() as ws:
        ws.send("41")
        ws.send('42["message",1]')
        ws.expect_closed()


def disconnect_custom(server):
    """disconnect: leaving one namespace leaves the others as they are"""
    with server.join() as ws:
        ws.send("40/custom")
        expect_connect(ws.receive(skip_pings=True), "40/custom,")
        assert ws.receive(skip_pings=True) == '42/custom,["auth",{}]'
        ws.send("41/custom")
        ws.send('42["message","to the main one"]')
        assert ws.receive(skip_pings=True) == '42["message-back","to the main one"]'
        ws.send('42/custom,["message"]')
        ws.expect_closed()


def disconnect_main(server):
    """disconnect: leaving / leaves the others as they are"""
    with server.join() as ws:
        ws.send("40/custom,")
        ws.send("41")
        ws.send('42/custom,["message",1]')
        packets = [ws.receive(skip_pings=True) for _ in range(3)]
        assert packets[1:] == ['42/custom,["auth",{}]', '42/custom,["message-back",1]']


def message(server):
    """messages: any arguments come back as they were"""
    with server.join() as ws:
        for args in (
            '1,"2",{"3":[true]}',
            '"\u20ac \\u20ac"',
            "null",
            "1.0,-0,1e3,12345678901234567890",
            '[{"_placeholder":true,"num":0}]',
        ):
            ws.send(f'42["message",{args}]')
            assert ws.receive(skip_pings=True) == f'42["message-back",{args}]'
        ws.send('42["message"]')
        assert ws.receive(skip_pings=True) == '42["message-back"]'


def message_custom(server):
    """messages: those of another namespace come back there"""
    with server.join("40/custom,") as ws:
        ws.send('42/custom,["message",{"a":"b"}]')
        assert ws.receive() == '42/custom,["message-back",{"a":"b"}]'
        ws.send('42/custom,7["message-with-ack",1]')
        assert ws.receive() == "43/custom,7[1]"


def message_binary(server):
    """messages: attachments come back behind their packet, in order"""
    with server.join() as ws:
        ws.send(f'452-["message",{ONE},"x",{{"y":{TWO}}}]')
        ws.send(b"\x01\x02\x03")
        ws.send(b"")
        expected = [f'452-["message-back",{ONE},"x",{{"y":{TWO}}}]', b"\x01\x02\x03", b""]
        assert [ws.receive(skip_pings=True) for _ in range(3)] == expected


def message_binary_polling(server):
    """messages: attachments come and go by polling too"""
    sid = server.open_polling()["sid"]
    body = f'40\x1e451-["message",{ONE}]\x1ebAQID\x1e42["message",2]'
    assert server.post(sid, body) == (200, "ok")
    packets = server.poll(sid)[1].split("\x1e")
    assert packets[2:] == [f'451-["message-back",{ONE}]', "bAQID", '42["message-back",2]']


def message_binary_custom(server):
    """messages: attachments in another namespace"""
    with server.join("40/custom,") as ws:
        ws.send(f'451-/custom,12["message-with-ack",{ONE}]')
        ws.send(b"abc")
        assert ws.receive() == f"461-/custom,12[{ONE}]"
        assert ws.receive() == b"abc"


def ack(server):
    """acknowledgements: they have the id and the arguments of their event"""
    with server.join() as ws:
        ws.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        assert ws.receive() == '43456[1,"2",{"3":[false]}]'
        ws.send('420["message-with-ack"]')
        assert ws.receive() == "430[]"


def ack_binary(server):
    """acknowledgements: with attachments"""
    with server.join() as ws:
        ws.send(f'452-789["message-with-ack",{ONE},{TWO}]')
        ws.send(b"\x01\x02\x03")
        ws.send(b"\x04\x05\x06")
        packets = [ws.receive(skip_pings=True) for _ in range(3)]
        assert packets == [f"462-789[{ONE},{TWO}]", b"\x01\x02\x03", b"\x04\x05\x06"]


def nothing_else(server):
    """messages: other events, and acknowledgements of nothing, are not answered"""
    with server.join() as ws:
        ws.send('42["other",1]')
        ws.send('421["other",1]')
        ws.send('42["message-with-ack",1]')
        ws.send("435[1]")
        ws.send('42["message","last"]')
        assert ws.receive(skip_pings=True) == '42["message-back","last"]'


def bad_packets(server):
    """packets: what is malformed closes the connection"""
    for packet in (
        "4abc",
        "47[]",
        "42{}",
        '42"message"',
        "42[]",
        "42[{}]",
        '42["message",]',
        '42["connect"]',
        '42["disconnect"]',
        '42abc["message-with-ack",1]',
        '43["no id"]',
        "4312{}",
        '44{"message":"x"}',
        '450-["message"]',
        '451["message",1]',
        '451-["message",1]',
        '4511-["message"]',
        '42/other,["message"]',
    ):
        with server.join() as ws:
            ws.send(packet)
            ws.expect_closed()


def bad_attachments(server):
    """packets: an attachment too many or too few closes the connection"""
    with server.join() as ws:
        ws.send(b"unexpected")
        ws.expect_closed()
    with server.join() as ws:
        ws.send(f'452-["message",{ONE},{TWO}]')
        ws.send(b"first")
        ws.send('42["message"]')
        ws.expect_closed()


CASES = [
    connect,
    connect_payload,
    connect_custom,
    connect_polling,
    connect_unknown,
    connect_malformed,
    connect_twice,
    connect_timeout,
    connect_first,
    disconnect,
    disconnect_event,
    disconnect_custom,
    disconnect_main,
    message,
    message_custom,
    message_binary,
    message_binary_polling,
    message_binary_custom,
    ack,
    ack_binary,
    nothing_else,
    bad_packets,
    bad_attachments,
]
