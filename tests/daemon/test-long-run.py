#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that is left alone for long, while visitors come and go on all ways, 200 a second.

usage: test-long-run.py [--minutes=N] [WORD ...]

One minute if not given. The first quarter warms up; then memory may not grow any more."""

import json
import pathlib
import statistics
import sys
import time

import churn
import harness
import redisserver
import tabs
from redisserver import TICKS

PER_SECOND = 200
PUBLISH_EVERY_S = 0.05
SAMPLE_EVERY_S = 0.5
# The last quarter by the second. A minute is short: how many are here at once on a busy
# machine alone makes some percent.
MAX_GROWTH = 1.03
MAX_GROWTH_OF_A_MINUTE = 1.15
# Who vanished from long-polling stays for a ping; who had a name, away, for its age.
SETTINGS = (
    tabs.DEVELOPMENT,
    "engineio.ping-interval-ms=1000",
    "engineio.ping-timeout-ms=2000",
    "delivery.offline-max-age-s=2",
    "delivery.offline-max-users=200",
)
SETTLE_S = 30


def read_minutes():
    """Takes --minutes=N out of the command line."""
    for argument in sys.argv[1:]:
        if argument.startswith("--minutes="):
            sys.argv.remove(argument)
            return float(argument.partition("=")[2])
    return 1.0


MINUTES = read_minutes()


def count_descriptors(service):
    return len(list(pathlib.Path(f"/proc/{service.pid}/fd").iterdir()))


def publish(redis, number):
    redis.publish(TICKS, tabs.make_tick("AB"[number % 2], number))
    redis.publish(tabs.PATTERNS, tabs.make_alert("A", number))
    redis.publish(tabs.RESULTS, json.dumps({"job_id": 1, "number": number}))
    redis.publish(tabs.HEALTH, json.dumps({"status": "healthy", "number": number}))


def watch(redis, service, process):
    """Publishes until the visitors are done; gives (seconds, KiB in use) and the most
    connections at a time."""
    start = time.monotonic()
    samples, n_most, number = [], 0, 0
    while process.poll() is None:
        publish(redis, number)
        number += 1
        now = time.monotonic() - start
        if not samples or now - samples[-1][0] >= SAMPLE_EVERY_S:
            samples.append((now, service.get_resident_kib()))
            counters = service.get_counters()
            n_most = max(n_most, counters["connections"])
            harness.expect_equal(counters["balance_error"], 0, "balance_error")
        time.sleep(PUBLISH_EVERY_S)
    return samples, n_most


def mean_of_quarter(samples, quarter):
    end_s = samples[-1][0]
    return statistics.mean(
        kib for s, kib in samples if end_s * quarter / 4 <= s < end_s * (quarter + 1) / 4
    )


@harness.test
def stays_as_it_is(scope):
    """Memory stays level under churn; descriptors and all that is counted come back"""
    redis, service = redisserver.start_with_redis(scope, *SETTINGS)
    churn.wait_for_rest(service)
    n_descriptors = count_descriptors(service)
    n_visits = int(MINUTES * 60 * PER_SECOND)
    with churn.playing(service, n_visits, PER_SECOND) as process:
        samples, n_most = watch(redis, service, process)
        churn.check_visits(process, n_visits)
    second, last = (mean_of_quarter(samples, quarter) for quarter in (1, 3))
    harness.note(
        f"{n_visits} visits in {samples[-1][0]:.0f} s, at most {n_most} connections; "
        f"{second:.0f} KiB in the second quarter, {last:.0f} in the last"
    )
    harness.expect_equal(n_most >= PER_SECOND / 4, True, f"whether {n_most} are a crowd")
    churn.wait_for_rest(service, SETTLE_S)
    harness.wait_until(
        lambda: count_descriptors(service) == n_descriptors,
        f"descriptors are back at {n_descriptors}",
    )
    counters = service.get_counters()
    harness.expect_equal(counters["connections_opened"], n_visits, "connections opened")
    tabs.check_balance(service)
    if not service.is_sanitized():
        most = MAX_GROWTH if MINUTES >= 5 else MAX_GROWTH_OF_A_MINUTE
        harness.expect_equal(
            last <= second * most, True, f"whether {last / second:.3f} is level"
        )


harness.run(limit_s=int(MINUTES * 90 + 120))
