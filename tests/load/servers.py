# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the load tests start and end: Redis, Tidewire, a publisher, the clients."""

import collections
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

CHANNEL = "tickstock.all_ticks"
SYMBOLS = 50
PATIENCE_S = 30


def wait_until(condition, seconds=PATIENCE_S):
    """Returns whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A private redis-server that keeps nothing."""

    def __init__(self):
        self.port = find_port()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
            + ["--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        if not wait_until(self._answers):
            raise RuntimeError("redis-server does not answer")

    def _answers(self):
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        return False

    def stop(self):
        """At once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Tidewire:
    """The daemon on a free port; its log is kept."""

    def __init__(self, program, redis_port, settings):
        options = {
            "server.listen": "127.0.0.1:0",
            "bus.bus": "none",
            "redis.uri": "redis://127.0.0.1:%d" % redis_port,
        }
        options.update(settings)
        self.program = program
        self.log = collections.deque()
        self.port = None
        self.process = subprocess.Popen(
            [program] + ["--set=%s=%s" % option for option in options.items()],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        if not wait_until(lambda: self.port or self.process.poll() is not None):
            raise RuntimeError("tidewired does not start")
        if self.port is None:
            raise RuntimeError("tidewired ended: " + "".join(self.log))

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"listens on http://127\.0\.0\.1:(\d+)/", line)
            if found:
                self.port = int(found.group(1))

    def health(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, PATIENCE_S)
        try:
            connection.request("GET", "/health", headers={"Connection": "close"})
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def counters(self):
        return self.health()["counters"]

    def source_state(self):
        return self.health()["source"]["state"]

    def wait_for(self, **values):
        """Returns whether counters came to have these values."""
        return wait_until(lambda: values.items() <= self.counters().items())

    def resident_kib(self):
        with open("/proc/%d/status" % self.process.pid) as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def is_sanitized(self):
        """AddressSanitizer keeps freed memory for a while: its size says nothing."""
        with open(self.program, "rb") as file:
            return b"__asan_init" in file.read()

    def idle_descriptors(self):
        """How many are open when our own requests have ended."""
        fewest = None
        for _ in range(10):
            time.sleep(0.1)
            n = len(os.listdir("/proc/%d/fd" % self.process.pid))
            fewest = n if fewest is None else min(n, fewest)
        return fewest

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self):
        """Returns the exit code, or None when it had to be killed."""
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()

    def complaints(self):
        """Lines of the log that tell of a mistake in the program."""
        pattern = re.compile(r"Sanitizer|runtime error|CRITICAL|GLib|assertion", re.I)
        return [line.rstrip() for line in self.log if pattern.search(line)]


class Publisher:
    """Publishes ticks at a steady rate, each symbol numbered from 1, and keeps a log."""

    def __init__(self, redis_port, rate, pad_bytes=64):
        self.redis_port = redis_port
        self.rate = rate
        self.pad = "x" * pad_bytes
        self.random = random.Random(2)
        self.log = []
        self.counts = [0] * SYMBOLS
        self.unheard = 0  # published, but Redis had not exactly one subscriber
        self.error = None

    def _make_command(self):
        symbol = self.random.randrange(SYMBOLS)
        sequence = self.counts[symbol] + 1
        now_us = time.monotonic_ns() // 1000
        payload = (
            '{"event_type":"tick_data","symbol":"S%02d","sequence": %d,"sent_us": %d,'
            '"price":187.380000000000000001,"pad":"%s"}'
            % (symbol, sequence, now_us, self.pad)
        )
        self.counts[symbol] = sequence
        self.log.append((symbol, sequence, now_us))
        return "*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (
            len(CHANNEL),
            CHANNEL,
            len(payload),
            payload,
        )

    def _publish_until(self, line, is_over):
        """One command, one answer: what was answered has gone to the subscriber."""
        answers = line.makefile("rb")
        due = time.monotonic()
        while not is_over():
            line.sendall(self._make_command().encode())
            if answers.readline() != b":1\r\n":
                self.unheard += 1
            due += 1 / self.rate
            time.sleep(max(0, due - time.monotonic()))

    def _run(self, is_over):
        try:
            with socket.create_connection(("127.0.0.1", self.redis_port), 5) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._publish_until(line, is_over)
        except OSError as error:
            self.error = error

    def run(self, seconds):
        """Returns how many ticks a second it came to."""
        before = len(self.log)
        start = time.monotonic()
        self._run(lambda: time.monotonic() - start >= seconds)
        return (len(self.log) - before) / (time.monotonic() - start)

    @contextlib.contextmanager
    def running(self):
        """Publishes while the caller does something else."""
        end = threading.Event()
        thread = threading.Thread(target=self._run, args=(end.is_set,))
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def write_log(self, file):
        with open(file, "w") as out:
            out.writelines("%d %d %d\n" % entry for entry in self.log)


class Clients:
    """The program that plays all clients."""

    def __init__(self, program, port):
        self.process = subprocess.Popen(
            [program, str(port), "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *command):
        self.process.stdin.write(" ".join(str(word) for word in command) + "\n")
        self.process.stdin.flush()

    def finish(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the clients' program ended")
        return json.loads(line)

    def do(self, *command):
        self.start(*command)
        return self.finish()

    def stop(self):
        self.process.stdin.close()
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class World:
    """All of them, for one test."""

    def __init__(self, tidewired, clients_program, rate, pad_bytes=64, settings=None):
        self.folder = tempfile.mkdtemp(prefix="tide-load-")
        self.redis = Redis()
        self.tidewire = None
        self.clients = None
        try:
            self.redis.start()
            self.tidewire = Tidewire(tidewired, self.redis.port, settings or {})
            if not wait_until(lambda: self.tidewire.source_state() == "connected"):
                raise RuntimeError("tidewired does not come to its Redis")
            self.clients_program = clients_program
            self.clients = self.add_clients()
        except BaseException:
            self.stop()
            raise
        self.publisher = Publisher(self.redis.port, rate, pad_bytes)

    def add_clients(self):
        return Clients(self.clients_program, self.tidewire.port)

    def settle(self, has_slow=False):
        """Waits until all that was published has come through, if there is a slow reader
        to all others, who wait for it themselves; the clients judge."""
        values = {} if has_slow else {"outbox_bytes": 0}
        file = os.path.join(self.folder, "published")
        self.publisher.write_log(file)
        values["events_received"] = len(self.publisher.log)
        if not self.tidewire.wait_for(**values):
            counters = self.tidewire.counters()
            found = ["%s is %d, not %d" % (k, counters[k], v) for k, v in values.items()]
            print("# not settled in time: " + "; ".join(found), flush=True)
        return self.clients.do("settle", file)

    def stop(self):
        if self.clients is not None:
            self.clients.stop()
        if self.tidewire is not None:
            self.tidewire.stop()
        self.redis.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
