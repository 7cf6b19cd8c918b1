/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Node's `socket.io`, a room a symbol. Its documentation on speed and memory is followed:
 * the native add-on of `ws`, no compression (the default), and the first HTTP request of a
 * connection is let go. Events are emitted as objects: there is no way to hand it text that
 * is JSON already. */

import { createServer } from "node:http";
import { createClient } from "redis";
import { Server } from "socket.io";

import { channel, host, makeIntake, port, redisUrl } from "./settings.mjs";

const httpServer = createServer();
const io = new Server(httpServer, { serveClient: false });

io.engine.on("connection", (rawSocket) => {
  rawSocket.request = null;
});
io.on("connection", (socket) => {
  socket.on("subscribe_tickers", ({ tickers }) => socket.join(tickers));
});

const take = makeIntake(
  (symbol, event) => io.to(symbol).emit("tick", event),
  (symbol, events) => io.to(symbol).emit("ticks", events),
);
const redis = createClient({ url: redisUrl });
await redis.connect();
await redis.subscribe(channel, (text) => {
  const event = JSON.parse(text);
  take(event.symbol, event);
});
httpServer.listen(port, host, () => console.log(`listening ${httpServer.address().port}`));
