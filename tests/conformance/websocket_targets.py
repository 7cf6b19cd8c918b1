# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whom the WebSocket suite talks to, how frames are made, and how a case is run."""

import os
import pathlib
import socket
import struct
import sys
import time
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "daemon"))

import harness  # noqa: E402
import rawsocket  # noqa: E402
from rawsocket import BINARY, CLOSE, PING, PONG, TEXT  # noqa: E402

MAX_MESSAGE = 100000  # bytes of a message, over all its fragments
MAX_FRAGMENTS = 1024
MASK = b"\x12\xa7\x5c\xe1"
PIECES_S = 0.001  # between pieces, so that they are segments of their own
OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate"}
NAMES = {TEXT: "text", BINARY: "binary"}


class Case(typing.NamedTuple):
    """What a client sends, and all that may come back for it."""

    section: str  # of RFC 6455, or of the one it names
    name: str
    pieces: list  # of bytes
    expected: list  # of (opcode, payload); a payload of None: an error in words
    is_deflated: bool = False


class Plain:
    """/ws of the service. It answers each message with one of its own."""

    name, path = "/ws", "/ws"
    head, tail = b'{"type":"ping","x":"', b'"}'

    def wrap(self, text):
        """Makes a good message with a text in it."""
        return self.head + text + self.tail

    def answer(self, opcode, payload):
        is_good = (
            opcode == TEXT and payload.startswith(self.head) and b"\0" not in payload
        )
        return [(TEXT, b'{"type":"pong"}' if is_good else None)]


class Echo:
    """A WebSocket of Engine.IO. Each message of its packets comes back as it is."""

    name, path = "Engine.IO", "/engine.io/?EIO=4&transport=websocket"
    head, tail = b"4", b""
    wrap = Plain.wrap

    def answer(self, opcode, payload):
        # No packet is empty, and none without a known type.
        is_good = opcode == BINARY or payload.startswith(self.head)
        return [(opcode, payload)] if is_good else close(1002)


def fill(target, n_bytes):
    """A message of so many bytes, a good one if there is one so short."""
    n_more = n_bytes - len(target.wrap(b""))
    return target.wrap(b"x" * n_more) if n_more >= 0 else b"x" * n_bytes


def close(code, reason=None):
    """A close frame, for what is expected; with no reason given any will do."""
    payload = b"" if code is None else struct.pack("!H", code)
    return [(CLOSE, payload if reason is None else payload + reason)]


def frame(opcode, payload=b"", fin=True, reserved=0, mask=MASK, form=None, told=None):
    """A frame, right or wrong. `form`: how many bits its length is written in, if not as
    few as will do; `told`: the length that the header tells, if not the true one."""
    told = len(payload) if told is None else told
    form = form or (7 if told < 126 else 16 if told < 65536 else 64)
    short = {7: told, 16: 126, 64: 127}[form]
    head = bytes([fin << 7 | reserved << 4 | opcode, (mask is not None) << 7 | short])
    head += {7: b"", 16: struct.pack("!H", told & 0xFFFF), 64: struct.pack("!Q", told)}[
        form
    ]
    if mask is None:
        return head + payload
    pad = (mask * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + mask + masked.to_bytes(len(payload), "big")


def fragments(opcode, parts, reserved=0):
    """A message in several frames, as a list."""
    last = len(parts) - 1
    return [
        frame(0 if i else opcode, part, fin=i == last, reserved=0 if i else reserved)
        for i, part in enumerate(parts)
    ]


def chop(data, n_bytes):
    return [data[i : i + n_bytes] for i in range(0, len(data), n_bytes)]


def _check(found, wanted):
    opcode, payload = wanted
    harness.expect_equal(found[0], opcode, f"the opcode of {found[1][:80]!r}")
    if payload is None:
        harness.expect_match('^{"type":"error",', found[1].decode())
    elif opcode == CLOSE:
        harness.expect_equal(found[1][: max(2, len(payload))], payload, "the close frame")
        found[1][2:].decode()
    else:
        harness.expect_equal(found[1] == payload, True, f"{found[1][:80]!r} to be right")


def _expect_alive(ws):
    """The connection goes on, and nothing is left over of what came before."""
    word = os.urandom(8)
    ws.send(frame(PING, word))
    _check(ws.take_frame(), (PONG, word))
    ws.send(frame(CLOSE, b"\x03\xe8"))
    _check(ws.take_frame(), (CLOSE, b"\x03\xe8"))


def run_case(scope, port, target, case):
    headers = OFFER if case.is_deflated else None
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    ws = rawsocket.WebSocket(scope, port, target.path, headers, options)
    harness.expect_equal(ws.take_frame()[0], TEXT, "the greeting's opcode")
    for number, piece in enumerate(case.pieces):
        if number > 0:
            time.sleep(PIECES_S)
        if not ws.send(piece):
            break
    for wanted in case.expected:
        _check(ws.take_frame(), wanted)
    if not case.expected or case.expected[-1][0] != CLOSE:
        _expect_alive(ws)
    ws.send(frame(CLOSE, b"\x03\xe8"))
    harness.expect_equal(ws.take_rest(), b"", "what follows the close")
