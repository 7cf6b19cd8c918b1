#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""python-socketio's own clients, over WebSocket: the asyncio one, which needs
python3-aiohttp, and the threaded one, which needs python3-websocket."""

import asyncio
import importlib.util
import json
import queue

import harness
import redisserver

OPTIONS = {"transports": ["websocket"]}
SHORT_DELAYS = {"reconnection_delay": 0.1, "reconnection_delay_max": 0.2}


def need(*modules):
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        packages = " ".join("python3-" + name for name in missing)
        raise harness.Skip(f"{packages} is not installed")


def get_url(service):
    return f"http://127.0.0.1:{service.port}"


class AsyncClient:
    """The asyncio client, with a queue of what came."""

    def __init__(self):
        import socketio

        self.client = socketio.AsyncClient(**SHORT_DELAYS)
        self.came = asyncio.Queue()
        for name in (
            "subscription_updated",
            "tick_data",
            "error",
            "connect",
            "disconnect",
        ):
            self.client.on(name, self._make_handler(name))

    def _make_handler(self, name):
        async def handler(*arguments):
            self.came.put_nowait((name, *arguments))

        return handler

    async def take(self, wanted, within_s=harness.WAIT_S):
        name, *arguments = await asyncio.wait_for(self.came.get(), within_s)
        harness.expect_equal(name, wanted, "the next event")
        return arguments[0] if arguments else None

    async def connect(self, service):
        await self.client.connect(get_url(service), **OPTIONS)
        await self.take("connect")


def asynchronous(func):
    """A test of the asyncio client, with a Redis and a service of its own."""

    def run(scope):
        need("socketio", "aiohttp")
        redis, service = redisserver.start_with_redis(scope)

        async def guarded():
            client = AsyncClient()
            try:
                await asyncio.wait_for(func(scope, redis, service, client), 60)
            finally:
                client.client.reconnection = False
                if client.client.connected:
                    await client.client.disconnect()

        asyncio.run(guarded())
        service.check_books()

    run.__doc__ = func.__doc__
    return harness.test(run)


@asynchronous
async def speaks_with_asyncio(scope, redis, service, client):
    """asyncio: connects, subscribes with events and acknowledgements, gets its ticks"""
    await client.connect(service)
    harness.expect_match("^[A-Za-z0-9_-]{20}$", client.client.get_sid())
    await client.client.emit("subscribe_tickers", {"tickers": ["A", "B"]})
    answer = await client.take("subscription_updated")
    harness.expect_equal(answer, {"tickers": ["A", "B"]})
    answer = await client.client.call("unsubscribe_tickers", {"tickers": ["A"]})
    harness.expect_equal(answer, {"tickers": ["B"]}, "the acknowledgement")
    harness.expect_equal(await client.take("subscription_updated"), {"tickers": ["B"]})
    for number in range(100):
        symbol = "AB"[number % 2]
        redis.publish(redisserver.TICKS, json.dumps({"symbol": symbol, "number": number}))
    for number in range(1, 100, 2):
        tick = await client.take("tick_data")
        harness.expect_equal(tick, {"symbol": "B", "number": number}, "the tick")


@asynchronous
async def is_refused_with_asyncio(scope, redis, service, client):
    """asyncio: what can't be done is answered with error, and the connection goes on"""
    await client.connect(service)
    for arguments, code in (
        (("no_such_thing", {}), "unknown_command"),
        (("subscribe_tickers", "A"), "bad_payload"),
        (("subscribe_tickers", ({}, {})), "bad_payload"),
        (("subscribe_tickers", b"\0\1"), "unsupported"),
        (("subscribe_tickers", {"tickers": [b"\0", b"\1"]}), "unsupported"),
    ):
        await client.client.emit(*arguments)
        error = await client.take("error")
        harness.expect_equal((error["code"], error["event"]), (code, arguments[0]))
    answer = await client.client.call("subscribe_tickers", {"tickers": ["A"]})
    harness.expect_equal(answer, {"tickers": ["A"]}, "the acknowledgement")


@asynchronous
async def is_pinged_with_asyncio(scope, redis, service, client):
    """asyncio: pings are answered, and the connection outlives the timeout"""
    quick = harness.Service(
        scope, "engineio.ping-interval-ms=200", "engineio.ping-timeout-ms=500"
    )
    await client.connect(quick)
    await asyncio.sleep(2)
    await client.client.call("subscribe_tickers", {"tickers": ["A"]})
    await client.take("subscription_updated")
    harness.expect_equal(quick.get_counters()["connections_timed_out"], 0, "timed out")


@asynchronous
async def comes_back_with_asyncio(scope, redis, service, client):
    """asyncio: comes back by itself after a restart of the service"""
    await client.connect(service)
    service.stop()
    await client.take("disconnect")
    again = harness.Service(scope, port=service.port)
    await client.take("connect", 30)
    await client.client.call("subscribe_tickers", {"tickers": ["A"]})
    await client.client.disconnect()
    await asyncio.to_thread(again.wait_for_counter, "connections", 0)
    service.check_books = lambda: None  # it has ended


@harness.test
def speaks_with_threads(scope):
    """threads: connects, subscribes, gets its ticks, is refused, and disconnects"""
    need("socketio", "websocket")
    import socketio

    redis, service = redisserver.start_with_redis(scope)
    client = socketio.Client(reconnection=False)
    came = queue.Queue()
    for name in ("subscription_updated", "tick_data", "error"):
        client.on(name, lambda data, name=name: came.put((name, data)))
    client.connect(get_url(service), **OPTIONS)
    try:
        answer = client.call("subscribe_tickers", {"tickers": ["A"]})
        harness.expect_equal(answer, {"tickers": ["A"]}, "the acknowledgement")
        wanted = [("subscription_updated", answer)]
        for number in range(50):
            tick = {"symbol": "A", "number": number}
            redis.publish(redisserver.TICKS, json.dumps(tick))
            wanted.append(("tick_data", tick))
        for event in wanted:
            harness.expect_equal(came.get(timeout=harness.WAIT_S), event, "the event")
        client.emit("subscribe_tickers", b"\0\1")
        name, error = came.get(timeout=harness.WAIT_S)
        harness.expect_equal((name, error["code"]), ("error", "unsupported"))
    finally:
        client.disconnect()
    service.wait_for_counter("connections", 0)
    service.check_books()


harness.run(limit_s=240)
