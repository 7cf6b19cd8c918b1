#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The books of the whole service: what publishers sent, what clients saw, and what /health
says of both have to be the same, with all that can happen in between."""

import json
import random
import socket
import threading

import harness
import redisserver
import tabs
from rawsocket import RawSocket, UpgradedClient
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

POLLING = "/socket.io/?EIO=4&transport=polling"
SMALL_WINDOW = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
SYMBOLS = [f"S{number}" for number in range(6)]
# Lossless: their counts are known beforehand.
LOSSLESS = "lossless"


class Watcher(threading.Thread):
    """Looks at /health all the time."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.service = service
        self.n_looks = 0
        self.error = None
        self._is_over = threading.Event()
        self.start()

    def run(self):
        try:
            while not self._is_over.wait(0.02):
                tabs.check_balance(self.service)
                self.n_looks += 1
        except Exception as error:
            self.error = error

    def stop(self):
        self._is_over.set()
        self.join(harness.WAIT_S)
        if self.error is not None:
            raise self.error


class Poller:
    """A client that stays with long-polling."""

    def __init__(self, scope, service, user):
        self.link = RawSocket(scope, service)
        self.user = user
        self.seen = []
        opening = self.request("GET", f"{POLLING}&user={user}").body.decode()
        self.path = f"{POLLING}&user={user}&sid={json.loads(opening[1:])['sid']}"
        self.post("40")
        self.poll()

    def request(self, method, path, body=""):
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        self.link.send(f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
        answer = self.link.take_answer()
        harness.expect_equal(answer.status, 200, f"the status ({answer.body[:200]})")
        return answer

    def post(self, packet):
        self.request("POST", self.path, packet)

    def poll(self):
        for packet in self.request("GET", self.path).body.decode().split("\x1e"):
            if packet[:2] == "42":
                self.seen.append(tuple(json.loads(packet[2:])))
            elif packet == "2":
                self.post("3")

    def watch(self, symbol):
        payload = json.dumps({"symbols": [symbol]})
        self.post(f'42["subscribe_tickstockpl_watchlist",{payload}]')


def publish_mixed(redis, dice, n_rounds, n_alerts):
    """Ticks, alerts, insights, progress and rubbish, in any order."""
    n_sent = 0
    for _ in range(n_rounds):
        for kind in dice.sample("tick tick alert insight progress rubbish".split(), 6):
            if kind == "tick":
                payloads = [tabs.make_tick(each, n_sent) for each in SYMBOLS]
                redis.publish_all(TICKS, payloads)
                n_sent += len(payloads)
            elif kind == "alert":
                redis.publish(tabs.PATTERNS, tabs.make_alert("S0", n_alerts))
                n_alerts += 1
                n_sent += 1
            elif kind == "insight":
                redis.publish("tickstock.events.market_insights", '{"tier":"daily"}')
                n_sent += 1
            elif kind == "progress":
                redis.publish(tabs.PROGRESS, json.dumps({"job_id": n_sent % 3}))
                n_sent += 1
            else:
                redis.publish(TICKS, "{rubbish")
                n_sent += 1
    return n_sent, n_alerts


def count_seen(tab, name):
    """How many events of a name came up to now."""
    tab.synchronise()
    return sum(1 for each, _ in tab.events if each == name)


def wait_for_rest(service):
    """Nothing waits in lanes and outboxes any more."""

    def is_at_rest():
        classes = service.get_health()["classes"].values()
        return not any(book["in_lanes"] + book["in_outboxes"] for book in classes)

    harness.wait_until(is_at_rest, "nothing waits any more")


@harness.test
def agrees_at_rest(scope):
    """Readers only: published, seen and counted are the same, class by class"""
    redis, service = redisserver.start_with_redis(
        scope,
        tabs.DEVELOPMENT,
        "delivery.events-per-second=0",
        "delivery.urgent-events-per-second=0",
    )
    readers = {
        "anna": [way(scope, service, user="anna") for way in tabs.WAYS],
        "bert": [SocketioTab(scope, service, user="bert")],
    }
    for first, *_ in readers.values():
        first.want(*SYMBOLS)
        first.watch("S0")
        first.ask("subscribe", {"subscription_type": "market_insights"})
    watcher = Watcher(service)
    n_sent, n_alerts = publish_mixed(redis, random.Random(1), 60, 0)
    service.wait_for_counter("events_received", n_sent)
    wait_for_rest(service)
    watcher.stop()
    harness.note(f"{n_sent} events, the books were looked at {watcher.n_looks} times")
    harness.expect_equal(watcher.n_looks > 3, True, "whether they were looked at")
    names = ("pattern_alert", "market_insight", "backtest_progress", "tick_data")
    seen = {
        user: [{name: count_seen(tab, name) for name in names} for tab in found]
        for user, found in readers.items()
    }
    harness.expect_equal(seen["anna"][0], seen["anna"][1], "two tabs of one user")
    firsts = [found[0] for found in seen.values()]
    classes = tabs.check_balance(service)["classes"]
    sums = {name: sum(first[name] for first in firsts) for name in names}
    # A watchlist with price_update is a subscription of ticks too; nothing comes twice.
    wanted = {
        LOSSLESS: sums["pattern_alert"],
        "droppable": sums["market_insight"],
        "conflate": sums["tick_data"] + sums["backtest_progress"],
    }
    found = {name: classes[name]["delivered"] for name in wanted}
    harness.expect_equal(found, wanted, "delivered, by class")
    harness.expect_equal(sums["pattern_alert"], 2 * n_alerts, "alerts seen")
    offered = classes["conflate"]["offered"]
    harness.expect_equal(offered, 2 * (60 * 13), "ticks and progress offered")
    counters = service.get_counters()
    harness.expect_equal(counters["events_dropped_not_json"], 60, "rubbish")
    n_frames = sum(sum(tab.values()) for found in seen.values() for tab in found)
    harness.expect_equal(counters["deliveries_taken"], n_frames, "deliveries taken")


def make_crowd(scope, service):
    """Two tabs, an upgraded one, one on polling, one who is away, some who will go."""
    crowd = {
        "pair": [way(scope, service, user="anna") for way in tabs.WAYS],
        "slow": PlainTab(scope, service, user="slow", options=SMALL_WINDOW),
        "polling": Poller(scope, service, "polly"),
        "upgraded": UpgradedClient(scope, service),
    }
    away = PlainTab(scope, service, user="away")
    for tab in (crowd["pair"][0], crowd["slow"], away):
        tab.watch("S0")
    away.close_politely()
    for tab in (crowd["pair"][0], crowd["slow"]):
        tab.want(*SYMBOLS)
    crowd["polling"].watch("S0")
    return crowd


@harness.test
def balances_in_turmoil(scope):
    """Slow readers, closes, upgrades, polling, two tabs, one away: it always balances"""
    redis, service = redisserver.start_with_redis(
        scope,
        tabs.DEVELOPMENT,
        "delivery.outbox-soft-bytes=16384",
        "delivery.offline-max-events=10000",
        "delivery.offline-max-bytes=100000000",
    )
    dice = random.Random(7)
    crowd = make_crowd(scope, service)
    watcher = Watcher(service)
    n_sent = n_alerts = 0
    alerts = []
    for turn in range(30):
        more, n_alerts = publish_mixed(redis, dice, 2, n_alerts)
        tabs.publish_alerts(redis, "S0", [n_alerts], pad="p" * 6000)
        n_sent, n_alerts = n_sent + more + 1, n_alerts + 1
        visitor = tabs.WAYS[turn % 2](scope, service, user=f"visitor{turn % 3}")
        visitor.want(*SYMBOLS)
        visitor.watch("S0")
        (visitor.reset, visitor.close)[turn // 2 % 2]()
        if turn % 7 == 3:
            UpgradedClient(scope, service).reset()
        if turn % 5 == 4:
            crowd["polling"].poll()
        for tab in crowd["pair"]:
            tab.synchronise()
    service.wait_for_counter("events_received", n_sent)
    crowd["slow"].reset()
    harness.wait_until(
        lambda: count_seen(crowd["pair"][0], "pattern_alert") >= n_alerts, "all alerts"
    )
    while sum(name == "pattern_alert" for name, _ in crowd["polling"].seen) < n_alerts:
        crowd["polling"].poll()
    for tab in crowd["pair"]:
        count_seen(tab, "pattern_alert")
        alerts.append([data["number"] for name, data in tab.events if name == "pattern_alert"])
    alerts.append(
        [data["number"] for name, data in crowd["polling"].seen if name == "pattern_alert"]
    )
    for numbers in alerts:
        harness.expect_equal(numbers, list(range(n_alerts)), "alerts, each once, in order")
    watcher.stop()
    harness.note(f"{n_sent} events, the books were looked at {watcher.n_looks} times")
    harness.expect_equal(watcher.n_looks > 3, True, "whether they were looked at")
    health = tabs.check_balance(service)
    harness.expect_equal(health["classes"][LOSSLESS]["in_offline"] >= n_alerts, True, "kept")
    back = PlainTab(scope, service, user="away")
    tabs.expect_numbers(
        Filtered(back), range(n_alerts), "what waited for who was away"
    )
    tabs.check_balance(service)


class Filtered:
    """The alerts of a tab alone."""

    def __init__(self, tab):
        self.tab = tab

    def take_data(self, wanted, within_s):
        while True:
            name, data = self.tab.take_event(within_s)
            if name == wanted:
                return data


@harness.test
def counts_slow_readers(scope):
    """A reader that is closed for slowness, and its books"""
    redis, service = redisserver.start_with_redis(
        scope,
        "source.max-event-bytes=16384",
        "delivery.outbox-soft-bytes=16384",
        "delivery.outbox-hard-bytes=65536",
        "delivery.events-per-second=0",
        "delivery.urgent-events-per-second=0",
    )
    watcher = Watcher(service)
    slow = PlainTab(scope, service, options=SMALL_WINDOW)
    slow.watch("A")
    n_alerts = 0
    while service.get_counters()["connections_closed_slow"] == 0:
        harness.expect_equal(n_alerts < 4000, True, "it is closed at last")
        tabs.publish_alerts(redis, "A", range(n_alerts, n_alerts + 20), pad="p" * 7000)
        n_alerts += 20
        service.wait_for_counter("events_received", n_alerts)
    found = [data["number"] for data in drain(slow)]
    watcher.stop()
    book = tabs.check_balance(service)["classes"][LOSSLESS]
    harness.note(f"{len(found)} of {n_alerts} were seen: {book}")
    harness.expect_equal(found, list(range(len(found))), "what it got")
    harness.expect_equal(book["delivered"] >= len(found), True, f"delivered, of {book},")
    harness.expect_equal(book["dropped_left"] > 0, True, f"dropped_left, of {book},")
    n_ended = book["delivered"] + book["dropped_left"]
    harness.expect_equal(n_ended, book["offered"], f"what became of all, of {book},")


def drain(tab):
    """The alerts that a slow tab still finds."""
    found = []
    try:
        while True:
            name, data = tab.take_event()
            if name == "pattern_alert":
                found.append(data)
    except Exception as error:
        harness.note(f"it ended with {type(error).__name__}")
    return found


harness.run(limit_s=120)
