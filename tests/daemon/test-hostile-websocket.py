#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""WebSocket, Engine.IO and Socket.IO as nobody should speak them. After each of these the
service is up, and a bystander has missed nothing."""

import json
import os
import random
import socket
import time

import harness
import rawsocket
import redisserver
from bystander import Shared, hostile
from rawsocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    PlainClient,
    SocketioClient,
    UpgradedClient,
)

SOCKETIO_FORMS = (SocketioClient, UpgradedClient)
FORMS = (PlainClient, *SOCKETIO_FORMS)
MAX_PAYLOAD = 5 << 20
MAX_OUTBOX = 2 << 20  # outbox-hard-bytes, and what one turn may add
SLOW_CLOSE_S = 8  # a client that does not even read the close frame is cut off after 5 s

# Little memory for a socket's bytes on the way, so that a test need not send many.
NARROW = [
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),
    (socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000),
]


@hostile
def refuses_broken_frames(scope, service):
    """A frame that breaks the rules closes with 1002"""
    frames = {
        "unmasked": rawsocket.make_frame(TEXT, "{}", is_masked=False),
        "reserved bit 1": rawsocket.make_frame(TEXT, "{}", reserved=4),
        "reserved bit 3": rawsocket.make_frame(TEXT, "{}", reserved=1),
        "opcode 3": rawsocket.make_frame(3, "x"),
        "opcode 11": rawsocket.make_frame(11, "x"),
        "a ping in pieces": rawsocket.make_frame(PING, "x", is_final=False),
        "a ping of 126 bytes": rawsocket.make_frame(PING, "x" * 126),
        "a continuation of nothing": rawsocket.make_frame(CONTINUATION, "x"),
        "a close of one byte": rawsocket.make_frame(CLOSE, "x"),
    }
    for form in FORMS:
        for name, frame in frames.items():
            client = form(scope, service)
            client.send(frame)
            expect_code(client, 1002, name)
    client = PlainClient(scope, service)
    client.send_frame(TEXT, '{"type"', is_final=False)
    client.send_frame(TEXT, "{}")
    expect_code(client, 1002, "a message within a message")


def expect_code(client, code, name):
    closed = client.take_until_close()
    harness.expect_equal(closed.code, code, f"the close code after {name}")


@hostile
def refuses_broken_text(scope, service):
    """Text that is no UTF-8 closes with 1007; a bad close frame is answered or ends"""
    for text in (b"\xff", b'{"type":"\xc0\xaf"}', b"\xed\xa0\x80"):
        client = PlainClient(scope, service)
        client.send_frame(TEXT, text)
        expect_code(client, 1007, repr(text))
    for payload in (b"\x03\xe8\xff", b"\x00\x00", b"\x03\xed", b"\xff\xff" + b"x" * 100):
        client = PlainClient(scope, service)
        client.send_frame(CLOSE, payload)
        end = time.monotonic() + harness.WAIT_S
        try:
            while time.monotonic() < end:
                client.take_frame()
        except rawsocket.Ended:
            continue
        raise AssertionError(
            f"a close frame {payload[:10]!r} has not ended the connection"
        )


@hostile
def bounds_messages(scope, service):
    """A message that is too large closes with 1009 as soon as that is known"""
    for length in (MAX_PAYLOAD + 1, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        for form in FORMS:
            for opcode in (TEXT, BINARY):
                client = form(scope, service)
                client.send_frame(opcode, "x", length=length)
                closed = client.take_until_close()
                # A length with the highest bit set is against the rules as well.
                wanted = (1009,) if length < 1 << 63 else (1002, 1009)
                harness.expect_equal(
                    closed.code in wanted, True, f"{closed} to be of {wanted}"
                )
    client = PlainClient(scope, service)
    client.send_frame(TEXT, b"x", is_final=False, length=MAX_PAYLOAD - 10)
    client.send(b"x" * (MAX_PAYLOAD - 11))
    client.send_frame(CONTINUATION, "x" * 11)
    expect_code(client, 1009, "a second fragment")
    client = PlainClient(scope, service)
    client.send_frame(TEXT, b"", is_final=False)
    while client.send_frame(CONTINUATION, b"", is_final=False) and not can_read(client):
        pass
    expect_code(client, 1009, "endless fragments")


def can_read(client):
    client.socket.settimeout(0)
    try:
        return client.socket.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@hostile
def takes_large_messages(scope, service):
    """A message of exactly the limit is taken, in one piece and in a thousand"""
    client = PlainClient(scope, service)
    text = '{"type":"ping","x":"'
    text += "x" * (MAX_PAYLOAD - len(text) - 2) + '"}'
    client.send_text(text)
    harness.expect_equal(client.take_json(), {"type": "pong"})
    step = len(text) // 1000 + 1
    for start in range(0, len(text), step):
        piece = text[start : start + step]
        opcode = TEXT if start == 0 else CONTINUATION
        client.send_frame(opcode, piece, is_final=start + step >= len(text))
    harness.expect_equal(client.take_json(), {"type": "pong"})
    for byte in rawsocket.make_frame(TEXT, '{"type":"ping"}'):
        client.send(bytes([byte]))
    harness.expect_equal(client.take_json(), {"type": "pong"}, "byte by byte:")


@hostile
def takes_floods(scope, service):
    """Floods of pings and commands are answered, by one who reads and one who does not"""
    client = PlainClient(scope, service)
    for _ in range(10):
        client.send(rawsocket.make_frame(PING, "x" * 125) * 100)
        client.send(rawsocket.make_frame(TEXT, '{"type":"ping"}') * 100)
        for _ in range(100):
            client.take_frame()
        for _ in range(100):
            harness.expect_equal(client.take_json(), {"type": "pong"})
    for opcode, payload in ((PING, "x" * 125), (TEXT, '{"type":"ping"}'), (TEXT, "x")):
        client = PlainClient(scope, service, options=NARROW)
        flood = rawsocket.make_frame(opcode, payload) * 500
        began = time.monotonic()
        while client.send(flood):
            if service.get_counters()["outbox_bytes"] > MAX_OUTBOX:
                raise AssertionError("answers that nobody reads fill the memory")
            if time.monotonic() - began > SLOW_CLOSE_S:
                raise AssertionError("who does not read may send for ever")
    service.wait_for_counter("outbox_bytes", 0)


@hostile
def closes_slow_readers(scope, service, shared):
    """A client that never reads while 2 MB are sent to it is closed"""
    slow_before = service.get_counters()["connections_closed_slow"]
    dead, slow = [PlainClient(scope, service, options=NARROW) for _ in range(2)]
    lively = PlainClient(scope, service)
    # Ticks would replace each other; these may not.
    for client in (dead, slow, lively):
        client.ask("subscribe_patterns", patterns=["FAT"])
    pad = "p" * 50000
    for number in range(40):
        alert = {"pattern": "FAT", "symbol": "X", "sequence": number, "pad": pad}
        shared.redis.publish("tickstock.events.patterns", json.dumps(alert))
        got = lively.take_json()["data"]["sequence"]
        harness.expect_equal(got, number, "the alert")
    service.wait_for_counter("connections_closed_slow", slow_before + 2)
    # Behind half an alert no close frame can follow: the socket just ends.
    try:
        closed = slow.take_until_close()
        harness.expect_equal(closed.code, 4002, "the close code")
        harness.expect_match("slow", closed.reason)
    except rawsocket.Ended:
        pass
    sequences = [json.loads(text)["data"]["sequence"] for text in slow.events]
    harness.expect_equal(sequences, list(range(len(sequences))), "what came before")
    service.wait_for_counter("outbox_bytes", 0, SLOW_CLOSE_S)
    service.check_books()
    lively.ask("ping")


@hostile
def survives_sudden_ends(scope, service):
    """Connections that end in the middle of anything are cleaned up"""
    before = service.get_counters()["connections"]
    frame = rawsocket.make_frame(TEXT, '{"type":"subscribe_tickers","tickers":["A"]}')
    for form in FORMS:
        for piece in (b"", frame, frame[:1], frame[:5], frame[:20], frame + frame[:3]):
            for end in ("close", "reset", "shutdown"):
                client = form(scope, service)
                client.send(piece)
                if end == "shutdown":
                    client.socket.shutdown(socket.SHUT_WR)
                else:
                    getattr(client, end)()
    service.wait_for_counter("connections", before)


@hostile
def takes_raw_garbage(scope, service):
    """Random bytes and shuffled frames for WebSocket end the connection or are answered"""
    seed = int.from_bytes(os.urandom(4), "big")
    harness.note(f"random seed {seed}")
    dice = random.Random(seed)
    texts = [
        '{"type":"ping"}',
        "40",
        '42["ping"]',
        "3",
        "",
        "41",
        "451-[]",
        "\x00",
        "[" * 50,
    ]
    for number in range(200):
        client = FORMS[number % len(FORMS)](scope, service)
        if number % 3 == 0:
            client.send(dice.randbytes(dice.randrange(1, 300)))
        else:
            for _ in range(dice.randrange(1, 8)):
                frame = bytearray(
                    rawsocket.make_frame(
                        dice.choice((0, 1, 1, 1, 2, 8, 9, 10)), dice.choice(texts)
                    )
                )
                if dice.random() < 0.2:
                    frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
                client.send(bytes(frame))
        client.close() if dice.random() < 0.5 else client.reset()


def by_either_way(func):
    """A hostile test by WebSocket alone, and by a WebSocket that took a session over."""

    def run(scope, service):
        for form in SOCKETIO_FORMS:
            func(scope, service, form)

    run.__doc__ = func.__doc__
    return hostile(run)


@by_either_way
def refuses_broken_engineio(scope, service, form):
    """A packet that Engine.IO does not have closes with 1002"""
    for text in (
        "",
        "x",
        "2",
        "2probe",
        "7",
        "9",
        "44",
        "\x00",
        "b",
        "é",
        '{"type":"ping"}',
        "[]",
    ):
        client = form(scope, service)
        client.send_text(text)
        expect_code(client, 1002, repr(text))
    client = form(scope, service)
    client.send_frame(BINARY, b"nobody announced this")
    expect_code(client, 1002, "a binary message")
    for text in ("3", "3probe", "5", "6", "0{}"):
        client = form(scope, service)
        client.send_text(text)
        client.send_text('421["unknown"]')
        harness.expect_equal(client.take_message()[:11], '42["error",', f"after {text}")
    client.send_text("1")
    client.expect_close(1000)


@by_either_way
def refuses_broken_socketio(scope, service, form):
    """A packet that breaks Socket.IO closes with 1002"""
    packets = [
        "4",
        "4x",
        "47",
        "40",
        "40{}",
        "42",
        "42{}",
        "42[]",
        "42[null]",
        "42[{}]",
        '42["a"',
    ]
    packets += [
        '42["a"]x',
        '42/x,["a"]',
        '42/x["a"]',
        "42a",
        "42-1[]",
        '42["connect"]',
        "43[]",
    ]
    packets += [
        '42["disconnect"]',
        '42["newListener",{}]',
        "44{}",
        "45",
        '45["a"]',
        "45-[]",
    ]
    packets += [
        '4511-["a"]',
        '450-["a"]',
        '451["a"]',
        '45-1-["a"]',
        '4599999999999-["a"]',
    ]
    packets += ['451-["a"]', '451-["a",{"_placeholder":true,"num":1}]', '4312"a"', "4312"]
    packets += [
        '429007199254740993["a"]',
        '4299999999999999999999999999["a"]',
        "42" + "[" * 100000,
    ]
    for packet in packets:
        client = form(scope, service)
        client.send_text(packet)
        expect_code(client, 1002, packet[:60])
    client = form(scope, service)
    client.send_text('451-["a",{"_placeholder":true,"num":0}]')
    client.send_text('42["a"]')
    expect_code(client, 1002, "text where an attachment is due")


@by_either_way
def waits_for_connect(scope, service, form):
    """Before CONNECT nothing else is taken; without it the connection ends with 4001"""
    impatient = harness.Service(scope, "engineio.connect-timeout-ms=500")
    silent = form(scope, impatient, is_connected=False)
    lost = form(scope, impatient, is_connected=False)
    lost.send_text("40/nowhere,")
    harness.expect_equal(
        lost.take_message(), '44/nowhere,{"message":"Invalid namespace"}'
    )
    for client in (silent, lost):
        client.expect_close(4001)
    for packet in ('42["subscribe_tickers",{"tickers":[]}]', "41", "430[]"):
        client = form(scope, service, is_connected=False)
        client.send_text(packet)
        expect_code(client, 1002, packet)


@by_either_way
def refuses_binary_politely(scope, service, form):
    """Binary events are collected and refused; the connection goes on"""
    client = form(scope, service)
    holes = ['{"_placeholder":true,"num":%d}' % number for number in range(10)]
    client.send_text('4510-77["a",%s]' % ",".join(holes))
    for _ in holes:
        client.send_frame(BINARY, os.urandom(1000))
    event = client.take_message()
    harness.expect_equal(event[:11], '42["error",', "the answer")
    harness.expect_equal(json.loads(event[2:])[1]["code"], "unsupported", "the code")
    harness.expect_equal(client.take_message()[:5], "4377[", "the acknowledgement")
    client.send_text('42["unsubscribe_tickers",{"tickers":[]}]')
    harness.expect_match("subscription_updated", client.take_message())
    client.send_text('452-["a",%s,%s]' % (holes[0], holes[1]))
    client.send_frame(BINARY, b"x" * (MAX_PAYLOAD - 10))
    client.send_frame(BINARY, b"x" * 11)
    expect_code(client, 1009, "attachments that are too large together")


harness.run(limit_s=240, setup=Shared)
