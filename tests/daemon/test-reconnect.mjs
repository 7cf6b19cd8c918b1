/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Official clients whose service ends, or is killed, and starts again on the same port:
 * they have to come back by themselves. Writes TAP; see test-socketio-js.mjs. */

import assert from "node:assert/strict";

import { startTidewired } from "../browser/service.mjs";
import { check, finish } from "../browser/tap.mjs";
import { TIDEWIRED, WAIT_MS, io, until } from "./official.mjs";
import { startRedis } from "./redis.mjs";

const N_CLIENTS = 40;
const PATTERNS = "tickstock.events.patterns";
const redis = await startRedis();
const settings = [
  "source.type=redis",
  `redis.uri=${redis.uri}`,
  "auth.mode=development",
  "delivery.offline-store=redis",
  "server.drain-spread-ms=1000",
];
let service = await startTidewired(TIDEWIRED, settings);
const { port } = new URL(service.url);
async function getHealth() {
  return (await fetch(new URL("/health", service.url))).json();
}

const isReady = async () => {
  const health = await getHealth();
  return health.source.state === "connected" && health.offline_store === "whole";
};

/* Half of them begin by long-polling and are upgraded, some stay there. */
const WAYS = [["websocket"], ["polling", "websocket"], ["websocket"], ["polling"]];
const clients = Array.from({ length: N_CLIENTS }, (_, number) => {
  const client = io(service.url, {
    forceNew: true,
    transports: WAYS[number % WAYS.length],
    query: { user: `user${number}` },
    reconnectionDelay: 200,
    reconnectionDelayMax: 1000,
  });
  client.alerts = [];
  client.told = [];
  client.ends = [];
  client.on("pattern_alert", (alert) => client.alerts.push(alert.number));
  client.on("server_draining", (told) => client.told.push(told.retry_after_ms));
  client.on("disconnect", (reason) => client.ends.push(reason));
  return client;
});

function publish(number) {
  redis.publish(PATTERNS, JSON.stringify({ data: { symbol: "A", pattern: "P", number } }));
}

const range = (n) => Array.from({ length: n }, (_, number) => number);
const haveAll = (n) =>
  until(() => clients.every((client) => client.alerts.length >= n), `${n} alerts each`);
const areHere = () =>
  until(() => clients.every((client) => client.connected), "all are connected");

await check("all come, and get what they asked for", async () => {
  await until(isReady, "Redis");
  await areHere();
  await Promise.all(
    clients.map((client) =>
      client.timeout(WAIT_MS).emitWithAck("subscribe_tickstockpl_watchlist", {
        symbols: ["A"],
      }),
    ),
  );
  for (const number of range(10)) publish(number);
  await haveAll(10);
});

await check("they are told of an end, and come back by themselves", async () => {
  for (const number of range(20).slice(10)) publish(number);
  await until(async () => (await getHealth()).counters.events_received === 20, "20");
  assert.equal(await service.stop(), 0);
  service = await startTidewired(TIDEWIRED, settings, { port });
  await until(isReady, "Redis");
  await areHere();
  await haveAll(20);
  for (const client of clients) {
    const how = `${client.io.engine.transport.name}: ${client.ends}`;
    assert.equal(client.told.length, 1, `times that one is told, ${how}`);
    assert.ok(client.told[0] >= 0 && client.told[0] < 1000, `${client.told}`);
    assert.notEqual(client.ends[0], "io server disconnect");
  }
});

await check("their subscriptions are in force without asking again", async () => {
  for (const number of range(30).slice(20)) publish(number);
  await haveAll(30);
});

await check("killed, they come back by themselves and miss nothing that waits for them", async () => {
  await service.kill();
  service = await startTidewired(TIDEWIRED, settings, { port });
  await until(isReady, "Redis");
  for (const number of range(40).slice(30)) publish(number);
  await areHere();
  await haveAll(40);
  for (const client of clients) assert.deepEqual(client.alerts, range(40));
});

await check("the service ends well", async () => {
  for (const client of clients) client.close();
  const health = await getHealth();
  assert.equal(health.counters.balance_error, 0);
  assert.equal(await service.stop(), 0);
});
await redis.stop();
finish();
