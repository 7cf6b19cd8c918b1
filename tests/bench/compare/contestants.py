# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is compared, and how each is started."""

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import re
import sys

from . import machine
from .nginx import write_configuration
from .programs import TICKS, Failure, Program, start_publisher
from .tidewire import DEFAULTS, ROUTES, find_losses, get_added_ms

PEERS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
SYSTEM_PYTHON = "/usr/bin/python3"
WINDOW_MS = 100


@dataclasses.dataclass
class Contestant:
    name: str
    title: str
    kind: str  # a key of KINDS
    way: str = "ws"  # load-client's --as
    window_ms: int = 0
    has_batches: bool = False  # asks Tidewire for event_batch


ALL = [
    Contestant("floor", "floor", "floor"),
    Contestant("bun", "Bun", "bun"),
    Contestant("nchan", "nchan", "nchan"),
    Contestant("ws", "`ws`", "ws"),
    Contestant("socketio", "`socket.io`", "socketio", "socketio"),
    Contestant("flask", "Flask-SocketIO", "flask", "socketio"),
    Contestant("tidewire", "Tidewire", "tidewire"),
    Contestant("tidewire-socketio", "Tidewire, Socket.IO", "tidewire", "socketio"),
    Contestant("floor-batch", "floor, batching", "floor", "ws", WINDOW_MS),
    Contestant("bun-batch", "Bun, batching", "bun", "ws", WINDOW_MS),
    Contestant("ws-batch", "`ws`, batching", "ws", "ws", WINDOW_MS),
    Contestant(
        "socketio-batch", "`socket.io`, batching", "socketio", "socketio", WINDOW_MS
    ),
    Contestant("flask-batch", "Flask-SocketIO, batching", "flask", "socketio", WINDOW_MS),
    Contestant("tidewire-lanes", "Tidewire, lanes", "tidewire", "ws", WINDOW_MS),
    Contestant(
        "tidewire-batch", "Tidewire, lanes, `batch=1`", "tidewire", "ws", WINDOW_MS, True
    ),
    Contestant(
        "tidewire-socketio-lanes",
        "Tidewire, Socket.IO, lanes",
        "tidewire",
        "socketio",
        WINDOW_MS,
    ),
    Contestant(
        "tidewire-socketio-batch",
        "Tidewire, Socket.IO, lanes, `batch=1`",
        "tidewire",
        "socketio",
        WINDOW_MS,
        True,
    ),
    # By long-polling, and from there to WebSocket.
    Contestant("socketio-polling", "`socket.io`, long-polling", "socketio", "polling"),
    Contestant("tidewire-polling", "Tidewire, long-polling", "tidewire", "polling"),
    Contestant("socketio-upgrade", "`socket.io`, upgrade", "socketio", "upgrade"),
    Contestant("tidewire-upgrade", "Tidewire, upgrade", "tidewire", "upgrade"),
]
BY_NAME = {contestant.name: contestant for contestant in ALL}


class Server:
    """A contestant that runs: `port`, `pids` for the figures, `load_options`."""

    def __init__(self, tools, contestant, redis, shape, folder):
        self.tools = tools
        self.redis = redis
        self.contestant = contestant
        self.port = machine.find_port()
        self.programs = []
        self.load_options = ["--as=" + contestant.way]
        try:
            self._start(shape, folder)
            self._await_start()
        except BaseException:
            self.stop()
            raise

    @property
    def pids(self):
        return [self.programs[0].process.pid]

    def _add(self, command, core=machine.SERVER_CORE, stream="stdout"):
        env = dict(
            os.environ,
            BENCH_PORT=str(self.port),
            BENCH_REDIS_PORT=str(self.redis.port),
            BENCH_CHANNEL=TICKS,
            BENCH_BATCH_MS=str(self.contestant.window_ms),
        )
        # Meson has malloc() fill what is freed, for tests; here it would be measured.
        env.pop("MALLOC_PERTURB_", None)
        self.programs.append(Program(command, core, stream, env))
        return self.programs[-1]

    def _start(self, shape, folder):
        raise NotImplementedError

    def _await_start(self):
        """Until it says so, takes connections, and hears Redis."""
        self.port = self.programs[-1].expect(_find_port_of_peer, 20)
        if not machine.wait_until(lambda: machine.is_listening(self.port)):
            raise Failure(self.contestant.name + " does not listen")
        if not machine.wait_until(self.redis.has_subscriber):
            raise Failure(self.contestant.name + " does not subscribe at Redis")

    def publish(self, shape, seconds):
        """Starts publishing; what is returned has to be awaited and stopped."""
        return start_publisher(self.tools, self.redis, shape, seconds)

    def find_losses(self):
        """Sentences about what the server itself says that it left out."""
        return []

    def stop(self):
        while self.programs:
            self.programs.pop().stop()


