#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The official JavaScript client and python3-socketio, by each way in, while events flow;
and slow long-pollers beside fast clients."""

import json
import pathlib
import shutil
import subprocess
import threading
import time

from pollclient import Flow, PollingClient

import harness
import rawsocket
import redisserver

FOLDER = pathlib.Path(__file__).resolve().parent
EVENTS_PER_S = 200
SYMBOL = "FLOW"


def expect_row(numbers, who):
    wanted = list(range(numbers[0], numbers[0] + len(numbers)))
    harness.expect_equal(numbers, wanted, f"what {who} has seen")


def run_clients(scope, command, n_ticks):
    """Runs three clients of each way in at once, and judges what they have seen."""
    redis, service = redisserver.start_with_redis(scope)
    flow = Flow(scope, redis, EVENTS_PER_S, SYMBOL)
    url = f"http://127.0.0.1:{service.port}"
    clients = [
        (way, subprocess.Popen(
            [*command, url, way, SYMBOL, str(n_ticks)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ))
        for way in ("polling", "websocket", "default") * 2
    ]  # fmt: skip
    for _, client in clients:
        scope.callback(client.kill)
    for way, client in clients:
        text, _ = client.communicate(timeout=90)
        if client.returncode == 77:
            raise harness.Skip(text.strip())
        harness.expect_equal(client.returncode, 0, f"the exit code ({text[-500:]})")
        seen = json.loads(harness.expect_match(r"^\{.*\}$", text).group())
        expect_row(seen["numbers"], f"a client by {way}")
        wanted = "polling" if way == "polling" else "websocket"
        harness.expect_equal(seen["upgraded"], way == "default", f"upgraded, by {way}")
        harness.expect_equal(seen["transport"], wanted, "the transport")
        harness.expect_equal(seen["binary"], "unsupported", "the answer to binary")
    flow.stop()
    service.wait_for_counter("connections", 0, 30)
    service.check_books()


@harness.test
def serves_javascript(scope):
    """The official JavaScript client gets everything, by each way in"""
    if shutil.which("node") is None:
        raise harness.Skip("there is no node")
    if not (FOLDER.parent / "browser/node_modules/socket.io-client").exists():
        raise harness.Skip("tests/browser has no packages; run npm ci there")
    run_clients(scope, ["node", FOLDER / "socketio-client.mjs"], 1000)


@harness.test
def serves_python(scope):
    """python3-socketio gets everything, by each way in"""
    run_clients(scope, ["/usr/bin/python3", FOLDER / "socketio-client.py"], 1000)


@harness.test
def serves_slow_beside_fast(scope):
    """20 slow long-pollers beside 500 fast clients: all get everything, none waits"""
    redis, service = redisserver.start_with_redis(scope)
    fast = [rawsocket.PlainClient(scope, service) for _ in range(500)]
    slow = [PollingClient(scope, service) for _ in range(20)]
    for client in fast + slow:
        client.subscribe(SYMBOL)
    flow = Flow(scope, redis, 20, SYMBOL)
    n_ticks, delays, ends = 160, [], threading.Event()
    numbers = {client: [] for client in slow}
    troubles = []

    def poll():
        try:
            while not ends.is_set() or min(map(len, numbers.values())) < n_ticks:
                for client in slow:
                    numbers[client].append(client.take_tick()["number"])
                    while client.packets:
                        numbers[client].append(client.take_tick()["number"])
                time.sleep(1)
        except Exception as error:
            troubles.append(error)

    poller = threading.Thread(target=poll, daemon=True)
    poller.start()
    for number in range(n_ticks):
        for client in fast:
            tick = client.take_tick()
            harness.expect_equal(tick["number"], number, "the next tick")
        delays.append(time.monotonic() - tick["at"])
    ends.set()
    poller.join(30)
    harness.expect_equal(troubles, [], "what the slow ones met")
    for client in slow:
        expect_row(numbers[client], "a slow client")
    delays.sort()
    harness.note(f"the last of 500 had a tick after {delays[len(delays) // 2] * 1000:.1f} ms")
    if not service.is_sanitized() and delays[int(len(delays) * 0.9)] > 1:
        raise AssertionError(f"a tick took {delays[-1]:.2f} s")
    flow.stop()


harness.run(limit_s=240)
