#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network to Redis fails and nobody is told: packets are dropped, or one of the
connections, or both, go nowhere, while all sockets stay open.

With TIDE_TEST_LONG=1 packets are dropped for 60 s instead of 6."""

import ctypes
import os
import select
import shutil
import socket
import subprocess
import threading
import time

import failing
import harness
import redisserver
import tabs

DROPPED_S = 60 if os.environ.get("TIDE_TEST_LONG") else 6
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
OURS, THEIRS = "10.255.255.1", "10.255.255.2"
CONFIRMED = b"tidewire.probe."  # the last that the service subscribes to
NOWHERE = "02:00:00:00:00:99"  # nobody's: what is sent there is dropped on arrival


def enter_network():
    """Moves this process, and all that it starts, into a network of its own, which ends
    with it. Gives whether that can be had."""
    flags, ids = CLONE_NEWNET, (os.getuid(), os.getgid())
    if ids[0] != 0:
        flags |= CLONE_NEWUSER
    if shutil.which("ip") is None or ctypes.CDLL(None).unshare(flags) != 0:
        return False
    if ids[0] != 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {ids[0]} 1"),
            ("gid_map", f"0 {ids[1]} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    return subprocess.run(["ip", "link", "set", "lo", "up"]).returncode == 0


HAS_NETWORK = enter_network()


def run(*words):
    subprocess.run([str(word) for word in words], check=True, timeout=harness.WAIT_S)


class FarRedis(redisserver.RedisServer):
    """A Redis in a network of its own, with a wire to ours. Producers use its Unix socket,
    which is no part of any network."""

    def __init__(self, scope, *options):
        super().__init__(scope, is_started=False)
        self.uri = f"redis://{THEIRS}:{self.port}/0"
        self.settings = ["source.type=redis", f"redis.uri={self.uri}"]
        self.path = self._folder / "redis.sock"
        self.options = ["--bind", "0.0.0.0", "--protected-mode", "no"]
        self.options += ["--unixsocket", str(self.path), *options]
        self.prefix = ["unshare", "--net"]
        self.start()
        self._inside = ["nsenter", "--net", "--target", self._program.pid]
        run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
        run("ip", "link", "set", "far", "netns", self._program.pid)
        run("ip", "addr", "add", f"{OURS}/30", "dev", "near")
        run("ip", "link", "set", "near", "up")
        run(*self._inside, "ip", "addr", "add", f"{THEIRS}/30", "dev", "far")
        run(*self._inside, "ip", "link", "set", "far", "up")
        scope.callback(subprocess.run, ["ip", "link", "del", "near"])

    def connect(self):
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(self.path))
        return link

    def drop_packets(self):
        for place, address, device in (([], THEIRS, "near"), (self._inside, OURS, "far")):
            run(
                *place, "ip", "neigh", "replace", address, "lladdr", NOWHERE,
                "dev", device, "nud", "permanent",
            )  # fmt: skip

    def let_packets_through(self):
        for place, address, device in (([], THEIRS, "near"), (self._inside, OURS, "far")):
            run(*place, "ip", "neigh", "del", address, "dev", device)


@harness.test
def dropped_packets(scope):
    """Every packet to and from Redis is dropped for a while"""
    if not HAS_NETWORK:
        raise harness.Skip("this machine lets nobody make networks of their own")
    stage = failing.start(scope, redis=FarRedis(scope))
    for turn in range(2):
        stage.redis.drop_packets()
        lost_s = time.time()
        stage.expect_lost("no_answer")
        # Redis may still think that we are there; what it sends us is gone all the same.
        stage.redis.publish_all(tabs.PATTERNS, [tabs.make_alert("S0", -1)] * 10)
        # Another moment each time: of the wait, or of an attempt.
        time.sleep(max(0, lost_s + DROPPED_S + 0.4 * turn - time.time()))
        stage.redis.let_packets_through()
        stage.expect_back("no_answer", since_s=lost_s)
        time.sleep(failing.PROBE_MS / 1000 + 0.3)
    stage.check()


@harness.test
def dropped_without_probes(scope):
    """Where no probe is let in, the kernel finds that packets are dropped"""
    if not HAS_NETWORK:
        raise harness.Skip("this machine lets nobody make networks of their own")
    user = "default on nopass ~* resetchannels &tickstock* &tidewire.control +@all"
    stage = failing.start(scope, redis=FarRedis(scope, "--user", *user.split()))
    stage.service.wait_for_line("does not let us subscribe to tidewire.probe.")
    stage.redis.drop_packets()
    stage.expect_lost("connection_lost")
    stage.redis.let_packets_through()
    stage.expect_back("connection_lost")
    stage.check()


class Relay(threading.Thread):
    """Passes on what connections to it say, as long as it is told to: those that are stalled
    go nowhere, and stay open."""

    def __init__(self, scope, port):
        super().__init__(daemon=True)
        self._to = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._pairs = []  # of sockets that are passed on to each other
        self._kinds = {}  # by the first socket: whether it has subscribed
        self._dead = []
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self.is_stalled = False  # newcomers wait
        self.cuts = False  # who has subscribed is sent away
        self.n_cut = 0
        scope.callback(self.stop)
        self.start()

    def _accept(self):
        guest = self._socket.accept()[0]
        link = socket.create_connection(("127.0.0.1", self._to))
        self._pairs.append((guest, link))

    def _pass_on(self, source):
        for pair in list(self._pairs):
            if source not in pair:
                continue
            target = pair[1 - pair.index(source)]
            try:
                data = source.recv(65536)
                if b"SUBSCRIBE" in data:
                    self._kinds[pair[0]] = True
                target.sendall(data)
                if self.cuts and source is pair[1] and CONFIRMED in data:
                    self.n_cut += 1
                    data = b""
            except OSError:
                data = b""
            if not data:
                self._pairs.remove(pair)
                for each in pair:
                    each.close()

    def run(self):
        while not self._is_over.is_set():
            with self._lock:
                ends = (
                    []
                    if self.is_stalled
                    else [each for pair in self._pairs for each in pair]
                )
                ready = select.select([self._socket, *ends], [], [], 0)[0]
                for each in ready:
                    if each is self._socket:
                        self._accept()
                    elif each.fileno() >= 0:
                        self._pass_on(each)
            time.sleep(0.002)

    def stall(self, kinds, stalls_newcomers=False):
        """Lets connections of these kinds go nowhere for ever: True for those that
        subscribed, False for the others. Gives how many."""
        with self._lock:
            dead = [pair for pair in self._pairs if (pair[0] in self._kinds) in kinds]
            self._pairs = [pair for pair in self._pairs if pair not in dead]
            self._dead += dead
            self.is_stalled = stalls_newcomers
            return len(dead)

    def stop(self):
        self._is_over.set()
        self.join()
        for pair in self._pairs + self._dead:
            for each in pair:
                each.close()
        self._socket.close()


def start_with_relay(scope):
    redis = redisserver.RedisServer(scope)
    relay = Relay(scope, redis.port)
    redis.settings[1] = f"redis.uri=redis://127.0.0.1:{relay.port}/0"
    return failing.start(scope, redis=redis), relay


@harness.test
def stalled(scope):
    """Both connections go nowhere without being closed, and new ones too"""
    stage, relay = start_with_relay(scope)
    harness.expect_equal(relay.stall((True, False), True), 2, "connections")
    lost_s = time.time()
    stage.expect_lost("no_answer")
    time.sleep(1)
    relay.is_stalled = False
    stage.expect_back("no_answer", since_s=lost_s)
    stage.check()


def stall_one(scope, is_subscriber):
    """One connection goes nowhere, the other one and new ones are well."""
    stage, relay = start_with_relay(scope)
    harness.expect_equal(relay.stall((is_subscriber,)), 1, "connections")
    start, lost_s = time.monotonic(), time.time()
    wanted = {"status": "degraded", "reason": "no_answer"}
    for tab in stage.tabs:
        harness.expect_equal(tab.take_data(failing.STATUS, failing.NOTICE_S), wanted)
    harness.note(f"noticed after {time.monotonic() - start:.2f} s")
    stage.expect_back("no_answer", since_s=lost_s)
    stage.check()


@harness.test
def stalled_subscriber(scope):
    """Redis answers commands, but no message comes any more"""
    stall_one(scope, True)


@harness.test
def stalled_commander(scope):
    """The connection for commands goes nowhere, so that nothing proves the other one"""
    stall_one(scope, False)


@harness.test
def sent_away(scope):
    """Who is let in and sent away again and again tries as rarely as with nobody there"""
    stage, relay = start_with_relay(scope)
    relay.cuts = True
    relay.stall((True, False))
    for tab in stage.tabs:
        tab.take_data(failing.STATUS, failing.NOTICE_S)
    time.sleep(5)
    relay.cuts = False
    harness.note(f"sent away {relay.n_cut} times")
    # After 0.75 s at the soonest each wait is 0.45 s at least.
    harness.expect_equal(
        3 <= relay.n_cut <= 18, True, f"whether {relay.n_cut} times are right"
    )
    redisserver.wait_for_source(stage.service)
    time.sleep(failing.PROBE_MS / 1000)
    stage.n_gaps = relay.n_cut + 1
    for tab in stage.tabs:
        tab.synchronise()
        told = [(name, data.get("status")) for name, data in tab.events]
        back = [(failing.STATUS, "ok"), (failing.GAP, None)]
        once_more = [*back, (failing.STATUS, "degraded")]
        harness.expect_equal(told, once_more * relay.n_cut + back, "what is told")
        tab.events.clear()
    stage.publish()
    stage.check()


harness.run(limit_s=260)
