#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Users with several tabs: what is theirs comes on each of them, and nobody else's."""

import json

import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab


def start(scope, *settings):
    return redisserver.start_with_redis(scope, tabs.DEVELOPMENT, *settings)


@harness.test
def keeps_users_apart(scope):
    """Two users with two tabs each see their own on both, and nothing of the other's"""
    redis, service = start(scope)
    wants = {"anna": "A", "bert": "B"}
    own = {
        user: [way(scope, service, user=user) for way in tabs.WAYS] for user in wants
    }
    service.wait_for_counter("users", 2)
    for user, symbol in wants.items():
        own[user][0].watch(symbol)
    for number in range(40):
        symbol = "AB"[number % 2]
        redis.publish(tabs.PATTERNS, tabs.make_alert(symbol, number))
    for start_at, user in enumerate(wants):
        for tab in own[user]:
            tabs.expect_numbers(tab, range(start_at, 40, 2), f"the alerts of {user}")
    redis.publish(tabs.PATTERNS, tabs.make_alert("C", 99))
    for user in wants:
        for tab in own[user]:
            tabs.expect_no(tab, "pattern_alert", 0.2)
    book = tabs.check_balance(service)["classes"]["lossless"]
    harness.expect_equal((book["offered"], book["delivered"]), (40, 40), "pairs")


@harness.test
def owns_what_names_it(scope):
    """A result that names its owner comes once on each of the owner's tabs"""
    redis, service = start(scope)
    owner = [way(scope, service, user="anna") for way in tabs.WAYS]
    other = PlainTab(scope, service, user="bert")
    for tab in (*owner, other):
        tab.ask("subscribe", {"subscription_type": "backtest", "filters": {"job_ids": [1]}})
    redis.publish(tabs.RESULTS, json.dumps({"job_id": "7", "user_id": "anna"}))
    for tab in owner:
        harness.expect_equal(tab.take_data("backtest_result")["job_id"], "7", "the job")
        tabs.expect_no(tab, "backtest_result", 0.2)
    tabs.expect_no(other, "backtest_result", 0.2)
    tabs.check_balance(service)


@harness.test
def keeps_other_tabs_tickers(scope):
    """A tab's tickers neither erase another tab's, nor do they outlive their own tab"""
    redis, service = start(scope)
    first = SocketioTab(scope, service, user="anna")
    second = PlainTab(scope, service, user="anna")
    first.want("A")
    second.want("B")
    redis.publish_all(TICKS, [tabs.make_tick("A", 1), tabs.make_tick("B", 2)])
    for tab in (first, second):
        tabs.expect_numbers(tab, [1, 2], "both tabs' ticks", "tick_data")
    second.want()
    redis.publish_all(TICKS, [tabs.make_tick("B", 3), tabs.make_tick("A", 4)])
    for tab in (first, second):
        tabs.expect_numbers(tab, [4], "the ticks of who still asks", "tick_data")
    second.want("A", "B")
    tabs.leave(first, service, 1)
    redis.publish_all(TICKS, [tabs.make_tick("A", 5), tabs.make_tick("B", 6)])
    tabs.expect_numbers(second, [5, 6], "the ticks after the other left", "tick_data")
    third = PlainTab(scope, service, user="anna")
    tabs.leave(second, service, 1)
    redis.publish_all(TICKS, [tabs.make_tick("A", 7), tabs.make_tick("B", 8)])
    tabs.expect_no(third, "tick_data")
    tabs.check_balance(service)


@harness.test
def counts_a_user_once(scope):
    """The rate is per user: a second tab neither halves it nor doubles it"""
    redis, service = start(scope, "delivery.events-per-second=20")
    both = [way(scope, service, user="anna") for way in tabs.WAYS]
    both[0].want(*[f"S{number}" for number in range(60)])
    ticks = [tabs.make_tick(f"S{number}", number) for number in range(60)]
    redis.publish_all(TICKS, ticks)
    first = [len(tab.take_for("tick_data", 0.8)) for tab in both[:1]][0]
    harness.expect_equal(first, 20, "ticks of the first second on one tab")
    for tab, n_left in zip(both, (40, 60)):
        left = tabs.take_numbers(tab, "tick_data", n_left)
        harness.expect_equal(len(set(left)), n_left, "different ticks later")
    tabs.check_balance(service)


@harness.test
def shows_both_shapes(scope):
    """One tab gets batches, another one single events, at the same time"""
    redis, service = start(scope)
    shapes = [
        PlainTab(scope, service, user="anna", batch=1),
        SocketioTab(scope, service, user="anna", batch=1),
        SocketioTab(scope, service, user="anna", connect={"batch": True}),
        PlainTab(scope, service, user="anna"),
        SocketioTab(scope, service, user="anna"),
    ]
    symbols = [f"S{number}" for number in range(30)]
    shapes[0].want(*symbols)
    ticks = [tabs.make_tick(symbol, number) for number, symbol in enumerate(symbols)]
    redis.publish_all(TICKS, ticks)
    singles = [tabs.take_numbers(tab, "tick_data", 30) for tab in shapes[3:]]
    harness.expect_equal(singles, [list(range(30))] * 2, "single events")
    ids = []
    for tab in shapes[:3]:
        events, own_ids = [], []
        while len(events) < 30:
            batch = tab.take_data("event_batch")
            harness.expect_equal(batch["type"], "event_batch", "the batch's type")
            own_ids.append(batch["batch_id"])
            events += batch["events"]
        ids.append(own_ids)
        found = [json.dumps(event["data"]) for event in events]
        harness.expect_equal(found, ticks, "the payloads in batches")
        kinds = {(event["type"], event["priority"]) for event in events}
        harness.expect_equal(kinds, {("tick_data", "medium")}, "types and priorities")
        if len({event["message_id"] for event in events}) != 30:
            raise AssertionError(f"message_id is not unique in {events}")
    harness.expect_equal(ids[1:], ids[:1] * 2, "batch_id on the other tabs")
    if len(ids[0]) > 5:
        raise AssertionError(f"{len(ids[0])} batches for events of one moment")
    for tab in shapes[:3]:
        tabs.expect_no(tab, "tick_data", 0.1)
    for tab in shapes[3:]:
        tabs.expect_no(tab, "event_batch", 0.1)
    tabs.check_balance(service)


@harness.test
def shares_what_waited(scope):
    """Two tabs that return at once share what waited: each event comes once to the user"""
    redis, service = start(scope)
    for turn in range(5):
        tab = PlainTab(scope, service, user="anna")
        tab.watch("A")
        tabs.leave(tab, service, 0)
        tabs.publish_alerts(redis, "A", range(60))
        service.wait_for_counter("offline_queued", 60 * (turn + 1))
        back = [way(scope, service, user="anna") for way in tabs.WAYS]
        found = [tabs.get_numbers(tab.take_for("pattern_alert", 1.5)) for tab in back]
        for numbers in found:
            harness.expect_equal(numbers, sorted(set(numbers)), "in order, none doubled")
        harness.expect_equal(set(found[0] + found[1]), set(range(60)), "all of them")
        book = tabs.check_balance(service)["classes"]["lossless"]
        harness.expect_equal(book["delivered"], 60 * (turn + 1), "pairs delivered")
        for n_left, tab in zip((1, 0), back):
            tabs.leave(tab, service, n_left)
    again = PlainTab(scope, service, user="anna")
    tabs.expect_no(again, "pattern_alert")


harness.run(limit_s=120)
