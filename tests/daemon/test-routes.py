#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes of an application of its own, from Redis to a client."""

import harness
import redisserver
from rawsocket import PlainClient

OVERLAPPING = [
    "routing.preset=none",
    "route.chat.pattern=chat.*",
    "route.chat.audience=everyone",
    "route.lobby.channel=chat.lobby",
    "route.lobby.audience=everyone",
    "route.lobby.lift=data",
    "route.rest.pattern=*",
    "route.rest.audience=everyone",
]


@harness.test
def routes_once(scope):
    """Of all routes that a message fits one counts, and it comes once"""
    redis, service = redisserver.start_with_redis(scope, *OVERLAPPING)
    client = PlainClient(scope, service)
    wanted = [
        ("chat.lobby", "lobby"),
        ("chat.garden", "chat"),
        ("chatter", "rest"),
        ("chat.", "chat"),
        ("chat.lobby", "lobby"),
    ]
    for number, (channel, event) in enumerate(wanted):
        redis.publish(channel, f'{{"n":{number}}}')
        harness.expect_equal(
            client.take_json(), {"type": event, "data": {"n": number}}, channel
        )
    client.expect_silence()
    service.wait_for_counter("events_received", len(wanted))
    service.check_books()


@harness.test
def lifts(scope):
    """What lift names is copied to the front, to the byte, and stays where it is"""
    redis, service = redisserver.start_with_redis(scope, *OVERLAPPING)
    client = PlainClient(scope, service)
    redis.publish("chat.lobby", ' {"a":1.10, "data":{"a":2,"b":[1e3 , "\\u00e9"]}}')
    harness.expect_equal(
        client.take_message(),
        '{"type":"lobby","data": {"b":[1e3 , "\\u00e9"],"a":1.10, '
        '"data":{"a":2,"b":[1e3 , "\\u00e9"]}}}',
    )


@harness.test
def survives_reconnect(scope):
    """Patterns are subscribed to again when Redis comes back"""
    redis, service = redisserver.start_with_redis(scope, *OVERLAPPING)
    client = PlainClient(scope, service)
    redis.kill()
    redisserver.wait_for_source(service, "disconnected")
    redis.start()
    redisserver.wait_for_source(service, within_s=30)
    redis.publish("chat.garden", "{}")
    told = [client.take_json()["type"] for _ in range(3)]
    harness.expect_equal(told, ["service_status", "service_status", "gap"], "what is told")
    harness.expect_equal(client.take_json(), {"type": "chat", "data": {}})


@harness.test
def prints_routes(scope):
    """--print-config shows the routes and where each key came from"""
    settings = [f"--set={each}" for each in OVERLAPPING]
    done = harness.run_tidewired("--config=/dev/null", *settings, "--print-config")
    group = "\n[route chat]\n# --set\npattern=chat.*\n# --set\naudience=everyone\n"
    harness.expect_equal(group in done.stdout, True, "the route is printed")


harness.run(limit_s=100)
