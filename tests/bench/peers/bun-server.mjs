/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bun, with its own server (uWebSockets inside), topics and Redis client: a topic a symbol,
 * each event's text published as it came. */

import { RedisClient, serve } from "bun";

import { channel, host, makeIntake, port, redisUrl } from "./settings.mjs";

const server = serve({
  hostname: host,
  port,
  fetch(request, itself) {
    if (itself.upgrade(request)) return undefined;
    return new Response("This is for WebSockets", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    message(socket, data) {
      const message = JSON.parse(data);
      if (message.type !== "subscribe_tickers") return;
      for (const symbol of message.tickers) socket.subscribe(symbol);
    },
  },
});

const take = makeIntake(
  (symbol, text) => server.publish(symbol, text),
  (symbol, texts) => server.publish(symbol, `[${texts.join(",")}]`),
);
const redis = new RedisClient(redisUrl);
await redis.connect();
await redis.subscribe(channel, (text) => take(JSON.parse(text).symbol, text));
console.log(`listening ${server.port}`);
