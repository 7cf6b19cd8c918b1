#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The live view, in a terminal."""

import json
import os
import signal
import termios

import ctl
import harness
from harness import expect_equal, test

ENTER = "\033[?1049h"
LEAVE = "\033[?25h\033[?1049l"


def expect_restored(terminal, code=0):
    found, text = terminal.wait_for_end()
    expect_equal(found, code, f"the exit code, with {text!r},")
    expect_equal(LEAVE in text, True, "that the screen was given back")
    expect_equal(termios.tcgetattr(terminal.follower), terminal.before, "the terminal")


@test
def quits(scope):
    """It takes the terminal, shows rates and users, and q gives the terminal back"""
    mock = ctl.Mock(scope)
    terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
    terminal.wait_for(ENTER)
    terminal.wait_for("77")
    terminal.wait_for("alice")
    terminal.type("q")
    expect_restored(terminal)


@test
def interrupted(scope):
    """Ctrl-C, SIGTERM and SIGHUP give the terminal back too"""
    mock = ctl.Mock(scope)
    terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
    terminal.wait_for("alice")
    terminal.type("\003")
    expect_restored(terminal)
    for number in (signal.SIGTERM, signal.SIGHUP):
        terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
        terminal.wait_for("alice")
        os.kill(terminal.process.pid, number)
        expect_restored(terminal)


@test
def resized(scope):
    """It draws anew for a terminal that changes its size, however small"""
    mock = ctl.Mock(scope)
    terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
    terminal.wait_for("Deliveries/s")
    for size in ((10, 20), (1, 1), (50, 200)):
        terminal.resize(*size)
    terminal.output = b""
    terminal.wait_for("Deliveries/s")
    terminal.type("q")
    expect_restored(terminal)


@test
def sorted_by_keys(scope):
    """The keys p and u choose who is busiest"""
    mock = ctl.Mock(scope)
    terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
    terminal.wait_for("alice")
    for key, word in (("p", "pending"), ("u", "unread"), ("r", "rate")):
        mock.service.lines.clear()
        terminal.type(key)
        mock.expect_call(f"ListBusiest ('{word}', 10)")
        terminal.read_some()
    terminal.type("q")
    expect_restored(terminal)


@test
def left_alone(scope):
    """A service that goes is waited for; without a bus it ends with 3"""
    mock = ctl.Mock(scope)
    terminal = ctl.Terminal(scope, "top", bus=mock.bus.address)
    terminal.wait_for("alice")
    mock.service.finish()
    terminal.wait_for("Waiting for tidewired")
    mock.service = harness.Program(scope, mock.service.command)
    terminal.wait_for("alice")
    mock.bus.kill()
    expect_restored(terminal, 3)


@test
def lines(scope):
    """With --json there is a line each time, with rates from the second on"""
    done = ctl.Mock(scope).run("top", "--json", "--count=3")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    expect_equal(len(found), 3, "the lines")
    expect_equal(found[0]["per_second"]["events_received"], 0)
    expect_equal(found[1]["per_second"]["events_received"] > 0, True, "that there is a rate")
    expect_equal(found[2]["counters"]["Connections"], 77)
    expect_equal(found[2]["busiest"][0]["user"], "alice")


harness.run(100)
