#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tidewirectl and the real tidewired."""

import ctl
import harness
import privatebus
from harness import expect_equal, expect_match, test


@test
def real(scope):
    """Status, counters, limits and log-out work with tidewired itself"""
    bus = privatebus.Bus(scope)
    harness.Service(scope, bus.setting)
    bus.wait_for_service()

    def run(*words):
        done = ctl.run(*words, bus=bus.address)
        expect_equal((done.returncode, done.stderr), (0, ""), f"the end of {words}")
        return done.stdout

    expect_match("tidewired .*: running", run("status"))
    expect_match("^EventsReceived +0$", run("stats"))
    expect_match("^events-per-second +7$", run("limits", "set", "events-per-second=7"))
    expect_match("^events-per-second +7$", run("limits"))
    expect_match("0 connections were closed", run("logout", "alice"))
    done = ctl.run("limits", "set", "events-per-second=4000000000", bus=bus.address)
    expect_equal(done.returncode, 7, "the exit code for a value that is refused")


harness.run(60)
