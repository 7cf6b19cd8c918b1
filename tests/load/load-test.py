#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A thousand clients that check every tick they get.

usage: load-test.py TIDEWIRED TICK_CLIENTS ticks|redis-restart|refresh-storm|slow-reader

Prints TAP. What clients saw, what was published and what the service counted must agree to
the last tick.
"""

import shutil
import sys
import time

sys.dont_write_bytecode = True

from servers import World, wait_until  # noqa: E402

CLIENTS = 1000
RATE = 210  # ticks a second that are aimed at
MIN_RATE = 200
STORMS = 10
QUIET_STORMS = 30
# What a leak of some 200 bytes a connection comes to in the quiet storms. Less is no leak:
# how many old sockets are still there when the new ones come is different each time.
MAX_GROWTH_KIB = 6 * 1024
SETTINGS = {
    "engineio.ping-interval-ms": 2000,
    "engineio.ping-timeout-ms": 8000,
    # A client has to get every tick.
    "delivery.events-per-second": 0,
}


class Tap:
    def __init__(self):
        self.done = 0
        self.failed = 0

    def check(self, is_good, title, *details):
        self.done += 1
        self.failed += not is_good
        print("%sok %d - %s" % ("" if is_good else "not ", self.done, title))
        if not is_good:
            for detail in details:
                self.note(detail)
        sys.stdout.flush()

    def note(self, text):
        for line in str(text).splitlines():
            print("# " + line)

    def finish(self):
        print("1..%d" % self.done)
        return 1 if self.failed else 0


def check_clean(tap, answer, title):
    faults = {name: n for name, n in answer["faults"].items() if n}
    tap.check(answer["done"] and not faults, title, answer)


def note_latency(tap, answer):
    tap.note("from publisher to client: p50 %d us, p99 %d us, longest %d us" % tuple(answer["latency_us"]))


def open_clients(tap, world):
    answer = world.clients.do("open", CLIENTS)
    check_clean(tap, answer, "%d clients have their lists confirmed" % CLIENTS)
    tap.note("in %.2f s" % answer["seconds"])
    check_connected(tap, world, CLIENTS)
    world.settle()
    return answer


def check_connected(tap, world, n):
    world.tidewire.wait_for(connections=n, users=n)
    counters = world.tidewire.counters()
    seen = {key: counters[key] for key in ("connections", "users")}
    tap.check(set(seen.values()) == {n}, "the service counts %d connections" % n, seen)


def check_publisher(tap, world):
    publisher = world.publisher
    tap.check(
        publisher.error is None and publisher.unheard == 0,
        "every tick was published to one subscriber",
        "%s, %d unheard" % (publisher.error, publisher.unheard),
    )


def check_books(tap, world, n_seen):
    """What clients saw, against what the service says; both at rest."""
    n_published = len(world.publisher.log)
    counters = world.tidewire.counters()
    tap.check(
        counters["events_received"] == n_published,
        "the service received the %d ticks that were published" % n_published,
        counters,
    )
    tap.check(
        counters["deliveries_taken"] == n_seen,
        "it says that it delivered the %d ticks that clients saw" % n_seen,
        counters,
    )
    check_balance(tap, world)


def check_balance(tap, world):
    """At rest: what was put into outboxes was taken or discarded."""
    counters = world.tidewire.counters()
    tap.check(
        counters["deliveries"]
        == counters["deliveries_taken"] + counters["deliveries_discarded"]
        and counters["outbox_bytes"] == 0,
        "its books balance",
        counters,
    )


def check_end(tap, world):
    """The daemon ends well, and has nothing to say that it should not."""
    world.tidewire.ask_to_end()
    code = world.tidewire.wait_for_end()
    complaints = world.tidewire.complaints()
    tap.check(code == 0, "the service ends with 0", code, *list(world.tidewire.log)[-20:])
    tap.check(not complaints, "its log has no complaint", *complaints[:60])


def count_expected(world, subscribers, counts):
    return sum(n * count for n, count in zip(subscribers, counts))


def test_ticks(tap, world):
    """Each client gets every tick of its symbols in order, and no other."""
    subscribers = open_clients(tap, world)["subscribers"]
    world.clients.do("go")
    rate = world.publisher.run(20)
    tap.check(rate >= MIN_RATE, "%d ticks a second for 20 s" % MIN_RATE, rate)
    tap.note("%.1f ticks a second" % rate)
    check_publisher(tap, world)

    answer = world.settle()
    check_clean(tap, answer, "every client got every tick of its symbols in order, no other")
    note_latency(tap, answer)
    expected = count_expected(world, subscribers, world.publisher.counts)
    tap.check(answer["ticks"] == expected, "%d ticks in all" % expected, answer)
    tap.check(answer["pings"] >= CLIENTS, "pings were answered", answer)
    check_books(tap, world, expected)

    world.clients.start("await-end")
    check_end(tap, world)
    answer = world.clients.finish()
    check_clean(tap, answer, "all clients saw the end")
    tap.check(
        answer["close_codes"] == {"1001": CLIENTS},
        "each was told so with 1001",
        answer["close_codes"],
    )


def restart_redis(tap, world):
    world.redis.stop()
    tap.check(
        wait_until(lambda: world.tidewire.source_state() == "disconnected"),
        "the service notices that Redis is gone",
    )
    tap.check(world.tidewire.health()["status"] == "degraded", "it says degraded")
    time.sleep(1)
    start = time.monotonic()
    world.redis.start()
    tap.check(
        wait_until(lambda: world.tidewire.source_state() == "connected"),
        "the service finds Redis again",
    )
    tap.note("%.2f s after it was started" % (time.monotonic() - start))
    tap.check(world.tidewire.health()["status"] == "ok", "it says ok")


def test_redis_restart(tap, world):
    """What was published while Redis was there arrives, before and after."""
    subscribers = open_clients(tap, world)["subscribers"]
    world.clients.do("go")
    world.publisher.run(5)
    check_clean(tap, world.settle(), "all is well before")
    restart_redis(tap, world)
    check_connected(tap, world, CLIENTS)

    world.clients.do("go")
    world.publisher.run(5)
    check_publisher(tap, world)
    answer = world.settle()
    check_clean(tap, answer, "the sequences go on without a gap or a double")
    note_latency(tap, answer)
    expected = count_expected(world, subscribers, world.publisher.counts)
    check_books(tap, world, expected)
    tap.check(
        world.tidewire.counters()["source_reconnects"] == 1, "one reconnection was counted"
    )

    world.clients.do("go")
    with world.publisher.running():
        for _ in range(5):
            time.sleep(0.3)
            answer = world.clients.do("change")
    tap.check(answer["done"], "lists are changed while ticks flow")
    answer = world.settle()
    check_clean(tap, answer, "the symbols that stay have no gap, those that go stop")
    check_books(tap, world, answer["ticks"])
    check_publisher(tap, world)
    check_leaving(tap, world)
    check_end(tap, world)


def check_leaving(tap, world):
    answer = world.clients.do("leave")
    tap.check(answer["done"], "all leave", answer)
    check_connected(tap, world, 0)
    check_balance(tap, world)


def make_crowd(tap, world):
    """In a storm the service may see new sockets before the end of the old ones: twice as
    many at once is the most that its memory has to hold."""
    crowd = world.add_clients()
    crowd.do("open", CLIENTS)
    check_connected(tap, world, 2 * CLIENTS)
    crowd.do("leave")
    crowd.stop()
    check_connected(tap, world, CLIENTS)


def check_memory(tap, world):
    """Many storms more, without ticks."""
    before = world.tidewire.resident_kib()
    for _ in range(QUIET_STORMS):
        world.clients.do("storm")
        world.tidewire.wait_for(connections=CLIENTS)
    after = world.tidewire.resident_kib()
    tap.note("resident KiB over %d storms more: %d to %d" % (QUIET_STORMS, before, after))
    tap.check(
        world.tidewire.is_sanitized() or after - before <= MAX_GROWTH_KIB,
        "memory does not grow from storm to storm",
    )
    check_connected(tap, world, CLIENTS)


def test_refresh_storm(tap, world):
    """Everybody reconnects at once, over and over, while ticks flow."""
    rooms = world.tidewire.counters()["rooms"]
    descriptors = world.tidewire.idle_descriptors()
    open_clients(tap, world)
    make_crowd(tap, world)
    resident = [world.tidewire.resident_kib()]
    seconds = []
    world.clients.do("go")
    for i in range(STORMS):
        with world.publisher.running():
            time.sleep(0.3)
            answer = world.clients.do("storm")
            seconds.append(answer["seconds"])
            time.sleep(0.5)
        answer = world.settle()
        world.clients.do("go")
        check_clean(tap, answer, "storm %d: everybody is back, nobody gets foreign ticks" % (i + 1))
        check_connected(tap, world, CLIENTS)
        resident.append(world.tidewire.resident_kib())
    tap.note("back in " + ", ".join("%.2f" % s for s in seconds) + " s")
    tap.note("resident KiB: " + ", ".join(str(kib) for kib in resident))
    check_memory(tap, world)
    opened = world.tidewire.counters()["connections_opened"]
    tap.check(opened == CLIENTS * (STORMS + QUIET_STORMS + 2), "every connection was counted once", opened)
    check_publisher(tap, world)

    check_leaving(tap, world)
    tap.check(
        world.tidewire.idle_descriptors() == descriptors,
        "descriptors are back at %d" % descriptors,
        world.tidewire.idle_descriptors(),
    )
    tap.check(world.tidewire.counters()["rooms"] == rooms, "no room is left over")
    tap.note("resident KiB after all have left: %d" % world.tidewire.resident_kib())
    check_end(tap, world)


def test_slow_reader(tap, world):
    """One client never reads for a while: it misses ticks, and nobody else notices."""
    open_clients(tap, world)
    answer = world.clients.do("slow")
    tap.check(answer["done"], "a slow reader is there", answer)
    world.clients.do("go")
    start = time.monotonic()
    with world.publisher.running():
        is_slow = world.tidewire.wait_for(slow_users=1)
        tap.note("slow after %.2f s" % (time.monotonic() - start))
        counters = world.tidewire.counters()
        tap.check(counters["slow_users"] <= 1, "nobody else is slow", counters)
        time.sleep(max(0, start + 5 - time.monotonic()))
    tap.check(is_slow, "the slow reader is noticed")
    check_publisher(tap, world)
    answer = world.settle(has_slow=True)
    check_clean(tap, answer, "everybody else got every tick in order")
    note_latency(tap, answer)
    counters = world.tidewire.counters()
    tap.check(counters["connections_closed_slow"] == 0, "it is not closed", counters)
    tap.check(
        counters["outbox_bytes"] <= 65536, "what waits in its outbox is bounded", counters
    )
    tap.check(counters["conflate_conflated"] > 0, "ticks of its were replaced", counters)

    world.clients.do("drain")
    end = time.monotonic() + 10

    def has_all(answer):
        """Nothing waits for it any more, and all has come."""
        counters = world.tidewire.counters()
        waiting = counters["conflate_in_lanes"] + counters["conflate_in_outboxes"]
        return waiting == 0 and answer["ticks"] == counters["deliveries_taken"]

    answer = world.settle()
    while not has_all(answer) and time.monotonic() < end:
        time.sleep(0.1)
        answer = world.settle()
    others = {name: n for name, n in answer["faults"].items() if name != "gap"}
    tap.check(not any(others.values()), "what it finds in the end is in order", answer)
    check_books(tap, world, answer["ticks"])
    check_leaving(tap, world)
    check_end(tap, world)


TESTS = {
    "ticks": (test_ticks, {}),
    # What waits in a lane while a list changes would still come: nothing waits.
    "redis-restart": (
        test_redis_restart,
        {"settings": {"delivery.batch-window-ms": 0}},
    ),
    "refresh-storm": (test_refresh_storm, {}),
    "slow-reader": (
        test_slow_reader,
        {
            "pad_bytes": 1000,
            "settings": {
                # Who does not read sees no pings.
                "engineio.ping-timeout-ms": 60000,
                "source.max-event-bytes": 16384,
                "delivery.outbox-soft-bytes": 16384,
                "delivery.outbox-hard-bytes": 65536,
            },
        },
    ),
}


def main():
    tidewired, clients_program, name = sys.argv[1:4]
    test, options = TESTS[name]
    if shutil.which("redis-server") is None:
        print("1..0 # SKIP redis-server is not installed")
        return 0
    tap = Tap()
    settings = dict(SETTINGS, **options.pop("settings", {}))
    world = World(tidewired, clients_program, RATE, settings=settings, **options)
    try:
        test(tap, world)
    except BaseException:
        tap.note("".join(list(world.tidewire.log)[-20:]))
        raise
    finally:
        world.stop()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
