#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The producers of docs/examples: what they publish reaches a client."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "docs" / "examples"
sys.path.insert(0, str(HERE.parent / "daemon"))

import harness  # noqa: E402
import rawsocket  # noqa: E402
import redisserver  # noqa: E402

SYMBOLS = ["AAPL", "MSFT", "NVDA", "TSLA"]


def run(*command):
    done = subprocess.run(
        [str(word) for word in command],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stdout}")


def check(scope, wanted, make_command):
    redis, service = redisserver.start_with_redis(scope)
    client = rawsocket.PlainClient(scope, service)
    client.subscribe(*SYMBOLS)
    run(*make_command(redis.port))
    for _ in range(wanted):
        tick = client.take_tick()
        harness.expect_equal(tick["symbol"] in SYMBOLS, True, tick["symbol"])
        harness.expect_equal(tick["price"] > 0 and tick["volume"] > 0, True, "figures")
    counters = service.get_counters()
    for name in ("not_json", "not_object", "no_key", "wrong_type"):
        harness.expect_equal(counters["events_dropped_" + name], 0, name)


@harness.test
def python(scope):
    """producer.py, which publishes patterns too"""

    def make_command(port):
        return (
            sys.executable,
            EXAMPLES / "producer.py",
            "--rate=500",
            "--count=60",
            f"redis://127.0.0.1:{port}/0",
        )

    check(scope, 60, make_command)


@harness.test
def shell(scope):
    """producer.sh"""
    check(scope, 5, lambda port: (EXAMPLES / "producer.sh", 5, "-p", port))


@harness.test
def c(scope):
    """producer.c, built as it says"""
    program = harness.make_folder(scope) / "producer"
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "hiredis"],
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout.split()
    compiler = os.environ.get("CC", "cc").split()
    run(
        *compiler,
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        program,
        EXAMPLES / "producer.c",
        *flags,
    )
    check(scope, 1000, lambda port: (program, "127.0.0.1", port, 1000))


@harness.test
def without_redis(scope):
    """Without Redis each says so and fails"""
    nowhere = harness.make_folder(scope) / "nowhere"
    for command in (
        (sys.executable, EXAMPLES / "producer.py", "--count=1", f"unix://{nowhere}"),
        (EXAMPLES / "producer.sh", "1", "-s", nowhere),
    ):
        done = subprocess.run(
            [str(word) for word in command],
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
        )
        harness.expect_equal(done.returncode != 0, True, f"{command[0]} fails")
        harness.expect_match(r"nowhere", done.stderr + done.stdout)


harness.run(limit_s=120)
