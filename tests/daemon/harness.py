# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the whole daemon share: named tests that write TAP, and programs that
are started for a test and ended with it.

TIDEWIRED names the program to test. A test file ends with harness.run(), and stands alone:

    TIDEWIRED=build/src/daemon/tidewired tests/daemon/test-plain.py [WORD ...]

Words choose the tests whose names contain one of them.
"""

import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

TIDEWIRED = os.environ.get("TIDEWIRED", "build/src/daemon/tidewired")
WAIT_S = 15  # for what comes at once, on a machine that is busy with other things
END_S = 10
PR_SET_PDEATHSIG = 1

# What a sanitizer or GLib writes when the daemon has done wrong. Warnings are about the
# world, so they are no fault.
FAULTS = re.compile(
    r"(ERROR|WARNING): (Address|Leak|Memory|Thread|Undefined)\w*Sanitizer"
    r"|runtime error:|fault: |CRITICAL"
)

_tests = []


class Skip(Exception):
    """What a test raises that needs something which this machine does not have."""


class TimeIsOver(BaseException):
    """The whole file took too long; no test may catch this by accident."""


def test(func):
    """Registers a test; the first line of its docstring is its name."""
    _tests.append(func)
    return func


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def wait_until(condition, what, within_s=WAIT_S):
    """Waits until condition() is true, and gives what it returned."""
    end = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.01)


def expect_equal(found, wanted, what="value"):
    if found != wanted:
        raise AssertionError(f"{what} is {found!r}, not {wanted!r}")


def expect_match(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise AssertionError(f"no match of {pattern!r} in:\n{text}")
    return found


def make_folder(scope):
    """A folder that is removed with the test. Its path is short: Unix sockets need that."""
    path = tempfile.mkdtemp(prefix="tidewire-")
    scope.callback(shutil.rmtree, path, ignore_errors=True)
    return pathlib.Path(path)


def find_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Program:
    """A child process that is ended with the scope, and the lines it has written."""

    def __init__(self, scope, command, env=None, pass_fds=()):
        self.command = [str(word) for word in command]
        self.lines = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            preexec_fn=_die_with_parent,
            pass_fds=pass_fds,
        )
        self.pid = self.process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        scope.push(self._leave)

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _leave(self, kind, error, trace):
        try:
            self.finish()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if kind is not None and self.lines:
                note("the last lines of " + os.path.basename(self.command[0]) + ":")
                for line in self.lines[-30:]:
                    note("  " + line)

    def finish(self):
        """Ends the program the way it should; for others to say how."""
        self.process.kill()
        self.process.wait()

    def wait_for_line(self, pattern, within_s=WAIT_S, first=0):
        """Waits for a line; gives the match."""
        end = time.monotonic() + within_s
        with self._changed:
            while True:
                for line in self.lines[first:]:
                    found = re.search(pattern, line)
                    if found:
                        return found
                if not self._reader.is_alive():
                    raise AssertionError(f"it ended without a line {pattern!r}")
                if not self._changed.wait(end - time.monotonic()):
                    raise AssertionError(f"no line {pattern!r} within {within_s} s")

    def count_lines(self, pattern):
        return sum(1 for line in list(self.lines) if re.search(pattern, line))

    def wait_for_end(self, within_s=END_S):
        """Waits until it ends by itself, and gives its exit code."""
        code = self.process.wait(within_s)
        self._reader.join(END_S)
        return code


class Service(Program):
    """A tidewired that listens on a free port of loopback. Each setting is a
    GROUP.KEY=VALUE; without others there is no source and no bus."""

    def __init__(self, scope, *settings, config=None, port=0, env=None, prefix=()):
        chosen = {}
        if config is None:
            # Tests send as fast as they can; those of the rates set their own.
            chosen["delivery.events-per-second"] = "0"
            chosen["sessions.client-events-per-second"] = "0"
            config = make_folder(scope) / "empty.conf"
            config.touch()
        chosen |= {
            "server.listen": f"127.0.0.1:{port}",
            "source.type": "none",
            "bus.bus": "none",
            # Clients that do not read must not make each test take longer.
            "server.drain-timeout-ms": "3000",
        }
        for setting in settings:
            key, value = setting.split("=", 1)
            chosen[key] = value
        command = [*prefix, TIDEWIRED, f"--config={config}"]
        command += [f"--set={key}={value}" for key, value in chosen.items()]
        env = {
            "G_DEBUG": "gc-friendly",
            "MALLOC_PERTURB_": "85",
            "G_SLICE": "always-malloc",
            **(env or {}),
        }
        super().__init__(scope, command, env)
        listens = self.wait_for_line(r"listens on (.*), source ").group(1)
        self.addresses = listens.split(" and ")
        tcp = re.search(r"http://127\.0\.0\.1:(\d+)/", listens)
        self.port = int(tcp.group(1)) if tcp else None

    def finish(self):
        if self.process.poll() is None:
            self.stop()
        else:
            self.check_output()

    def stop(self, signal_number=signal.SIGTERM, within_s=END_S):
        """Ends it by a signal. It must end in time, with code 0 and no fault."""
        self.process.send_signal(signal_number)
        code = self.wait_for_end(within_s)
        self.check_output()
        expect_equal(code, 0, "the exit code")

    def check_output(self):
        faults = [number for number, line in enumerate(self.lines) if FAULTS.search(line)]
        if faults:
            text = "\n".join(self.lines[faults[0] : faults[0] + 60])
            raise AssertionError("tidewired reports a fault:\n" + text)

    def get(self, path, method="GET", headers=None, body=None):
        """One HTTP request; gives the answer, with its body in `body`."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        with contextlib.closing(link):
            fields = {"Connection": "close", **(headers or {})}
            link.request(method, path, body, fields)
            answer = link.getresponse()
            answer.body = answer.read()
            return answer

    def get_health(self):
        answer = self.get("/health")
        expect_equal(answer.status, 200, "the status of /health")
        return json.loads(answer.body)

    def get_counters(self):
        return self.get_health()["counters"]

    def wait_for_counter(self, name, wanted, within_s=WAIT_S):
        wait_until(
            lambda: self.get_counters()[name] == wanted,
            f"{name} is {wanted}",
            within_s,
        )

    def check_books(self):
        """Each event and each delivery has to be accounted for."""
        counters = self.get_counters()
        ends = ["events_no_audience", "events_routed"]
        ends += [name for name in counters if name.startswith("events_dropped_")]
        expect_equal(
            counters["events_received"],
            sum(counters[name] for name in ends),
            f"events received, of {counters},",
        )
        if counters["outbox_bytes"] == 0:
            expect_equal(
                counters["deliveries"],
                counters["deliveries_taken"] + counters["deliveries_discarded"],
                f"deliveries, of {counters},",
            )

    def is_sanitized(self):
        return b"__asan_init" in pathlib.Path(TIDEWIRED).read_bytes()

    def get_resident_kib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(expect_match(r"^VmRSS:\s+(\d+) kB", status).group(1))

    def check_growth(self, since_kib, most_kib):
        """The memory in use may not have grown by more, but where every byte is watched."""
        growth = self.get_resident_kib() - since_kib
        note(f"the memory in use has grown by {growth} KiB")
        if not self.is_sanitized() and growth > most_kib:
            raise AssertionError(f"{growth} KiB more are in use, {most_kib} may be")


