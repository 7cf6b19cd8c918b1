# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of outages share: a service with clients who watch, and what has to be
true of an outage whatever caused it."""

import time

import harness
import privatebus
import redisserver
import tabs

# Silence is to be noticed in 3 s, and a return in 1 s; the rest is for a busy machine.
NOTICE_S = 3 + 2
RESUME_S = 1 + 2
STATUS, GAP = "service_status", "gap"
PROBE_MS = 1000


class Stage:
    """A service on a bus, a client on either way, and what was published to them."""

    def __init__(self, scope, redis, *settings, config=None):
        self.redis = redis
        self.n_published = 0
        self.n_gaps = 0
        self.bus = privatebus.Bus(scope)
        self.scope = scope
        self.service = harness.Service(
            scope,
            f"bus.bus={self.bus.address}",
            tabs.DEVELOPMENT,
            "delivery.events-per-second=0",
            "delivery.urgent-events-per-second=0",
            *settings,
            config=config,
        )
        self.tabs = []

    def open_tabs(self):
        """Opens a client on each way, each a user of its own who watches."""
        self.tabs = [
            way(self.scope, self.service, user=name)
            for way, name in zip(tabs.WAYS, ("anna", "bert"))
        ]
        for tab in self.tabs:
            tab.watch("S0")

    def publish(self, n_alerts=20):
        """Publishes alerts that everybody must get once and in order."""
        numbers = range(self.n_published, self.n_published + n_alerts)
        payloads = [tabs.make_alert("S0", number) for number in numbers]
        got = self.redis.publish_all(tabs.PATTERNS, payloads)
        # Redis may count a connection that is dead.
        harness.expect_equal(min(got) >= 1, True, "whether there is a subscriber")
        self.n_published += n_alerts
        for tab in self.tabs:
            tabs.expect_numbers(tab, numbers)

    def get_ready(self):
        """The status of /ready, and its body."""
        answer = self.service.get("/ready")
        return answer.status, answer.body.decode()

    def get_state(self):
        return self.bus.get("Manager", "State")

    def expect_lost(self, reason, within_s=NOTICE_S):
        """Everybody is told, once, and those who look see it."""
        start = time.monotonic()
        wanted = {"status": "degraded", "reason": reason}
        for tab in self.tabs:
            left = start + within_s - time.monotonic()
            harness.expect_equal(tab.take_data(STATUS, max(left, 0.1)), wanted)
        harness.note(f"noticed after {time.monotonic() - start:.2f} s")
        self.expect_degraded(reason)

    def expect_degraded(self, reason):
        status, body = self.get_ready()
        harness.expect_equal(status, 503, "the status of /ready")
        harness.expect_match('"status":"degraded","reason":"the source redis:', body)
        harness.expect_equal(self.get_state(), '"degraded"', "the state on the bus")
        newcomer = tabs.PlainTab(self.scope, self.service, user="late")
        told = newcomer.take_data(STATUS)
        harness.expect_equal(
            told, {"status": "degraded", "reason": reason}, "what is told"
        )
        newcomer.close_politely()

    def expect_back(self, reason=None, within_s=RESUME_S, since_s=None):
        """Everybody is told, once, and what may be missing, which begins before `since_s`,
        when all was lost; then all goes on. Without a reason there is no gap."""
        start = time.monotonic()
        for tab in self.tabs:
            left = start + within_s - time.monotonic()
            told = tab.take_data(STATUS, max(left, 0.1))
            harness.expect_equal(told, {"status": "ok"}, "what is told")
        harness.note(f"back after {time.monotonic() - start:.2f} s")
        if reason is not None:
            self.expect_gap(reason, since_s)
        self.publish()
        self.expect_ready()

    def expect_gap(self, reason, since_s):
        self.n_gaps += 1
        for tab in self.tabs:
            gap = tab.take_data(GAP)
            harness.expect_equal(gap["reason"], reason, f"the reason, of {gap},")
            now_ms = time.time() * 1000
            is_good = gap["from"] < gap["to"] <= now_ms + 1
            harness.expect_equal(is_good, True, f"whether times are right, of {gap},")
            if since_s is not None:
                early_ms = since_s * 1000 - gap["from"]
                # A probe may be under way on a busy machine for a while.
                is_good = 0 <= early_ms <= PROBE_MS + 3000
                harness.expect_equal(is_good, True, f"{early_ms} ms before is right")

    def expect_ready(self):
        harness.expect_equal(self.get_ready(), (200, '{"status":"ready"}\n'), "/ready")
        harness.expect_equal(self.get_state(), '"running"', "the state on the bus")

    def check(self):
        """Nobody was told or given more, and the books say the same."""
        for tab in self.tabs:
            tab.synchronise()
            try:
                raise AssertionError(f"what else came: {tab.take_event(0.3)}")
            except TimeoutError:
                pass
        health = tabs.check_balance(self.service)
        counters = health["counters"]
        harness.expect_equal(counters["source_gaps"], self.n_gaps, "gaps")
        book = health["classes"]["lossless"]
        n_pairs = self.n_published * len(self.tabs)
        harness.expect_equal(book["offered"], n_pairs, "pairs offered")
        harness.expect_equal(book["delivered"], n_pairs, "pairs delivered")


def start(scope, *settings, redis=None):
    """A stage where all is well."""
    redis = redis or redisserver.RedisServer(scope)
    stage = Stage(scope, redis, *redis.settings, *settings)
    redisserver.wait_for_source(stage.service)
    stage.open_tabs()
    stage.publish()
    # A probe has come back, so all that `from` may be is near.
    time.sleep(PROBE_MS / 1000 + 0.3)
    stage.expect_ready()
    return stage
