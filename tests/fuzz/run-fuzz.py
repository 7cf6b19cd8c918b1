#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a fuzz target: first over its corpus, then for a while on inputs of its own.

Writes TAP. An input that the target dies of is kept beside the program, in `findings`,
and shown in base64: it belongs into the corpus together with what mends it. With --grown
the inputs that reached something new are kept, and the next run begins with them.
"""

import argparse
import base64
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CORPORA = pathlib.Path(__file__).resolve().parent
MAX_SHOWN_BYTES = 6000  # of a finding; the file has all of it
LIMITS = ["-rss_limit_mb=1024", "-timeout=10"]
# What is only logged elsewhere is a finding here, and freed memory is never used again.
WATCH = {"G_DEBUG": "fatal-criticals", "G_SLICE": "always-malloc"}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path, help="fuzz-NAME, as it was built")
    parser.add_argument(
        "--seconds", type=int, default=20, help="how long, 20 if not given"
    )
    parser.add_argument("--max-len", type=int, default=4096, help="of an input, in bytes")
    parser.add_argument(
        "--grown", type=pathlib.Path, help="keep new inputs in this folder"
    )
    return parser.parse_args()


class Target:
    def __init__(self, arguments):
        self.program = arguments.program.resolve()
        self.name = self.program.name.removeprefix("fuzz-")
        self.corpus = CORPORA / "corpus" / self.name
        self.findings = self.program.parent / "findings"
        self.findings.mkdir(exist_ok=True)
        self.options = [*LIMITS, f"-max_len={arguments.max_len}"]
        self.options.append(f"-artifact_prefix={self.findings}/{self.name}-")
        words = CORPORA / "dictionaries" / f"{self.name}.dict"
        if words.exists():
            self.options.append(f"-dict={words}")

    def run(self, *more):
        """Gives whether it went well, and what it wrote."""
        done = subprocess.run(
            [self.program, *self.options, *more],
            env={**os.environ, **WATCH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode == 0, done.stdout.decode(errors="replace")


def note(text):
    for line in text.splitlines():
        print(f"# {line}")


def show_finding(output):
    """Says what happened, and with which input."""
    lines = output.splitlines()
    # libFuzzer tells of its progress in lines that begin with `#`.
    note("\n".join(line for line in lines if not line.startswith("#"))[-8000:])
    for path in re.findall(r"Test unit written to (\S+)", output):
        data = pathlib.Path(path).read_bytes()
        note(f"the input, {len(data)} bytes in base64, is kept as {path}:")
        note(base64.b64encode(data[:MAX_SHOWN_BYTES]).decode())


def report(number, is_good, words, output):
    print(f"{'ok' if is_good else 'not ok'} {number} - {words}", flush=True)
    if not is_good:
        show_finding(output)
    return is_good


def replay(target):
    n_files = len(list(target.corpus.iterdir())) if target.corpus.is_dir() else 0
    if n_files == 0:
        return report(1, False, "corpus replayed", f"there is nothing in {target.corpus}")
    is_good, output = target.run("-runs=0", str(target.corpus))
    return report(1, is_good, f"corpus replayed, {n_files} inputs", output)


def fuzz(target, seconds, grown):
    is_good, output = target.run(
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
        "-reload=0",
        str(grown),
        str(target.corpus),
    )
    count = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    words = f"{seconds} s without a finding, {count[1] if count else 'no'} inputs"
    return report(2, is_good and count is not None, words, output)


def main():
    arguments = read_arguments()
    target = Target(arguments)
    print("1..2")
    is_good = replay(target)
    with tempfile.TemporaryDirectory() as scratch:
        grown = arguments.grown or pathlib.Path(scratch)
        grown.mkdir(parents=True, exist_ok=True)
        is_good &= fuzz(target, arguments.seconds, grown)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