def run_tidewired(*arguments, within_s=WAIT_S):
    """Runs a tidewired that ends by itself; gives what it wrote and its exit code."""
    done = subprocess.run(
        [TIDEWIRED, *[str(argument) for argument in arguments]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
        preexec_fn=_die_with_parent,
    )
    fault = FAULTS.search(done.stdout + done.stderr)
    if fault:
        raise AssertionError("tidewired reports a fault:\n" + done.stderr)
    return done


def _on_alarm(number, frame):
    raise TimeIsOver


def _run_one(number, name, func, *arguments):
    """Runs one test, ends what it started, and says how it went. The number may be known
    only afterwards."""
    result, remark = "ok", ""
    try:
        with contextlib.ExitStack() as scope:
            func(scope, *arguments)
    except Skip as skip:
        remark = f" # SKIP {skip}"
    except Exception:
        result = "not ok"
        note(traceback.format_exc())
    number = number() if callable(number) else number
    print(f"{result} {number} - {name}{remark}", flush=True)
    return result == "ok"


def _choose_tests():
    named = [(func.__doc__.splitlines()[0].rstrip("."), func) for func in _tests]
    words = sys.argv[1:]
    return [each for each in named if not words or any(word in each[0] for word in words)]


def run(limit_s, setup=None):
    """Runs all tests of the file and ends the process.

    With `setup`, what setup(scope) makes is given to each test as its second argument and
    lives as long as the file; that it ends well is one test more."""
    if not os.access(TIDEWIRED, os.X_OK):
        print(f"Bail out! There is no {TIDEWIRED}; set TIDEWIRED to the program to test")
        sys.exit(1)
    results = []

    def run_all(*shared):
        for name, func in _choose_tests():
            results.append(_run_one(len(results) + 1, name, func, *shared))

    def run_shared(scope):
        run_all(setup(scope))

    signal.signal(signal.SIGALRM, _on_alarm)
    signal.alarm(limit_s)
    try:
        if setup is None:
            run_all()
        else:
            name = "what all tests shared has ended well"
            results.append(_run_one(lambda: len(results) + 1, name, run_shared))
    except TimeIsOver:
        note(traceback.format_exc())
        print(f"Bail out! Not done in {limit_s} s", flush=True)
        os._exit(1)
    signal.alarm(0)
    print(f"1..{len(results)}", flush=True)
    sys.exit(0 if all(results) else 1)
