#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bars that tidewirectl brings into the history of the real tidewired, and takes along."""

import csv
import json
import os
import random
import re
import signal
import time

import ctl
import harness
import privatebus
import tabs
from harness import expect_equal, expect_match, test
from redisserver import TICKS
from tabs import PlainTab

CHART = "request_tickstockpl_chart_data"
NAMES = ("open", "high", "low", "close", "volume")
LENGTHS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400}
MINUTE = int(time.time()) // 60 * 60


class Place:
    """A service on a bus of its own, whose history is in a file or where it is told."""

    def __init__(self, scope, *settings, bus=None):
        self.scope = scope
        self.bus = bus or privatebus.Bus(scope)
        self.service = harness.Service(scope, tabs.DEVELOPMENT, self.bus.setting, *settings)
        self.bus.wait_for_service()

    def run(self, *words, code=0, stdin=b""):
        """Gives what it prints; with a code other than 0 what it complains about too."""
        done = ctl.run("history", *words, bus=self.bus.address, stdin=stdin)
        expect_equal(done.returncode, code, f"the exit code of {words}: {done.stderr}")
        return done.stdout + done.stderr

    def get(self, *words, stdin=b""):
        return json.loads(self.run("--json", *words, stdin=stdin))

    def ask(self, symbol, timeframe, limit=5000):
        tab = PlainTab(self.scope, self.service, user="anna")
        question = {"symbol": symbol, "timeframe": timeframe, "limit": limit}
        return tab.ask(CHART, question)["chart_data"]

    def tick(self, symbol, at, price, volume):
        tick = {"symbol": symbol, "price": price, "volume": volume, "timestamp": at}
        text = json.dumps({"event_type": "tick_data", **tick})
        done = ctl.run("publish", "--channel", TICKS, text, bus=self.bus.address)
        expect_equal(done.returncode, 0, f"the exit code: {done.stderr}")


def make_bar(symbol, start, chance):
    prices = sorted(chance.uniform(1, 1000) for _ in range(4))
    low, first, last, high = prices
    if chance.random() < 0.5:
        first, last = last, first
    volume = chance.choice([0, chance.randrange(10**6), chance.random()])
    values = dict(zip(NAMES, (first, high, low, last, volume)))
    return {"symbol": symbol, "time": start, **values}


def make_bars(symbols, n_bars, end=MINUTE, seed=1):
    chance = random.Random(seed)
    return [
        make_bar(symbol, end - 60 * (n_bars - i), chance)
        for symbol in symbols
        for i in range(n_bars)
    ]


def write_csv(path, bars):
    with open(path, "w", newline="") as out:
        writer = csv.DictWriter(out, ["note", "close", "time", "low", "high", "open",
                                      "Symbol", "volume"])  # fmt: skip
        writer.writeheader()
        for bar in bars:
            row = {name: repr(value) for name, value in bar.items() if name != "symbol"}
            writer.writerow({"note": 'a "b",\nc', "Symbol": bar["symbol"], **row})
    return str(path)


def read_ndjson(text):
    return [json.loads(line) for line in text.splitlines()]


def read_csv(text):
    rows = list(csv.DictReader(text.splitlines()))
    return [
        {"symbol": row["symbol"], "time": int(row["time"])}
        | {name: float(row[name]) for name in NAMES}
        for row in rows
    ]


