# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of tidewirectl share: a bus with a service that stands in for tidewired,
and the program run on it."""

import fcntl
import json
import os
import pathlib
import pty
import select
import struct
import subprocess
import termios
import time

import harness
import privatebus

TIDEWIRECTL = os.environ["TIDEWIRECTL"]
XML = sorted(map(str, pathlib.Path(os.environ["BUS_XML"]).glob("*.xml")))


def make_environment(**more):
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm", "TZ": "UTC", **more}
    for name in ("LANGUAGE", "NO_COLOR", "PAGER", "LESS", "COLUMNS", "TIDEWIRE_BUS"):
        if name not in more:
            env.pop(name, None)
    return env


class Mock:
    """A bus of its own, and on it what stands in for tidewired."""

    def __init__(self, scope, **env):
        self.bus = privatebus.Bus(scope)
        command = [os.environ["MOCK_SERVICE"], self.bus.address, *XML]
        self.service = harness.Program(scope, command, env)
        self.service.wait_for_line("^ready$")

    def run(self, *words, stdin=b"", **env):
        return run(*words, bus=self.bus.address, stdin=stdin, **env)

    def get_json(self, *words):
        done = self.run("--json", *words)
        harness.expect_equal((done.returncode, done.stderr), (0, ""), "the end")
        return json.loads(done.stdout)

    def expect_call(self, text):
        harness.wait_until(
            lambda: text in self.service.lines, f"{text!r} in {self.service.lines}"
        )


def run(*words, bus=None, stdin=b"", **env):
    """Runs tidewirectl without a terminal."""
    if bus is not None:
        env["TIDEWIRE_BUS"] = bus
    done = subprocess.run(
        [TIDEWIRECTL, *words],
        input=stdin,
        capture_output=True,
        timeout=harness.WAIT_S,
        env=make_environment(**env),
    )
    done.stdout = done.stdout.decode(errors="surrogateescape")
    done.stderr = done.stderr.decode(errors="surrogateescape")
    return done


class Terminal:
    """tidewirectl in a terminal of 80 columns, or another size."""

    def __init__(self, scope, *words, bus, size=(24, 80), **env):
        self.output = b""
        self.leader, self.follower = pty.openpty()
        scope.callback(os.close, self.leader)
        scope.callback(os.close, self.follower)
        self.resize(*size)
        self.before = termios.tcgetattr(self.follower)
        self.process = subprocess.Popen(
            [TIDEWIRECTL, *words],
            stdin=self.follower,
            stdout=self.follower,
            stderr=self.follower,
            start_new_session=True,
            preexec_fn=self._become_foreground,
            env=make_environment(TIDEWIRE_BUS=bus, **env),
        )
        scope.callback(self._end)

    def _become_foreground(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, size)

    def read_some(self):
        if select.select([self.leader], [], [], 0.05)[0]:
            self.output += os.read(self.leader, 65536)

    def wait_for(self, text, within_s=harness.WAIT_S):
        """Waits until the terminal was sent a text, and forgets what came up to there."""
        wanted = text.encode()
        end = time.monotonic() + within_s
        while wanted not in self.output:
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.output!r}")
            self.read_some()
        self.output = self.output.split(wanted, 1)[1]

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def wait_for_end(self):
        """Gives the exit code and what was written."""
        end = time.monotonic() + harness.WAIT_S
        while self.process.poll() is None:
            harness.expect_equal(time.monotonic() < end, True, "that it ended in time")
            self.read_some()
        while select.select([self.leader], [], [], 0)[0]:
            self.read_some()
        return self.process.returncode, self.output.decode()
