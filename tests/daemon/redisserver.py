# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Redis server of a test's own, and the little of its protocol that tests need."""

import os
import shutil
import signal
import socket
import subprocess

import harness

TICKS = "tickstock.all_ticks"


class RedisLink:
    """A producer's connection. It is made when it is first used."""

    def __init__(self, scope, port):
        self._port = port
        self._socket = None
        self.password = None
        scope.callback(self.close)

    def close(self):
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self._port))

    def publish_all(self, channel, payloads):
        """Publishes in one go; gives for each payload how many subscribers got it."""
        if self._socket is None:
            self._socket = self.connect()
            self._socket.settimeout(harness.WAIT_S)
            if self.password is not None:
                self._socket.sendall(f"AUTH {self.password}\r\n".encode())
                harness.expect_equal(self._socket.recv(100), b"+OK\r\n", "AUTH's answer")
        channel = channel.encode() if isinstance(channel, str) else channel
        payloads = [each.encode() if isinstance(each, str) else each for each in payloads]
        commands = [
            b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n"
            % (len(channel), channel, len(payload), payload)
            for payload in payloads
        ]
        self._socket.sendall(b"".join(commands))
        answers = b""
        while answers.count(b"\n") < len(payloads):
            more = self._socket.recv(65536)
            if not more:
                raise AssertionError("Redis has ended the connection")
            answers += more
        return [int(answer[1:]) for answer in answers.split()]

    def ask(self, *words):
        """Runs redis-cli; gives what it wrote."""
        command = ["redis-cli", "--no-auth-warning", "-p", str(self._port)]
        if self.password is not None:
            command += ["-a", self.password]
        done = subprocess.run(
            command + [str(word) for word in words],
            capture_output=True,
            text=True,
            timeout=harness.WAIT_S,
        )
        return (done.stdout + done.stderr).strip()

    def publish(self, channel, payload):
        return self.publish_all(channel, [payload])[0]


class RedisServer(RedisLink):
    """A redis-server on a free port of loopback, that can be killed and started again,
    and a producer's connection to it."""

    def __init__(self, scope, is_started=True):
        if shutil.which("redis-server") is None:
            raise harness.Skip("there is no redis-server")
        self.port = harness.find_free_port()
        self.uri = f"redis://127.0.0.1:{self.port}/0"
        self.settings = ["source.type=redis", f"redis.uri={self.uri}"]
        self._scope = scope
        self._folder = harness.make_folder(scope)
        self._program = None
        self.options = []  # more of redis-server's
        self.prefix = []  # a program that runs it
        super().__init__(scope, self.port)
        if is_started:
            self.start()

    def start(self, line="Ready to accept connections"):
        command = ["redis-server", "--port", self.port, "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", self._folder]
        self._program = harness.Program(self._scope, self.prefix + command + self.options)
        self._program.wait_for_line(line)

    def kill(self):
        """Ends the server as a crash would."""
        self.close()
        self._program.finish()

    def lose_folder(self):
        """Takes the folder away that the server saves to."""
        shutil.rmtree(self._folder)

    def freeze(self):
        """Stops the server's process; its sockets stay open."""
        os.kill(self._program.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self._program.pid, signal.SIGCONT)


def wait_for_source(service, state="connected", within_s=harness.WAIT_S):
    harness.wait_until(
        lambda: service.get_health()["source"]["state"] == state,
        f"the source is {state}",
        within_s,
    )


def start_with_redis(scope, *settings):
    """A Redis server, and a service that is subscribed to it."""
    redis = RedisServer(scope)
    service = harness.Service(scope, *redis.settings, *settings)
    wait_for_source(service)
    return redis, service
