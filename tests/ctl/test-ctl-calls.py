#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each verb of tidewirectl asks of the service, and the exit codes."""

import json

import ctl
import harness
from harness import expect_equal, expect_match, test


def expect_end(done, code, error=""):
    expect_equal(done.returncode, code, f"the exit code, with {done.stderr!r},")
    if error:
        expect_match(error, done.stderr)


@test
def calls(scope):
    """Each verb that changes something makes the call that it is for"""
    mock = ctl.Mock(scope)
    for words, call in {
        ("publish", "everyone", "news", "{}"): "Publish ('everyone', 'news', '{}', '')",
        ("publish", "room:a", "news", "{}", "-p", "high"): "Publish ('room:a', 'news', '{}', 'high')",
        ("publish", "--channel=ticks", "{}"): "PublishThroughRoute ('ticks', '{}')",
        ("disconnect", "17"): "Disconnect (17,)",
        ("disconnect", "alice"): "DisconnectUser ('alice',)",
        ("logout", ":42"): "LogOut (':42',)",
        ("drain",): "Drain (0,)",
        ("drain", "--deadline=7"): "Drain (7,)",
        ("drain", "--undrain"): "Undrain ()",
        ("limits", "set", "batch-window-msec=5"): "SetDeliveryLimits (200, 50, 5, 0)",
        (
            "limits", "set", "--user=alice",
            "events-per-second=1", "urgent-events-per-second=2",
        ): "SetUserDeliveryLimits ('alice', 1, 2)",
        ("limits", "reset", "--user=alice"): "ResetUserDeliveryLimits ('alice',)",
        ("log-level", "debug"): "LogLevel = 'debug'",
        ("stats", "reset"): "ResetStatistics ()",
        ("explain", "ticks", "{}"): "ExplainDelivery ('ticks', '{}')",
        ("top", "--json", "--count=1", "--by=unread"): "ListBusiest ('unread', 10)",
        ("monitor", "--count=1", "type=a*", "user=b"): "OpenEventStream ('type=a* user=b',)",
    }.items():
        expect_end(mock.run(*words), 0)
        mock.expect_call(call)


@test
def standard_input(scope):
    """A payload of - is read from standard input"""
    mock = ctl.Mock(scope)
    expect_end(mock.run("publish", "everyone", "news", "-", stdin=b'{"a": 1}\n'), 0)
    mock.expect_call("""Publish ('everyone', 'news', '{"a": 1}', '')""")
    done = mock.run("publish", "everyone", "news", "-", stdin=b"[" + b" " * (1 << 20) + b"]")
    expect_end(done, 2, "longer than 1 MiB")
    for text in (b"{\xff}", b"{\0}"):
        done = mock.run("publish", "everyone", "news", "-", stdin=text)
        expect_end(done, 2, "not UTF-8")


@test
def usage(scope):
    """What can't be understood ends with 2, and nothing is asked of the service"""
    mock = ctl.Mock(scope)
    for words, error in {
        (): "Name a verb",
        ("frobnicate",): "no verb “frobnicate”",
        ("status", "now"): "nothing to do with “now”",
        ("status", "--speed=1"): "--speed",
        ("users", "--limit=0"): "--limit takes a number from 1",
        ("users", "--color=pink"): "auto always never",
        ("show",): "needs more",
        ("show", "user:"): "no name",
        ("show", "connection:x"): "a number",
        ("disconnect", "room:x"): "can't be disconnected",
        ("publish", "everyone", "{}"): "AUDIENCE TYPE PAYLOAD",
        ("publish", "--channel=a", "-p", "low", "{}"): "the route decides",
        ("publish", "everyone", "t", "{}", "-p", "big"): "low medium high critical",
        ("limits", "set"): "NAME=NUMBER",
        ("limits", "set", "speed=1"): "can't be set",
        ("limits", "set", "batch-window-msec=x"): "can't be set",
        ("limits", "set", "--user=a", "events-per-second=1"): "set together",
        ("limits", "reset"): "tidewirectl reload",
        ("log-level", "loud"): "no level",
        ("drain", "--deadline=3601"): "from 1 to 3600",
        ("config", "polish"): "nothing to do with “polish”",
        ("top",): "--json prints lines",
    }.items():
        done = mock.run(*words)
        expect_end(done, 2, error)
        expect_match("Try “tidewirectl --help”", done.stderr)
    expect_equal(mock.service.lines, ["ready"], "what was asked")