def merge(minutes, length):
    """The longer bars that minutes come to."""
    longer = {}
    for bar in minutes:
        key = (bar["symbol"], bar["time"] // length * length)
        one = longer.get(key)
        if one is None:
            longer[key] = {**bar, "time": key[1]}
            continue
        one["high"] = max(one["high"], bar["high"])
        one["low"] = min(one["low"], bar["low"])
        one["close"] = bar["close"]
        one["volume"] += bar["volume"]
    return [longer[key] for key in sorted(longer)]


def expect_alike(found, expected, what):
    """The same but for how sums of volumes are rounded."""
    expect_equal(len(found), len(expected), f"how many {what}")
    for one, other in zip(found, expected):
        close = abs(one["volume"] - other["volume"]) <= 1e-9 * abs(other["volume"])
        expect_equal({**one, "volume": close}, {**other, "volume": True}, what)


@test
def round_trip(scope):
    """50,000 bars come out as they went in, are charts, and outlive a restart"""
    folder = harness.make_folder(scope)
    setting = f"history.file={folder / 'history.db'}"
    place = Place(scope, setting)
    symbols = [f"S{i:02}" for i in range(10)]
    bars = make_bars(symbols, 5000)
    told = place.get("import", write_csv(folder / "in.csv", bars))
    expect_equal(told, {"taken": 50000, "too_old": 0, "skipped_lines": 0})
    for timeframe, length in LENGTHS.items():
        out = place.run("export", f"--timeframe={timeframe}", "--format=ndjson")
        expect_alike(read_ndjson(out), merge(bars, length), f"bars of {timeframe}")
    expect_equal(read_ndjson(place.run("export", "--format=ndjson")), bars, "the bars")
    text = place.run("export")
    expect_equal(read_csv(text), bars, "the bars as CSV")
    chart = place.ask("S03", "1m", 500)
    expect_equal([bar["time"] for bar in chart], [bar["time"] for bar in bars[19500:20000]])
    listed = place.get("symbols")["symbols"]
    expect_equal([row["symbol"] for row in listed], symbols, "symbols")
    expect_equal(listed[0]["first"], bars[0]["time"], "the first bar")
    expect_equal(listed[0]["last"], bars[4999]["time"], "the last bar")
    place.service.stop()

    place = Place(scope, setting, bus=place.bus)
    expect_equal(place.run("export"), text, "the bars after a restart")
    told = place.get("import", "-", stdin=text.encode())
    expect_equal(told["taken"], 50000, "the bars once more")
    expect_equal(place.run("export"), text, "the same")
    part = place.run("export", "-s", "S0[12]", "-s", "S09", f"--to={bars[2]['time']}")
    expect_equal(
        [(bar["symbol"], bar["time"]) for bar in read_csv(part)],
        [(name, bars[i]["time"]) for name in ("S01", "S02", "S09") for i in range(2)],
    )
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(MINUTE - 120))
    part = place.run("export", "-s", "S07", f"--from={since}")
    expect_equal([bar["time"] for bar in read_csv(part)], [MINUTE - 120, MINUTE - 60])


@test
def into_a_file(scope):
    """An export is there when it is whole, in place of what was there"""
    folder = harness.make_folder(scope)
    place = Place(scope, "history.store=memory")
    bars = make_bars(["A"], 10)
    place.run("import", write_csv(folder / "in.csv", bars))
    path = folder / "out.ndjson"
    path.write_text("old")
    told = place.run("export", "-f", "ndjson", "-o", str(path))
    expect_match("^10 bars are in .*out.ndjson", told)
    expect_equal(read_ndjson(path.read_text()), bars, "what is in it")
    expect_equal(sorted(os.listdir(folder)), ["in.csv", "out.ndjson"], "the folder")
    expect_match("can't be written", place.run("export", "-o", f"{path}/x", code=1))
    expect_equal(place.run("export", "-o", "-"), place.run("export"), "standard output")


@test
def interrupted(scope):
    """An export that is ended halfway leaves the folder as it was"""
    folder = harness.make_folder(scope)
    place = Place(scope, f"history.file={folder / 'history.db'}")
    place.run("import", write_csv(folder / "in.csv", make_bars([f"S{i}" for i in range(8)], 5000)))
    out = harness.make_folder(scope)
    path = out / "bars.csv"
    path.write_text("old")
    for number in (signal.SIGINT, signal.SIGTERM):
        command = [ctl.TIDEWIRECTL, "history", "export", "-o", path]
        program = harness.Program(scope, command, {"TIDEWIRE_BUS": place.bus.address})
        harness.wait_until(lambda: len(os.listdir(out)) > 1, "the file that is not whole")
        program.process.send_signal(number)
        expect_equal(program.wait_for_end(), -number, "what ended it")
        expect_equal((os.listdir(out), path.read_text()), (["bars.csv"], "old"), "the folder")


