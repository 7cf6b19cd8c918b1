#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Users with subscriptions, by python-socketio's own client: tabs, batches, versions,
every command, and what waits across a reconnect."""

import importlib.util
import queue

import harness
import redisserver
import tabs
from redisserver import TICKS

EVENTS = ("tick_data", "pattern_alert", "event_batch", "error", "subscription_updated")
# Its polling needs python3-requests.
TRANSPORTS = [["websocket"]]
if importlib.util.find_spec("requests"):
    TRANSPORTS += [["polling"], ["polling", "websocket"]]


class OfficialTab:
    """The threaded client, with a queue of what came."""

    def __init__(self, scope, service, user, auth=None, transports=("websocket",)):
        import socketio

        self.came = queue.Queue()
        self.client = socketio.Client(reconnection=False)
        for name in EVENTS:
            self.client.on(name, self._make_handler(name))
        url = f"http://127.0.0.1:{service.port}?user={user}"
        self.client.connect(url, auth=auth, transports=list(transports))
        scope.callback(self.leave)

    def _make_handler(self, name):
        def handler(data=None):
            self.came.put((name, data))

        return handler

    def leave(self):
        if self.client.connected:
            self.client.disconnect()

    def ask(self, command, payload):
        return self.client.call(command, payload, timeout=harness.WAIT_S)

    def take_data(self, wanted, within_s=harness.WAIT_S):
        name, data = self.came.get(timeout=within_s)
        harness.expect_equal(name, wanted, f"the next event ({data})")
        return data

    def expect_silence(self):
        try:
            raise AssertionError(f"unexpected: {self.came.get(timeout=0.3)}")
        except queue.Empty:
            pass


def start(scope, *settings):
    missing = [
        name for name in ("socketio", "websocket") if not importlib.util.find_spec(name)
    ]
    if missing:
        raise harness.Skip("python3-socketio or python3-websocket is not installed")
    return redisserver.start_with_redis(scope, tabs.DEVELOPMENT, *settings)


@harness.test
def returns_to_what_waited(scope):
    """What was published while it was away comes first, on each transport"""
    redis, service = start(scope)
    for turn, transports in enumerate(TRANSPORTS):
        tab = OfficialTab(scope, service, "anna", transports=transports)
        tab.ask("subscribe_tickstockpl_watchlist", {"symbols": ["A"]})
        tab.leave()
        service.wait_for_counter("connections", 0)
        tabs.publish_alerts(redis, "A", range(150))
        service.wait_for_counter("events_received", turn * 160 + 150)
        back = OfficialTab(scope, service, "anna", transports=transports)
        tabs.publish_alerts(redis, "A", range(150, 160))
        tabs.expect_numbers(back, range(50, 160), f"alerts by {transports}")
        back.expect_silence()
        back.leave()
        service.wait_for_counter("connections", 0)
    tabs.check_balance(service)


@harness.test
def sees_its_own_in_both_shapes(scope):
    """Two tabs of one user, one with batches, and another user's, each with its own"""
    redis, service = start(scope)
    single = OfficialTab(scope, service, "anna", transports=TRANSPORTS[-1])
    batched = OfficialTab(scope, service, "anna", auth={"batch": True})
    other = OfficialTab(scope, service, "bert")
    single.ask("subscribe_tickers", {"tickers": ["A", "B"]})
    other.ask("subscribe_tickers", {"tickers": ["C"]})
    for tab in (single, other):
        tab.take_data("subscription_updated")
    ticks = [tabs.make_tick("ABC"[number % 3], number) for number in range(30)]
    for tick in ticks:
        redis.publish(TICKS, tick)
    wanted = [number for number in range(30) if number % 3 < 2]
    tabs.expect_numbers(single, wanted, "single ticks", "tick_data")
    tabs.expect_numbers(other, range(2, 30, 3), "the other's ticks", "tick_data")
    found = []
    while len(found) < len(wanted):
        events = batched.take_data("event_batch")["events"]
        found += [event["data"]["number"] for event in events]
    harness.expect_equal(found, wanted, "ticks in batches")
    for tab in (single, batched, other):
        tab.expect_silence()
    tabs.check_balance(service)


@harness.test
def is_told_what_is_wrong(scope):
    """Errors come as an event and as the acknowledgement, and change nothing"""
    _, service = start(scope)
    tab = OfficialTab(scope, service, "anna")
    for command, payload, code in (
        ("subscribe", {"subscription_type": "nonsense"}, "bad_payload"),
        ("subscribe_patterns", {"patterns": ["Doji"], "user_id": "bert"}, "forbidden"),
        ("subscribe_tickers", {"tickers": ["T"] * 9 + list(map(str, range(501)))}, None),
        ("subscribe_tickstockpl_watchlist", "A", "bad_payload"),
        ("request_tickstockpl_chart_data", {"symbol": "A"}, "unknown_symbol"),
        ("join_room", {"room": "user_bert"}, "forbidden"),
    ):
        answer = tab.ask(command, payload)
        harness.expect_equal(answer["code"], code or "limit_exceeded", f"{answer}")
        harness.expect_equal(tab.take_data("error"), answer, "the event")
    counters = service.get_counters()
    harness.expect_equal(counters["subscriptions"], 0, "subscriptions")


harness.run(limit_s=120)
