#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bars of ticks: charts, what outlives the process, and newest ticks at once."""

import datetime
import json
import os
import random
import signal
import time

import harness
import redisserver
import tabs
from tabs import PlainTab, SocketioTab

CHART = "request_tickstockpl_chart_data"
TICKS = "tickstock.all_ticks"
SETTLED_S = 2  # a second is promised; the machine may be busy


def start(scope, *settings):
    return redisserver.start_with_redis(scope, tabs.DEVELOPMENT, *settings)


def restart(scope, redis, *settings):
    service = harness.Service(scope, *redis.settings, tabs.DEVELOPMENT, *settings)
    redisserver.wait_for_source(service)
    return service


def publish_one(redis, payload):
    redis.publish(TICKS, json.dumps(payload))


def publish(redis, service, ticks):
    """Publishes ticks, (symbol, time, price, volume), and waits until they were taken."""
    before = service.get_counters()["ticks_taken"]
    payloads = [
        {"symbol": symbol, "timestamp": when, "price": price, "volume": volume}
        for symbol, when, price, volume in ticks
    ]
    redis.publish_all(TICKS, [json.dumps(payload) for payload in payloads])
    service.wait_for_counter("ticks_taken", before + len(ticks))


def get_minute():
    """A minute that has begun and, for what comes, is not too old."""
    return int(time.time()) // 60 * 60


def make_bar(start, *numbers):
    names = ("time", "open", "high", "low", "close", "volume")
    return dict(zip(names, (start, *numbers)))


@harness.test
def answers_with_bars(scope):
    """A chart has the bars of its timeframe, on each way, as event and acknowledgement"""
    redis, service = start(scope, "history.store=memory")
    minute = get_minute() - 86400
    day = minute // 86400 * 86400
    ticks = [
        ("AAPL", minute, 10, 1),
        ("AAPL", minute + 30, 12.5, 2),
        ("AAPL", minute + 20, 9, 3),
        ("AAPL", minute + 59.9, 11, 4),
        ("AAPL", minute + 180, 20.25, 5),
        ("AAPL", minute + 61, 8, 6),
        ("MSFT", minute, 100, 7),
    ]
    publish(redis, service, ticks)
    bars = [
        make_bar(minute, 10, 12.5, 9, 11, 10),
        make_bar(minute + 60, 8, 8, 8, 8, 6),
        make_bar(minute + 180, 20.25, 20.25, 20.25, 20.25, 5),
    ]
    for kind in (PlainTab, SocketioTab):
        tab = kind(scope, service, user="anna")
        answer = tab.ask(CHART, {"symbol": "AAPL", "timeframe": "1m"})
        wanted = {"symbol": "AAPL", "timeframe": "1m", "chart_data": bars}
        harness.expect_equal(answer, wanted, "the chart")
        tab.send_command(CHART, {"symbol": "AAPL", "timeframe": "1m"})
        event = tab.take_data("tickstockpl_chart_data_response")
        harness.expect_equal(event, wanted, "the event")
        # A day may end between the ticks.
        days = tab.ask(CHART, {"symbol": "MSFT"})
        harness.expect_equal(days["timeframe"], "1d", "the timeframe")
        harness.expect_equal(
            days["chart_data"], [make_bar(day, 100, 100, 100, 100, 7)], "the day"
        )
        part = {"symbol": "AAPL", "timeframe": "1m", "from": minute + 1, "limit": 1}
        harness.expect_equal(tab.ask(CHART, part)["chart_data"], bars[2:], "the newest")
        part = {"symbol": "AAPL", "timeframe": "1m", "from": minute * 1000}
        part["to"] = datetime.datetime.fromtimestamp(
            minute + 180, datetime.timezone.utc
        ).isoformat()
        harness.expect_equal(tab.ask(CHART, part)["chart_data"], bars[:2], "a part")
        tab.ask(CHART, {"symbol": "aapl"}, "unknown_symbol")
        tab.ask(CHART, {"symbol": "AAPL", "timeframe": "1w"}, "bad_payload")
        tab.ask(CHART, {"symbol": "AAPL", "limit": 5001}, "bad_payload")
    counters = service.get_counters()
    harness.expect_equal(counters["ticks_late"], 1, "late ticks")
    harness.expect_equal(service.get_health()["history"], "memory", "the state")


