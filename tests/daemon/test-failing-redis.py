#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Redis fails in every way that it can: the loss is noticed and told once, delivery goes on
when it is back, what may be missing is said, and the books balance.

With TIDE_TEST_LONG=1 the frozen Redis stays so for 60 s instead of 8."""

import os
import signal
import socket
import threading
import time

import failing
import harness
import redisserver
import tabs

FROZEN_S = 60 if os.environ.get("TIDE_TEST_LONG") else 8


@harness.test
def killed(scope):
    """Redis is killed and started again on its port, twice"""
    stage = failing.start(scope)
    signals = stage.bus.watch()
    for _ in range(2):
        stage.redis.kill()
        lost_s = time.time()
        stage.expect_lost("connection_lost")
        time.sleep(1.5)  # so that the longest wait is reached
        stage.redis.start()
        stage.expect_back("connection_lost", since_s=lost_s)
        time.sleep(1.3)
    signals.wait_for_line("PropertiesChanged.*'State': <'degraded'>")
    signals.wait_for_line("PropertiesChanged.*'State': <'running'>")
    stage.check()
    lines = stage.service.count_lines("connected to .* again, after")
    harness.expect_equal(lines, 2, "lines about the return")


@harness.test
def frozen(scope):
    """Redis stands still with its sockets open, and goes on"""
    stage = failing.start(scope)
    stage.redis.freeze()
    lost_s = time.time()
    try:
        stage.expect_lost("no_answer")
        time.sleep(max(0, lost_s + FROZEN_S - time.time()))
    finally:
        stage.redis.thaw()
    stage.expect_back("no_answer", since_s=lost_s)
    stage.check()
    warnings = [line for line in stage.service.lines if "warning: " in line]
    harness.note("\n".join(warnings))
    # The development log-in, silence, and that nobody answers a new connection.
    harness.expect_equal(len(warnings) <= 3, True, "whether few warnings are enough")


@harness.test
def kicked(scope):
    """CLIENT KILL ends the subscription only; it is made anew at once"""
    stage = failing.start(scope)
    for _ in range(3):
        harness.expect_equal(stage.redis.ask("CLIENT", "KILL", "TYPE", "pubsub"), "1")
        lost_s = time.time()
        wanted = {"status": "degraded", "reason": "connection_lost"}
        for tab in stage.tabs:
            harness.expect_equal(tab.take_data(failing.STATUS), wanted)
        stage.expect_back("connection_lost", since_s=lost_s)
        time.sleep(1.3)
    stage.check()


@harness.test
def cut_off(scope):
    """Redis cuts off the service, which stands still while too much is published"""
    # All that the kernel kept comes in at once; nobody is to be closed as slow for that.
    stage = failing.start(scope, f"delivery.outbox-hard-bytes={1 << 28}")
    stage.redis.ask("CONFIG", "SET", "client-output-buffer-limit", "pubsub 262144 0 0")
    first = number = stage.n_published
    os.kill(stage.service.pid, signal.SIGSTOP)
    try:
        while stage.redis.publish(
            tabs.PATTERNS, tabs.make_alert("S0", number, pad="p" * 4000)
        ):
            number += 1
            harness.expect_equal(number < 100000, True, "whether it is cut off at last")
    finally:
        os.kill(stage.service.pid, signal.SIGCONT)
    wanted = {"status": "degraded", "reason": "connection_lost"}
    counts = []
    for tab in stage.tabs:
        found = []
        name, data = tab.take_event()
        while name == "pattern_alert":
            found.append(data["number"])
            name, data = tab.take_event()
        harness.expect_equal((name, data), (failing.STATUS, wanted), "what is told")
        counts.append(found)  # the rest of what had come in may be behind
    n_read = stage.service.get_counters()["events_received"] - first
    harness.note(f"of {number - first} alerts {n_read} came in before the cut")
    for tab, found in zip(stage.tabs, counts):
        told = []
        while len(found) < n_read or len(told) < 2:
            name, data = tab.take_event()
            if name == "pattern_alert":
                found.append(data["number"])
            else:
                told.append((name, data.get("status", data.get("reason"))))
        wanted = [(failing.STATUS, "ok"), (failing.GAP, "connection_lost")]
        harness.expect_equal(told, wanted, "what is told")
        harness.expect_equal(found, list(range(first, first + n_read)), "the alerts")
    stage.n_gaps += 1
    stage.n_published += n_read
    stage.publish()
    stage.check()


@harness.test
def wrong_password(scope):
    """A wrong password is told once; a corrected file, or another password, is taken up"""
    redis = redisserver.RedisServer(scope, is_started=False)
    redis.options = ["--requirepass", "first"]
    redis.password = "first"
    redis.start()
    file = harness.make_folder(scope) / "password"
    file.touch(0o600)
    file.write_text("wrong\n")
    stage = failing.Stage(scope, redis, *redis.settings, f"redis.password-file={file}")
    stage.service.wait_for_line("WRONGPASS.*correct the password in redis.password-file")
    harness.wait_until(lambda: stage.get_state() == '"degraded"', "it is degraded")
    stage.expect_degraded("not_connected")
    time.sleep(2)  # for several tries
    harness.expect_equal(stage.service.count_lines("WRONGPASS"), 1, "lines about it")
    file.write_text("first\n")
    stage.service.process.send_signal(signal.SIGHUP)
    redisserver.wait_for_source(stage.service, within_s=failing.RESUME_S)
    stage.open_tabs()
    stage.publish()

    harness.expect_equal(redis.ask("CONFIG", "SET", "requirepass", "second"), "OK")
    redis.close()
    redis.password = "second"
    redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
    stage.expect_lost("connection_lost")
    time.sleep(2)
    harness.expect_equal(stage.service.count_lines("WRONGPASS"), 2, "lines about it")
    file.write_text("second\n")
    stage.expect_back("connection_lost")
    stage.check()


@harness.test
def loading(scope):
    """Redis loads its data for seconds: it lets both sides in meanwhile, and all goes on"""
    redis = redisserver.RedisServer(scope, is_started=False)
    redis.options = ["--enable-debug-command", "yes"]
    redis.start()
    stage = failing.start(scope, redis=redis)
    harness.expect_equal(redis.ask("DEBUG", "POPULATE", 60000), "OK")
    harness.expect_equal(redis.ask("SAVE"), "OK")
    redis.kill()
    lost_s = time.time()
    stage.expect_lost("connection_lost")
    redis.options += ["--key-load-delay", "100"]
    redis.options += ["--loading-process-events-interval-bytes", "1024"]
    redis.start("Loading RDB produced by")
    stage.expect_back("connection_lost", since_s=lost_s)
    harness.expect_match("^LOADING", redis.ask("PING"))
    stage.check()


class LoadingServer(threading.Thread):
    """Answers LOADING to everybody. A real Redis says that to commands of data only."""

    def __init__(self, scope, port):
        super().__init__(daemon=True)
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self._is_over = threading.Event()
        self.n_guests = 0
        scope.callback(self.stop)
        self.start()

    def run(self):
        guests = []
        while not self._is_over.is_set():
            try:
                guest = self._socket.accept()[0]
            except TimeoutError:
                continue
            self.n_guests += 1
            guest.sendall(b"-LOADING Redis is loading the dataset in memory\r\n")
            guests.append(guest)
        self._socket.close()
        for guest in guests:
            guest.close()

    def stop(self):
        self._is_over.set()
        self.join()


@harness.test
def loading_alone(scope):
    """A server that loads its data lets nobody in for a while"""
    stage = failing.start(scope)
    stage.redis.kill()
    lost_s = time.time()
    server = LoadingServer(scope, stage.redis.port)
    stage.expect_lost("connection_lost")
    harness.wait_until(lambda: server.n_guests >= 5, "it is tried again and again")
    harness.expect_equal(stage.service.count_lines("LOADING"), 1, "lines about it")
    stage.expect_degraded("connection_lost")
    server.stop()
    stage.redis.start()
    stage.expect_back("connection_lost", since_s=lost_s)
    stage.check()


@harness.test
def elsewhere(scope):
    """Redis is started on another port, and the configuration is reloaded"""
    first, second = redisserver.RedisServer(scope), redisserver.RedisServer(scope)
    config = harness.make_folder(scope) / "tidewire.conf"
    config.write_text(f"[redis]\nuri={first.uri}\n")
    stage = failing.Stage(scope, first, "source.type=redis", config=config)
    redisserver.wait_for_source(stage.service)
    stage.open_tabs()
    stage.publish()
    for reason, redis in (("moved", second), ("connection_lost", first)):
        if reason == "connection_lost":
            # It is gone before the reload: the outage stays the one that it is.
            stage.redis.kill()
            stage.expect_lost(reason)
        config.write_text(f"[redis]\nuri={redis.uri}\n")
        stage.service.process.send_signal(signal.SIGHUP)
        if reason == "moved":
            wanted = {"status": "degraded", "reason": "moved"}
            for tab in stage.tabs:
                harness.expect_equal(tab.take_data(failing.STATUS), wanted)
        old, stage.redis = stage.redis, redis
        stage.expect_back(reason)
        harness.expect_equal(stage.bus.get("Manager", "Source"), f'"{redis.uri}"')
        if reason == "moved":
            harness.expect_equal(
                old.publish(tabs.PATTERNS, "{}"), 0, "who is left behind"
            )
    stage.service.process.send_signal(signal.SIGHUP)  # with nothing new
    stage.publish()
    stage.check()


harness.run(limit_s=260)
