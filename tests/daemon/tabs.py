# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tabs of users, on either way, and producers of the shipped routes' events."""

import json
import time
import urllib.parse

import harness
from rawsocket import SOCKETIO_PATH, WebSocket

DEVELOPMENT = "auth.mode=development"
PATTERNS = "tickstock.events.patterns"
RESULTS = "tickstock.events.backtest.results"
PROGRESS = "tickstock.events.backtest.progress"
HEALTH = "tickstock.events.health"


def make_query(**parameters):
    given = {name: value for name, value in parameters.items() if value is not None}
    return urllib.parse.urlencode(given)


class Tab(WebSocket):
    """A tab that looks the same whichever way it came: take_event() gives each event's name and
    payload. `query` becomes parameters of its first request."""

    is_plain = False

    def __init__(self, scope, to, options=(), headers=None, **query):
        path = self._make_path(make_query(**query))
        super().__init__(scope, to, path, headers, options)
        self.answers = {}
        self._greet()

    def take_event(self, within_s=harness.WAIT_S):
        """Takes the next event or answer that is not an acknowledgement."""
        end = time.monotonic() + within_s
        while not self.events:
            self._sort(self.take_message(end - time.monotonic()))
        return self.events.pop(0)

    def take_data(self, wanted, within_s=harness.WAIT_S):
        """Takes the next event, which must have this name; gives its payload."""
        name, data = self.take_event(within_s)
        harness.expect_equal(name, wanted, f"the event's name (its payload is {data})")
        return data

    def take_for(self, name, seconds):
        """Takes what comes for so long; gives the payloads of the events of a name."""
        end = time.monotonic() + seconds
        found = []
        while time.monotonic() < end:
            try:
                found.append(self.take_event(max(0.001, end - time.monotonic())))
            except TimeoutError:
                break
        return [data for each, data in found if each == name]

    def ask(self, command, payload=None, code=None):
        """Sends a command with an acknowledgement; gives the answer. With a code it has to
        be an error of that code."""
        number = self._next_id
        self._next_id += 1
        self.send_command(command, payload or {}, number)
        while number not in self.answers:
            self._sort(self.take_message())
        name, data = self.answers.pop(number)
        if code is not None:
            harness.expect_equal(data.get("code"), code, f"the code of {data}")
        elif "code" in data:
            raise AssertionError(f"{command} is refused: {data}")
        return data

    def watch(self, *symbols):
        """An explicit subscription to alerts about symbols."""
        self.ask("subscribe_tickstockpl_watchlist", {"symbols": list(symbols)})

    def want(self, *tickers):
        self.ask("subscribe_tickers", {"tickers": list(tickers)})

    def synchronise(self):
        """Returns when all that was sent before has been done."""
        self.ask("leave_room", {"room": "system_health_room"})

    def _sort(self, message):
        raise NotImplementedError


class PlainTab(Tab):
    """A tab on /ws."""

    is_plain = True

    def _make_path(self, query):
        return "/ws?" + query

    def _greet(self):
        self.greeting = self.take_json()
        harness.expect_equal(self.greeting["type"], "connected", "the first message")

    def send_command(self, command, payload, number=None):
        known = {} if number is None else {"id": number}
        self.send_json({**payload, "type": command, **known})

    def _sort(self, text):
        message = json.loads(text)
        data = message.get("data")
        if "id" in message:
            self.answers[message["id"]] = (message["type"], data)
        else:
            self.events.append((message["type"], data))


class SocketioTab(Tab):
    """A tab on /socket.io/; `connect` is the payload of its CONNECT."""

    def __init__(self, scope, to, connect=None, **how):
        self._connect = "" if connect is None else json.dumps(connect)
        super().__init__(scope, to, **how)

    def _make_path(self, query):
        return SOCKETIO_PATH + "&" + query

    def _greet(self):
        self.opening = json.loads(self.take_message()[1:])
        self.send_text("40" + self._connect)
        answer = self.take_message()
        harness.expect_equal(answer[:2], "40", "the answer to CONNECT")
        self.sid = json.loads(answer[2:])["sid"]

    def send_command(self, command, payload, number=None):
        known = "" if number is None else number
        self.send_text(f"42{known}" + json.dumps([command, payload]))

    def _sort(self, packet):
        """An answer comes twice: as an event, then as an acknowledgement. The event is
        given to who waits for events only if nobody asked for the acknowledgement."""
        if packet == "2":
            self.send_text("3")
            return
        kind, rest = packet[:2], packet[2:]
        if kind == "42":
            self.events.append(tuple(json.loads(rest)))
        elif kind == "43":
            start = rest.index("[")
            data = json.loads(rest[start:])[0]
            same = [each for each in self.events if each[1] == data]
            harness.expect_equal(len(same) >= 1, True, f"an event like {data} came before")
            self.events.remove(same[-1])
            self.answers[int(rest[:start])] = (same[-1][0], data)
        else:
            raise AssertionError(f"a packet {packet[:100]}")


WAYS = (PlainTab, SocketioTab)


def make_alert(symbol, number, **more):
    """An event of the mission's patterns, lossless and of high priority."""
    inner = {"symbol": symbol, "pattern": "Doji", "number": number, **more}
    return json.dumps({"source": "test", "data": inner})


def publish_alerts(redis, symbol, numbers, **more):
    redis.publish_all(PATTERNS, [make_alert(symbol, number, **more) for number in numbers])


def make_tick(symbol, number):
    return json.dumps({"symbol": symbol, "price": 1.5, "number": number})


def get_numbers(payloads):
    return [payload["number"] for payload in payloads]


def take_numbers(tab, name, n_events, within_s=harness.WAIT_S):
    """The numbers of the next events, which must have this name."""
    return [tab.take_data(name, within_s)["number"] for _ in range(n_events)]


def expect_numbers(tab, wanted, what="the alerts", name="pattern_alert"):
    wanted = list(wanted)
    found = take_numbers(tab, name, len(wanted))
    harness.expect_equal(found, wanted, what)


def expect_no(tab, name, for_s=0.4):
    harness.expect_equal(tab.take_for(name, for_s), [], f"more {name}")


def leave(tab, service, n_left):
    """Closes a tab; returns when the service has noticed."""
    tab.close_politely()
    service.wait_for_counter("connections", n_left)


def check_balance(service):
    """Both that the service finds no fault with its books, and what it says of them."""
    service.check_books()
    health = service.get_health()
    counters = health["counters"]
    harness.expect_equal(counters["balance_error"], 0, f"balance_error, of {counters},")
    for name, book in health["classes"].items():
        offered = book["offered"]
        rest = sum(value for key, value in book.items() if key != "offered")
        harness.expect_equal(rest, offered, f"what became of class {name}, {book},")
    return health
