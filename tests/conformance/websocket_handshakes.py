# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cases of opening handshakes, as bytes of HTTP."""

import base64
import hashlib
import typing

import harness
import rawsocket

KEY = base64.b64encode(bytes(range(16))).decode()
ACCEPT = base64.b64encode(
    hashlib.sha1(KEY.encode() + rawsocket.WEBSOCKET_GUID).digest()
).decode()
DEFLATE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


class Handshake(typing.NamedTuple):
    """A request and the status of its answer; more of the answer, where that matters."""

    section: str
    name: str
    changes: dict  # header: value, None: without it
    status: int
    method: str = "GET"
    version: str = "HTTP/1.1"
    body: str = ""
    answer: dict = {}  # header: value, None: it must not be there


def key(data):
    return {"Sec-WebSocket-Key": base64.b64encode(data).decode()}


def offer(text):
    return {"Sec-WebSocket-Extensions": text}


def answer_offer(text):
    return {"sec-websocket-extensions": text}


VERSION_13 = {"sec-websocket-version": "13"}
PAGE = {"Origin": "http://127.0.0.1"}

GOOD = [
    Handshake("4.2.1", "just what it takes", {}, 101),
    Handshake("4.2.1", "Upgrade: WebSocket", {"Upgrade": "WebSocket"}, 101),
    Handshake("4.2.1", "Upgrade: WEBSOCKET", {"Upgrade": "WEBSOCKET"}, 101),
    Handshake("4.2.1", "Connection: upgrade", {"Connection": "upgrade"}, 101),
    Handshake("4.2.1", "Connection: UPGRADE", {"Connection": "UPGRADE"}, 101),
    Handshake(
        "4.2.1",
        "Connection: keep-alive, Upgrade",
        {"Connection": "keep-alive, Upgrade"},
        101,
    ),
    Handshake(
        "4.2.1",
        "Connection: Upgrade,keep-alive",
        {"Connection": "Upgrade,keep-alive"},
        101,
    ),
    Handshake(
        "4.2.1", "headers nobody knows", {"X-One": "1", "Sec-WebSocket-X": "2"}, 101
    ),
    Handshake("4.2.1", "a long header", {"X-Long": "x" * 4000}, 101),
    Handshake("RFC 9110, 7.8", "a body of nothing", {"Content-Length": "0"}, 101),
    Handshake("4.2.1", "a key of zeroes", key(bytes(16)), 101),
    Handshake("4.2.1", "blanks around the key", {"Sec-WebSocket-Key": f"  {KEY}  "}, 101),
    Handshake(
        "4.2.1", "blanks around the version", {"Sec-WebSocket-Version": " 13 "}, 101
    ),
    Handshake(
        "4.2.2",
        "subprotocols, of which none is chosen",
        {"Sec-WebSocket-Protocol": "chat, superchat"},
        101,
        answer={"sec-websocket-protocol": None},
    ),
]

EXTENSIONS = [
    Handshake(
        section, f"extension: {name}", offer(text), 101, answer=answer_offer(answer)
    )
    for section, name, text, answer in (
        ("9.1", "one that nobody knows", "x-nothing", None),
        ("9.1", "one with a parameter", "x-nothing; a=1", None),
        ("9.1", "one that browsers had once", "x-webkit-deflate-frame", None),
        ("RFC 7692, 7", "permessage-deflate", "permessage-deflate", DEFLATE),
        (
            "RFC 7692, 7.1.2.2",
            "as browsers ask",
            "permessage-deflate; client_max_window_bits",
            DEFLATE,
        ),
        ("RFC 7692, 5.1", "the second of two", "x-nothing, permessage-deflate", DEFLATE),
        (
            "RFC 7692, 7.1.2.1",
            "a small window",
            "permessage-deflate; server_max_window_bits=8",
            None,
        ),
        (
            "RFC 7692, 7.1.2.1",
            "a small window, or any",
            "permessage-deflate; server_max_window_bits=8, permessage-deflate",
            DEFLATE,
        ),
        ("RFC 7692, 7.1", "an unknown parameter", "permessage-deflate; x", None),
        (
            "RFC 7692, 7.1",
            "a parameter twice",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            None,
        ),
        (
            "RFC 7692, 7.1.2.2",
            "a window of 16 bits",
            "permessage-deflate; client_max_window_bits=16",
            None,
        ),
        (
            "RFC 7692, 7.1.1.1",
            "a value where none belongs",
            "permessage-deflate; server_no_context_takeover=1",
            None,
        ),
    )
]

