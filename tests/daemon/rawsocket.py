# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sockets that say exactly what a test wants said: HTTP and WebSocket by hand, right or
wrong, and strict about what comes back."""

import base64
import hashlib
import json
import os
import re
import socket
import struct
import time

import harness

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SOCKETIO_PATH = "/socket.io/?EIO=4&transport=websocket"


class Ended(Exception):
    """The other side has ended the connection."""


class Refused(Exception):
    """The handshake was answered with something else than 101."""

    def __init__(self, answer):
        super().__init__(f"{answer.status}: {answer.body[:200]!r}")
        self.answer = answer


class Closed(Exception):
    """A close frame came."""

    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Answer:
    """An HTTP answer."""

    def __init__(self, head, body=b""):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(re.match(r"HTTP/1\.[01] (\d+)", lines[0]).group(1))
        pairs = [line.split(":", 1) for line in lines[1:] if line]
        self.headers = {name.lower(): value.strip() for name, value in pairs}
        self.body = body

    def get_json(self):
        return json.loads(self.body)


class RawSocket:
    """A socket to the service, of a port on loopback or of a Unix socket's path."""

    def __init__(self, scope, to, options=()):
        to = to.port if isinstance(to, harness.Service) else to
        is_tcp = isinstance(to, int)
        self.socket = socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX)
        scope.callback(self.socket.close)
        for level, option, value in options:
            self.socket.setsockopt(level, option, value)
        self.socket.settimeout(harness.WAIT_S)
        self.socket.connect(("127.0.0.1", to) if is_tcp else str(to))
        self._read = b""

    def send(self, data):
        """Sends, and gives whether the other side was still there."""
        self.socket.settimeout(harness.WAIT_S)
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection by a reset instead of an end of file."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.socket.close()

    def _read_more(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing has come in time")
        self.socket.settimeout(left)
        try:
            more = self.socket.recv(1 << 18)
        except ConnectionResetError:
            more = b""
        if not more:
            raise Ended
        self._read += more

    def take(self, n_bytes, within_s=harness.WAIT_S):
        """Takes exactly so many bytes."""
        end = time.monotonic() + within_s
        while len(self._read) < n_bytes:
            self._read_more(end)
        taken, self._read = self._read[:n_bytes], self._read[n_bytes:]
        return taken

    def take_until(self, mark, within_s=harness.WAIT_S):
        """Takes bytes up to a mark, which is taken too but not given."""
        end = time.monotonic() + within_s
        while mark not in self._read:
            self._read_more(end)
        taken, self._read = self._read.split(mark, 1)
        return taken

    def take_answer(self, within_s=harness.WAIT_S, has_body=True):
        """Takes an HTTP answer with its body."""
        answer = Answer(self.take_until(b"\r\n\r\n", within_s))
        if has_body and answer.status != 101:
            answer.body = self.take(
                int(answer.headers.get("content-length", 0)), within_s
            )
        return answer

    def take_rest(self, within_s=harness.WAIT_S):
        """Takes everything until the connection ends."""
        end = time.monotonic() + within_s
        try:
            while True:
                self._read_more(end)
        except Ended:
            rest, self._read = self._read, b""
            return rest

    def has_ended(self):
        """Whether the other side has ended the connection by now, without waiting. What
        it said before that is thrown away."""
        self.socket.settimeout(0)
        try:
            while self.socket.recv(65536):
                pass
        except BlockingIOError:
            return False
        except ConnectionResetError:
            pass
        return True


def make_frame(
    opcode, payload=b"", is_final=True, reserved=0, is_masked=True, length=None
):
    """A frame as a client sends it. `length` is what the header says, when that is not
    the truth; then it is written in 64 bits."""
    payload = payload.encode() if isinstance(payload, str) else payload
    told = len(payload) if length is None else length
    head = bytes([(0x80 if is_final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if is_masked else 0
    if length is not None or told > 0xFFFF:
        head += struct.pack("!BQ", mask_bit | 127, told)
    elif told > 125:
        head += struct.pack("!BH", mask_bit | 126, told)
    else:
        head += bytes([mask_bit | told])
    if not is_masked:
        return head + payload
    mask = os.urandom(4)
    n_words = len(payload) // 4 + 1
    pad = int.from_bytes((mask * n_words)[: len(payload)], "big")
    masked = int.from_bytes(payload, "big") ^ pad
    return head + mask + masked.to_bytes(len(payload), "big")


def make_handshake(path, headers=None, key=None):
    """The request for a WebSocket; a header that is None is left out."""
    key = key or base64.b64encode(os.urandom(16)).decode()
    fields = {
        "Host": "127.0.0.1",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    fields.update(headers or {})
    lines = [f"GET {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join(lines) + "\r\n\r\n"


class WebSocket(RawSocket):
    """A WebSocket client. Pings are answered while waiting, unless `is_mute`."""

    def __init__(self, scope, to, path="/ws", headers=None, options=(), is_mute=False):
        super().__init__(scope, to, options)
        self.is_mute = is_mute
        self.events = []  # what came while something else was waited for
        self.n_pings = 0
        self._next_id = 1
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(make_handshake(path, headers, key))
        answer = self.take_answer()
        if answer.status != 101:
            raise Refused(answer)
        digest = hashlib.sha1(key.encode() + WEBSOCKET_GUID).digest()
        harness.expect_equal(
            answer.headers.get("sec-websocket-accept"),
            base64.b64encode(digest).decode(),
            "Sec-WebSocket-Accept",
        )

    def send_frame(self, opcode, payload=b"", **how):
        return self.send(make_frame(opcode, payload, **how))

    def send_text(self, text):
        return self.send_frame(TEXT, text)

    def send_json(self, value):
        return self.send_text(json.dumps(value))

    def take_frame(self, within_s=harness.WAIT_S):
        """Takes one frame, which must be whole, without a mask and reserved bits."""
        first, second = self.take(2, within_s)
        harness.expect_equal(first & 0xF0, 0x80, "FIN and the reserved bits")
        length = second
        if second == 126:
            (length,) = struct.unpack("!H", self.take(2, within_s))
        elif second == 127:
            (length,) = struct.unpack("!Q", self.take(8, within_s))
        elif second > 127:
            raise AssertionError("the server sent a frame with a mask")
        return first & 0x0F, self.take(length, within_s)

    def take_message(self, within_s=harness.WAIT_S):
        """Takes the next text message, as text."""
        end = time.monotonic() + within_s
        while True:
            opcode, payload = self.take_frame(end - time.monotonic())
            if opcode == TEXT:
                return payload.decode()
            if opcode == CLOSE:
                code = struct.unpack("!H", payload[:2])[0] if payload else None
                raise Closed(code, payload[2:].decode())
            if opcode == PING:
                self.n_pings += 1
                if not self.is_mute:
                    self.send_frame(PONG, payload)
            elif opcode != PONG:
                raise AssertionError(f"a frame with opcode {opcode}")

    def take_json(self, within_s=harness.WAIT_S):
        return json.loads(self.take_message(within_s))

    def take_until_close(self, within_s=harness.WAIT_S):
        """Takes what comes until a close frame, answers that, and sees the connection
        end. Gives the close frame."""
        try:
            while True:
                self.events.append(self.take_message(within_s))
        except Closed as closed:
            self.send_frame(CLOSE, struct.pack("!H", closed.code or 1000))
            harness.expect_equal(self.take_rest(within_s), b"", "what follows the close")
            return closed

    def expect_close(self, code, pattern="", within_s=harness.WAIT_S):
        closed = self.take_until_close(within_s)
        harness.expect_equal(closed.code, code, f"the close code ({closed.reason})")
        harness.expect_match(pattern, closed.reason)

    def expect_silence(self, for_s=0.3):
        """Nothing but pings may come for a while."""
        try:
            raise AssertionError(f"unexpected message: {self.take_message(for_s)}")
        except TimeoutError:
            pass

    def close_politely(self, code=1000):
        """Closes as a client should; the server has to answer with the same code."""
        self.send_frame(CLOSE, struct.pack("!H", code))
        self.expect_close(code)


SERVICE_EVENTS = ("service_status", "gap")


class PlainClient(WebSocket):
    """A client of /ws that has been greeted."""

    def __init__(self, scope, to, user=None, **how):
        path = "/ws" if user is None else f"/ws?user={user}"
        super().__init__(scope, to, path, **how)
        self.greeting = self.take_json()
        harness.expect_equal(
            self.greeting["type"], "connected", "the first message's type"
        )

    def ask(self, command, **payload):
        """Sends a command and gives its answer; events that come before it are kept."""
        number = self._next_id
        self._next_id += 1
        self.send_json({"type": command, "id": number, **payload})
        while True:
            message = self.take_json()
            if message.get("id") == number:
                return message
            self.events.append(message)

    def subscribe(self, *tickers):
        answer = self.ask("subscribe_tickers", tickers=list(tickers))
        harness.expect_equal(answer["type"], "subscription_updated", "the answer's type")
        return answer["data"]["tickers"]

    def take_tick(self, within_s=harness.WAIT_S):
        """Takes the next event, which must be a tick; what is said about the source is
        passed over."""
        message = None
        while message is None or message["type"] in SERVICE_EVENTS:
            message = self.events.pop(0) if self.events else self.take_json(within_s)
        harness.expect_equal(message["type"], "tick_data", "the event's type")
        return message["data"]


class SocketioClient(WebSocket):
    """A client of /socket.io/ that has been opened, and connected unless told not to."""

    def __init__(self, scope, to, is_connected=True, **how):
        super().__init__(scope, to, SOCKETIO_PATH, **how)
        self._take_opening(self.take_message())
        if is_connected:
            self._join()

    def _take_opening(self, packet):
        harness.expect_equal(packet[0], "0", "the first packet's type")
        self.opening = json.loads(packet[1:])

    def _join(self):
        self.send_text("40")
        answer = self.take_message()
        harness.expect_equal(answer[:2], "40", "the answer to CONNECT")
        self.sid = json.loads(answer[2:])["sid"]


class UpgradedClient(SocketioClient):
    """The same, but its session was opened by long-polling and went over to WebSocket."""

    def __init__(self, scope, to, is_connected=True, **how):
        link = RawSocket(scope, to)
        path = SOCKETIO_PATH.replace("websocket", "polling")
        link.send(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self._take_opening(link.take_answer().body.decode())
        link.close()
        path = f"{SOCKETIO_PATH}&sid={self.opening['sid']}"
        WebSocket.__init__(self, scope, to, path, **how)
        self.send_text("2probe")
        harness.expect_equal(self.take_message(), "3probe", "the answer to the probe")
        self.send_text("5")
        if is_connected:
            self._join()
