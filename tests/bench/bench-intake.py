#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the history costs of the intake: processor time of the main thread for each tick that
Redis sends and nobody wants, without a history, with one in memory, and with one in a file.

Usage: bench-intake.py TIDEWIRED
"""

import contextlib
import json
import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "daemon"))
os.environ.setdefault("TIDEWIRED", sys.argv[1])

import harness  # noqa: E402
import redisserver  # noqa: E402

CHANNEL = "tickstock.all_ticks"
N_SYMBOLS = 5000
N_TICKS = 600000
N_ROUNDS = 7
PIECE = 500
AHEAD = 20000  # ticks that Redis may have to hold: it cuts off who is far behind


def get_cpu_us(service):
    """Of the main thread, which takes all events."""
    return int(pathlib.Path(f"/proc/{service.pid}/schedstat").read_text().split()[0]) / 1e3


def make_ticks():
    now = time.time()
    return [
        json.dumps(
            {
                "event_type": "tick_data",
                "symbol": f"S{number}",
                "price": 100 + number % 400 + number % 100 / 100,
                "volume": number % 1000,
                "change": 0.25,
                "sequence": number,
                "timestamp": now,
            }
        )
        for number in range(N_SYMBOLS)
    ]


def measure(settings):
    """Microseconds of processor time for a tick."""
    with contextlib.ExitStack() as scope:
        redis, service = redisserver.start_with_redis(scope, *settings)
        ticks = make_ticks()
        redis.publish_all(CHANNEL, ticks)
        service.wait_for_counter("events_received", N_SYMBOLS)
        before = get_cpu_us(service)
        for first in range(0, N_TICKS, PIECE):
            start = first % N_SYMBOLS
            redis.publish_all(CHANNEL, ticks[start : start + PIECE])
            sent = first + PIECE
            if sent % AHEAD == 0:
                service.wait_for_counter("events_received", N_SYMBOLS + sent)
        return (get_cpu_us(service) - before) / N_TICKS


def main():
    with contextlib.ExitStack() as scope:
        folder = harness.make_folder(scope)
        kinds = {"off": ["history.store=off"], "memory": ["history.store=memory"]}
        kinds["file"] = [f"history.file={folder / 'history.db'}"]
        found = {kind: [] for kind in kinds}
        for _ in range(N_ROUNDS):
            for kind, settings in kinds.items():
                found[kind].append(measure(settings))
    off = min(found["off"])
    for kind, each in found.items():
        print(
            f"history {kind}: {min(each):.3f} us of processor time a tick, at best,"
            f" {statistics.median(each):.3f} us as a rule; {(min(each) / off - 1) * 100:+.1f} %"
        )


main()