@harness.test
def has_no_charts_without_history(scope):
    """With store=off there is none, and nothing is kept"""
    redis, service = start(scope, "history.store=off")
    tab = PlainTab(scope, service, user="anna")
    tab.want("A")
    publish_one(redis, {"symbol": "A", "price": 1})
    tab.take_data("tick_data")
    tab.ask(CHART, {"symbol": "A"}, "chart_unavailable")
    harness.expect_equal(service.get_counters()["ticks_taken"], 0, "ticks taken")
    harness.expect_equal(service.get_health()["history"], "off", "the state")


@harness.test
def counts_what_is_no_tick(scope):
    """What can be no tick reaches browsers all the same, and no chart"""
    redis, service = start(scope, "history.store=memory")
    tab = PlainTab(scope, service, user="anna")
    tab.want("A")
    bad = [
        {"price": "NaN"},
        {"price": None},
        {"price": -1},
        {},
        {"price": 1, "volume": -5},
        {"price": 1, "timestamp": 4102444800},
    ]
    for number, payload in enumerate(bad):
        publish_one(redis, {"symbol": "A", "number": number, **payload})
    tabs.expect_numbers(tab, range(len(bad)), "all of them", "tick_data")
    service.wait_for_counter("ticks_refused", len(bad))
    tab.ask(CHART, {"symbol": "A"}, "unknown_symbol")
    publish_one(redis, {"ticker": "A", "price": "187.25", "size": 3})
    tab.take_data("tick_data")
    bar = tab.ask(CHART, {"symbol": "A"})["chart_data"][0]
    harness.expect_equal(bar["close"], 187.25, "a price in a string")
    harness.expect_equal(bar["volume"], 3, "a volume by its other name")


def get_bar(scope, service, timeframe="1m"):
    tab = PlainTab(scope, service, user="anna")
    bars = tab.ask(CHART, {"symbol": "AAPL", "timeframe": timeframe})["chart_data"]
    harness.expect_equal(len(bars), 1, f"bars of {timeframe}")
    return bars[0]


@harness.test
def outlives_the_process(scope):
    """A bar goes on after a restart, and after a crash with less than a second missing"""
    path = harness.make_folder(scope) / "history.db"
    setting = f"history.file={path}"
    redis, service = start(scope, setting)
    minute = get_minute()
    publish(redis, service, [("AAPL", minute + 10, 5, 1)] * 100)
    time.sleep(SETTLED_S)
    publish(redis, service, [("AAPL", minute + 20, 9, 1)] * 50)
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()

    service = restart(scope, redis, setting)
    bar = get_bar(scope, service)
    if not 100 <= bar["volume"] <= 150:
        raise AssertionError(f"of 100 ticks before the last second, and 50 in it: {bar}")
    kept = bar["volume"]
    publish(redis, service, [("AAPL", minute + 5, 4, 1), ("AAPL", minute + 30, 6, 1)])
    service.stop()

    service = restart(scope, redis, setting)
    for timeframe in ("1m", "1h"):
        bar = get_bar(scope, service, timeframe)
        harness.expect_equal(bar["volume"], kept + 2, "the volume after a restart")
        harness.expect_equal((bar["open"], bar["close"]), (4, 6), "its ends")
    publish(redis, service, [("AAPL", minute + 31, 6, 1)] * 10)
    harness.expect_equal(get_bar(scope, service)["volume"], kept + 12, "and on")
    harness.expect_equal(service.get_health()["history"], "file", "the state")


def publish_until(redis, service, symbol, seconds):
    """Publishes ticks one after the other, each of volume 1 and a price higher by 1, and ends
    the service in the middle. Gives how many there were a second before, and in all; and for
    how long everything stood still meanwhile."""
    taken = []  # when, and how many the service had taken by then
    still_s = 0
    before = service.get_counters()["ticks_taken"]
    begin = last = time.monotonic()
    n_ticks = 0
    while last - begin < seconds:
        for _ in range(10):
            n_ticks += 1
            tick = {"symbol": symbol, "price": n_ticks, "volume": 1, "timestamp": time.time()}
            publish_one(redis, tick)
        taken.append((time.monotonic(), service.get_counters()["ticks_taken"] - before))
        still_s = max(still_s, time.monotonic() - last)
        last = time.monotonic()
    os.kill(service.process.pid, signal.SIGKILL)
    end = time.monotonic() - 1 - still_s
    service.process.wait()
    return max((n for when, n in taken if when < end), default=0), n_ticks


