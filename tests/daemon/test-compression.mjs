/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* permessage-deflate with clients that others wrote: `ws`, and the official client of
 * Socket.IO on top of it. Writes TAP:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/daemon/test-compression.mjs */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";

import { startTidewired } from "../browser/service.mjs";
import { check, finish } from "../browser/tap.mjs";
import { TIDEWIRED, WAIT_MS, io, until, wait } from "./official.mjs";
import { startRedis } from "./redis.mjs";

const TICKS = "tickstock.all_ticks";
const MAX_PAYLOAD_BYTES = 20000;
const AGREED =
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
const require = createRequire(new URL("../browser/package.json", import.meta.url));
const { WebSocket } = require("ws");

const redis = await startRedis();
const settings = [
  "source.type=redis",
  `redis.uri=${redis.uri}`,
  "delivery.events-per-second=0",
  `engineio.max-payload-bytes=${MAX_PAYLOAD_BYTES}`,
];
const service = await startTidewired(TIDEWIRED, [
  ...settings,
  "engineio.compression=true",
]);
const plain = await startTidewired(TIDEWIRED, settings);

for (const { url } of [service, plain])
  await until(
    async () =>
      (await (await fetch(new URL("/health", url))).json()).source.state === "connected",
    "Redis",
  );

/* A client of /ws that was greeted; keeps what comes in `messages`. */
async function open({ url }, options = { perMessageDeflate: { threshold: 0 } }) {
  const client = new WebSocket(url.replace("http", "ws") + "ws", options);
  client.messages = [];
  client.on("message", (data) => client.messages.push(JSON.parse(data)));
  client.on("upgrade", (response) => {
    client.agreed = response.headers["sec-websocket-extensions"];
    client.wire = response.socket;
  });
  client.next = async (type) => {
    await until(() => client.messages.length > 0, type);
    const message = client.messages.shift();
    assert.equal(message.type, type, JSON.stringify(message).slice(0, 200));
    return message.data;
  };
  await once(client, "open", { signal: AbortSignal.timeout(WAIT_MS) });
  await client.next("connected");
  return client;
}

async function subscribe(client, ...tickers) {
  client.send(JSON.stringify({ type: "subscribe_tickers", tickers }));
  assert.deepEqual(await client.next("subscription_updated"), { tickers });
}

/* As much text as news have, with characters of every size. */
const makeTick = (symbol) => ({
  symbol,
  text: "Grüße, 世界, 🌊; the price has not changed. ".repeat(80),
});

await check("what was agreed stands in the answer, once for all messages", async () => {
  const client = await open(service);
  assert.equal(client.agreed, AGREED);
  assert.equal(client.extensions, "permessage-deflate");
  client.close();
});

await check("without compression=true, or an offer, there is none", async () => {
  const one = await open(plain);
  const other = await open(service, { perMessageDeflate: false });
  for (const client of [one, other]) {
    assert.equal(client.agreed, undefined);
    await subscribe(client, "A");
    client.close();
  }
});

await check("both kinds of clients get the same, one in fewer bytes", async () => {
  const one = await open(service);
  const other = await open(service, { perMessageDeflate: false });
  const tick = makeTick("A");
  for (const client of [one, other]) {
    await subscribe(client, "A", "B");
    client.start = client.wire.bytesRead;
  }
  redis.publish(TICKS, JSON.stringify(tick));
  redis.publish(TICKS, '{"symbol":"B"}');
  for (const client of [one, other]) {
    assert.deepEqual(await client.next("tick_data"), tick);
    assert.deepEqual(await client.next("tick_data"), { symbol: "B" });
  }
  const [few, many] = [one, other].map(({ wire, start }) => wire.bytesRead - start);
  assert.ok(few * 10 < many, `${few} and ${many} bytes`);
  one.close();
  other.close();
});

await check("a batch comes compressed, too", async () => {
  const url = `${service.url.replace("http", "ws")}ws?batch=1`;
  const client = new WebSocket(url, { perMessageDeflate: true });
  const batches = [];
  client.on("message", (data) => {
    const { type, data: batch } = JSON.parse(data);
    if (type === "event_batch") batches.push(batch);
  });
  await once(client, "open", { signal: AbortSignal.timeout(WAIT_MS) });
  client.send('{"type":"subscribe_tickers","tickers":["A","B"]}');
  await wait(300);
  for (const symbol of ["A", "B"]) redis.publish(TICKS, JSON.stringify(makeTick(symbol)));
  const getSymbols = () =>
    batches.flatMap(({ events }) => events.map(({ data }) => data.symbol));
  await until(() => getSymbols().length === 2, "both ticks");
  assert.deepEqual(getSymbols().sort(), ["A", "B"]);
  client.close();
});

await check("what a client sends compressed is read", async () => {
  const client = await open(service);
  const tickers = Array.from({ length: 300 }, (_, i) => `TICKER-${i}`);
  await subscribe(client, ...tickers);
  const start = client.wire.bytesWritten;
  await subscribe(client, ...tickers);
  assert.ok(client.wire.bytesWritten - start < JSON.stringify(tickers).length / 2);
  client.close();
});

await check("a small message with too much in it ends the connection", async () => {
  const client = await open(service);
  client.send(" ".repeat(100 * MAX_PAYLOAD_BYTES));
  const [code, reason] = await once(client, "close", {
    signal: AbortSignal.timeout(WAIT_MS),
  });
  assert.equal(code, 1009);
  assert.equal(String(reason), "the message is over max-payload-bytes");
});

for (const transports of [["websocket"], ["polling", "websocket"]])
  await check(`the official client, by ${transports.join(", then ")}`, async () => {
    const client = io(service.url, {
      transports,
      forceNew: true,
      perMessageDeflate: { threshold: 0 },
    });
    const tick = makeTick("A");
    await once(client, "connect", { signal: AbortSignal.timeout(WAIT_MS) });
    await until(() => client.io.engine.transport.name === "websocket", "the upgrade");
    await until(() => !client.io.engine.upgrading, "the end of the upgrade");
    const { ws } = client.io.engine.transport;
    assert.equal(ws.extensions, "permessage-deflate");
    await client.emitWithAck("subscribe_tickers", { tickers: ["A"] });
    const start = ws._socket.bytesRead;
    redis.publish(TICKS, JSON.stringify(tick));
    const [got] = await once(client, "tick_data", {
      signal: AbortSignal.timeout(WAIT_MS),
    });
    assert.deepEqual(got, tick);
    assert.ok(ws._socket.bytesRead - start < 1000, "it came compressed");
    client.disconnect();
  });

const codes = [await service.stop(), await plain.stop()];
await redis.stop();
await check("the service ends well", () => assert.deepEqual(codes, [0, 0]));
process.exit(finish());