@test
def absent(scope):
    """A service that does not run, and a bus that is not there, end with 3"""
    bus = ctl.privatebus.Bus(scope)
    expect_end(ctl.run("status", bus=bus.address), 3, "systemctl start tidewired")
    expect_end(ctl.run("top", "--json", bus=bus.address), 3, "does not run")
    expect_end(ctl.run("status", bus="unix:path=/nowhere"), 3, "can't be reached")
    expect_end(ctl.run("status", "--bus=nonsense"), 3, "can't be reached")


@test
def refused(scope):
    """Errors of the service have an exit code each, and say no name of the bus"""
    mock = ctl.Mock(scope)
    for words, code, error in (
        (("show", "stranger"), 4, "nothing called “stranger”"),
        (("logout", "nobody"), 4, "no user “nobody”"),
        (("monitor", "bad"), 7, "is no filter"),
        (("drain", "--deadline=99"), 9, "draining already"),
        (("reload",), 8, "^tidewirectl: a.conf:1: bad\nb.conf:2: .x1bbad$"),
        (("monitor",), 3, "stream has ended"),
    ):
        done = mock.run(*words)
        expect_end(done, code, error)
        expect_equal("GDBus" in done.stderr or "Error." in done.stderr, False, done.stderr)


@test
def denied(scope):
    """Without the right to, it ends with 5 and names the group; status needs none"""
    mock = ctl.Mock(scope, MOCK_DENY="1")
    expect_end(mock.run("users"), 5, "the group tidewire")
    expect_end(mock.run("status"), 0)
    expect_end(mock.run("top", "--json", "--count=1"), 0)


@test
def too_old(scope):
    """What the running service does not know ends with 6"""
    mock = ctl.Mock(scope, MOCK_OLD="1")
    expect_end(mock.run("users"), 6, "does not know ListUsers")
    expect_end(mock.run("log-level"), 6, "does not know LogControl1")


@test
def replay(scope):
    """A recording is published line by line, and what could not be is counted"""
    mock = ctl.Mock(scope)
    good = b'{"t_ms": 0, "channel": "a", "payload": {"n": 1}}\n'
    later = b'{"t_ms": 300, "channel": "a", "payload": "{\\"n\\":2}"}\n'
    begin = harness.time.monotonic()
    done = mock.run("--json", "replay", "-", stdin=good + later)
    expect_end(done, 0)
    expect_equal(harness.time.monotonic() - begin >= 0.3, True, "that it kept the pace")
    expect_equal(json.loads(done.stdout), {"published": 2, "refused": 0, "bad_lines": 0})
    mock.expect_call("""PublishThroughRoute ('a', '{"n": 1}')""")
    mock.expect_call("""PublishThroughRoute ('a', '{"n":2}')""")
    refused = good.replace(b'"a"', b'"nobody"')
    done = mock.run("--json", "replay", "--speed=0", "-", stdin=refused + b"rubbish\n" + later)
    expect_end(done, 7, "Not all lines")
    expect_equal(json.loads(done.stdout), {"published": 1, "refused": 1, "bad_lines": 1})
    expect_end(mock.run("replay", "/nowhere"), 1, "/nowhere")


@test
def configuration(scope):
    """config check has tidewired look at a file; config show asks the service"""
    file = harness.make_folder(scope) / "a.conf"
    file.write_text("[server]\nlisten=127.0.0.1:5000\n")
    expect_end(ctl.run("config", "check", str(file)), 0)
    file.write_text("[server]\nnonsense=1\n")
    done = ctl.run("--json", "config", "check", str(file))
    expect_end(done, 8, "nonsense")
    expect_equal(json.loads(done.stdout)["is_good"], False)
    expect_end(ctl.run("config", "check", TIDEWIRED="/nowhere"), 1, "/nowhere can't be run")
    expect_match("listen=127", ctl.Mock(scope).run("config", "show").stdout)


harness.run(100)