def _find_port_of_peer(line):
    found = re.match(r"listening (\d+)", line)
    return found and int(found.group(1))


class Floor(Server):
    """Publishes by itself, when it is told to."""

    def _start(self, shape, folder):
        command = [self.tools.floor, "--symbols=%d" % shape.symbols]
        command.append("--bytes=%d" % shape.event_bytes)
        if self.contestant.window_ms:
            command.append("--batch-ms=%d" % self.contestant.window_ms)
        self._add(command)

    def _await_start(self):
        self.port = self.programs[0].expect(_find_port_of_peer, 20)

    def publish(self, shape, seconds):
        self.programs[0].tell("%g %g" % (shape.rate, seconds))
        return _Borrowed(self.programs[0])


class _Borrowed:
    """The floor in the publisher's place: it is not ended with it."""

    def __init__(self, program):
        self.expect_json = program.expect_json

    def stop(self):
        pass


class Node(Server):
    def _start(self, shape, folder):
        self._add(["node", os.path.join(PEERS, self.contestant.kind + "-server.mjs")])


class Bun(Server):
    def _start(self, shape, folder):
        self._add([find_bun(), os.path.join(PEERS, "bun-server.mjs")])


class Flask(Server):
    def _start(self, shape, folder):
        self._add([SYSTEM_PYTHON, os.path.join(PEERS, "flask-server.py")])


class Nchan(Server):
    """The bridge from Redis is part of the load."""

    def _start(self, shape, folder):
        file = write_configuration(folder, self.port)
        self._add(["/usr/sbin/nginx", "-p", folder, "-c", file, "-e", "stderr"])
        if not machine.wait_until(lambda: machine.is_listening(self.port)):
            raise Failure("nginx does not start")
        bridge = os.path.join(PEERS, "nchan-bridge.py")
        self._add([sys.executable, bridge], machine.LOAD_CORE)
        self.load_options += ["--path=/sub/SYMBOLS", "--no-subscribe"]

    @property
    def pids(self):
        master = self.programs[0].process.pid
        return [master] + machine.children_of(master)

    def stop(self):
        """Nginx is asked to end: a master that is killed leaves its worker behind."""
        if self.programs:
            self.programs[0].process.terminate()
            self.programs[0].process.wait()
        super().stop()


class Tidewire(Server):
    def _start(self, shape, folder):
        settings = dict(DEFAULTS, **ROUTES)
        settings["redis.uri"] = "redis://127.0.0.1:%d/0" % self.redis.port
        settings["delivery.batch-window-ms"] = self.contestant.window_ms
        settings.update(shape.settings)
        self._add(
            [self.tools.tidewired] + ["--set=%s=%s" % item for item in settings.items()],
            stream="stderr",
        )
        if self.contestant.has_batches:
            self.load_options.append("--batch")

    def _await_start(self):
        pattern = re.compile(r"listens on http://127\.0\.0\.1:(\d+)/")
        self.port = int(self.programs[0].expect(pattern.search, 20).group(1))
        if not machine.wait_until(self.redis.has_subscriber):
            raise Failure("tidewired does not subscribe at Redis")

    def find_losses(self):
        return find_losses(self.port)

    def get_added_ms(self, priority):
        return get_added_ms(self.port, priority)


KINDS = {
    "bun": Bun,
    "flask": Flask,
    "floor": Floor,
    "nchan": Nchan,
    "socketio": Node,
    "tidewire": Tidewire,
    "ws": Node,
}


def start(tools, contestant, redis, shape, folder):
    return KINDS[contestant.kind](tools, contestant, redis, shape, folder)


def find_bun():
    """The binary in the npm package, which needs no script to be run for it."""
    folder = os.path.join(PEERS, "node_modules", "@oven")
    for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        program = os.path.join(folder, entry, "bin", "bun")
        if os.access(program, os.X_OK):
            return program
    raise Failure("Bun is not there: npm ci --prefix tests/bench/peers")


def describe_peers():
    """Their versions, as far as they are here."""
    versions = {}
    for name in ("bufferutil", "bun", "redis", "socket.io", "ws"):
        file = os.path.join(PEERS, "node_modules", name, "package.json")
        if os.path.exists(file):
            with open(file, encoding="utf-8") as package:
                versions[name] = json.load(package)["version"]
    for name in ("Flask-SocketIO", "eventlet"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions
