/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Node's `ws`, with its native add-on: each event's text goes as it came to all who asked
 * for its symbol. */

import { createClient } from "redis";
import { WebSocketServer } from "ws";

import { channel, host, makeIntake, port, redisUrl } from "./settings.mjs";

const subscribers = new Map();

function subscribe(socket, symbols) {
  for (const symbol of symbols) {
    if (!subscribers.has(symbol)) subscribers.set(symbol, new Set());
    subscribers.get(symbol).add(socket);
    socket.symbols.add(symbol);
  }
}

function leave(socket) {
  for (const symbol of socket.symbols) {
    const others = subscribers.get(symbol);
    others.delete(socket);
    if (others.size === 0) subscribers.delete(symbol);
  }
}

function send(symbol, text) {
  for (const socket of subscribers.get(symbol) ?? []) socket.send(text);
}

const server = new WebSocketServer({ host, port, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.symbols = new Set();
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type === "subscribe_tickers") subscribe(socket, message.tickers);
  });
  socket.on("close", () => leave(socket));
  socket.on("error", () => socket.terminate());
});

const take = makeIntake(send, (symbol, texts) => send(symbol, `[${texts.join(",")}]`));
const redis = createClient({ url: redisUrl });
await redis.connect();
await redis.subscribe(channel, (text) => take(JSON.parse(text).symbol, text));
console.log(`listening ${server.address().port}`);
