# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of messages: fragments, UTF-8, compression, and limits."""

import zlib

from websocket_targets import (
    BINARY,
    CLOSE,
    MAX_FRAGMENTS,
    MAX_MESSAGE,
    NAMES,
    PING,
    PONG,
    TEXT,
    Case,
    chop,
    close,
    fill,
    fragments,
    frame,
)

GOOD_TEXTS = {
    "no letter": "",
    "ASCII": "Hello, world",
    "two, three and four bytes": "\u03ba\u1f79\u03c3\u03bc\u03b5 \U0001f600",
    "U+0000": "a\0b",
    "U+007F and U+0080": "\x7f\x80",
    "U+07FF and U+0800": "\u07ff\u0800",
    "U+D7FF and U+E000": "\ud7ff\ue000",
    "U+FEFF first": "\ufeffx",
    "U+FFFD to U+FFFF": "\ufffd\ufffe\uffff",
    "U+10000": "\U00010000",
    "U+10FFFF": "\U0010ffff",
    "U+1FFFE, which is no character": "\U0001fffe",
}
BAD_TEXTS = {
    "a byte FF": b"\xff",
    "a byte FE": b"\xfe",
    "a continuation alone": b"\x80",
    "two continuations": b"\xbf\xbf",
    "two bytes for /": b"\xc0\xaf",
    "two bytes for U+007F": b"\xc1\xbf",
    "three bytes for /": b"\xe0\x80\xaf",
    "three bytes for U+07FF": b"\xe0\x9f\xbf",
    "four bytes for /": b"\xf0\x80\x80\xaf",
    "four bytes for U+FFFF": b"\xf0\x8f\xbf\xbf",
    "two bytes for U+0000": b"\xc0\x80",
    "U+D800": b"\xed\xa0\x80",
    "U+DFFF": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "U+110000": b"\xf4\x90\x80\x80",
    "U+140000": b"\xf5\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "one byte of two": b"\xc2",
    "two bytes of three": b"\xe2\x82",
    "three bytes of four": b"\xf0\x9f\x98",
    "a letter for a continuation": b"\xe2\x82x",
    "latin-1": b"caf\xe9",
}
MIXED = "a\u00e9\u20ac\U0001f600z".encode()  # 1, 2, 3, 4 and 1 bytes


