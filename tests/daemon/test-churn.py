#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many visitors come and go; nothing of them may stay.

CHURN_VISITS says how many; CHURN_CLIENT names the program that plays them."""

import json
import os
import subprocess

import churn
import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

VISITS = int(os.environ.get("CHURN_VISITS", "100000"))
MAX_GROWTH_KIB = 1024
LIMIT_S = 240


def visit(redis, service, n_visits):
    """Lets so many visitors come and go, while somebody publishes."""
    with churn.playing(service, n_visits) as process:
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
        churn.check_visits(process, n_visits)


@harness.test
def leaves_nothing_behind(scope):
    """After many anonymous visits the memory and all gauges are back"""
    redis, service = redisserver.start_with_redis(scope)
    visit(redis, service, min(VISITS, 5000))  # pools and tables have their size then
    churn.wait_for_rest(service)
    memory = service.get_resident_kib()
    n_before = service.get_counters()["connections_opened"]
    visit(redis, service, VISITS)
    churn.wait_for_rest(service)
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
    gauges = churn.get_gauges(service)
    harness.expect_equal(gauges["users"], 0, "users")
    harness.expect_equal(gauges["users_away"], 20, "users away")
    tabs.check_balance(service)
    for way in (PlainTab, SocketioTab):
        way(scope, service, user="user1").synchronise()


harness.run(limit_s=LIMIT_S)
