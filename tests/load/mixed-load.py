#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""500 clients, 1,000 events a second for 20 s: ticks, and alerts of which none may be lost.

usage: mixed-load.py TIDEWIRED MIXED_CLIENTS

Prints TAP, and how long ticks and urgent events took from the publisher to the clients.
"""

import json
import shutil
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from servers import PATIENCE_S, SYMBOLS, Redis, Tidewire, wait_until  # noqa: E402

CLIENTS = 500
EVENTS_PER_S = 1000
ALERTS_PER_S = 100  # of these
SECONDS = 20
KINDS = {
    "pattern_alert": b"tickstock.events.patterns",
    "tick_data": b"tickstock.all_ticks",
}


class Publisher:
    """Ticks and alerts of all symbols in turn, each numbered by its symbol from 1."""

    def __init__(self, port):
        self.link = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.counts = {kind: [0] * SYMBOLS for kind in KINDS}
        self.n_sent = dict.fromkeys(KINDS, 0)
        self.n_answers = 0

    def make(self, kind):
        symbol = self.n_sent[kind] % SYMBOLS
        self.n_sent[kind] += 1
        self.counts[kind][symbol] += 1
        number, now_us = self.counts[kind][symbol], time.monotonic_ns() // 1000
        payload = b'{"symbol":"S%02d","pattern":"Doji","price":1.50,"n":%d,"sent_us":%d}' % (
            symbol,
            number,
            now_us,
        )
        channel = KINDS[kind]
        return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (
            len(channel),
            channel,
            len(payload),
            payload,
        )

    def run(self):
        """Returns the events a second that came out."""
        start = time.monotonic()
        n_all = 0
        while (passed := time.monotonic() - start) < SECONDS:
            commands = []
            while n_all < passed * EVENTS_PER_S:
                is_alert = n_all % (EVENTS_PER_S // ALERTS_PER_S) == 0
                commands.append(self.make("pattern_alert" if is_alert else "tick_data"))
                n_all += 1
            if commands:
                self.link.sendall(b"".join(commands))
                self.wait_for_answers(n_all)
            time.sleep(0.001)
        return n_all / (time.monotonic() - start)

    def wait_for_answers(self, n_all):
        """Every event has to have come to the one subscriber."""
        while self.n_answers < n_all:
            more = self.link.recv(65536)
            if not more:
                raise RuntimeError("Redis has ended the connection")
            self.n_answers += more.count(b"\n")


class Tap:
    n_done = n_failed = 0

    def check(self, is_good, title, *details):
        self.n_done += 1
        self.n_failed += not is_good
        print("%sok %d - %s" % ("" if is_good else "not ", self.n_done, title), flush=True)
        for detail in () if is_good else details:
            print("# %s" % (detail,))


def is_at_rest(tidewire, n_sent):
    health = tidewire.health()
    waiting = [
        book["in_lanes"] + book["in_outboxes"] for book in health["classes"].values()
    ]
    return health["counters"]["events_received"] == n_sent and not any(waiting)


def run(tap, redis, tidewire, program):
    clients = subprocess.Popen(
        [program, str(tidewire.port), str(CLIENTS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    tap.check(clients.stdout.readline() == "ready\n", "%d clients are there" % CLIENTS)
    publisher = Publisher(redis.port)
    rate = publisher.run()
    n_sent = sum(publisher.n_sent.values())
    title = "%d events a second for %d s" % (EVENTS_PER_S, SECONDS)
    tap.check(rate >= 0.95 * EVENTS_PER_S, title, rate)
    tap.check(wait_until(lambda: is_at_rest(tidewire, n_sent)), "all of it went out")
    time.sleep(0.5)  # the clients read what the kernel has
    answer = json.loads(clients.communicate(timeout=PATIENCE_S)[0])
    check_answer(tap, publisher, answer)
    check_books(tap, tidewire, answer)


def check_answer(tap, publisher, answer):
    alerts, ticks = answer["pattern_alert"], answer["tick_data"]
    for name, found in (("urgent events", alerts), ("ticks", ticks)):
        print("# %s: p50 %.1f ms, p99 %.1f ms, %d came" % (
            name, found["p50_us"] / 1000, found["p99_us"] / 1000, found["came"]
        ))
    wanted = publisher.n_sent["pattern_alert"] * CLIENTS // SYMBOLS
    tap.check(alerts["came"] == wanted, "%d alerts came" % wanted, alerts)
    tap.check(alerts["gaps"] == alerts["older"] == 0, "each once, and in order", alerts)
    tap.check(
        alerts["last"] == publisher.counts["pattern_alert"], "to the last one", alerts
    )
    tap.check(ticks["older"] == 0, "no tick came twice, or after a newer one", ticks)
    tap.check(ticks["last"] == publisher.counts["tick_data"], "the last ticks came", ticks)
    faults = {name: answer[name] for name in ("foreign", "lost")}
    tap.check(not any(faults.values()), "nothing foreign came, nobody was closed", faults)


def check_books(tap, tidewire, answer):
    health = tidewire.health()
    classes = health["classes"]
    tap.check(health["counters"]["balance_error"] == 0, "the books balance", classes)
    found = [classes[name]["delivered"] for name in ("lossless", "conflate")]
    seen = [answer[kind]["came"] for kind in KINDS]
    tap.check(found == seen, "the service says that it delivered what came", found, seen)
    tidewire.ask_to_end()
    tap.check(tidewire.wait_for_end() == 0, "the service ends with 0")
    tap.check(not tidewire.complaints(), "its log has no complaint", tidewire.complaints())


def main():
    tidewired, program = sys.argv[1:3]
    if shutil.which("redis-server") is None:
        print("1..0 # SKIP redis-server is not installed")
        return 0
    tap = Tap()
    redis = Redis()
    tidewire = None
    try:
        redis.start()
        tidewire = Tidewire(tidewired, redis.port, {})
        if not wait_until(lambda: tidewire.source_state() == "connected"):
            raise RuntimeError("tidewired does not come to its Redis")
        run(tap, redis, tidewire, program)
    finally:
        if tidewire is not None:
            tidewire.stop()
        redis.stop()
    print("1..%d" % tap.n_done)
    return 1 if tap.n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