def make_fragments(target):
    text = target.wrap(b"f" * 2000)
    for opcode, name in NAMES.items():
        for n in (2, 3, 10, 100):
            parts = chop(text, len(text) // n + 1)
            words = f"a {name} message in {len(parts)} fragments"
            pieces = [b"".join(fragments(opcode, parts))]
            yield Case("5.4", words, pieces, target.answer(opcode, text))
    for words, parts in {
        "the first": [b"", text],
        "the last": [text, b""],
        "one in the middle": [text[:5], b"", text[5:]],
        "all but one": [b"", b"", text, b"", b""],
    }.items():
        answer = target.answer(TEXT, text)
        yield Case("5.4", f"{words} is empty", fragments(TEXT, parts), answer)
    pieces, answer = fragments(BINARY, [b"", b"", b""]), target.answer(BINARY, b"")
    yield Case("5.4", "all fragments are empty", pieces, answer)
    first, last = fragments(TEXT, [text[:30], text[30:]])
    answer = target.answer(TEXT, text)
    for words, inside, before in (
        ("a ping", frame(PING, b"p"), [(PONG, b"p")]),
        ("a pong", frame(PONG, b"p"), []),
        ("two pings", frame(PING, b"p") + frame(PING), [(PONG, b"p"), (PONG, b"")]),
    ):
        pieces = [first, inside, last]
        yield Case("5.4", f"{words} between fragments", pieces, before + answer)
        yield Case(
            "5.4", f"{words} between, in one piece", [b"".join(pieces)], before + answer
        )
    pieces, ended = [first, frame(CLOSE, b"\x03\xe8"), last], close(1000, b"")
    yield Case("5.4", "a close between fragments", pieces, ended)
    cut = chop(first + frame(PING, b"p") + last, 100)
    yield Case("5.4", "a ping between, in pieces", cut, [(PONG, b"p")] + answer)
    yield Case(
        "5.4", "one fragmented message after another", [first + last] * 2, answer * 2
    )
    for words, pieces in {
        "a text inside a message": [first, frame(TEXT, text)],
        "a binary message inside another": [first, frame(BINARY, text)],
        "an unfinished text inside a message": [first, frame(TEXT, b"", fin=False)],
        "an empty text inside a message": [first, frame(TEXT)],
        "a continuation of nothing": [frame(0, text)],
        "an empty continuation of nothing": [frame(0)],
        "an unfinished continuation of nothing": [frame(0, text, fin=False)],
    }.items():
        yield Case("5.4", f"{words} closes with 1002", pieces, close(1002))
    pieces, after = [first, last, frame(0, b"x")], answer + close(1002)
    yield Case(
        "5.4", "a continuation of what is finished closes with 1002", pieces, after
    )


def make_texts(target):
    for name, text in GOOD_TEXTS.items():
        payload = target.wrap(text.encode())
        answer = target.answer(TEXT, payload)
        yield Case("5.6", f"UTF-8: {name}", [frame(TEXT, payload)], answer)
    for name, text in BAD_TEXTS.items():
        payload = target.wrap(text)
        words = f"no UTF-8: {name}, closes with 1007"
        yield Case("8.1", words, [frame(TEXT, payload)], close(1007))
        answer = target.answer(BINARY, payload)
        yield Case("5.6", f"binary: {name}, is fine", [frame(BINARY, payload)], answer)
    payload = target.wrap(MIXED)
    answer = target.answer(TEXT, payload)
    start = len(target.head)
    for at in range(start, start + len(MIXED) + 1):
        parts = [payload[:at], payload[at:]]
        words = f"UTF-8 in two fragments, cut behind byte {at - start}"
        yield Case("5.6", words, fragments(TEXT, parts), answer)
        data = frame(TEXT, payload)
        cut = len(data) - len(payload) + at
        words = f"UTF-8 in two segments, cut behind byte {at - start}"
        yield Case("5.6", words, [data[:cut], data[cut:]], answer)
    yield Case(
        "5.6", "a fragment for each byte", fragments(TEXT, chop(payload, 1)), answer
    )
    for name in ("U+D800", "two bytes of three", "three bytes for /", "U+110000"):
        pieces = fragments(TEXT, chop(target.wrap(BAD_TEXTS[name]), 1))
        words = f"no UTF-8 in fragments of a byte: {name}, closes with 1007"
        yield Case("8.1", words, pieces, close(1007))
    first, last = fragments(TEXT, [payload[: start + 2], payload[start + 2 :]])
    pieces = [first, frame(PING, b"\xff"), last]
    yield Case("5.6", "a ping inside a letter", pieces, [(PONG, b"\xff")] + answer)


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def make_compressed(target):
    def case(name, pieces, expected):
        return Case("RFC 7692, 6", name, pieces, expected, is_deflated=True)

    text = target.wrap(b"again and " * 100)
    packed = deflate(text)
    answer = target.answer(TEXT, text)
    yield case("a compressed text", [frame(TEXT, packed, reserved=4)], answer)
    yield case("two, each by itself", [frame(TEXT, packed, reserved=4)] * 2, answer * 2)
    pieces, expected = [frame(BINARY, packed, reserved=4)], target.answer(BINARY, text)
    yield case("a compressed binary message", pieces, expected)
    pieces = [frame(TEXT, text), frame(TEXT, packed, reserved=4), frame(TEXT, text)]
    yield case("compressed and not, in turns", pieces, answer * 3)
    for n_bytes in (1, 7, len(packed) // 2 + 1):
        pieces = fragments(TEXT, chop(packed, n_bytes), reserved=4)
        yield case(f"compressed, in fragments of {n_bytes} bytes", pieces, answer)
    first, last = fragments(TEXT, [packed[:9], packed[9:]], reserved=4)
    expected = [(PONG, b"p")] + answer
    yield case(
        "a ping inside a compressed message", [first, frame(PING, b"p"), last], expected
    )
    pieces = chop(frame(TEXT, packed, reserved=4), 1)
    yield case("compressed, byte by byte", pieces, answer)
    # RFC 7692, 7.2.3.6: one empty block that is not compressed.
    pieces, expected = [frame(BINARY, b"\0", reserved=4)], target.answer(BINARY, b"")
    yield case("a compressed message of nothing", pieces, expected)
    stored = zlib.compressobj(0, zlib.DEFLATED, -15)
    data = (stored.compress(text) + stored.flush(zlib.Z_SYNC_FLUSH))[:-4]
    yield case("blocks that are only stored", [frame(TEXT, data, reserved=4)], answer)
    for words, pieces, code in (
        ("no compressed data", [frame(TEXT, b"\xff\xff\xff", reserved=4)], 1007),
        ("no UTF-8, compressed", [frame(TEXT, deflate(b"\xff"), reserved=4)], 1007),
        ("a second reserved bit", [frame(TEXT, packed, reserved=6)], 1002),
        ("a third reserved bit", [frame(TEXT, packed, reserved=5)], 1002),
        ("a compressed ping", [frame(PING, b"p", reserved=4)], 1002),
        ("a compressed close", [frame(CLOSE, b"\x03\xe8", reserved=4)], 1002),
        ("a bit on a continuation", [first, frame(0, packed[9:], reserved=4)], 1002),
        ("a bomb", [frame(TEXT, deflate(b" " * 50 * MAX_MESSAGE), reserved=4)], 1009),
    ):
        yield case(f"{words} closes with {code}", pieces, close(code))


def make_limits(target):
    most = fill(target, MAX_MESSAGE)
    for opcode, name in NAMES.items():
        answer = target.answer(opcode, most)
        words = f"a {name} message of the limit"
        yield Case("10.4", words, [frame(opcode, most)], answer)
        words = f"a {name} message of one byte more closes with 1009"
        pieces = [frame(opcode, b"x", told=MAX_MESSAGE + 1)]
        yield Case("10.4", words, pieces, close(1009))
        pieces = fragments(opcode, chop(most, 10000))
        yield Case("10.4", f"a {name} message of the limit in fragments", pieces, answer)
        pieces = fragments(opcode, [*chop(most, 10000), b"x"])
        words = f"a {name} message of one byte more in fragments closes with 1009"
        yield Case("10.4", words, pieces, close(1009))
    for told in (1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 63) - 1):
        pieces = [frame(TEXT, b"", told=told)]
        yield Case(
            "10.4", f"a header of {told} bytes closes with 1009", pieces, close(1009)
        )
    for told in (1 << 63, (1 << 63) + 5, (1 << 64) - 1):
        pieces = [frame(TEXT, b"", told=told)]
        yield Case(
            "5.2", f"a header of {told} bytes closes with 1002", pieces, close(1002)
        )
    for told in (126, 65536, 1 << 32):
        words = f"a ping whose header tells {told} bytes closes with 1002"
        yield Case("5.5", words, [frame(PING, b"", told=told)], close(1002))
    short = target.wrap(b"short")
    parts = [short] + [b""] * (MAX_FRAGMENTS - 1)
    pieces, answer = [b"".join(fragments(TEXT, parts))], target.answer(TEXT, short)
    yield Case("10.4", f"{MAX_FRAGMENTS} fragments", pieces, answer)
    yield Case("10.4", f"{MAX_FRAGMENTS} fragments, twice", pieces * 2, answer * 2)
    pieces = [b"".join(fragments(TEXT, parts + [b""]))]
    yield Case("10.4", "one fragment more closes with 1009", pieces, close(1009))


def make_cases(target):
    yield from make_fragments(target)
    yield from make_texts(target)
    yield from make_compressed(target)
    yield from make_limits(target)
