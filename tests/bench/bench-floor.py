#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether Tidewire still costs about what the kernel costs.

usage: bench-floor.py TIDEWIRED LOAD_CLIENT PUBLISHER FLOOR

One room of 500 connections, 100 events a second, each by itself: the server's CPU time for an
event delivered, divided by that of the smallest program that sends the same. They take turns,
and the median of the ratios counts, so that neither the machine nor its other work matters
much. Prints TAP.
"""

import shutil
import statistics
import sys
import types

sys.dont_write_bytecode = True

from compare import contestants, machine, measure  # noqa: E402
from compare.shapes import Shape  # noqa: E402

MAX_RATIO = 1.5
REPETITIONS = 3
MAX_REPEATS = 3
ROOM = Shape(500, rate=100, seconds=2)


def compare(world):
    """The ratio of one pair of runs, and what went wrong in them."""
    costs = []
    problems = []
    for name in ("floor", "tidewire"):
        outcome = measure.deliver(world, contestants.BY_NAME[name], ROOM)
        costs.append(outcome.figures["us_per_event"])
        problems += ["%s: %s" % (name, problem) for problem in outcome.problems]
    print("# floor %.2f us, Tidewire %.2f us an event" % tuple(costs), flush=True)
    return costs[1] / costs[0], problems


def check(number, is_good, title, details=()):
    print("%sok %d - %s" % ("" if is_good else "not ", number, title))
    for detail in () if is_good else details:
        print("# " + detail)
    return is_good


def main():
    if shutil.which("redis-server") is None:
        print("1..0 # SKIP redis-server is not installed")
        return 0
    machine.raise_file_limit()
    places = ("tidewired", "load_client", "publisher", "floor")
    world = measure.World(
        types.SimpleNamespace(**dict(zip(places, sys.argv[1:5]))), MAX_REPEATS
    )
    try:
        pairs = [compare(world) for _ in range(REPETITIONS)]
    finally:
        world.stop()
    ratio = statistics.median(ratio for ratio, _ in pairs)
    problems = [problem for _, problems in pairs for problem in problems]
    print("1..2")
    results = [
        check(1, not problems, "every event came once and in order", problems),
        check(
            2,
            ratio <= MAX_RATIO,
            "%.2f times the floor, at most %.1f" % (ratio, MAX_RATIO),
        ),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
