#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that stop reading, and clients that are dead: what they cost, when they are gone, and
that the books know what became of each event.

LOAD_CLIENT names the program whose process is stopped."""

import json
import os
import pathlib
import signal
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "polling"))

import harness  # noqa: E402
import redisserver  # noqa: E402
import tabs  # noqa: E402
from pollclient import PollingClient  # noqa: E402
from rawsocket import Closed, Ended, UpgradedClient  # noqa: E402
from tabs import PlainTab, SocketioTab  # noqa: E402

# What the kernel keeps for a client does not wait in the service.
SMALL_WINDOW = [
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),
    (socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000),
]
N_STALLED = 60
HARD_BYTES = 262144
HALF_BYTES = HARD_BYTES // 2
# A frame that waits holds the events that it is made of, which may have to be kept. Some
# more is for buffers of Redis and what malloc() wastes, whatever the number of clients.
MAX_GROWTH_KIB = N_STALLED * 2 * HARD_BYTES // 1024 + 6144
PAD = "p" * 8000
SLOW_SETTINGS = (
    "source.max-event-bytes=16384",
    "delivery.outbox-soft-bytes=32768",
    f"delivery.outbox-hard-bytes={HARD_BYTES}",
    "delivery.urgent-events-per-second=0",
)
INTERVAL_MS, TIMEOUT_MS = 1000, 1500
GRACE_S = 1.5  # for a machine that is busy with other things
DEAD_SETTINGS = (
    f"engineio.ping-interval-ms={INTERVAL_MS}",
    f"engineio.ping-timeout-ms={TIMEOUT_MS}",
)


def watch_by_packet(client, symbol):
    """Subscribes by Socket.IO, without waiting for the answer."""
    wish = ["subscribe_tickstockpl_watchlist", {"symbols": [symbol]}]
    packet = "42" + json.dumps(wish)
    (client.post if isinstance(client, PollingClient) else client.send_text)(packet)
    return client


def stall_tab(way):
    def stall(scope, service, symbol):
        tab = way(scope, service, options=SMALL_WINDOW)
        tab.watch(symbol)
        return tab

    return stall


def stall_upgraded(scope, service, symbol):
    client = UpgradedClient(scope, service, options=SMALL_WINDOW)
    watch_by_packet(client, symbol)
    harness.expect_match("subscription_confirmed", client.take_message())
    return client


def stall_poller(scope, service, symbol):
    client = watch_by_packet(PollingClient(scope, service), symbol)
    harness.expect_match("subscription_confirmed", client.take_packet())
    return client


WAYS = {
    "plain": stall_tab(PlainTab),
    "Socket.IO": stall_tab(SocketioTab),
    "upgraded": stall_upgraded,
    "polling": stall_poller,
}


def count_rest(client):
    """How many alerts a stalled client finds when it reads at last. It is told why it was closed
    unless the kernel had taken half of an alert."""
    n_found = 0
    try:
        while not isinstance(client, PollingClient):
            n_found += "pattern_alert" in client.take_message()
    except Closed as closed:
        harness.expect_equal(closed.code, 4002, f"the close code ({closed.reason})")
    except Ended:
        pass
    return n_found


class Crowd:
    """Clients that have stopped reading, each with a symbol of its own so that they share
    nothing, and one that reads on."""

    def __init__(self, scope, redis, service, stall):
        self.redis, self.service = redis, service
        self.reader = PlainTab(scope, service)
        self.reader.watch("R")
        self.stalled = [stall(scope, service, f"S{i}") for i in range(N_STALLED)]
        self.symbols = [f"S{i}" for i in range(N_STALLED)] + ["R"]
        self.n_rounds = 0

    def publish(self):
        """An alert for each; the reader has its own before all is over."""
        alerts = [tabs.make_alert(each, self.n_rounds, pad=PAD) for each in self.symbols]
        self.redis.publish_all(tabs.PATTERNS, alerts)
        tabs.expect_numbers(self.reader, [self.n_rounds])
        self.n_rounds += 1
        counters = self.service.get_counters()
        harness.expect_equal(counters["balance_error"], 0, "balance_error")
        return counters


def check_stalled(scope, name, stall):
    redis, service = redisserver.start_with_redis(scope, *SLOW_SETTINGS)
    crowd = Crowd(scope, redis, service, stall)
    before_kib = service.get_resident_kib()
    most_kib = 0
    while (counters := crowd.publish())["connections_closed_slow"] == 0:
        harness.expect_equal(crowd.n_rounds < 1000, True, "whether they are closed at last")
        waiting_kib = counters["outbox_bytes"] // 1024
        harness.expect_equal(
            waiting_kib <= N_STALLED * HARD_BYTES // 1024, True, f"if {waiting_kib} KiB may wait"
        )
        growth_kib = service.get_resident_kib() - before_kib
        most_kib = max(most_kib, growth_kib)
    harness.note(f"{name}: {most_kib / N_STALLED:.0f} KiB each, {waiting_kib / N_STALLED:.0f} waited")
    harness.expect_equal(
        waiting_kib >= N_STALLED * HALF_BYTES // 1024, True, f"whether {waiting_kib} KiB are much"
    )
    if not service.is_sanitized():
        is_little = most_kib <= MAX_GROWTH_KIB
        harness.expect_equal(is_little, True, f"whether {most_kib} KiB are few")
    while counters["connections_closed_slow"] < N_STALLED:
        counters = crowd.publish()
    harness.expect_equal(counters["connections_closed_slow"], N_STALLED, "closed as too slow")
    check_pairs(service, crowd)


def check_pairs(service, crowd):
    """Each alert that was offered to a stalled client was dropped with it, or it is found."""
    service.wait_for_counter("connections", 1)
    service.wait_for_counter("outbox_bytes", 0)
    n_found = sum(count_rest(client) for client in crowd.stalled)
    health = tabs.check_balance(service)
    book = health["classes"]["lossless"]
    harness.expect_equal(book["delivered"], n_found + crowd.n_rounds, f"delivered, of {book},")
    harness.expect_equal(
        book["dropped_left"] + book["delivered"], book["offered"], f"what ended, of {book},"
    )
    harness.expect_equal(book["dropped_left"] > 0, True, f"whether some were dropped, {book},")


@harness.test
def costs_its_outbox(scope):
    """Who stops reading costs its outbox, is closed at the hard limit, and nobody notices"""
    for name, stall in WAYS.items():
        check_stalled(scope, name, stall)


# --- dead ones ---


def expect_gone(service, since, n_timed_out):
    """They are gone in time, and not before."""
    most_s = (INTERVAL_MS + TIMEOUT_MS) / 1000
    harness.wait_until(
        lambda: service.get_counters()["connections_timed_out"] == n_timed_out,
        f"{n_timed_out} are gone in {most_s} s",
        most_s + GRACE_S - (time.monotonic() - since),
    )
    passed_s = time.monotonic() - since
    harness.note(f"gone after {passed_s:.2f} s, {most_s} at most")
    harness.expect_equal(passed_s >= TIMEOUT_MS / 1000, True, "whether it was waited for")


class Lively:
    """A client that answers, and must be there in the end."""

    def __init__(self, scope, service):
        self.tabs = [way(scope, service) for way in tabs.WAYS]

    def check(self):
        for tab in self.tabs:
            tab.synchronise()


def hold_poll(scope, service):
    client = PollingClient(scope, service)
    client.hold_get()
    return client


DEAD_WAYS = {
    "plain": lambda scope, service: PlainTab(scope, service),
    "Socket.IO": lambda scope, service: SocketioTab(scope, service),
    "upgraded": lambda scope, service: UpgradedClient(scope, service),
    "a held poll": hold_poll,
    "no poll": lambda scope, service: PollingClient(scope, service),
}


@harness.test
def ends_the_silent(scope):
    """Sockets that stay open and say nothing are gone in interval and timeout, on all ways"""
    service = harness.Service(scope, *DEAD_SETTINGS)
    n_timed_out = 0
    for name, make in DEAD_WAYS.items():
        lively = Lively(scope, service)
        since = time.monotonic()
        client = make(scope, service)
        n_timed_out += 1
        harness.note(name)
        while service.get_counters()["connections_timed_out"] < n_timed_out:
            lively.check()
            time.sleep(0.05)
            harness.expect_equal(time.monotonic() - since < 10, True, "whether it ends")
        expect_gone(service, since, n_timed_out)
        lively.check()
        for tab in lively.tabs:
            tab.close_politely()
        service.wait_for_counter("connections", 0)
        client.close()
    tabs.check_balance(service)


@harness.test
def ends_stopped_processes(scope):
    """Clients whose process stands still are gone in interval and timeout; books balance"""
    program = os.environ.get("LOAD_CLIENT")
    if program is None:
        raise harness.Skip("LOAD_CLIENT names no program")
    redis, service = redisserver.start_with_redis(scope, *DEAD_SETTINGS)
    n_timed_out, n_each = 0, 20
    subscribe = '"subscribe_tickstockpl_watchlist",{"symbols":["A"]}'
    for way in ("ws", "socketio", "polling", "upgrade"):
        command = [program, "--port", service.port, "--as", way, "-n", n_each, "-s", 60]
        if way != "ws":
            command.append(f"--subscribe-template=42[{subscribe}]")
        crowd = harness.Program(scope, command)
        crowd.wait_for_line("^ready ")
        service.wait_for_counter("connections", n_each)
        since = time.monotonic()
        os.kill(crowd.pid, signal.SIGSTOP)
        tabs.publish_alerts(redis, "A", range(10))
        n_timed_out += n_each
        expect_gone(service, since, n_timed_out)
        service.wait_for_counter("connections", 0)
        crowd.finish()
        book = tabs.check_balance(service)["classes"]["lossless"]
        harness.expect_equal(book["in_outboxes"] + book["in_lanes"], 0, "what still waits")


harness.run(limit_s=240)
