#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bash offers after tidewirectl and TAB."""

import os
import pathlib
import subprocess

import ctl
import harness
from harness import expect_equal, test

# Does what bash does for a TAB at the end of a line, and prints what comes of it.
SCRIPT = """
source /usr/share/bash-completion/bash_completion
source "$COMPLETION"
compopt () { :; }
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_tidewirectl tidewirectl
[ "${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(mock, *words):
    """`words` as bash splits them, at : and = too."""
    folder = pathlib.Path(ctl.TIDEWIRECTL).parent
    line = "tidewirectl " + "".join(w if w in ":=" else w + " " for w in words).rstrip(" ")
    done = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT, "bash", line, "tidewirectl", *words],
        capture_output=True,
        text=True,
        timeout=harness.WAIT_S,
        env=ctl.make_environment(
            TIDEWIRE_BUS=mock.bus.address, PATH=f"{folder}:{os.environ['PATH']}"
        ),
    )
    return done.stdout.splitlines()


@test
def program(scope):
    """The program offers verbs, options, words, and live ids, users and rooms"""
    mock = ctl.Mock(scope)
    for words, wanted in {
        ("sta",): ["status", "stats"],
        ("users", "--li"): ["--limit="],
        ("status", "--li"): [],
        ("--color=a",): ["--color=auto", "--color=always"],
        ("limits", ""): ["reset", "set"],
        ("logout", ""): ["alice", "日本語ユーザー", ":42"],
        ("logout", "alice", ""): [],
        ("show", "room:u"): ["room:user_alice"],
        ("disconnect", ""): ["1", "2", "alice", "日本語ユーザー", ":42"],
        ("limits", "--user=al"): ["--user=alice"],
        ("complete", "comple"): [],
        ("comp",): [],
    }.items():
        done = mock.run("complete", *words)
        expect_equal(done.stdout.splitlines(), wanted, f"for {words}")
        expect_equal((done.returncode, done.stderr), (0, ""), "the end")


@test
def shell(scope):
    """bash offers the same"""
    mock = ctl.Mock(scope)
    expect_equal(complete(mock, "sub"), ["subscriptions"])
    expect_equal(complete(mock, "logout", "al"), ["alice"])
    expect_equal(complete(mock, "users", "--lim"), ["--limit="])
    expect_equal(complete(mock, "nonsense", "x"), [])
    file = harness.make_folder(scope) / "recording.jsonl"
    file.touch()
    expect_equal(complete(mock, "replay", str(file)[:-5]), [str(file)])
    expect_equal(complete(mock, "config", "check", str(file)[:-5]), [str(file)])
    expect_equal(complete(mock, "logout", str(file)[:-5]), [])


@test
def quiet(scope):
    """Without a service nothing is offered, and nothing is said"""
    bus = ctl.privatebus.Bus(scope)
    done = ctl.run("complete", "logout", "", bus=bus.address)
    expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "the end")


harness.run(60)
