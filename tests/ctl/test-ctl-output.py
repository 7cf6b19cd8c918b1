#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How tidewirectl writes: tables, JSON, colours, the pager, and terminals of all kinds."""

import json
import re
import unicodedata

import ctl
import harness
from harness import expect_equal, expect_match, test

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def get_width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def get_texts(terminal):
    """The lines of a terminal's output, and what steered it."""
    code, text = terminal.wait_for_end()
    expect_equal(code, 0, f"the exit code, with {text!r},")
    return text.replace("\r\n", "\n")


@test
def tables(scope):
    """Columns line up, also behind characters that are two cells wide"""
    done = ctl.Mock(scope).run("users")
    lines = done.stdout.splitlines()
    expect_equal(len(lines), 5, "the number of lines")
    wide = lines[2]
    expect_match("^日本語ユーザー +connected +1 +0 +0 +5$", wide)
    expect_equal({get_width(line) for line in lines}, {get_width(lines[0])}, "the widths")


@test
def harmless(scope):
    """Nothing in a name can steer a terminal, in a table or in JSON"""
    mock = ctl.Mock(scope)
    for words in (
        ("users",), ("--json", "users"), ("status",), ("--json", "status"),
        ("show", "alice"), ("--json", "show", "alice"), ("dump",),
        ("monitor", "--count=2"), ("--json", "monitor", "--count=2"),
    ):
        done = mock.run(*words)
        expect_equal(done.returncode, 0, "the exit code")
        expect_equal(CONTROL.findall(done.stdout), [], f"control characters of {words}")
    expect_match(r"evil\\x1b\[31mred\\x9b2J\\u202e", mock.run("users").stdout)


@test
def documents(scope):
    """JSON is one document with the names of the interface, and data as it was"""
    mock = ctl.Mock(scope)
    users = mock.get_json("users")
    expect_equal(users["has_more"], False)
    expect_equal(users["users"][2]["user"], "evil\x1b[31mred\x9b2J\u202e")
    found = mock.get_json("subscriptions")["subscriptions"][0]
    expect_equal(found["filters"], {"symbol": ["AAPL"]})
    status = mock.get_json("status")
    expect_equal(status["manager"]["Version"], "9.9.9")
    expect_equal(status["latency_usec"]["high"], {"p50": 400, "p99": 4200, "p99.9": 12000})
    expect_equal(mock.get_json("show", "both")["kind"], "user")
    members = mock.get_json("show", "room:both")["members"]
    expect_equal(members, [{"connection": 1, "user": "alice"}])
    expect_equal(mock.get_json("show", "1")["kind"], "connection")
    expect_equal(mock.get_json("explain", "a", "{}")["others"][0]["user"], "bob")
    expect_equal(mock.get_json("publish", "everyone", "t", "{}"), {"n_users": 12})
    expect_equal(mock.get_json("limits")["batch-window-msec"], 100)
    expect_equal(mock.get_json("log-level"), {"level": "info"})
    lines = mock.run("--json", "monitor", "--count=2").stdout.splitlines()
    expect_equal([json.loads(line).get("key") for line in lines], ["AAPL", None, "MSFT"])


@test
def lines(scope):
    """An event is one line, with its payload as it was published"""
    first, lost, second = ctl.Mock(scope).run("monitor", "-c", "2").stdout.splitlines()
    expect_match("^22:13:20.123  tick  AAPL  high  → 12  {", first)
    expect_match("5 events were lost", lost)
    expect_match('→ 1  {"price":453.83}$', second)


@test
def pages(scope):
    """Lists come page by page: 100 rows, --limit others, --all all of them"""
    mock = ctl.Mock(scope, MOCK_MANY="1")
    for words, n_rows, has_more in (
        ((), 100, True),
        (("--limit=499",), 499, True),
        (("--limit=500",), 500, True),
        (("--limit=1199",), 1199, True),
        (("--limit=1200",), 1200, False),
        (("--all",), 1200, False),
    ):
        found = mock.get_json("connections", *words)
        ids = [each["id"] for each in found["connections"]]
        expect_equal(ids, list(range(1, n_rows + 1)), f"ids with {words}")
        expect_equal(found["has_more"], has_more, f"has_more with {words}")
    expect_match("--all prints all", mock.run("connections").stdout)


