#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What clients notice of others that have stopped reading.

usage: bench-stalled.py TIDEWIRED LOAD_CLIENT PUBLISHER FLOOR [--full]

Clients get 20 ticks a second each of 2 KB, none of which may be lost. In every other run
1 % of them read nothing from the beginning, until the service closes them for that. The p99
of the others, from the publisher to the client, is compared: the median of the runs with by
that of those without. They take turns, so that neither the machine nor its other work matters
much. 500 clients and a loose bound for every run of the tests; with --full 2,000, in every
second pair in the other order, and 10 %; on a machine that has much else to do, behind
`chrt -f 1`. Prints TAP.
"""

import dataclasses
import shutil
import statistics
import sys
import types

sys.dont_write_bytecode = True

from compare import contestants, machine, measure, tidewire  # noqa: E402
from compare.shapes import Shape  # noqa: E402

SETTINGS = {
    "source.max-event-bytes": 16384,
    "delivery.outbox-soft-bytes": 32768,
    "delivery.outbox-hard-bytes": 131072,
}
SYMBOLS = 5
PER_CLIENT = 20  # events a second
MAX_EXTENSION = 3  # times as many rounds, at most


@dataclasses.dataclass
class Plan:
    connections: int
    rounds: int
    seconds: float
    names: tuple  # of contestants: with batches of 100 ms, and each event by itself
    max_ratio: float

    def make_shape(self, n_stalled):
        return Shape(
            self.connections,
            symbols=SYMBOLS,
            rate=SYMBOLS * PER_CLIENT,
            seconds=self.seconds,
            event_bytes=2000,
            stalled=n_stalled,
            settings=SETTINGS,
        )


QUICK = Plan(500, 3, 8, ("tidewire",), 1.5)
FULL = Plan(2000, 6, 10, ("tidewire", "tidewire-lanes"), 1.1)


def check_books(server, shape, sent, result):
    """Sentences about what does not agree between both ends and the service."""
    health = tidewire.get_health(server.port)
    counters, book = health["counters"], health["classes"]["lossless"]
    n_seen = result["events"]
    n_wanted = shape.count_deliveries(sent["sent"])
    n_ended = sum(value for name, value in book.items() if name != "offered")
    checks = {
        "%d events seen by who reads, %d published for them" % (n_seen, n_wanted): (
            n_seen == n_wanted
        ),
        "balance_error is %d" % counters["balance_error"]: counters["balance_error"] == 0,
        "%d closed as too slow" % counters["connections_closed_slow"]: (
            counters["connections_closed_slow"] == shape.stalled
        ),
        "%d offered, but %d ended" % (book["offered"], n_ended): (
            book["offered"] == n_ended
        ),
        # What became of those of the stalled ones is in the kernel, or dropped with them.
        "delivered %d, of which %d were seen" % (book["delivered"], n_seen): (
            n_seen <= book["delivered"] <= n_seen + book["offered"] - n_wanted
        ),
        "something still waits: %s" % book: (
            book["in_lanes"] + book["in_outboxes"] + book["in_offline"] == 0
        ),
        "dropped without a stalled one: %s" % book: (
            (book["dropped_left"] > 0) == (shape.stalled > 0)
        ),
    }
    faults = ["failed", "gaps", "duplicates", "reordered", "foreign"]
    problems = ["%s: %d" % (name, result[name]) for name in faults if result[name]]
    return problems + [text for text, is_good in checks.items() if not is_good]


def run(world, name, shape):
    """One run: p99 in milliseconds, and problems."""
    with world.server(contestants.BY_NAME[name], shape) as server:
        options = shape.load_options() + ["--settle=1", "--quiet=1"]
        with world.load(server, options + ["-s", "%g" % (shape.seconds + 20)]) as load:
            load.await_ready()
            sent = world.publish(server, shape, shape.seconds)
            result = load.await_end(shape.seconds + 60)
            problems = check_books(server, shape, sent, result)
    latency = result["latency_ms"]
    print(
        "# %s, %d of %d stalled: p50 %.2f, p99 %.2f, longest %.1f ms; CPU %.2f s"
        % (
            name,
            shape.stalled,
            shape.connections,
            latency["p50"],
            latency["p99"],
            latency["max"],
            result["cpu_s"],
        ),
        flush=True,
    )
    return latency["p99"], problems


def compare(world, plan, name):
    """The ratio of the medians, and what went wrong in the runs. Where the machine has much
    else to do, more rounds have to tell that from a difference."""
    numbers = (0, plan.connections // 100)
    found = {n_stalled: [] for n_stalled in numbers}
    problems = []
    ratio = None
    while ratio is None or (
        ratio > plan.max_ratio and len(found[0]) < MAX_EXTENSION * plan.rounds
    ):
        for i in range(plan.rounds):
            for n_stalled in numbers if i % 2 == 0 else reversed(numbers):
                p99, more = run(world, name, plan.make_shape(n_stalled))
                found[n_stalled].append(p99)
                problems += ["%d stalled: %s" % (n_stalled, problem) for problem in more]
        without, stalled = (statistics.median(found[n]) for n in numbers)
        ratio = stalled / without
        print("# %s: p99 %.2f ms without, %.2f with" % (name, without, stalled), flush=True)
    return ratio, problems


def main():
    if shutil.which("redis-server") is None:
        print("1..0 # SKIP redis-server is not installed")
        return 0
    plan = FULL if "--full" in sys.argv else QUICK
    machine.raise_file_limit()
    places = ("tidewired", "load_client", "publisher", "floor")
    world = measure.World(types.SimpleNamespace(**dict(zip(places, sys.argv[1:5]))))
    is_good = True
    try:
        for i, name in enumerate(plan.names):
            ratio, problems = compare(world, plan, name)
            for problem in problems:
                print("# " + problem)
            checks = [
                (not problems, "%s: who reads gets all, and the books balance" % name),
                (
                    ratio <= plan.max_ratio,
                    "%s: %.2f times the p99, at most %.1f" % (name, ratio, plan.max_ratio),
                ),
            ]
            for j, (is_ok, title) in enumerate(checks):
                print("%sok %d - %s" % ("" if is_ok else "not ", 2 * i + j + 1, title))
                is_good = is_good and is_ok
    finally:
        world.stop()
    print("1..%d" % (2 * len(plan.names)))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
