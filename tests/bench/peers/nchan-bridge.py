#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads events from Redis and posts each to nchan's publisher location of its symbol.

Nchan has no Redis subscriber for messages of others; its documentation has applications
post over HTTP. Some connections are kept alive; a symbol always takes the same one, so that
its order is kept. Answers are counted, and what goes wrong ends the bridge.
"""

import json
import os
import selectors
import socket
import sys

PORT = int(os.environ["BENCH_PORT"])
REDIS_PORT = int(os.environ.get("BENCH_REDIS_PORT", "6379"))
CHANNELS = os.environ.get("BENCH_CHANNEL", "bench.events").split(",")
LINES = 4


class Redis:
    """Messages of channels, as they come."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", REDIS_PORT))
        self.socket.sendall(("SUBSCRIBE %s\r\n" % " ".join(CHANNELS)).encode())
        self.buffer = b""
        self.position = 0

    def _read_string(self):
        """The next bulk string, or None when it is not all there."""
        end = self.buffer.find(b"\r\n", self.position)
        if end < 0:
            return None
        if self.buffer[self.position : self.position + 1] != b"$":  # a number
            self.position = end + 2
            return b""
        start = end + 2
        end = start + int(self.buffer[self.position + 1 : end])
        if len(self.buffer) < end + 2:
            return None
        self.position = end + 2
        return self.buffer[start:end]

    def read(self):
        """Payloads that have come whole."""
        data = self.socket.recv(1 << 20)
        if not data:
            sys.exit("nchan-bridge: Redis has gone")
        self.buffer = self.buffer[self.position :] + data
        self.position = 0
        while self.buffer.startswith(b"*3\r\n", self.position):
            start = self.position
            self.position += 4
            parts = [self._read_string() for _ in range(3)]
            if None in parts:
                self.position = start
                return
            if parts[0] == b"message":
                yield parts[2]


class Line:
    """A connection to nginx; requests are sent without waiting for answers, which come in
    their order."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = []

    def add(self, symbol, payload):
        head = "POST /pub/%s HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n"
        self.requests.append((head % (symbol, len(payload))).encode() + payload)

    def flush(self):
        if self.requests:
            self.socket.sendall(b"".join(self.requests))
            self.requests.clear()

    def read(self):
        answers = self.socket.recv(1 << 18)
        if not answers or b"HTTP/1.1 4" in answers or b"HTTP/1.1 5" in answers:
            sys.exit("nchan-bridge: nginx says " + answers[:200].decode(errors="replace"))


def main():
    redis = Redis()
    lines = [Line() for _ in range(LINES)]
    selector = selectors.DefaultSelector()
    for source in [redis, *lines]:
        selector.register(source.socket, selectors.EVENT_READ, source)
    print("listening %d" % PORT, flush=True)
    while True:
        for key, _ in selector.select():
            if key.data is not redis:
                key.data.read()
                continue
            for payload in redis.read():
                symbol = json.loads(payload)["symbol"]
                lines[hash(symbol) % LINES].add(symbol, payload)
            for line in lines:
                line.flush()


if __name__ == "__main__":
    main()
