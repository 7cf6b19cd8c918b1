#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What waits for users who are away: for whom, how much, how long, in which order."""

import json
import socket

import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

SMALL_WINDOW = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]


def start(scope, *settings):
    return redisserver.start_with_redis(scope, tabs.DEVELOPMENT, *settings)


def go_away(scope, service, user="anna", *symbols, way=PlainTab):
    """A user who asks for alerts about symbols, and leaves."""
    tab = way(scope, service, user=user)
    tab.watch(*(symbols or "A"))
    tabs.leave(tab, service, 0)


def wait_for_received(service, n_events):
    service.wait_for_counter("events_received", n_events)


@harness.test
def waits_for_a_user(scope):
    """Alerts wait for a user who is away and come in order, before anything newer"""
    redis, service = start(scope)
    for turn, way in enumerate(tabs.WAYS):
        start_at = turn * 100
        go_away(scope, service, way=way)
        harness.expect_equal(service.get_counters()["users_away"], 1, "users away")
        tabs.publish_alerts(redis, "A", range(start_at, start_at + 30))
        redis.publish(TICKS, tabs.make_tick("A", 1))
        service.wait_for_counter("offline_queued", 30 * (turn + 1))
        back = way(scope, service, user="anna")
        tabs.publish_alerts(redis, "A", range(start_at + 30, start_at + 50))
        tabs.expect_numbers(back, range(start_at, start_at + 50))
        tabs.expect_no(back, "pattern_alert", 0.2)
        tabs.leave(back, service, 0)
    counters = service.get_counters()
    harness.expect_equal(counters["offline_delivered"], 60, "offline_delivered")
    tabs.check_balance(service)


@harness.test
def caps_what_waits(scope):
    """100 alerts wait, the oldest go first; the next user's are its own"""
    redis, service = start(scope)
    go_away(scope, service, "anna", "A")
    go_away(scope, service, "bert", "B")
    tabs.publish_alerts(redis, "A", range(250))
    tabs.publish_alerts(redis, "B", range(3))
    wait_for_received(service, 253)
    book = tabs.check_balance(service)["classes"]["lossless"]
    harness.expect_equal(
        (book["in_offline"], book["dropped_full"]), (103, 150), "kept and dropped"
    )
    anna = PlainTab(scope, service, user="anna")
    tabs.publish_alerts(redis, "A", range(250, 260))
    tabs.expect_numbers(anna, range(150, 260))
    bert = SocketioTab(scope, service, user="bert")
    tabs.expect_numbers(bert, range(3))
    for tab in (anna, bert):
        tabs.expect_no(tab, "pattern_alert", 0.2)
    tabs.check_balance(service)


@harness.test
def caps_by_bytes(scope):
    """What waits is bounded in bytes too, and the newest are there"""
    redis, service = start(scope, "delivery.offline-max-bytes=20000")
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(50), pad="p" * 1000)
    wait_for_received(service, 50)
    kept = tabs.check_balance(service)["classes"]["lossless"]["in_offline"]
    if not 5 <= kept <= 20:
        raise AssertionError(f"{kept} alerts of 2 KB are kept in 20,000 bytes")
    back = PlainTab(scope, service, user="anna")
    tabs.expect_numbers(back, range(50 - kept, 50))


@harness.test
def waits_for_an_owner(scope):
    """A result waits for the user whom it names, even for one who was never here"""
    redis, service = start(scope)
    result = {"status": "done", "number": 1}
    for number, name in enumerate(("user_id", "owner", "user_id")):
        user = f"user{number}"
        inner = {"job_id": f"j{number}", name: user}
        redis.publish(tabs.RESULTS, json.dumps({"data": inner, **result}))
    service.wait_for_counter("offline_queued", 3)
    for number in range(3):
        stranger = PlainTab(scope, service, user="stranger")
        tabs.expect_no(stranger, "backtest_result", 0.2)
        tabs.leave(stranger, service, 0)
        back = SocketioTab(scope, service, user=f"user{number}")
        found = back.take_data("backtest_result")
        harness.expect_equal(found["job_id"], f"j{number}", "the owner's job")
        tabs.expect_no(back, "backtest_result", 0.2)
        tabs.leave(back, service, 0)
    tabs.check_balance(service)


@harness.test
def forgets_in_time(scope):
    """After offline-max-age-s nothing waits any more, subscriptions neither"""
    redis, service = start(scope, "delivery.offline-max-age-s=1")
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(5))
    service.wait_for_counter("offline_queued", 5)
    service.wait_for_counter("users_away", 0)
    counters = service.get_counters()
    for name in ("subscriptions", "index_entries", "users"):
        harness.expect_equal(counters[name], 0, name)
    book = tabs.check_balance(service)["classes"]["lossless"]
    ends = book["expired"] + book["dropped_left"]
    harness.expect_equal((ends, book["in_offline"]), (5, 0), f"what ended, of {book},")
    back = PlainTab(scope, service, user="anna")
    tabs.publish_alerts(redis, "A", range(5, 8))
    tabs.expect_no(back, "pattern_alert")
    tabs.check_balance(service)