BAD = [
    Handshake("4.2.1", "no Upgrade", {"Upgrade": None}, 400),
    Handshake("4.2.1", "an empty Upgrade", {"Upgrade": ""}, 400),
    Handshake("4.2.1", "Upgrade: h2c", {"Upgrade": "h2c"}, 400),
    Handshake("4.2.1", "Upgrade: websocketx", {"Upgrade": "websocketx"}, 400),
    Handshake("4.2.1", "no Connection", {"Connection": None}, 400),
    Handshake("4.2.1", "Connection: keep-alive", {"Connection": "keep-alive"}, 400),
    Handshake("4.2.1", "Connection: Upgraded", {"Connection": "Upgraded"}, 400),
    Handshake("4.2.1", "no key", {"Sec-WebSocket-Key": None}, 400),
    Handshake("4.2.1", "an empty key", {"Sec-WebSocket-Key": ""}, 400),
    Handshake("4.2.1", "a key of 15 bytes", key(bytes(15)), 400),
    Handshake("4.2.1", "a key of 17 bytes", key(bytes(17)), 400),
    Handshake("4.2.1", "a key of 160 bytes", key(bytes(160)), 400),
    Handshake("4.2.1", "a key that is no base64", {"Sec-WebSocket-Key": "!" * 24}, 400),
    Handshake("4.2.1", "HTTP/1.0", {}, 400, version="HTTP/1.0"),
    Handshake("4.2.1", "no Host", {"Host": None}, 400),
    Handshake("RFC 9110, 7.8", "a body", {"Content-Length": "2"}, 400, body="ab"),
    Handshake(
        "RFC 9110, 7.8",
        "chunks",
        {"Transfer-Encoding": "chunked"},
        400,
        body="2\r\nab\r\n0\r\n\r\n",
    ),
    Handshake("4.2.1", "POST", {"Content-Length": "0"}, 400, method="POST"),
    Handshake("4.2.1", "PUT", {"Content-Length": "0"}, 400, method="PUT"),
    Handshake("4.2.1", "HEAD", {}, 400, method="HEAD"),
    Handshake("4.2.1", "DELETE", {}, 400, method="DELETE"),
]
BAD += [
    Handshake(
        "4.4",
        f"version {version}, is told which there is",
        {"Sec-WebSocket-Version": version},
        400,
        answer=VERSION_13,
    )
    for version in (
        "0",
        "7",
        "8",
        "12",
        "14",
        "013",
        "13.0",
        "-13",
        "113",
        "x",
        "",
        "13, 8",
    )
]
BAD += [
    Handshake(
        "4.4", "no version", {"Sec-WebSocket-Version": None}, 400, answer=VERSION_13
    ),
]
HANDSHAKES = [*GOOD, *EXTENSIONS, *BAD]


def run_handshake(scope, port, target, case):
    client = rawsocket.RawSocket(scope, port)
    text = rawsocket.make_handshake(target.path, case.changes, KEY)
    first, rest = text.split("\r\n", 1)
    client.send(f"{case.method} {target.path} {case.version}\r\n{rest}{case.body}")
    has_body = case.method != "HEAD"
    answer = client.take_answer(has_body=has_body)
    harness.expect_equal(answer.status, case.status, f"the status ({answer.body[:200]})")
    for name, value in case.answer.items():
        harness.expect_equal(answer.headers.get(name), value, f"the header {name}")
    if case.status == 101:
        headers = answer.headers
        harness.expect_equal(headers.get("upgrade", "").lower(), "websocket", "Upgrade")
        harness.expect_equal(
            headers.get("connection", "").lower(), "upgrade", "Connection"
        )
        if "Sec-WebSocket-Key" not in case.changes:
            harness.expect_equal(headers.get("sec-websocket-accept"), ACCEPT, "the key")
    elif answer.body:  # libsoup says nothing about a missing Host
        answer.get_json()
