#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""python3-socketio's client: counts the ticks of one symbol for a while, and prints what
it has seen as JSON.

    socketio-client.py URL TRANSPORTS SYMBOL N_TICKS
"""

import asyncio
import json
import sys

try:
    import aiohttp  # noqa: F401, the client needs it
    import socketio
except ImportError as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit(77)


async def main(url, transports, symbol, n_wanted):
    seen = {"numbers": [], "upgraded": False, "transport": "", "binary": "", "reasons": []}
    done = asyncio.get_running_loop().create_future()
    client = socketio.AsyncClient(reconnection=False)

    @client.on("tick_data")
    async def take(tick):
        seen["numbers"].append(tick["number"])
        if len(seen["numbers"]) >= n_wanted and not done.done():
            done.set_result(0)

    @client.event
    async def disconnect():
        if not done.done():
            seen["reasons"].append("disconnect")
            done.set_result(1)

    chosen = None if transports == "default" else [transports]
    await client.connect(url, transports=chosen, wait_timeout=10)
    await client.emit("subscribe_tickers", {"tickers": [symbol]})
    answer = await client.call("binary", b"\x00\x01\x02\xff", timeout=10)
    seen["binary"] = answer["code"]
    code = await asyncio.wait_for(done, 60)
    seen["transport"] = client.transport()
    seen["upgraded"] = transports == "default" and client.transport() == "websocket"
    await client.disconnect()
    print(json.dumps(seen))
    return code


sys.exit(asyncio.run(main(*sys.argv[1:4], int(sys.argv[4]))))
