# SPDX-License-Identifier: LGPL-2.1-or-later
"""Visitors who come and go, played by CHURN_CLIENT, and what may not stay of them."""

import contextlib
import os
import subprocess

import harness

GAUGES = ("connections", "users", "lanes", "rooms", "subscriptions", "index_entries")
GAUGES += ("outbox_bytes", "frames_queued", "slow_users", "users_away")


def get_gauges(service):
    counters = service.get_counters()
    return {name: counters[name] for name in GAUGES}


def wait_for_rest(service, within_s=harness.WAIT_S):
    """Nobody is there, nobody is expected back, and nothing is kept for anybody."""
    last = {}

    def is_at_rest():
        last.update(get_gauges(service))
        return not any(last.values())

    try:
        harness.wait_until(is_at_rest, "all gauges are 0", within_s)
    except AssertionError as error:
        raise AssertionError(f"{error}; they are {last}") from None


@contextlib.contextmanager
def playing(service, n_visits, *per_second):
    """Lets so many visitors come and go."""
    client = os.environ.get("CHURN_CLIENT")
    if client is None:
        raise harness.Skip("CHURN_CLIENT names no program")
    command = [client, service.port, n_visits, *per_second]
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def check_visits(process, n_visits):
    """All have come and were answered."""
    output = process.communicate(timeout=harness.WAIT_S)[0]
    harness.expect_equal(output.split(), [str(n_visits), "0"], "visits")
