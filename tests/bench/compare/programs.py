# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that are started, listened to and ended; Redis, the publisher, the clients."""

import json
import queue
import socket
import subprocess
import tempfile
import threading
import time

from . import machine

TICKS = "bench.events"
URGENT = "bench.urgent"
PATIENCE_S = 30


class Failure(Exception):
    """A measurement could not be made; the text says why."""


class Program:
    """A process of ours. What it prints is read as it comes."""

    def __init__(self, command, core, stream="stdout", env=None, gives_way=False):
        self.name = command[0].rpartition("/")[2]
        self.complaints = tempfile.TemporaryFile("w+", errors="replace")
        streams = {"stdout": subprocess.DEVNULL, "stderr": self.complaints}
        streams[stream] = subprocess.PIPE
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            text=True,
            errors="replace",
            env=env,
            preexec_fn=machine.on_core(core, gives_way),
            **streams,
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(
            target=self._read, args=(getattr(self.process, stream),), daemon=True
        )
        self.reader.start()

    def _read(self, stream):
        for line in stream:
            self.lines.put(line)
        self.lines.put(None)
        stream.close()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, fits, seconds):
        """The first line from here that `fits` makes something of, and what it made."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise Failure("%s said nothing for %d s" % (self.name, seconds)) from None
            if line is None:
                raise Failure("%s ended: %s" % (self.name, self._last_words()))
            found = fits(line)
            if found:
                return found

    def expect_json(self, seconds, prefix="{"):
        """The object in the first line that begins with this."""
        start = len(prefix) - 1
        return self.expect(
            lambda line: line.startswith(prefix) and json.loads(line[start:]), seconds
        )

    def _last_words(self):
        self.process.wait()
        self.complaints.seek(0)
        words = " ".join(self.complaints.read().split()[-60:])
        return "%s (code %d)" % (words or "no word", self.process.returncode)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.reader.join()
        self.complaints.close()


class Redis:
    """A private redis-server that keeps nothing, and does not drop slow subscribers: who is
    too slow shall be seen to be late, not to lose."""

    def __init__(self):
        self.port = machine.find_port()
        self.program = Program(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
            + ["--save", "", "--appendonly", "no"]
            + ["--client-output-buffer-limit", "pubsub 0 0 0"],
            machine.LOAD_CORE,
        )
        if not machine.wait_until(lambda: machine.is_listening(self.port)):
            self.stop()
            raise Failure("redis-server does not start")

    def _ask(self, *words):
        command = "*%d\r\n" % len(words)
        command += "".join("$%d\r\n%s\r\n" % (len(word), word) for word in words)
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(command.encode())
            return line.recv(4096).decode()

    def publish(self, channel, text):
        self._ask("PUBLISH", channel, text)

    def has_subscriber(self):
        answer = self._ask("PUBSUB", "NUMSUB", TICKS)
        return not answer.rstrip().endswith(":0")

    def stop(self):
        self.program.stop()


def start_publisher(tools, redis, shape, seconds):
    command = [tools.publisher, "--redis-port", str(redis.port), "--channel", TICKS]
    command += ["--rate", "%g" % shape.rate, "--symbols", str(shape.symbols)]
    command += ["--bytes", str(shape.event_bytes), "--seconds", "%g" % seconds]
    if shape.urgent_rate:
        command += ["--urgent-channel", URGENT, "--urgent-rate", "%g" % shape.urgent_rate]
        command += ["--urgent-symbols", str(shape.urgent_symbols)]
    return Program(command, machine.LOAD_CORE)


class Load:
    """The clients of one measurement."""

    def __init__(self, tools, server, options, gives_way=False):
        command = [tools.load_client, "--port", str(server.port)]
        for pid in server.pids:
            command += ["--pid", str(pid)]
        self.program = Program(
            command + server.load_options + options,
            machine.LOAD_CORE,
            gives_way=gives_way,
        )

    def await_ready(self, seconds=120):
        """Until all are open and answered; what it took so far."""
        return self.program.expect_json(seconds, "ready {")

    def await_end(self, seconds):
        return self.program.expect_json(seconds)

    def stop(self):
        self.program.stop()
