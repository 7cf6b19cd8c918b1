#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Flask-SocketIO on eventlet, a room a symbol, as its documentation has it: one background
task reads Redis and emits to rooms."""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402

import redis  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402

PORT = int(os.environ.get("BENCH_PORT", "5000"))
REDIS_PORT = int(os.environ.get("BENCH_REDIS_PORT", "6379"))
CHANNEL = os.environ.get("BENCH_CHANNEL", "bench.events")
BATCH_S = float(os.environ.get("BENCH_BATCH_MS", "0")) / 1000
# Eventlet serves 1,024 connections at once if it isn't told.
MAX_CONNECTIONS = 20000

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet")
waiting = {}


@socketio.on("subscribe_tickers")
def subscribe(message):
    for symbol in message["tickers"]:
        join_room(symbol)


def take(event):
    if BATCH_S == 0:
        socketio.emit("tick", event, to=event["symbol"])
    else:
        waiting.setdefault(event["symbol"], []).append(event)


def send_batches():
    global waiting
    while True:
        socketio.sleep(BATCH_S)
        batches, waiting = waiting, {}
        for symbol, events in batches.items():
            socketio.emit("ticks", events, to=symbol)


def read_redis():
    pubsub = redis.Redis(port=REDIS_PORT).pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe(CHANNEL)
    print("listening %d" % PORT, flush=True)
    for message in pubsub.listen():
        take(json.loads(message["data"]))
        # So that sockets get their turn when Redis always has more.
        socketio.sleep(0)


socketio.start_background_task(read_redis)
if BATCH_S > 0:
    socketio.start_background_task(send_batches)
socketio.run(app, host="127.0.0.1", port=PORT, max_size=MAX_CONNECTIONS)
