#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tidewire beside what users would pick instead of it, in one run on one machine.

Ends with 1 when Tidewire misses one of its targets. docs/benchmarks.md says what is measured
and how. tests/bench/run installs what is missing, builds and calls this.
"""

import argparse
import os
import sys
import time
import types

sys.dont_write_bytecode = True

from compare import contestants, machine, programs, targets, tidewire  # noqa: E402
from compare.measure import Outcome, World  # noqa: E402
from compare.records import Records  # noqa: E402
from compare.workloads import make_all  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAIN_FIGURES = [
    ("us_per_event", "%.2f µs an event"),
    ("us_per_message", "%.2f µs a message"),
    ("kib_per_connection", "%.2f KiB a connection"),
    ("kib_after_leaving", "%.0f KiB kept"),
    ("accepted_per_s", "%.0f accepted a second"),
    ("descriptors_per_connection", "%.2f descriptors each"),
    ("delivered_per_s", "%.0f delivered a second"),
    ("p99_ms", "p99 %.1f ms"),
    ("urgent_p99_ms", "urgent p99 %.1f ms"),
    ("mark_ms", "event behind it after %.0f ms"),
    ("core_share", "%.2f of the core"),
]


def parse_arguments(workload_names):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument(
        "--build", default=os.path.join(SOURCE, "build-bench"), metavar="FOLDER"
    )
    parser.add_argument(
        "--peers", metavar="NAME,…", help="of " + " ".join(contestants.BY_NAME)
    )
    parser.add_argument(
        "--workloads", metavar="NAME,…", help="of " + " ".join(workload_names)
    )
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one repetition, and short")
    parser.add_argument("--results", metavar="FILE", help="JSON lines are added to this")
    parser.add_argument(
        "--report", action="store_true", help="write docs/ from the results"
    )
    parser.add_argument(
        "--no-measuring",
        action="store_true",
        help="judge and report what is in --results",
    )
    return parser.parse_args()


def choose(names, known, what):
    if names is None:
        return set(known)
    chosen = set(names.split(","))
    unknown = chosen - set(known)
    if unknown:
        sys.exit("bench-peers: no %s is called %s" % (what, ", ".join(sorted(unknown))))
    return chosen


def find_tools(build):
    places = {
        "tidewired": "src/daemon/tidewired",
        "load_client": "tests/bench/load-client",
        "publisher": "tests/bench/bench-publisher",
        "floor": "tests/bench/floor-server",
    }
    tools = {name: os.path.join(build, place) for name, place in places.items()}
    for path in tools.values():
        if not os.access(path, os.X_OK):
            sys.exit(
                "bench-peers: %s is not there: build first, or run tests/bench/run" % path
            )
    return types.SimpleNamespace(**tools)


def measure_one(world, workload, contestant, shape):
    try:
        return workload.run(world, contestant, shape)
    except (programs.Failure, OSError) as error:
        return Outcome({}, [str(error)])


def print_outcome(workload, repetition, contestant, outcome):
    words = [
        form % outcome.figures[name]
        for name, form in MAIN_FIGURES
        if name in outcome.figures
    ]
    if outcome.problems:
        words = ["FAILED: " + "; ".join(outcome.problems)] + words
    print(
        "%-13s %d  %-24s %s"
        % (workload.name, repetition + 1, contestant.name, ", ".join(words)),
        flush=True,
    )


def measure_workload(world, workload, names, arguments, records, run):
    """Contestants take turns, so that noise hits all of them alike."""
    shape = workload.shape
    if arguments.quick:
        shape = shape.shortened(2)
    for repetition in range(arguments.repetitions):
        for name in workload.contestants:
            if name not in names:
                continue
            outcome = measure_one(world, workload, contestants.BY_NAME[name], shape)
            print_outcome(workload, repetition, contestants.BY_NAME[name], outcome)
            records.add(
                {
                    "kind": "measurement",
                    "run": run,
                    "workload": workload.name,
                    "contestant": name,
                    "repetition": repetition + 1,
                    "problems": outcome.problems,
                    "figures": outcome.figures,
                    "raw": outcome.raw,
                }
            )


def measure_all(arguments, workloads, records):
    tools = find_tools(arguments.build)
    names = choose(arguments.peers, contestants.BY_NAME, "peer")
    chosen = choose(
        arguments.workloads, [workload.name for workload in workloads], "workload"
    )
    if "bun" in names or "bun-batch" in names:
        contestants.find_bun()
    run = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    head = {
        "kind": "run",
        "run": run,
        "repetitions": arguments.repetitions,
        "is_quick": arguments.quick,
        "machine": machine.describe(),
        "peers": contestants.describe_peers(),
        "settings": tidewire.describe_settings(),
    }
    records.add(head)
    for key, value in {**head["machine"], **head["peers"]}.items():
        print("%s: %s" % (key, value))
    print("Tidewire: " + ", ".join(head["settings"]), flush=True)
    world = World(tools)
    try:
        for workload in workloads:
            if workload.name in chosen:
                measure_workload(world, workload, names, arguments, records, run)
    finally:
        world.stop()


def write_report(records, file_limit):
    from compare import plot, report

    docs = os.path.join(SOURCE, "docs")
    report.write_into(
        os.path.join(docs, "benchmarks.md"), report.make_report(records, file_limit)
    )
    plot.draw(records, os.path.join(docs, "images", "peers.svg"))


def main():
    file_limit = machine.raise_file_limit()
    workloads = make_all(file_limit)
    arguments = parse_arguments([workload.name for workload in workloads])
    if arguments.quick:
        arguments.repetitions = 1
    records = Records(arguments.results)
    if arguments.results and os.path.exists(arguments.results):
        records.read()
    try:
        if not arguments.no_measuring:
            measure_all(arguments, workloads, records)
    except programs.Failure as error:
        sys.exit("bench-peers: %s" % error)
    if arguments.report:
        write_report(records, file_limit)
    print()
    return 0 if targets.print_verdicts(targets.judge_all(records)) else 1


if __name__ == "__main__":
    sys.exit(main())
