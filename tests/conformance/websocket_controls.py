# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of control frames: ping, pong and close."""

import struct

from websocket_targets import CLOSE, PING, PONG, TEXT, Case, close, frame

# RFC 6455, 7.4, and IANA's registry of close codes.
GOOD_CODES = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
BAD_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535]
LONGEST = "\u20ac" * 41  # 123 bytes


def make_pings(target):
    for length in (0, 1, 2, 3, 4, 5, 62, 124, 125):
        payload = bytes(range(length))
        words = f"a ping of {length} bytes comes back"
        yield Case("5.5.2", words, [frame(PING, payload)], [(PONG, payload)])
    payloads = [bytes([length]) * length for length in range(126)]
    pieces = [b"".join(frame(PING, payload) for payload in payloads)]
    answers = [(PONG, payload) for payload in payloads]
    yield Case("5.5.2", "pings of 0 to 125 bytes come back in order", pieces, answers)
    for payload, words in (
        (b"\xff\xfe\x00\x80", "no text"),
        (b"\0" * 125, "all zeroes"),
        ("\u20ac".encode(), "UTF-8"),
    ):
        answers = [(PONG, payload)]
        yield Case(
            "5.5.2", f"a ping of {words} comes back", [frame(PING, payload)], answers
        )
    good = target.wrap(b"ping")
    pieces = [frame(TEXT, good), frame(PING, b"p"), frame(TEXT, good)]
    answers = target.answer(TEXT, good) + [(PONG, b"p")] + target.answer(TEXT, good)
    yield Case("5.5.2", "pings and messages are answered in order", pieces, answers)


def make_pongs(target):
    for length in (0, 1, 125):
        words = f"a pong of {length} bytes that nobody asked for is no matter"
        yield Case("5.5.3", words, [frame(PONG, b"x" * length)], [])
    yield Case("5.5.3", "a hundred such pongs", [frame(PONG, b"x") * 100], [])
    pieces = [frame(PONG, b"a") + frame(PING, b"b") + frame(PONG, b"c")]
    yield Case("5.5.3", "a ping between pongs comes back", pieces, [(PONG, b"b")])


def make_bad_controls(target):
    for opcode, name in ((PING, "ping"), (PONG, "pong"), (CLOSE, "close")):
        payload = b"\x03\xe8" if opcode == CLOSE else b"p"
        pieces = [frame(opcode, payload, fin=False)]
        words = f"a {name} in fragments closes with 1002"
        yield Case("5.5", words, pieces, close(1002))
        for length in (126, 127, 65536):
            pieces = [frame(opcode, payload + b"x" * (length - len(payload)))]
            words = f"a {name} of {length} bytes closes with 1002"
            yield Case("5.5", words, pieces, close(1002))
    pieces = [frame(PING, b"p", fin=False), frame(0, b"q")]
    yield Case("5.5", "a ping and its continuation close with 1002", pieces, close(1002))


def make_closes(target):
    for code in GOOD_CODES:
        packed = struct.pack("!H", code)
        pieces = [frame(CLOSE, packed)]
        yield Case("7.4", f"{code} is answered with {code}", pieces, close(code, b""))
    for code in BAD_CODES:
        pieces = [frame(CLOSE, struct.pack("!H", code))]
        yield Case("7.4", f"{code} is answered with 1002", pieces, close(1002))
        pieces = [frame(CLOSE, struct.pack("!H", code) + b"why")]
        yield Case(
            "7.4", f"{code} with a reason is answered with 1002", pieces, close(1002)
        )
    yield Case("5.5.1", "no code is answered with none", [frame(CLOSE)], close(None, b""))
    pieces = [frame(CLOSE, b"\x03")]
    yield Case("5.5.1", "half a code is answered with 1002", pieces, close(1002))
    for reason in ("why", "\u20ac", LONGEST):
        pieces = [frame(CLOSE, b"\x03\xe8" + reason.encode())]
        words = f"a reason of {len(reason.encode())} bytes"
        yield Case("5.5.1", words, pieces, close(1000, b""))
    for reason in (b"\xff", b"why\xed\xa0\x80", b"\xe2\x82", b"\xc0\xaf"):
        pieces = [frame(CLOSE, b"\x03\xe8" + reason)]
        words = f"a reason {reason.hex()}, no UTF-8, is answered with 1007"
        yield Case("8.1", words, pieces, close(1007))


def make_after_close(target):
    good, ended = target.wrap(b"late"), close(1001, b"")
    end = frame(CLOSE, b"\x03\xe9")
    for words, after in {
        "a text": frame(TEXT, good),
        "a ping": frame(PING, b"p"),
        "another close": frame(CLOSE, b"\x03\xe8"),
        "a frame against the rules": frame(3, b"x"),
        "half a frame": frame(TEXT, good)[:5],
        "100,000 bytes": frame(TEXT, good) * (100000 // len(good)),
    }.items():
        name = f"{words} behind the close is not looked at"
        yield Case("5.5.1", name, [end + after], ended)
        name = f"{words} behind the close, in a segment of its own, is neither"
        yield Case("5.5.1", name, [end, after], ended)
    answer = target.answer(TEXT, good)
    yield Case(
        "5.5.1",
        "what comes before is answered",
        [frame(TEXT, good) + end],
        answer + ended,
    )
    pieces = [frame(PING, b"p") + end]
    yield Case("5.5.1", "a ping before is answered", pieces, [(PONG, b"p")] + ended)
    pieces = [end[i : i + 1] for i in range(len(end))]
    yield Case("5.5.1", "a close byte by byte", pieces, ended)


def make_cases(target):
    yield from make_pings(target)
    yield from make_pongs(target)
    yield from make_bad_controls(target)
    yield from make_closes(target)
    yield from make_after_close(target)