@test
def replaces_while_ticks_come(scope):
    """A bar replaces what ticks came to, in memory and in the file; later ones add to it"""
    folder = harness.make_folder(scope)
    place = Place(scope, f"history.file={folder / 'history.db'}")
    place.tick("A", MINUTE - 59, 7, 10)
    place.tick("A", MINUTE - 119, 7, 10)
    bars = [
        {"symbol": "A", "time": MINUTE - 60, "open": 5, "high": 9, "low": 4, "close": 8, "volume": 100},
        {"symbol": "B", "time": MINUTE - 60, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 0},
    ]  # fmt: skip
    text = "".join(json.dumps(bar) + "\n" for bar in bars).encode()
    told = place.get("import", "-", stdin=text)
    expect_equal(told["taken"], 2, "taken")
    place.tick("A", MINUTE - 30, 20, 1)
    found = place.ask("A", "1m")
    expect_equal([bar["volume"] for bar in found], [10, 101], "volumes")
    expect_equal((found[1]["open"], found[1]["high"], found[1]["close"]), (5, 20, 8))
    expect_equal(place.ask("A", "1d")[-1]["high"], 20, "the day's high")


@test
def longer_bars(scope):
    """Bars of a day are put in alone; memory takes minutes only"""
    folder = harness.make_folder(scope)
    place = Place(scope, f"history.file={folder / 'history.db'}")
    days = "symbol,time,open,high,low,close,volume\nA,2026-01-30,5,9,4,8,100\n"
    told = place.get("import", "-", "-t", "1d", stdin=days.encode())
    expect_equal(told["taken"], 1, "taken")
    out = place.run("export", "-t", "1d")
    expect_equal(out, days.replace("2026-01-30", "1769731200"), "the day")
    expect_equal(place.run("export"), days.splitlines()[0] + "\n", "no minutes")
    expect_match("no bars", place.run("symbols"))
    expect_match(r"^A +2026-01-30", place.run("symbols", "-t", "1d"))
    place.service.stop()
    place = Place(scope, "history.store=memory", bus=place.bus)
    said = place.run("import", "-", "-t", "1d", code=6, stdin=days.encode())
    expect_match(r"history is in memory.*\[history\] store=auto", said)
    expect_match("^0 bars", said)


@test
def bad_lines(scope):
    """A line that is no bar ends it, with its number, what is in is told; or is skipped"""
    place = Place(scope, "history.store=memory")
    head = "symbol,time,open,high,low,close,volume\n"
    good = "".join(f"A,{MINUTE - 60 * (2500 - i)},1,1,1,1,1\n" for i in range(2500))
    bad = {
        f"A,{MINUTE}000,1,1,1,1,1": "milliseconds",
        f"A,{MINUTE},1,1,2,1,1": "low",
        f"A,{MINUTE - 1},1,1,1,1,1": "begin",
        f"A,{MINUTE + 6000},1,1,1,1,1": "future",
        f"A,{MINUTE},1,x,1,1,1": "high is “x”",
        f"A,{MINUTE},1,1,1,1": "volume is missing.*AAPL,",
        "A,yesterday,1,1,1,1,1": "2026-01-30T14:30:00Z",
        f'"A,{MINUTE},1,1,1,1,1': "quote",
        f"{'A' * 33},{MINUTE},1,1,1,1,1": "32",
    }
    for line, problem in bad.items():
        text = (head + good + line + "\n").encode()
        said = place.run("import", "-", code=7, stdin=text)
        expect_match(f"line 2502: .*{problem}", said)
        expect_match("^2000 bars are in", said)
        told = place.get("import", "-", "--skip-bad", stdin=text)
        expect_equal((told["taken"], told["skipped_lines"]), (2500, 1), line)
    said = place.run("import", "-", code=7, stdin=b"symbol,open\n")
    expect_match("does not name time, high, low, close, volume", said)
    said = place.run("import", "-", code=7, stdin=b'{"symbol":"A"}\n')
    expect_match('line 1: time is missing.*{"symbol":"AAPL"', said)
    nameless = f"time,open,high,low,close,volume\n{MINUTE - 60},1,1,1,1,1\n".encode()
    expect_equal(place.get("import", "-", "-s", "XY", stdin=nameless)["taken"], 1)
    place.run("import", "/nonexistent", code=1)
    place.run("import", code=2)
    place.run("import", "-", "--output=x", code=2)
    place.run("export", "--from=now", code=2)
    expect_equal(place.get("import", "-", stdin=b"")["taken"], 0, "of nothing")