@harness.test
def loses_less_than_a_second(scope):
    """Killed at any moment, it has every tick but some of the last second"""
    setting = f"history.file={harness.make_folder(scope) / 'history.db'}"
    redis, service = start(scope, setting)
    for symbol in ("A", "B", "C"):
        least, most = publish_until(redis, service, symbol, random.uniform(2, 3))
        harness.expect_equal(least > 0, True, "that there were ticks before the last second")
        service = restart(scope, redis, setting)
        tab = PlainTab(scope, service, user="anna")
        bars = tab.ask(CHART, {"symbol": symbol})["chart_data"]
        kept = sum(bar["volume"] for bar in bars)
        if not least <= kept <= most:
            raise AssertionError(f"{least} to {most} ticks have to be kept, and {kept} are")
        harness.expect_equal(bars[-1]["close"], kept, "the last tick, when all before it are")


@harness.test
def shares_no_file(scope):
    """A second service on a file stays in memory and says why, until the first has ended"""
    setting = f"history.file={harness.make_folder(scope) / 'history.db'}"
    redis, service = start(scope, setting)
    harness.wait_until(lambda: service.get_health()["history"] == "file", "the file")
    second = restart(scope, redis, setting)
    second.wait_for_line(r"another tidewired that runs writes to .*history\.db")
    harness.expect_equal(second.get_health()["history"], "degraded", "the state")
    publish(redis, second, [("AAPL", get_minute(), 5, 1)] * 10)
    service.wait_for_counter("ticks_taken", 10)
    service.stop()
    harness.wait_until(lambda: second.get_health()["history"] == "file", "its turn")
    harness.expect_equal(get_bar(scope, second)["volume"], 20, "what both have taken")


@harness.test
def goes_on_in_memory(scope):
    """Without the file's folder it says so, and catches up when there is one"""
    folder = harness.make_folder(scope) / "later"
    redis, service = start(scope, f"history.file={folder / 'history.db'}")
    service.wait_for_line(r"history is kept in memory only for now.*later/history\.db")
    harness.expect_equal(service.get_health()["history"], "degraded", "the state")
    minute = get_minute()
    publish(redis, service, [("AAPL", minute, 5, 1)] * 10)
    harness.expect_equal(get_bar(scope, service)["volume"], 10, "the volume")
    folder.mkdir()
    harness.wait_until(
        lambda: service.get_health()["history"] == "file", "the file is there"
    )
    service.stop()
    service = restart(scope, redis, f"history.file={folder / 'history.db'}")
    harness.expect_equal(get_bar(scope, service)["volume"], 10, "the volume after all")


@harness.test
def gives_newest_ticks_at_once(scope):
    """snapshot: the newest ticks of the tickers, to that tab alone, before newer ones"""
    redis, service = start(scope, "history.store=memory")
    now = time.time()
    other = PlainTab(scope, service, user="anna")
    for kind in (PlainTab, SocketioTab):
        tab = kind(scope, service, user="anna")
        publish(redis, service, [("A", now, 1, 1), ("B", now, 2, 1), ("A", now - 9, 3, 1)])
        tab.ask("subscribe_tickers", {"tickers": ["A", "C", "B"], "snapshot": True})
        publish_one(redis, {"symbol": "A", "price": 4})
        ticks = [tab.take_data("tick_data") for _ in range(3)]
        found = [(tick["symbol"], tick["price"]) for tick in ticks]
        harness.expect_equal(found, [("A", 1), ("B", 2), ("A", 4)], "ticks")
        other.take_data("tick_data")  # the user's tickers are those of all tabs
        tab.ask("subscribe_tickers", {"tickers": []})
        other.expect_silence()
        now = time.time() + 1
    tabs.check_balance(service)


harness.run(limit_s=200)
