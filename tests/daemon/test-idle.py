#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that has nothing to do does nothing."""

import pathlib
import time

import harness
import rawsocket

SETTLE_S = 1
LOOK_S = 5
DEADLINE_S = 10  # of a request: timers that are over may wake it up once more


def count_wakeups(service):
    """How often any thread of the process has begun to run by itself."""
    total = 0
    for status in pathlib.Path(f"/proc/{service.pid}/task").glob("*/status"):
        found = harness.expect_match(
            r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text()
        )
        total += int(found.group(1))
    return total


def expect_sleep(service, settle_s=SETTLE_S):
    time.sleep(settle_s)
    before = count_wakeups(service)
    time.sleep(LOOK_S)
    harness.expect_equal(count_wakeups(service) - before, 0, f"wake-ups in {LOOK_S} s")


@harness.test
def sleeps_from_the_start(scope):
    """Without a source and nobody connected it is never woken up"""
    expect_sleep(harness.Service(scope))


@harness.test
def sleeps_after_work(scope):
    """It sleeps again after somebody was there"""
    service = harness.Service(scope)
    for form in (rawsocket.PlainClient, rawsocket.SocketioClient):
        form(scope, service).close_politely()
    rawsocket.RawSocket(scope, service).reset()
    service.wait_for_counter("connections", 0)
    expect_sleep(service, DEADLINE_S + SETTLE_S)


harness.run(limit_s=60)
