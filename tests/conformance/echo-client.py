#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""python3-socketio: sends text and binary data to a conformance server, and expects the
same back. Ends with 0 when that came.

    echo-client.py URL TRANSPORT

TRANSPORT is `polling`, `websocket`, or `default` for the client's own choice.
"""

import asyncio
import sys

import socketio

N_ROUNDS = 30
WAIT_S = 10


async def main(url, way):
    client = socketio.AsyncClient(reconnection=False)
    back = asyncio.Queue()

    @client.on("message-back")
    async def take(*arguments):
        await back.put(arguments)

    chosen = None if way == "default" else [way]
    await client.connect(url, transports=chosen, wait_timeout=WAIT_S)
    for n in range(N_ROUNDS):
        sent = (n, "é", {"first": bytes([n]) * n * 100, "list": [None, b"\x00\xff"]})
        await client.emit("message", sent)
        got = await asyncio.wait_for(back.get(), WAIT_S)
        assert got == sent, f"{sent} came back as {got}"
        acked = tuple(await client.call("message-with-ack", sent, timeout=WAIT_S))
        assert acked == sent, f"{sent} was acknowledged as {acked}"
    wanted = "polling" if way == "polling" else "websocket"
    assert client.transport() == wanted, client.transport()
    await client.disconnect()


asyncio.run(main(*sys.argv[1:3]))
