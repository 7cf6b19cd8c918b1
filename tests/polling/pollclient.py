# SPDX-License-Identifier: LGPL-2.1-or-later
"""Long-polling by hand: requests that say exactly what a test wants said, and a session
that can be upgraded step by step.

The harness and the raw sockets are those of tests/daemon.
"""

import json
import pathlib
import select
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))

import harness  # noqa: E402
import rawsocket  # noqa: E402
import redisserver  # noqa: E402

PATH = "/socket.io/"
POLLING = PATH + "?EIO=4&transport=polling"
SEPARATOR = "\x1e"
HOLD_S = 0.05  # a request that was sent has arrived by then


def make_request(path, method="GET", headers=None, body=None, version="1.1"):
    """A request; a header that is None is left out. The body's length is told unless a
    header says how it comes."""
    fields = {"Host": "127.0.0.1", **(headers or {})}
    body = body.encode() if isinstance(body, str) else body
    if body is not None and "Transfer-Encoding" not in fields:
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/{version}"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def make_chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def has_input(link):
    """Whether something has come, without taking it."""
    return bool(select.select([link.socket], [], [], 0)[0])


def ask(scope, to, path, method="GET", headers=None, body=None):
    """One request on a connection of its own; gives the answer."""
    link = rawsocket.RawSocket(scope, to)
    link.send(make_request(path, method, headers, body))
    answer = link.take_answer(has_body=method != "HEAD")
    link.close()
    return answer


def expect_refusal(answer, status, code, pattern=""):
    """The answer must refuse in Engine.IO's way."""
    harness.expect_equal(answer.status, status, f"the status ({answer.body!r})")
    harness.expect_equal(answer.get_json()["code"], code, "the code")
    harness.expect_match(pattern, answer.get_json()["message"])
    harness.expect_equal(set(answer.get_json()), {"code", "message"}, "the members")


def publish(redis, *numbers, symbol="A"):
    """Publishes ticks with these numbers, in one go."""
    ticks = [{"symbol": symbol, "number": n, "at": time.monotonic()} for n in numbers]
    redis.publish_all(redisserver.TICKS, [json.dumps(tick) for tick in ticks])


class Flow:
    """Publishes numbered ticks at an even pace until it is stopped, or the scope ends."""

    def __init__(self, scope, redis, per_s, symbol="A"):
        self._redis = redisserver.RedisLink(scope, redis.port)
        self._per_s = per_s
        self._symbol = symbol
        self.n_sent = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        scope.callback(self.stop)

    def _run(self):
        began = time.monotonic()
        while not self._ends.wait(1 / self._per_s):
            due = int((time.monotonic() - began) * self._per_s)
            if due > self.n_sent:
                publish(self._redis, *range(self.n_sent, due), symbol=self._symbol)
                self.n_sent = due

    def stop(self):
        self._ends.set()
        self._thread.join()