@harness.test
def bounds_who_is_away(scope):
    """Over offline-max-users, who is away longest is given up"""
    redis, service = start(scope, "delivery.offline-max-users=2")
    for user, symbol in (("anna", "A"), ("bert", "B"), ("carl", "C")):
        go_away(scope, service, user, symbol)
        tabs.publish_alerts(redis, symbol, [1])
        wait_for_received(service, "ABC".index(symbol) + 1)
    harness.expect_equal(service.get_counters()["users_away"], 2, "users away")
    tabs.expect_no(PlainTab(scope, service, user="anna"), "pattern_alert", 0.3)
    for user in ("bert", "carl"):
        tabs.expect_numbers(PlainTab(scope, service, user=user), [1])
    tabs.check_balance(service)


@harness.test
def waits_for_nobody_else(scope):
    """Nothing waits for anonymous users, nor for those without explicit subscriptions"""
    redis, service = start(scope)
    anonymous = PlainTab(scope, service)
    anonymous.watch("A")
    visitor = PlainTab(scope, service, user="bert")
    visitor.want("A")
    cleared = SocketioTab(scope, service, user="carl")
    cleared.watch("A")
    cleared.ask("unsubscribe_tickstockpl_symbol", {"symbol": "A"})
    for n_left, tab in ((2, anonymous), (1, visitor), (0, cleared)):
        tabs.leave(tab, service, n_left)
    tabs.publish_alerts(redis, "A", range(5))
    redis.publish(tabs.RESULTS, '{"job_id":"1"}')
    wait_for_received(service, 6)
    counters = service.get_counters()
    for name in ("offline_queued", "users_away", "users", "subscriptions"):
        harness.expect_equal(counters[name], 0, name)
    harness.expect_equal(counters["events_no_audience"], 6, "events_no_audience")
    for user in (None, "bert", "carl"):
        tab = PlainTab(scope, service, user=user)
        tabs.expect_no(tab, "pattern_alert", 0.2)
    tabs.check_balance(service)


@harness.test
def survives_a_kill(scope):
    """What was in the outbox of a killed client comes again, and nothing is missing"""
    redis, service = start(
        scope, "delivery.offline-max-events=0", "delivery.events-per-second=0"
    )
    settled = start(
        scope,
        "delivery.offline-max-events=10000",
        "delivery.offline-max-bytes=100000000",
        "delivery.urgent-events-per-second=0",
        "delivery.events-per-second=0",
    )
    for is_kept, (redis, service) in enumerate(((redis, service), settled)):
        tab = PlainTab(scope, service, user="anna", options=SMALL_WINDOW)
        tab.watch("A")
        n_alerts = 400
        tabs.publish_alerts(redis, "A", range(n_alerts), pad="p" * 10000)
        wait_for_received(service, n_alerts)
        harness.wait_until(
            lambda: service.get_counters()["outbox_bytes"] > 0
            or service.get_counters()["connections"] == 0,
            "the outbox fills",
        )
        tab.reset()
        service.wait_for_counter("connections", 0)
        book = tabs.check_balance(service)["classes"]["lossless"]
        if not is_kept:
            harness.expect_equal(book["in_offline"], 0, "kept where nothing is to be kept")
            harness.expect_equal(book["dropped_full"] > 0, True, f"dropped, of {book},")
            continue
        n_kept = book["in_offline"]
        harness.expect_equal(book["delivered"] + n_kept, n_alerts, f"all, of {book},")
        harness.expect_equal(n_kept > 20, True, f"many were not taken, of {book},")
        back = PlainTab(scope, service, user="anna")
        tabs.expect_numbers(back, range(n_alerts - n_kept, n_alerts))
        tabs.check_balance(service)


@harness.test
def survives_slowness(scope):
    """Who is closed for slowness gets the lossless ones on coming back, in order"""
    redis, service = start(
        scope,
        "source.max-event-bytes=16384",
        "delivery.outbox-soft-bytes=16384",
        "delivery.outbox-hard-bytes=65536",
        "delivery.offline-max-events=10000",
        "delivery.offline-max-bytes=100000000",
        "delivery.urgent-events-per-second=0",
        "delivery.events-per-second=0",
    )
    reader = SocketioTab(scope, service, user="bert")
    reader.watch("A")
    slow = PlainTab(scope, service, user="anna", options=SMALL_WINDOW)
    slow.watch("A")
    n_alerts = 0
    while service.get_counters()["connections_closed_slow"] == 0:
        harness.expect_equal(n_alerts < 4000, True, "a reader that does not read is closed")
        tabs.publish_alerts(redis, "A", range(n_alerts, n_alerts + 20), pad="p" * 7000)
        tabs.expect_numbers(reader, range(n_alerts, n_alerts + 20), "the other's alerts")
        n_alerts += 20
    slow.reset()
    book = tabs.check_balance(service)["classes"]["lossless"]
    n_taken = book["delivered"] - n_alerts
    n_kept = book["in_offline"]
    harness.expect_equal(n_taken + n_kept, n_alerts, f"the slow reader's, of {book},")
    back = PlainTab(scope, service, user="anna")
    tabs.expect_numbers(back, range(n_taken, n_alerts), "what the slow reader missed")
    tabs.check_balance(service)


harness.run(limit_s=120)
