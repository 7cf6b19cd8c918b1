#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Users who get more than their rate, limits that change under load, and a wall clock that
is set: nothing lossless is lost, and the last value of everything arrives."""

import contextlib
import json
import os
import pathlib
import signal
import threading
import time

import harness
import privatebus
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

DAY_S = 86400
SYMBOLS = [f"S{number}" for number in range(10)]
# Two sets of limits to change between: events and urgent events a second, window, batch.
NARROW, WIDE = (20, 5, 50, 10), (0, 0, 100, 50)


class Collector(threading.Thread):
    """Reads a tab all the time; keeps what came, with the time."""

    def __init__(self, tab):
        super().__init__(daemon=True)
        self.tab = tab
        self.came = []
        self._is_over = threading.Event()
        self.error = None
        self.start()

    def run(self):
        try:
            while not self._is_over.is_set():
                with contextlib.suppress(TimeoutError):
                    name, data = self.tab.take_event(0.2)
                    self.came.append((time.monotonic(), name, data))
        except Exception as error:
            self.error = error

    def get(self, name):
        return [data for _, each, data in list(self.came) if each == name]

    def get_numbers(self, name):
        return tabs.get_numbers(self.get(name))

    def stop(self):
        self._is_over.set()
        self.join(harness.WAIT_S)
        if self.error is not None:
            raise self.error


class Producer:
    """Publishes ticks and alerts at a pace, numbered from 0; remembers when."""

    def __init__(self, redis):
        self.redis = redis
        self.n_ticks = 0
        self.last_ticks = {}
        self.alert_times = []

    def run(self, seconds, ticks_per_s, alerts_per_s, step=None):
        """`step` is called ten times a second."""
        start = time.monotonic()
        n_ticks = n_alerts = n_steps = 0
        while time.monotonic() - start < seconds:
            passed = time.monotonic() - start
            while n_ticks < passed * ticks_per_s:
                n_more = min(10, int(passed * ticks_per_s - n_ticks) + 1)
                self.publish_ticks(n_more)
                n_ticks += n_more
            while n_alerts < passed * alerts_per_s:
                self.publish_alert()
                n_alerts += 1
            if step is not None and n_steps < passed * 10:
                step(n_steps)
                n_steps += 1
            time.sleep(0.002)

    def publish_ticks(self, n_more):
        ticks = []
        for _ in range(n_more):
            symbol = SYMBOLS[self.n_ticks % len(SYMBOLS)]
            self.last_ticks[symbol] = self.n_ticks
            ticks.append(tabs.make_tick(symbol, self.n_ticks))
            self.n_ticks += 1
        self.redis.publish_all(TICKS, ticks)

    def publish_alert(self):
        self.redis.publish(tabs.PATTERNS, tabs.make_alert("A", len(self.alert_times)))
        self.alert_times.append(time.monotonic())

    def check(self, collector, within_s=harness.WAIT_S):
        """Every alert in order, and the last tick of each symbol, none older after newer."""
        n_alerts = len(self.alert_times)
        harness.wait_until(
            lambda: len(collector.get("pattern_alert")) >= n_alerts, "all alerts", within_s
        )
        harness.wait_until(
            lambda: self.get_last(collector) == self.last_ticks, "the last ticks", within_s
        )
        numbers = collector.get_numbers("pattern_alert")
        harness.expect_equal(numbers, list(range(n_alerts)), "the alerts")
        last = {}
        for tick in collector.get("tick_data"):
            if tick["number"] <= last.get(tick["symbol"], -1):
                raise AssertionError(f"an older tick after a newer one: {tick}")
            last[tick["symbol"]] = tick["number"]

    @staticmethod
    def get_last(collector):
        return {tick["symbol"]: tick["number"] for tick in collector.get("tick_data")}

    def get_alert_delays(self, collector):
        came = [at for at, name, _ in list(collector.came) if name == "pattern_alert"]
        return sorted(at - sent for at, sent in zip(came, self.alert_times))


def open_tabs(scope, service, user):
    found = [way(scope, service, user=user) for way in tabs.WAYS]
    found[0].want(*SYMBOLS)
    found[0].watch("A")
    return [Collector(tab) for tab in found]


def get_p90(values):
    return values[len(values) * 9 // 10]


@harness.test
def bears_an_overload(scope):
    """10 times too much for one user: all alerts, the last ticks; others notice nothing"""
    redis, service = redisserver.start_with_redis(
        scope, tabs.DEVELOPMENT, "delivery.events-per-second=100"
    )
    collectors = open_tabs(scope, service, "anna")
    other = SocketioTab(scope, service, user="bert")
    other.want("QUIET")
    other = Collector(other)
    producer = Producer(redis)
    quiet_times = []

    def publish_quiet(_):
        redis.publish(TICKS, tabs.make_tick("QUIET", len(quiet_times)))
        quiet_times.append(time.monotonic())

    start = time.monotonic()
    producer.run(3, 1000, 30, publish_quiet)
    delays = producer.get_alert_delays(collectors[0])
    harness.note(f"alerts within their budget: p90 {get_p90(delays) * 1000:.1f} ms")
    harness.expect_equal(get_p90(delays) < 0.3, True, "whether urgent ones do not wait")
    n_within = len(producer.alert_times)
    producer.run(2, 1000, 150, publish_quiet)
    for collector in collectors:
        producer.check(collector)
    seconds = time.monotonic() - start
    for collector in (*collectors, other):
        collector.stop()
    n_came = len(collectors[0].came)
    harness.note(f"{n_came} of {producer.n_ticks} events and all alerts in {seconds:.1f} s")
    harness.expect_equal(n_came <= 150 * (seconds + 1), True, "whether the rate holds")
    n_ticks = len(collectors[0].get("tick_data"))
    harness.expect_equal(50 <= n_ticks < producer.n_ticks / 3, True, f"thinned, {n_ticks},")
    harness.expect_equal(
        other.get_numbers("tick_data"), list(range(len(quiet_times))), "the other's ticks"
    )
    quiet = sorted(at - sent for (at, _, _), sent in zip(other.came, quiet_times))
    harness.note(f"the other's ticks: p90 {get_p90(quiet) * 1000:.1f} ms")
    harness.expect_equal(get_p90(quiet) < 0.3, True, "whether others do not wait")
    books = tabs.check_balance(service)["classes"]
    harness.expect_equal(books["conflate"]["conflated"] > 0, True, "whether it conflated")
    harness.expect_equal(
        books["lossless"]["delivered"], len(producer.alert_times), f"(first {n_within})"
    )


def change_under_load(scope, redis, service, change):
    """Changes limits while too much is published; then shows that they are in force."""
    collector, _ = open_tabs(scope, service, "anna")
    producer = Producer(redis)

    def step(number):
        if number % 3 == 0:
            change(*(NARROW, WIDE)[number // 3 % 2])

    producer.run(3, 500, 60, step)
    change(1, 1, 100, 50)
    n_before = len(producer.alert_times)
    harness.wait_until(
        lambda: service.get_health()["classes"]["lossless"]["in_outboxes"] == 0, "rest"
    )
    n_came = len(collector.get("pattern_alert"))
    for _ in range(20):
        producer.publish_alert()
    time.sleep(2.5)
    n_slow = len(collector.get("pattern_alert")) - n_came
    harness.expect_equal(n_slow <= 8, True, f"at 1 + 1 a second, {n_slow} in 2.5 s,")
    change(*WIDE)
    producer.check(collector, 3)
    harness.note(f"{n_before} alerts while limits changed")
    tabs.check_balance(service)


@harness.test
def reloads_under_load(scope):
    """SIGHUP under load: the new limits hold at once, nothing lossless is lost"""
    config = harness.make_folder(scope) / "test.conf"
    config.touch()
    redis = redisserver.RedisServer(scope)
    service = harness.Service(scope, *redis.settings, tabs.DEVELOPMENT, config=config)
    redisserver.wait_for_source(service)
    modes = ("leading", "window")

    def change(events, urgent, window_ms, batch):
        n_lines = len(service.lines)
        n_done = service.count_lines("Reloaded: ")
        config.write_text(
            f"[delivery]\nevents-per-second={events}\nurgent-events-per-second={urgent}\n"
            f"batch-window-ms={window_ms}\nbatch-max-events={batch}\n"
            f"batch-mode={modes[n_done % 2]}\n"
        )
        service.process.send_signal(signal.SIGHUP)
        service.wait_for_line(f"Reloaded: .*events-per-second={events}\\b", first=n_lines)

    change_under_load(scope, redis, service, change)
    harness.expect_equal(service.get_counters()["connections"], 2, "connections")
    config.write_text("[delivery]\nevents-per-second=many\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("events-per-second.*many|many.*events-per-second")
    harness.expect_equal(service.get_health()["status"], "ok", "the status")


@harness.test
def is_set_by_bus_under_load(scope):
    """SetDeliveryLimits under load: the same, over the bus"""
    bus = privatebus.Bus(scope)
    redis, service = redisserver.start_with_redis(scope, tabs.DEVELOPMENT, bus.setting)
    call = bus.call
    bus.wait_for_service()

    def change(*limits):
        harness.expect_equal(call("Admin.SetDeliveryLimits", *limits), "()", "the answer")

    change_under_load(scope, redis, service, change)
    wide = r"\(uint32 0, uint32 0, uint32 100, uint32 50\)"
    harness.expect_match(wide, call("Manager.GetDeliveryLimits"))
    harness.expect_match("InvalidArgs", call("Admin.SetDeliveryLimits", 1000001, 0, 0, 0))
    harness.expect_match(wide, call("Manager.GetDeliveryLimits"))


def start_with_shift(scope, *settings):
    """A service whose wall clock is set by what stands in a file."""
    library = os.environ.get("CLOCK_SHIFT_LIBRARY")
    if library is None or not pathlib.Path(library).exists():
        raise harness.Skip("CLOCK_SHIFT_LIBRARY names no library")
    shift = harness.make_folder(scope) / "shift"
    shift.write_text("0")
    redis = redisserver.RedisServer(scope)
    added = {"LD_PRELOAD": library, "CLOCK_SHIFT": str(shift)}
    added["ASAN_OPTIONS"] = "verify_asan_link_order=0:detect_leaks=0"
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        service = harness.Service(scope, *redis.settings, *settings)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    redisserver.wait_for_source(service)
    return redis, service, shift


@harness.test
def bears_a_set_clock(scope):
    """The wall clock is set by days, to and fro: nothing stops, expires or is lost"""
    redis, service, shift = start_with_shift(scope, tabs.DEVELOPMENT)
    away = PlainTab(scope, service, user="bert")
    away.watch("A")
    tabs.leave(away, service, 0)
    collector, _ = open_tabs(scope, service, "anna")
    batches = PlainTab(scope, service, user="carl", batch=1)
    producer = Producer(redis)
    told = []

    def step(number):
        if number % 5 == 4:
            days = (3, -3, 0, 400, -400)[number // 5 % 5]
            shift.write_text(str(days * DAY_S))
            redis.publish(tabs.HEALTH, json.dumps({"status": "bad", "days": days}))
            (event,) = batches.take_data("event_batch")["events"]
            told.append(round((event["timestamp"] - time.time()) / DAY_S) - days)

    producer.run(3, 300, 30, step)
    producer.check(collector)
    harness.expect_equal(told, [0] * 6, "whether the service saw the clock being set")
    delays = producer.get_alert_delays(collector)
    harness.note(f"alerts while the clock is set: longest {delays[-1] * 1000:.1f} ms")
    harness.expect_equal(delays[-1] < 1, True, "whether nothing stopped")
    counters = service.get_counters()
    names = ("connections", "users_away", "connections_timed_out", "connections_closed_stale")
    found = [counters[name] for name in names]
    harness.expect_equal(found, [3, 1, 0, 0], str(names))
    n_alerts = len(producer.alert_times)
    back = PlainTab(scope, service, user="bert")
    tabs.expect_numbers(back, range(max(0, n_alerts - 100), n_alerts))
    tabs.check_balance(service)


harness.run(limit_s=120)
