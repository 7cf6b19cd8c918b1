# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Tidewire is set up for benchmarks, and what its own counters say."""

import http.client
import json
import re

from .programs import TICKS, URGENT

# Nothing may be thinned here: a client has to get every event. What is not named, such as
# the look at Origin, the limits on connections and the scanner of payloads, is as shipped.
LIMITS = {
    "delivery.events-per-second": 0,
    "delivery.urgent-events-per-second": 0,
    "delivery.batch-max-events": 0,
}
# As Socket.IO has it, so that events have come before the first. With the ten seconds that are
# our default they begin among the events when it took long to open 10,000 clients.
PINGS = {"engineio.ping-interval-ms": 25000}
DEFAULTS = {"server.listen": "127.0.0.1:0", "bus.bus": "none", **LIMITS, **PINGS}


def _make_route(name, channel, **more):
    keys = {
        "channel": channel,
        "key": "symbol",
        "audience": "subscribers",
        "match": "tickers tickers=symbol",
        "class": "lossless",
        **more,
    }
    return {"route.%s.%s" % (name, key): value for key, value in keys.items()}


ROUTES = {
    "routing.preset": "none",
    **_make_route("tick", TICKS),
    **_make_route("urgent", URGENT, priority="high"),
}

LOST = re.compile(r"_(conflated|expired|dropped_(rate|slow|left|full))$")
REFUSED = re.compile(r"^events_dropped_")


def get_health(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, 10)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        return json.load(connection.getresponse())
    finally:
        connection.close()


def get_added_ms(port, priority):
    """p99 from Tidewire's taking an event from Redis to the kernel's taking it."""
    return get_health(port)["latency_usec"][priority]["p99"] / 1000


def find_losses(port):
    return [
        "%s is %d" % (name, value)
        for name, value in get_health(port)["counters"].items()
        if value and (LOST.search(name) or REFUSED.match(name) or name == "balance_error")
    ]


def describe_settings():
    """What Tidewire is run with, besides its defaults."""
    return ["%s=%s" % item for item in {**LIMITS, **PINGS, **ROUTES}.items()]
