# SPDX-License-Identifier: LGPL-2.1-or-later
"""Small clients for the conformance suite: they send what they are told, right or wrong."""

import base64
import http.client
import json
import os
import queue
import re
import socket
import struct
import subprocess
import threading
import time

TIMEOUT_S = 5
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    """The server has closed the connection."""


class Server:
    """A conformance server on a free port, ended by close()."""

    def __init__(self, program, mode, *options):
        self.mode = mode
        self.path = {"socketio": "/socket.io/", "engineio": "/engine.io/"}[mode]
        self.lines = []
        self.process = subprocess.Popen(
            [program, "--port=0", f"--mode={mode}", *options],
            stderr=subprocess.PIPE,
            text=True,
        )
        ports = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(ports,), daemon=True)
        self.reader.start()
        self.port = ports.get(timeout=TIMEOUT_S)

    def _read(self, ports):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            match = re.search(r"listens on http://127\.0\.0\.1:(\d+)/", line)
            if match:
                ports.put(int(match.group(1)))

    def wait_for_line(self, text):
        """Waits until the server has written a line with a text in it."""
        end = time.monotonic() + TIMEOUT_S
        while not any(text in line for line in list(self.lines)):
            assert time.monotonic() < end, f"no line with {text!r} in {self.lines}"
            time.sleep(0.01)

    def close(self):
        """Ends the server; it must do so by itself, and without complaint."""
        self.process.terminate()
        code = self.process.wait(timeout=TIMEOUT_S)
        self.reader.join(timeout=TIMEOUT_S)
        self.process.stderr.close()
        assert code == 0, f"the server ended with {code}: {self.lines[-5:]}"

    def url(self, transport="polling", sid=None, **more):
        query = {"EIO": "4", "transport": transport, "sid": sid, **more}
        pairs = [f"{key}={value}" for key, value in query.items() if value is not None]
        return self.path + "?" + "&".join(pairs)

    def begin(self, method, url, body=None):
        """Sends a request; finish() has the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        connection.request(method, url, body)
        return connection

    def request(self, method, url, body=None):
        return finish(self.begin(method, url, body))

    def open_polling(self):
        """Opens a session by polling; gives its open packet."""
        status, text = self.request("GET", self.url())
        assert status == 200 and text[0] == "0", (status, text)
        return json.loads(text[1:])

    def poll(self, sid):
        return self.request("GET", self.url(sid=sid))

    def post(self, sid, body):
        return self.request("POST", self.url(sid=sid), body)

    def websocket(self, **query):
        return WebSocket(self.port, self.url("websocket", **query))

    def open_websocket(self):
        """Opens a session by WebSocket and takes its open packet."""
        ws = self.websocket()
        packet = ws.receive()
        assert packet[0] == "0", packet
        return ws

    def join(self, packet="40"):
        """Opens a session by WebSocket and joins a namespace."""
        ws = self.open_websocket()
        ws.send(packet)
        answer, event = ws.receive(), ws.receive()
        assert answer.startswith("40"), answer
        assert '["auth",' in event, event
        return ws


def finish(connection):
    """Gives status and body of the answer."""
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


class WebSocket:
    """A WebSocket. Messages are str or bytes. Closes itself when used with `with`."""

    def __init__(self, port, url):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        self.status = int(self.file.readline().split()[1])
        length = 0
        while (line := self.file.readline().strip()) != b"":
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        self.body = self.file.read(length).decode()
        self.close_code = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def send(self, message):
        is_text = isinstance(message, str)
        payload = message.encode() if is_text else bytes(message)
        self._send_frame(TEXT if is_text else BINARY, payload)

    def _send_frame(self, opcode, payload):
        mask = os.urandom(4)
        if len(payload) < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(payload))
        elif len(payload) < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, len(payload))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def _read(self, length):
        data = self.file.read(length)
        if len(data) < length:
            raise Closed
        return data

    def receive(self, skip_pings=False):
        """Gives the next message; raises Closed when there is none any more."""
        while True:
            opcode, length = self._read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self._read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._read(8))
            payload = self._read(length)
            if opcode & 0xF == CLOSE:
                self.close_code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                self._send_frame(CLOSE, payload[:2])
                raise Closed
            message = payload.decode() if opcode & 0xF == TEXT else payload
            if not (skip_pings and message == "2"):
                return message

    def expect_closed(self, skip=("2",)):
        """Waits for the end; nothing may come before it but what is in @skip."""
        try:
            while True:
                message = self.receive()
                assert message in skip, f"{message!r} came before the end"
        except (Closed, ConnectionError):
            pass

    def close(self):
        self.file.close()
        self.socket.close()
