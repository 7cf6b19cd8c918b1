# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured, with whom."""

import dataclasses
import functools
import typing

from . import measure
from .shapes import Shape

SINGLE = [
    "floor",
    "bun",
    "nchan",
    "ws",
    "socketio",
    "flask",
    "tidewire",
    "tidewire-socketio",
]
BATCHED = [
    "floor-batch",
    "bun-batch",
    "ws-batch",
    "socketio-batch",
    "flask-batch",
    "tidewire-lanes",
    "tidewire-batch",
    "tidewire-socketio-lanes",
    "tidewire-socketio-batch",
]
# The beginning is unlike what follows: docs/benchmarks.md.
WARM_UP_S = 3
MANY = Shape(1000, symbols=500, each=10, rate=1000, seconds=8, warm_up=WARM_UP_S)
ROOM = Shape(1000, rate=100, seconds=8, warm_up=WARM_UP_S)


@dataclasses.dataclass
class Workload:
    name: str
    title: str
    run: typing.Callable
    shape: Shape
    contestants: list


def _growth(connections):
    """Always 50,000 deliveries a second."""
    return Workload(
        "growth-%d" % connections,
        "50,000 deliveries a second to {:,} connections".format(connections),
        measure.deliver,
        Shape(connections, rate=50000 / connections, seconds=8, warm_up=WARM_UP_S),
        ["floor", "bun", "nchan", "ws", "socketio", "tidewire"]
        # Twice what it can do; with more connections it is no better.
        + (["flask"] if connections <= 1000 else []),
    )


# Events a second of one room of 1,000 at which to begin looking for the highest rate.
FIRST_RATES = {
    "floor": 100,
    "bun": 1600,
    "nchan": 100,
    "ws": 60,
    "socketio": 60,
    "flask": 4,
    "tidewire": 1600,
    "floor-batch": 4500,
    "socketio-batch": 4500,
    "tidewire-lanes": 4500,
    "tidewire-batch": 4500,
}


def _find_highest(world, contestant, shape):
    return measure.find_highest(world, contestant, shape, FIRST_RATES[contestant.name])


def make_all(file_limit):
    # Some have three descriptors for a while: HTTP for GET and for POST, and the WebSocket.
    upgraders = min(10000, file_limit // 2)
    tens = functools.partial(Shape, symbols=500, each=10)
    idlers = ["floor", "bun", "nchan", "ws", "socketio", "tidewire", "tidewire-socketio"]
    return [
        Workload(
            "one-room",
            "one room, 1,000 connections, 100 events a second",
            measure.deliver,
            ROOM,
            SINGLE + BATCHED,
        ),
        Workload(
            "many-symbols",
            "1,000 connections × 10 of 500 symbols, 1,000 events a second",
            measure.deliver,
            MANY,
            SINGLE + BATCHED,
        ),
        *[_growth(n) for n in (100, 1000, 5000, 10000)],
        Workload(
            "idle-5000",
            "5,000 idle connections with 10 symbols each",
            measure.idle,
            tens(5000),
            idlers + ["flask"],
        ),
        Workload(
            "idle-10000",
            "10,000 idle connections with 10 symbols each, which then leave",
            measure.idle_twice,
            tens(10000),
            idlers,
        ),
        Workload(
            "accept-10000",
            "10,000 connections are accepted",
            measure.accept,
            Shape(10000),
            SINGLE,
        ),
        Workload(
            "upgrade",
            "{:,} clients begin with long-polling and upgrade".format(upgraders),
            measure.accept,
            Shape(upgraders, opening=64),
            ["socketio-upgrade", "tidewire-upgrade"],
        ),
        Workload(
            "held-polls",
            "1,000 held long-polls",
            measure.idle,
            Shape(1000),
            ["socketio-polling", "tidewire-polling"],
        ),
        Workload(
            "highest",
            "highest rate in one room of 1,000",
            _find_highest,
            # As large as ticks are; with 200 bytes it is the clients that give up first.
            dataclasses.replace(ROOM.shortened(2.5), rate=0, event_bytes=120),
            list(FIRST_RATES),
        ),
        Workload(
            "flood",
            "100,000 messages a second that nobody wants",
            measure.flood,
            Shape(100, symbols=100, rate=100000, seconds=4),
            ["bun", "ws", "socketio", "tidewire"],
        ),
        Workload(
            "half-load",
            "urgent events while ticks take half of the core",
            measure.half_load,
            # Few symbols, so that Redis and the publisher leave the clients' core some time:
            # what is looked for is the delay of the server.
            Shape(
                1000,
                symbols=50,
                each=10,
                rate=2000,
                seconds=3,
                urgent_rate=100,
                urgent_symbols=100,
            ),
            ["tidewire", "tidewire-lanes"],
        ),
        Workload(
            "steady",
            "100 connections, 100 events a second, while 10,000 others come in",
            measure.steady,
            Shape(100, rate=100, seconds=3),
            ["floor", "bun", "ws", "socketio", "tidewire", "tidewire-socketio"],
        ),
    ]
