#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many visitors come and go; nothing of them may stay.

CHURN_VISITS says how many; CHURN_CLIENT names the program that plays them."""

import json
import os
import subprocess

import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

VISITS = int(os.environ.get("CHURN_VISITS", "100000"))
GAUGES = ("connections", "users", "lanes", "rooms", "subscriptions", "index_entries")
GAUGES += ("outbox_bytes", "frames_queued", "slow_users", "users_away")
MAX_GROWTH_KIB = 1024
LIMIT_S = 240


def get_gauges(service):
    counters = service.get_counters()
    return {name: counters[name] for name in GAUGES}


def play(service, n_visits):
    """Lets so many visitors come and go, while somebody publishes."""
    client = os.environ.get("CHURN_CLIENT")
    if client is None:
        raise harness.Skip("CHURN_CLIENT names no program")
    return subprocess.Popen(
        [client, str(service.port), str(n_visits)], stdout=subprocess.PIPE, text=True
    )


def visit(redis, service, n_visits):
    process = play(service, n_visits)
    number = 0
    while process.poll() is None:
        redis.publish(TICKS, tabs.make_tick("A", number))
        redis.publish(tabs.PATTERNS, tabs.make_alert("A", number))
        redis.publish(tabs.RESULTS, json.dumps({"job_id": 1, "number": number}))
        number += 1
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            pass
    harness.expect_equal(process.stdout.read().split(), [str(n_visits), "0"], "visits")


@harness.test
def leaves_nothing_behind(scope):
    """After many anonymous visits the memory and all gauges are back"""
    redis, service = redisserver.start_with_redis(scope)
    visit(redis, service, min(VISITS, 5000))  # pools and tables have their size then
    service.wait_for_counter("connections", 0)
    before = get_gauges(service)
    harness.expect_equal(set(before.values()), {0}, f"every gauge of {before}")
    memory = service.get_resident_kib()
    n_before = service.get_counters()["connections_opened"]
    visit(redis, service, VISITS)
    service.wait_for_counter("connections", 0)
    harness.expect_equal(get_gauges(service), before, "the gauges")
    n_opened = service.get_counters()["connections_opened"] - n_before
    harness.expect_equal(n_opened, VISITS, "connections opened")
    service.check_growth(memory, MAX_GROWTH_KIB)
    tabs.check_balance(service)


@harness.test
def leaves_nothing_of_users(scope):
    """Users with names who come and go on both ways leave no connection and no gauge"""
    redis, service = redisserver.start_with_redis(
        scope, tabs.DEVELOPMENT, "delivery.offline-max-users=20"
    )
    for number in range(300):
        tab = tabs.WAYS[number % 2](scope, service, user=f"user{number % 150}")
        tab.want("A")
        tab.watch(f"S{number % 7}")
        redis.publish(tabs.PATTERNS, tabs.make_alert(f"S{number % 5}", number))
        tab.reset()
    service.wait_for_counter("connections", 0)
    gauges = get_gauges(service)
    harness.expect_equal(gauges["users"], 0, "users")
    harness.expect_equal(gauges["users_away"], 20, "users away")
    tabs.check_balance(service)
    for way in (PlainTab, SocketioTab):
        way(scope, service, user="user1").synchronise()


harness.run(limit_s=LIMIT_S)