class PollingClient:
    """A session by long-polling, with a connection for GETs and one for POSTs."""

    def __init__(self, scope, to, is_connected=True, query="", headers=None):
        self.scope = scope
        self.to = to
        self.query = query
        self.headers = headers
        self.packets = []  # what has come and was not asked for yet
        self.getter = rawsocket.RawSocket(scope, to)
        self.poster = rawsocket.RawSocket(scope, to)
        self.getter.send(make_request(POLLING + query, headers=headers))
        answer = self.getter.take_answer()
        harness.expect_equal(answer.status, 200, f"the status ({answer.body!r})")
        opening = answer.body.decode()
        harness.expect_equal(opening[0], "0", "the first packet's type")
        self.opening = json.loads(opening[1:])
        self.sid = self.opening["sid"]
        self.path = f"{POLLING}&sid={self.sid}{query}"
        if is_connected:
            self.post("40")
            harness.expect_equal(self.take_packet()[:2], "40", "the answer to CONNECT")

    def close(self):
        self.getter.close()
        self.poster.close()

    def begin_get(self):
        self.getter.send(make_request(self.path, headers=self.headers))

    def hold_get(self):
        """Begins a poll for which there is nothing yet, and lets it arrive."""
        self.begin_get()
        time.sleep(HOLD_S)

    def end_get(self, within_s=harness.WAIT_S):
        answer = self.getter.take_answer(within_s)
        if answer.status != 200:
            raise rawsocket.Refused(answer)
        return answer.body.decode().split(SEPARATOR)

    def get(self, within_s=harness.WAIT_S):
        """One poll; gives its packets."""
        self.begin_get()
        return self.end_get(within_s)

    def post_raw(self, body):
        self.poster.send(make_request(self.path, "POST", self.headers, body))
        return self.poster.take_answer()

    def post(self, *packets):
        answer = self.post_raw(SEPARATOR.join(packets))
        found = (answer.status, answer.body)
        harness.expect_equal(found, (200, b"ok"), "the answer to a POST")

    def emit(self, event, payload):
        self.post("42" + json.dumps([event, payload]))

    def sort_in(self, packets):
        """Answers pings and keeps the rest; gives whether there was any."""
        kept = [packet for packet in packets if packet not in ("2", "6")]
        if "2" in packets:
            self.post("3")
        self.packets += kept
        return kept

    def take_packet(self, within_s=harness.WAIT_S):
        """Takes the next packet that is no ping and no noop, polling for it."""
        while not self.packets:
            self.sort_in(self.get(within_s))
        return self.packets.pop(0)

    def take_event(self, within_s=harness.WAIT_S):
        packet = self.take_packet(within_s)
        harness.expect_equal(packet[:2], "42", "the packet's type")
        return json.loads(packet[2:])

    def subscribe(self, *tickers):
        self.emit("subscribe_tickers", {"tickers": list(tickers)})
        event, payload = self.take_event()
        harness.expect_equal(event, "subscription_updated", "the answer's type")
        return payload["tickers"]

    def take_tick(self, within_s=harness.WAIT_S):
        event, payload = self.take_event(within_s)
        harness.expect_equal(event, "tick_data", "the event's type")
        return payload

    def expect_gone(self):
        """Neither GET nor POST may find the session any more."""
        for method, body in (("GET", None), ("POST", "3")):
            answer = ask(self.scope, self.to, self.path, method, self.headers, body)
            expect_refusal(answer, 400, 1)

    def begin_upgrade(self, early=b""):
        """Opens the WebSocket that is to take over, with bytes right behind the request."""
        path = self.path.replace("transport=polling", "transport=websocket")
        return UpgradingSocket(self.scope, self.to, path, early)

    def upgrade(self):
        """Takes the whole way; gives the WebSocket."""
        link = self.begin_upgrade()
        link.probe()
        link.send_text("5")
        link.events = self.packets
        return link


class UpgradingSocket(rawsocket.WebSocket):
    """The WebSocket of an upgrade."""

    def __init__(self, scope, to, path, early=b""):
        self._early = early
        super().__init__(scope, to, path)

    def send(self, data):
        """Sends; what is early goes out in one piece with the handshake."""
        early, self._early = self._early, b""
        data = data.encode() if isinstance(data, str) else data
        return super().send(data + early)

    def probe(self):
        self.send_text("2probe")
        harness.expect_equal(self.take_message(), "3probe", "the answer to the probe")

    def take_packet(self, within_s=harness.WAIT_S):
        """Takes the next packet that is no ping."""
        while True:
            packet = self.events.pop(0) if self.events else self.take_message(within_s)
            if packet != "2":
                return packet
            self.send_text("3")

    def take_tick(self, within_s=harness.WAIT_S):
        packet = self.take_packet(within_s)
        harness.expect_equal(packet[:2], "42", "the packet's type")
        event, payload = json.loads(packet[2:])
        harness.expect_equal(event, "tick_data", "the event's type")
        return payload