@test
def colours(scope):
    """Colours are for terminals, obey NO_COLOR and TERM, and --color decides"""
    mock = ctl.Mock(scope)
    address = mock.bus.address
    expect_equal("\033[" in mock.run("status").stdout, False, "colours in a pipe")
    expect_equal("\033[32m" in mock.run("status", "--color=always").stdout, True)
    for env, words, has_colour in (
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--color=never",), False),
        ({"NO_COLOR": "1"}, ("--color=always",), True),
    ):
        terminal = ctl.Terminal(scope, "--no-pager", "status", *words, bus=address, **env)
        expect_equal("\033[32m" in get_texts(terminal), has_colour, f"colour with {env} {words}")


@test
def narrow(scope):
    """A table is cut to the terminal, and characters stay whole"""
    mock = ctl.Mock(scope)
    for columns in (80, 40, 17, 5, 1):
        terminal = ctl.Terminal(
            scope, "--no-pager", "--color=never", "connections",
            bus=mock.bus.address, size=(24, columns),
        )
        lines = get_texts(terminal).splitlines()
        expect_equal(len(lines), 3, f"the lines at {columns}")
        expect_equal(max(map(get_width, lines)) <= columns, True, f"{lines} in {columns}")
    expect_equal("…" in ctl.Mock(scope).run("connections").stdout, False, "cut in a pipe")


@test
def pager(scope):
    """A pager is asked at a terminal only, and never when it is not wanted"""
    mock = ctl.Mock(scope)
    address = mock.bus.address
    mark = "sed s/^/paged:/"
    expect_equal("paged:" in mock.run("users", PAGER=mark).stdout, False, "in a pipe")
    for words, pager, is_paged in (
        ((), mark, True),
        (("--no-pager",), mark, False),
        (("--json",), mark, False),
        ((), "", False),
        ((), "no-such-pager-here", False),
    ):
        terminal = ctl.Terminal(scope, "users", *words, bus=address, PAGER=pager)
        text = get_texts(terminal)
        expect_equal("paged:" in text, is_paged, f"paged with {words} {pager!r}")
        expect_match("alice", text)
    expect_match("alice", get_texts(ctl.Terminal(scope, "users", bus=address)))


@test
def unwritable(scope):
    """A full disk is told of, and a reader that leaves ends it as it ends others"""
    mock = ctl.Mock(scope)
    env = ctl.make_environment(TIDEWIRE_BUS=mock.bus.address)
    for words in (("users",), ("--help",), ("--json", "monitor"), ("top", "--json")):
        with open("/dev/full", "wb") as full:
            done = harness.subprocess.run(
                [ctl.TIDEWIRECTL, *words], stdout=full, stderr=-1, env=env, timeout=harness.WAIT_S
            )
        expect_equal(done.returncode, 1, f"the exit code of {words}")
        expect_match("can't be written: No space", done.stderr.decode())
    process = harness.subprocess.Popen(
        [ctl.TIDEWIRECTL, "top", "--json"], stdout=-1, stderr=-1, env=env
    )
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    expect_equal((process.wait(harness.WAIT_S), error), (-harness.signal.SIGPIPE, b""), "the end")


@test
def plain_locale(scope):
    """In a locale of ASCII alone, nothing else is written; JSON is UTF-8 all the same"""
    mock = ctl.Mock(scope)
    for words in (("--help",), ("users",), ("status",), ("top", "--help")):
        expect_equal(mock.run(*words, LC_ALL="C").stdout.isascii(), True, f"ASCII of {words}")
    expect_match("日本", mock.run("--json", "users", LC_ALL="C").stdout)


@test
def german(scope):
    """Help and answers are in German for who wants that, and JSON is not"""
    mock = ctl.Mock(scope)
    de = {"LC_ALL": "C.UTF-8", "LANGUAGE": "de"}
    expect_match("Verbindungen auflisten", mock.run("--help", **de).stdout)
    expect_match("^Es gibt kein Verb", mock.run("foo", **de).stderr.split(": ", 1)[1])
    expect_match("2 Verbindungen", mock.run("disconnect", "alice", **de).stdout)
    expect_match("Benutzer", mock.run("users", **de).stdout)
    expect_equal(mock.run("--json", "users", **de).stdout, mock.run("--json", "users").stdout)
    done = harness.subprocess.run(
        [harness.TIDEWIRED, "--help"], capture_output=True, text=True,
        env=ctl.make_environment(**de),
    )
    expect_match("Nach Fehlern in der Konfiguration suchen", done.stdout)


harness.run(100)