@test
def bad_bars_of_others(scope):
    """What another program than tidewirectl brings is checked too, and all of it or none is in"""
    place = Place(scope, "history.store=memory")
    good = f"('A', int64 {MINUTE - 120}, 1.0, 2.0, 1.0, 2.0, 3.0)"
    bad = {
        f"('A', int64 {MINUTE - 60}, 1.0, 2.0, 1.5, 2.0, 3.0)": "bar 2 of 2 .*none is: low",
        f"('A', int64 {MINUTE - 59}, 1.0, 2.0, 1.0, 2.0, 3.0)": "bar 2 of 2 .*begin",
        f"('A', int64 {MINUTE - 60}, 1.0, inf, 1.0, 2.0, 3.0)": "bar 2 of 2",
        f"('A', int64 {MINUTE - 60}, nan, 2.0, 1.0, 2.0, 3.0)": "bar 2 of 2",
        f"('', int64 {MINUTE - 60}, 1.0, 2.0, 1.0, 2.0, 3.0)": "bar 2 of 2",
    }
    for bar, problem in bad.items():
        said = place.bus.call("Admin.ImportBars", "1m", f"[{good}, {bar}]")
        expect_match(problem, str(said))
    expect_match("1m, 5m", str(place.bus.call("Admin.ImportBars", "2m", f"[{good}]")))
    many = ", ".join([good] * 1001)
    expect_match("at most 1000", str(place.bus.call("Admin.ImportBars", "1m", f"[{many}]")))
    expect_equal(place.get("symbols")["symbols"], [], "what is in")
    said = place.bus.call("Admin.ImportBars", "1m", f"[{good}]")
    expect_match("uint32 1", str(said))


@test
def off(scope):
    """Without a history it says what to set, and so it does for a file that can't be"""
    place = Place(scope, "history.store=off")
    for words in (["symbols"], ["export"]):
        expect_match(r"\[history\] store", place.run(*words, code=6))
    line = f'{{"symbol":"A","time":{MINUTE - 60},"open":1,"high":1,"low":1,"close":1,"volume":1}}'
    expect_match(r"\[history\] store", place.run("import", "-", code=6, stdin=line.encode()))
    place.service.stop()
    place = Place(scope, "history.file=/nonexistent/history.db", bus=place.bus)
    said = place.run("import", "-", code=9, stdin=line.encode())
    expect_match("can't be written now", said)


@test
def shows_progress(scope):
    """On a terminal a bar grows by the bytes of the file, and goes away"""
    folder = harness.make_folder(scope)
    place = Place(scope, "history.store=memory")
    path = write_csv(folder / "in.csv", make_bars(["A"], 3000))
    terminal = ctl.Terminal(scope, "--no-pager", "history", "import", path, bus=place.bus.address)
    terminal.wait_for_end()
    text = terminal.output.decode()
    expect_match(r"\[=+ *\] +\d+% \d+ bars", text)
    expect_match(r"3000 bars are in the history", re.split("\033\\[K", text)[-1])


harness.run(limit_s=110)
