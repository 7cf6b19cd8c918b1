# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of single frames: lengths, masks, reserved bits, opcodes, and how they come."""

from websocket_targets import (
    BINARY,
    CLOSE,
    MASK,
    NAMES,
    PING,
    PONG,
    TEXT,
    Case,
    chop,
    close,
    fill,
    frame,
)

LENGTHS = (0, 1, 2, 124, 125, 126, 127, 128, 254, 255, 256, 32767, 32768)
LENGTHS += (65534, 65535, 65536, 65537)
# (length, bits it is written in)
TOO_LONG_FORMS = ((0, 16), (1, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64))
MASKS = {
    "is zero": b"\0\0\0\0",
    "has all bits": b"\xff\xff\xff\xff",
    "has one byte": b"\0\0\0\x80",
    "is text": b"xxxx",
}
CONTROLS = {CLOSE: "a close", PING: "a ping", PONG: "a pong"}


def make_lengths(target):
    for length in LENGTHS:
        for opcode, name in NAMES.items():
            payload = fill(target, length)
            answer = target.answer(opcode, payload)
            words = f"a {name} message of {length} bytes"
            yield Case("5.2", words, [frame(opcode, payload)], answer)
    for length, form in TOO_LONG_FORMS:
        data = frame(TEXT, fill(target, length), form=form)
        words = f"{length} bytes, their length in {form} bits, close with 1002"
        yield Case("5.2", words, [data], close(1002))
    for opcode, name in CONTROLS.items():
        payload = b"" if opcode == CLOSE else b"x"
        words = f"{name} with its length in 16 bits closes with 1002"
        yield Case("5.2", words, [frame(opcode, payload, form=16)], close(1002))


def make_masks(target):
    good = target.wrap(b"mask")
    for name, mask in MASKS.items():
        pieces, answer = [frame(TEXT, good, mask=mask)], target.answer(TEXT, good)
        yield Case("5.3", f"a mask that {name}", pieces, answer)
    # The payload is all zeroes on the wire.
    same = (MASK * 10)[:33]
    pieces = [frame(BINARY, same)]
    yield Case("5.3", "a payload like its mask", pieces, target.answer(BINARY, same))
    for opcode, name in {TEXT: "text", BINARY: "binary", **CONTROLS}.items():
        payload = b"\x03\xe8" if opcode == CLOSE else good
        words = f"no mask: {name}, closes with 1002"
        yield Case("5.1", words, [frame(opcode, payload, mask=None)], close(1002))
    pieces = [frame(TEXT, good, fin=False), frame(0, b"x", mask=None)]
    yield Case("5.1", "no mask: a continuation, closes with 1002", pieces, close(1002))
    pieces = [frame(TEXT, b"", mask=None)]
    yield Case("5.1", "no mask: an empty frame, closes with 1002", pieces, close(1002))


def make_reserved_bits(target):
    good = target.wrap(b"bits")
    for bits in range(1, 8):
        words = f"reserved bits {bits:03b} of %s close with 1002"
        pieces = [frame(TEXT, good, reserved=bits)]
        yield Case("5.2", words % "a text", pieces, close(1002))
        pieces = [frame(PING, b"x", reserved=bits)]
        yield Case("5.2", words % "a ping", pieces, close(1002))
        pieces = [frame(CLOSE, b"\x03\xe8", reserved=bits)]
        yield Case("5.2", words % "a close", pieces, close(1002))
        pieces = [frame(TEXT, good, fin=False), frame(0, b"", reserved=bits)]
        yield Case("5.2", words % "a continuation", pieces, close(1002))
    pieces = [frame(TEXT, good), frame(TEXT, good, reserved=4), frame(TEXT, good)]
    answer = target.answer(TEXT, good) + close(1002)
    yield Case("5.2", "what comes before a reserved bit is answered", pieces, answer)


def make_opcodes(target):
    good = target.wrap(b"opcode")
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload, words in ((b"", "empty"), (b"x", "with a payload")):
            name = f"opcode {opcode}, {words}, closes with 1002"
            yield Case("5.2", name, [frame(opcode, payload)], close(1002))
    for opcode in (3, 11):
        pieces = [frame(TEXT, good) + frame(opcode) + frame(TEXT, good)]
        answer = target.answer(TEXT, good) + close(1002)
        yield Case("5.2", f"a message before opcode {opcode} is answered", pieces, answer)
        pieces = [frame(TEXT, good, fin=False), frame(opcode), frame(0)]
        name = f"opcode {opcode} inside a message closes with 1002"
        yield Case("5.2", name, pieces, close(1002))


def make_cuts(target):
    small, large = target.wrap(b"x" * 140), fill(target, 70000)
    for n_bytes in (1, 2, 3, 7, 13):
        pieces = chop(frame(TEXT, small), n_bytes)
        name = f"a message in pieces of {n_bytes} bytes"
        yield Case("5.4", name, pieces, target.answer(TEXT, small))
        pieces = chop(frame(PING, b"p" * 125), n_bytes)
        name = f"a ping in pieces of {n_bytes} bytes"
        yield Case("5.4", name, pieces, [(PONG, b"p" * 125)])
    for n_bytes in (1000, 1448, 4096, 65535):
        pieces = chop(frame(BINARY, large), n_bytes)
        name = f"70,000 bytes in pieces of {n_bytes}"
        yield Case("5.4", name, pieces, target.answer(BINARY, large))
    for n_frames in (2, 10, 500):
        parts = [target.wrap(b"%d" % i) for i in range(n_frames)]
        pieces = [b"".join(frame(TEXT, part) for part in parts)]
        answers = [each for part in parts for each in target.answer(TEXT, part)]
        name = f"{n_frames} messages in one piece"
        yield Case("5.4", name, pieces, answers)
        pieces = [b"".join(frame(PING, b"%d" % i) for i in range(n_frames))]
        answers = [(PONG, b"%d" % i) for i in range(n_frames)]
        yield Case("5.5.2", f"{n_frames} pings in one piece", pieces, answers)
    both = frame(TEXT, small) * 2
    for cut in (1, 2, 4, 8, len(both) // 2 + 1, len(both) - 1):
        pieces, answer = [both[:cut], both[cut:]], target.answer(TEXT, small) * 2
        yield Case("5.4", f"two messages cut behind {cut} bytes", pieces, answer)


def make_cases(target):
    yield from make_lengths(target)
    yield from make_masks(target)
    yield from make_reserved_bits(target)
    yield from make_opcodes(target)
    yield from make_cuts(target)
