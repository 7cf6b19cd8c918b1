#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What systemd and the service say to each other: the test plays systemd."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

import harness
import rawsocket
import redisserver


class Listener:
    """The socket that NOTIFY_SOCKET names, and what came by it."""

    def __init__(self, scope):
        path = harness.make_folder(scope) / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(harness.WAIT_S)
        scope.callback(self._socket.close)
        self.env = {"NOTIFY_SOCKET": str(path)}
        self.said = []

    def wait_for(self, word):
        """Takes what is said until a line begins with this; gives that line."""
        while True:
            self.said.append(self._socket.recv(4096).decode())
            for line in self.said[-1].split("\n"):
                if line.startswith(word):
                    return line

    def is_silent(self, seconds, word):
        """Whether nothing that begins with a word comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                if self._socket.recv(4096).decode().startswith(word):
                    return False
        self._socket.settimeout(harness.WAIT_S)
        return True


@harness.test
def says_how_it_is(scope):
    """Ready once it listens; the clients and the source; reloading; and the end"""
    listener = Listener(scope)
    service = harness.Service(scope, env=listener.env)
    harness.expect_equal(listener.wait_for("READY="), "READY=1", "ready")
    rawsocket.PlainClient(scope, service)
    harness.expect_match("1 clients, source", listener.wait_for("STATUS=running: 1"))
    service.process.send_signal(signal.SIGHUP)
    listener.wait_for("RELOADING=1")
    harness.expect_match(r"MONOTONIC_USEC=\d+", listener.said[-1])
    listener.wait_for("READY=1")
    service.process.send_signal(signal.SIGTERM)
    listener.wait_for("STOPPING=1")
    harness.expect_match(r"EXTEND_TIMEOUT_USEC=\d+", listener.said[-1])
    harness.expect_equal(service.wait_for_end(), 0, "the exit code")


@harness.test
def is_ready_without_redis(scope):
    """A Redis that is not there does not keep it from being ready: it says so"""
    listener = Listener(scope)
    port = harness.find_free_port()
    redis = ["source.type=redis", f"redis.uri=redis://127.0.0.1:{port}/0"]
    harness.Service(scope, *redis, env=listener.env)
    listener.wait_for("READY=1")
    harness.expect_match("degraded", listener.wait_for("STATUS=degraded"))


@harness.test
def feeds_the_watchdog_by_turning(scope):
    """A loop that turns says so twice in the time; one that stands still does not"""
    listener = Listener(scope)
    env = {**listener.env, "WATCHDOG_USEC": "1000000"}
    service = harness.Service(scope, env=env)
    for _ in range(3):
        listener.wait_for("WATCHDOG=1")
    os.kill(service.process.pid, signal.SIGSTOP)
    try:
        while not listener.is_silent(0.2, "WATCHDOG="):
            pass
        harness.expect_equal(listener.is_silent(1.5, "WATCHDOG="), True, "silence")
    finally:
        os.kill(service.process.pid, signal.SIGCONT)
    listener.wait_for("WATCHDOG=1")


class Activated(harness.Program):
    """A tidewired that got its listening sockets from outside, each by its name."""

    def __init__(self, scope, sockets, *settings, env=None):
        config = harness.make_folder(scope) / "empty.conf"
        config.touch()
        command = [harness.TIDEWIRED, f"--config={config}", "--set=source.type=none"]
        command += ["--set=bus.bus=none", "--set=server.drain-timeout-ms=1000"]
        command += [f"--set={setting}" for setting in settings]
        names = ":".join(sockets)
        words = f'LISTEN_PID=$$ LISTEN_FDS={len(sockets)} LISTEN_FDNAMES={names} exec "$@"'
        # The descriptors have to be 3 and up, in this order, in the process itself.
        fds = [each.fileno() for each in sockets.values()]
        moves = " ".join(f"{3 + i}<&{fd + 100}" for i, fd in enumerate(fds))
        self._high = [os.dup2(fd, fd + 100, inheritable=True) for fd in fds]
        script = ["bash", "-c", f"{words} {moves}", "bash", *command]
        super().__init__(scope, script, env, pass_fds=self._high)
        for fd in self._high:
            os.close(fd)


def listen(scope, family=socket.AF_INET, where=("127.0.0.1", 0), kind=socket.SOCK_STREAM):
    made = socket.socket(family, kind)
    scope.callback(made.close)
    made.bind(where)
    if kind == socket.SOCK_STREAM:
        made.listen(512)
    return made


def fetch(port):
    """One request; a refused connection raises."""
    with socket.create_connection(("127.0.0.1", port), harness.WAIT_S) as link:
        link.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return link.makefile("rb").read()


@harness.test
def takes_its_sockets(scope):
    """It listens on what it was given, by name or all of it"""
    folder = harness.make_folder(scope)
    web = listen(scope)
    local = listen(scope, socket.AF_UNIX, str(folder / "http"))
    sockets = {"web": web, "local": local}
    port = web.getsockname()[1]
    both = Activated(scope, sockets, "server.listen=systemd")
    line = both.wait_for_line(r"listens on (.*), source").group(1)
    harness.expect_equal(line, f"http://127.0.0.1:{port}/ and unix:{folder}/http", "line")
    harness.expect_match(b"200 OK".decode(), fetch(port).decode())
    harness.expect_match('"counters"', fetch(port).decode())
    both.process.send_signal(signal.SIGTERM)
    both.wait_for_end()
    harness.expect_equal((folder / "http").exists(), True, "the socket's file stays")
    one = Activated(scope, sockets, "server.listen=systemd:local")
    one.wait_for_line(rf"listens on unix:{folder}/http, source")
    one.process.send_signal(signal.SIGTERM)
    one.wait_for_end()
    settings = "server.listen=systemd", "server.admin-listen=systemd:local"
    apart = Activated(scope, sockets, *settings)
    line = apart.wait_for_line(r"listens on (.*), source").group(1)
    wanted = f"http://127.0.0.1:{port}/ and unix:{folder}/http (admin)"
    harness.expect_equal(line, wanted, "line")
    harness.expect_equal(b'"counters"' in fetch(port), False, "figures for everybody")


@harness.test
def says_what_is_wrong_with_sockets(scope):
    """No socket, none of that name, or one of another kind: it says what to do"""
    web = listen(scope)
    datagrams = listen(scope, kind=socket.SOCK_DGRAM)
    for sockets, entry, word in (
        ({}, "systemd", "systemctl start tidewired.socket"),
        ({"web": web}, "systemd:api", "it gave web"),
        ({"web": datagrams}, "systemd", "ListenStream="),
    ):
        failed = Activated(scope, sockets, f"server.listen={entry}")
        harness.expect_equal(failed.wait_for_end() != 0, True, "it fails")
        harness.expect_match(word, "\n".join(failed.lines))


@harness.test
def restarts_without_refusing_anybody(scope):
    """While it ends and starts anew, nobody is refused and everybody is answered"""
    web = listen(scope)
    port = web.getsockname()[1]
    answers, troubles, is_over = [], [], threading.Event()

    def visit():
        while not is_over.is_set():
            try:
                answers.append(fetch(port))
            except OSError as error:
                troubles.append(error)

    service = Activated(scope, {"web": web}, "server.listen=systemd")
    service.wait_for_line("listens on")
    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    try:
        for _ in range(3):
            n_before = len(answers)
            harness.wait_until(lambda: len(answers) > n_before + 20, "answers come")
            service.process.send_signal(signal.SIGTERM)
            service.wait_for_end()
            service = Activated(scope, {"web": web}, "server.listen=systemd")
            service.wait_for_line("listens on")
    finally:
        is_over.set()
        for visitor in visitors:
            visitor.join()
    harness.expect_equal([str(each) for each in troubles], [], "refused connections")
    good = [answer for answer in answers if answer.startswith(b"HTTP/1.1 200")]
    harness.expect_equal(len(good), len(answers), "answers that are good")


@harness.test
def reloads_while_it_loads(scope):
    """SIGHUP before what is kept for users is loaded: it lives, and serves"""
    redis = redisserver.RedisServer(scope)
    redis.freeze()
    store = ["delivery.offline-store=redis", f"redis.uri={redis.uri}"]
    config = harness.make_folder(scope) / "empty.conf"
    config.touch()
    command = [harness.TIDEWIRED, f"--config={config}", "--set=bus.bus=none"]
    command += ["--set=source.type=none", "--set=server.listen=127.0.0.1:0"]
    service = harness.Program(scope, command + [f"--set={each}" for each in store])
    time.sleep(0.5)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded")
    redis.thaw()
    line = service.wait_for_line(r"listens on http://127\.0\.0\.1:(\d+)/")
    harness.expect_match("200 OK", fetch(int(line.group(1))).decode())
    service.process.send_signal(signal.SIGTERM)
    harness.expect_equal(service.wait_for_end(), 0, "the exit code")


harness.run(limit_s=150)
