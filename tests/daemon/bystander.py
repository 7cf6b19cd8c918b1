# SPDX-License-Identifier: LGPL-2.1-or-later
"""A well-behaved client that must not notice what others do to the service."""

import contextlib
import inspect
import json
import socket
import threading
import time

import harness
import rawsocket
import redisserver

TICKER = "BYSTANDER"
EVERY_S = 0.01
MAX_LATENCY_S = 3  # far above what is normal, far below a service that hangs


class Bystander:
    """Publishes numbered ticks all the time and sees each of them come, in order."""

    def __init__(self, scope, redis, service):
        self._redis = redisserver.RedisLink(scope, redis.port)
        self._client = rawsocket.PlainClient(scope, service)
        harness.expect_equal(self._client.subscribe(TICKER), [TICKER])
        self._sent_at = []
        self._n_received = 0
        self._worst_s = 0.0
        self._trouble = None
        self._ends = threading.Event()
        self._threads = [
            threading.Thread(target=self._guard, args=(each,), daemon=True)
            for each in (self._publish, self._receive)
        ]
        scope.callback(self._end)
        for thread in self._threads:
            thread.start()

    def _guard(self, func):
        try:
            func()
        except Exception as error:  # it is raised by the next check
            if not self._ends.is_set():
                self._trouble = f"{type(error).__name__}: {error}"

    def _publish(self):
        while not self._ends.wait(EVERY_S):
            number = len(self._sent_at)
            self._sent_at.append(time.monotonic())
            tick = {"symbol": TICKER, "sequence": number}
            self._redis.publish(redisserver.TICKS, json.dumps(tick))

    def _receive(self):
        while not self._ends.is_set():
            tick = self._client.take_tick()
            harness.expect_equal(tick["sequence"], self._n_received, "the next tick")
            latency = time.monotonic() - self._sent_at[self._n_received]
            self._worst_s = max(self._worst_s, latency)
            self._n_received += 1

    def check(self):
        """Everything up to now, and something of later, has come."""
        wanted = len(self._sent_at) + 2
        harness.wait_until(
            lambda: self._trouble or self._n_received >= wanted,
            f"the bystander has {wanted} ticks",
        )
        if self._trouble:
            raise AssertionError("the bystander noticed: " + self._trouble)
        if self._worst_s > MAX_LATENCY_S:
            raise AssertionError(f"a tick of the bystander took {self._worst_s:.1f} s")

    def _end(self):
        self._ends.set()
        with contextlib.suppress(OSError):
            self._client.socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(harness.WAIT_S)


class Shared:
    """A service under attack, and somebody who must not notice."""

    def __init__(self, scope):
        self.redis = redisserver.RedisServer(scope)
        self.service = harness.Service(scope, *self.redis.settings)
        redisserver.wait_for_source(self.service)
        self.bystander = Bystander(scope, self.redis, self.service)
        scope.push(lambda *_: self.service.check_books())


def hostile(func):
    """A test after which the bystander is asked."""
    wants_shared = "shared" in inspect.signature(func).parameters

    def run(scope, shared):
        func(scope, shared.service, *([shared] if wants_shared else []))
        shared.bystander.check()

    run.__doc__ = func.__doc__
    return harness.test(run)
