#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is logged, and where to, changed over the bus while the service runs: by the words
that systemctl uses."""

import harness
from privatebus import NAME, Bus
from rawsocket import PlainClient

PATH = "/org/freedesktop/LogControl1"
INTERFACE = "org.freedesktop.LogControl1"


def get(bus, name):
    code, text = bus.ask("get-property", NAME, PATH, INTERFACE, name)
    harness.expect_equal(code, 0, f"the code of reading {name}")
    return text.strip()


def put(bus, name, value):
    """Gives whether it was taken."""
    return bus.ask("set-property", NAME, PATH, INTERFACE, name, "s", value)[0] == 0


def come_and_go(scope, service):
    PlainClient(scope, service).close_politely()
    service.wait_for_counter("connections", 0)


@harness.test
def sets_the_level(scope):
    """Lines about connections come when they are asked for, at once, and go again"""
    bus = Bus(scope)
    service = harness.Service(scope, bus.setting)
    bus.wait_for_service()
    harness.expect_equal(get(bus, "LogLevel"), 's "notice"')
    come_and_go(scope, service)

    harness.expect_equal(put(bus, "LogLevel", "debug"), True, "debug is taken")
    harness.expect_equal(get(bus, "LogLevel"), 's "debug"')
    service.wait_for_line("set LogLevel over the bus: debug instead of notice")
    come_and_go(scope, service)
    service.wait_for_line("Connection 2 closed")
    harness.expect_equal(service.count_lines("Connection 1 "), 0, "lines of before")

    harness.expect_equal(put(bus, "LogLevel", "warning"), True, "warning is taken")
    come_and_go(scope, service)
    harness.expect_equal(put(bus, "LogLevel", "info"), True, "info is taken")
    come_and_go(scope, service)
    service.wait_for_line("Connection 4 closed")
    harness.expect_equal(service.count_lines("Connection 3 "), 0, "lines of meanwhile")


@harness.test
def refuses_other_words(scope):
    """Words that are none are refused, and change nothing"""
    bus = Bus(scope)
    harness.Service(scope, bus.setting)
    bus.wait_for_service()
    for name, value in (
        ("LogLevel", "loud"),
        ("LogTarget", "kmsg"),
        ("SyslogIdentifier", "other"),
    ):
        before = get(bus, name)
        harness.expect_equal(put(bus, name, value), False, f"{name} takes {value}")
        harness.expect_equal(get(bus, name), before, name)
    harness.expect_equal(get(bus, "SyslogIdentifier"), 's "tidewired"')
    harness.expect_equal(put(bus, "LogTarget", "console"), True, "console is taken")


harness.run(limit_s=60)
