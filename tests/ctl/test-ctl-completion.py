#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bash offers after tidewirectl and TAB."""

import os
import pathlib
import pty
import re
import select
import subprocess
import time

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
    expect_equal(done.stderr, "", f"complaints about {words}")
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


class Shell:
    """A bash at a terminal, to be typed into."""

    def __init__(self, scope, mock):
        folder = pathlib.Path(ctl.TIDEWIRECTL).parent
        rc = harness.make_folder(scope) / "bashrc"
        rc.write_text(
            "source /usr/share/bash-completion/bash_completion\n"
            'source "$COMPLETION"\n'
            "bind 'set enable-bracketed-paste off' 'set bell-style none'\n"
            "PS1=READY\n"
        )
        self.terminal, inner = pty.openpty()
        scope.callback(os.close, self.terminal)
        env = ctl.make_environment(
            TIDEWIRE_BUS=mock.bus.address,
            PATH=f"{folder}:{os.environ['PATH']}",
            TERM="dumb",
            COLUMNS="500",
            HISTFILE="/dev/null",
        )
        command = ["bash", "--noprofile", "--rcfile", rc, "-i"]
        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=env,
            start_new_session=True,
        )
        os.close(inner)
        scope.callback(self._end)
        self._read_to("READY")

    def _end(self):
        self.process.kill()
        self.process.wait()

    def _read_to(self, wanted):
        text = ""
        end = time.monotonic() + harness.WAIT_S
        while wanted not in text:
            rest = end - time.monotonic()
            if rest < 0 or not select.select([self.terminal], [], [], rest)[0]:
                raise AssertionError(f"no {wanted!r} in {text!r}")
            text += os.read(self.terminal, 4096).decode(errors="replace")
        return text

    def press_tab(self, line):
        """Types a line and TAB; gives what the line is then, as a command would have it."""
        os.write(self.terminal, line.encode() + b"\t\x01printf '{%s}' \n")
        said = self._read_to("}READY")
        return "".join(re.findall(r"{([^{}]*)}", said.rpartition("\n")[2])[1:])


@test
def terminal(scope):
    """At a terminal, values behind = and names behind : go on where the word began"""
    shell = Shell(scope, ctl.Mock(scope))
    for line, wanted in (
        ("sub", "subscriptions"),
        ("top --by=p", "top--by=pending"),
        ("top --color=al", "top--color=always"),
        ("limits --user=al", "limits--user=alice"),
        ("publish user:al", "publishuser:alice"),
        ("show room:u", "showroom:user_alice"),
        ("logout :4", "logout:42"),
        ("users --lim", "users--limit="),
    ):
        expect_equal(shell.press_tab("tidewirectl " + line), wanted, f"after {line}")


@test
def quiet(scope):
    """Without a service nothing is offered, and nothing is said"""
    bus = ctl.privatebus.Bus(scope)
    done = ctl.run("complete", "logout", "", bus=bus.address)
    expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "the end")


harness.run(60)
