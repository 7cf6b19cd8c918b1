#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tidewire's sockets against a plain SoupServer, in one run on one machine.

usage: bench-sockets.py TIDEWIRED PLAIN_SERVER LOAD_CLIENT [--quick]

Servers run on the first core, the load on the second. Each figure is the median of three
runs (of one with --quick). Prints a table, then one JSON line, and fails when a ratio is
worse than it has to be (docs/benchmarks.md).
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

CONNECTIONS = 5000
# (title, groups, events a second): each delivers 50,000 frames a second. Ticks go to those
# who asked for the symbol, which is the job; a room is the baseline's best case.
WORKLOADS = [
    ("ticks, 100 symbols, 1,000 a second", 100, 1000),
    ("one room, 10 events a second", 1, 10),
]
SECONDS = 8
TEXT_BYTES = 200
MAX_CPU_RATIO = 0.65  # in the first workload
MIN_ACCEPT_RATIO = 10
MAX_KIB_PER_CONNECTION = 4.0


def pin(core):
    def set_affinity():
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[min(core, len(cores) - 1)]})

    return set_affinity


def make_payload(group):
    text = '{"symbol":"S%d","pad":"' % group
    return text + "x" * (TEXT_BYTES - len(text) - 2) + '"}'


class Server:
    """A server process on the first core; `port` is where it listens."""

    def __init__(self, command, pattern, stream):
        self.process = subprocess.Popen(
            command, text=True, preexec_fn=pin(0), **{stream: subprocess.PIPE}
        )
        for line in getattr(self.process, stream):
            found = re.search(pattern, line)
            if found:
                self.port = found.group(1)
                return
        raise SystemExit("bench-sockets: the server did not start: " + " ".join(command))

    def stop(self):
        self.process.kill()
        self.process.wait()


def start_plain(program, folder, groups, rate):
    command = [program, make_payload(0), str(rate), str(groups)]
    return Server(command, r":(\d+)/", "stdout")


def write_recording(path, groups, rate):
    with open(path, "w") as file:
        for i in range(rate * (SECONDS + 10)):
            file.write(
                '{"t_ms":%d,"channel":"tickstock.all_ticks","payload":%s}\n'
                % (1000 * i // rate, make_payload(i % groups))
            )


def start_tidewire(program, folder, groups, rate):
    """Replays ticks at the same rate, or has no source at all."""
    options = ["--set=server.listen=127.0.0.1:0", "--set=bus.bus=none"]
    # Every event by itself and without limits, as the baseline sends them.
    options += [
        "--set=delivery.%s=0" % key
        for key in (
            "batch-window-ms",
            "batch-max-events",
            "events-per-second",
            "urgent-events-per-second",
        )
    ]
    if rate > 0:
        recording = os.path.join(folder, "ticks-%d.ndjson" % groups)
        write_recording(recording, groups, rate)
        options += [
            "--set=source.type=replay",
            "--set=source.loop=true",
            "--set=source.file=" + recording,
        ]
    else:
        options.append("--set=source.type=none")
    return Server([program] + options, r"http://127\.0\.0\.1:(\d+)/", "stderr")


def load(client, server, *options):
    command = [client, "--port", server.port, "--pid", str(server.process.pid), *options]
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, preexec_fn=pin(1)
    ).stdout
    result = json.loads(output.splitlines()[-1])
    if result["failed"]:
        raise SystemExit("bench-sockets: %d connections failed" % result["failed"])
    return result


def measure(start, client, repeats, workload, options, figure):
    """The median of a figure over several runs, each with a server of its own."""
    values = []
    for _ in range(repeats):
        server = start(*workload)
        try:
            values.append(figure(load(client, server, *options)))
        finally:
            server.stop()
    return statistics.median(values)


def measure_all(start, client, repeats):
    results = {}
    for title, groups, rate in WORKLOADS:
        options = ["-n", str(CONNECTIONS), "--settle", "2", "-s", str(SECONDS)]
        options += ["--symbols", str(groups)]
        results["CPU a frame: " + title] = measure(
            start, client, repeats, (groups, rate), options, lambda r: r["us_per_frame"]
        )
    results["10,000 connections accepted"] = measure(
        start,
        client,
        1,
        (1, 0),
        ["-n", "10000", "--settle", "0", "-s", "0", "--no-subscribe"],
        lambda r: r["open_s"],
    )
    results["memory of an idle connection"] = measure(
        start,
        client,
        1,
        (100, 0),
        ["-n", str(CONNECTIONS), "--settle", "1", "-s", "0"]
        + ["--symbols", "100"],
        lambda r: (r["resident_kib"] - r["resident_kib_before"]) / r["connections"],
    )
    return results


def main():
    tidewired, plain, client = sys.argv[1:4]
    repeats = 1 if "--quick" in sys.argv else 3

    with tempfile.TemporaryDirectory() as folder:
        theirs = measure_all(
            lambda *workload: start_plain(plain, folder, *workload), client, repeats
        )
        ours = measure_all(
            lambda *workload: start_tidewire(tidewired, folder, *workload), client, repeats
        )

    units = ["us", "us", "s", "KiB"]
    print("%-50s %14s %10s %7s" % ("", "plain libsoup", "Tidewire", "ratio"))
    for key, unit in zip(theirs, units):
        print(
            "%-50s %10.2f %-3s %6.2f %-3s %7.3f"
            % (key, theirs[key], unit, ours[key], unit, ours[key] / theirs[key])
        )
    print(json.dumps({"plain": theirs, "tidewire": ours}))

    keys = list(theirs)
    checks = [
        (ours[keys[0]] / theirs[keys[0]] <= MAX_CPU_RATIO, "CPU over %.2f of the baseline's" % MAX_CPU_RATIO),
        (theirs[keys[2]] / ours[keys[2]] >= MIN_ACCEPT_RATIO, "accepting not %d times faster" % MIN_ACCEPT_RATIO),
        (ours[keys[3]] <= MAX_KIB_PER_CONNECTION, "over %.1f KiB a connection" % MAX_KIB_PER_CONNECTION),
    ]
    for is_good, text in checks:
        if not is_good:
            print("FAILED: " + text)
    return 0 if all(is_good for is_good, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
