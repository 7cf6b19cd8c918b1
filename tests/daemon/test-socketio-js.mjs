/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The official JavaScript client of Socket.IO, unchanged, over WebSocket. Writes TAP:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/daemon/test-socketio-js.mjs */

import assert from "node:assert/strict";
import { once } from "node:events";

import { startTidewired } from "../browser/service.mjs";
import { check, finish } from "../browser/tap.mjs";
import { TIDEWIRED, WAIT_MS, io, until, wait } from "./official.mjs";
import { startRedis } from "./redis.mjs";

const TICKS = "tickstock.all_ticks";
const redis = await startRedis();
const fromRedis = [
  "source.type=redis",
  `redis.uri=${redis.uri}`,
  "delivery.events-per-second=0",
];
let service = await startTidewired(TIDEWIRED, fromRedis);
const clients = new Set();

async function getHealth() {
  return (await fetch(new URL("/health", service.url))).json();
}

const sourceIsThere = () =>
  until(async () => (await getHealth()).source.state === "connected", "Redis");

/* A client that writes down every event, in `events`; `next` takes the oldest. */
function open(options = {}) {
  const client = io(service.url, {
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 300,
    ...options,
  });
  client.events = [];
  client.onAny((...event) => client.events.push(event));
  client.next = async (name) => {
    await until(() => client.events.length > 0, name);
    const [found, ...rest] = client.events.shift();
    assert.equal(found, name);
    return rest[0];
  };
  clients.add(client);
  return client;
}

/* A client that is connected. */
async function come(options) {
  const client = open(options);
  await once(client, "connect", { signal: AbortSignal.timeout(WAIT_MS) });
  return client;
}

const ask = (client, ...event) => client.timeout(WAIT_MS).emitWithAck(...event);

function leave() {
  for (const client of clients) client.disconnect();
  clients.clear();
}

/* A check, after which all clients leave. */
const checkClients = (name, func) =>
  check(name, async () => {
    try {
      await func();
    } finally {
      leave();
    }
  });

await sourceIsThere();

await checkClients("it connects and has an id of its own", async () => {
  const [one, two] = await Promise.all([come(), come()]);
  for (const client of [one, two]) {
    assert.match(client.id, /^[A-Za-z0-9_-]{20}$/);
    assert.notEqual(client.id, client.io.engine.id);
    assert.equal(client.io.engine.transport.name, "websocket");
  }
  assert.notEqual(one.id, two.id);
});

await checkClients("commands are answered by an event, and acknowledged", async () => {
  const client = await come();
  client.emit("subscribe_tickers", { tickers: ["A", "B", "A"] });
  assert.deepEqual(await client.next("subscription_updated"), { tickers: ["A", "B"] });
  const answer = await ask(client, "unsubscribe_tickers", { tickers: ["A", "Z"] });
  assert.deepEqual(answer, { tickers: ["B"] });
  assert.deepEqual(await client.next("subscription_updated"), answer);
  assert.deepEqual(await ask(client, "subscribe_tickers", { tickers: [] }), {
    tickers: [],
  });
  await client.next("subscription_updated");
  const room = { room: "system_health_room" };
  assert.deepEqual(await ask(client, "join_room", room), room);
  assert.deepEqual(await client.next("room_joined"), room);
  assert.deepEqual(client.events, []);
});

await checkClients("what can't be done is an error, to both", async () => {
  const client = await come();
  for (const [event, code] of [
    [["no_such_thing", {}], "unknown_command"],
    [["subscribe_tickers"], "bad_payload"],
    [["subscribe_tickers", "A"], "bad_payload"],
    [["subscribe_tickers", {}, {}], "bad_payload"],
    [["subscribe_tickers", null], "bad_payload"],
    [["subscribe_tickers", { tickers: [1] }], "bad_payload"],
  ]) {
    const answer = await ask(client, ...event);
    assert.equal(answer.code, code, JSON.stringify(event));
    assert.equal(answer.event, event[0]);
    assert.deepEqual(await client.next("error"), answer);
  }
});

await checkClients("binary data is refused politely, and the client lives", async () => {
  const client = await come();
  for (const payload of [
    Buffer.from("x"),
    { tickers: [new Uint8Array(9), Buffer.alloc(0)] },
  ]) {
    client.emit("subscribe_tickers", payload);
    assert.equal((await client.next("error")).code, "unsupported");
    assert.equal((await ask(client, "subscribe_tickers", payload)).code, "unsupported");
    await client.next("error");
  }
  assert.deepEqual(await ask(client, "subscribe_tickers", { tickers: ["A"] }), {
    tickers: ["A"],
  });
});

await checkClients(
  "each gets the ticks of its tickers, in order, and no others",
  async () => {
    const [one, two] = await Promise.all([come(), come()]);
    const wanted = new Map([
      [one, ["A", "BOTH"]],
      [two, ["B", "BOTH"]],
    ]);
    for (const [client, tickers] of wanted) {
      await ask(client, "subscribe_tickers", { tickers });
      await client.next("subscription_updated");
    }
    const ticks = Array.from({ length: 400 }, (_, sequence) => ({
      symbol: ["A", "B", "BOTH", "NOBODYS"][sequence % 4],
      sequence,
      price: sequence / 7,
      text: "é😀\u2028",
    }));
    for (const tick of ticks) redis.publish(TICKS, JSON.stringify(tick));
    for (const [client, tickers] of wanted) {
      const own = ticks.filter(({ symbol }) => tickers.includes(symbol));
      await until(() => client.events.length >= own.length, "the ticks");
      assert.deepEqual(
        client.events,
        own.map((tick) => ["tick_data", tick]),
      );
    }
  },
);

await checkClients("a payload's bytes arrive as they were published", async () => {
  const client = await come();
  await ask(client, "subscribe_tickers", { tickers: ["X"] });
  const packets = [];
  client.io.engine.on(
    "packet",
    ({ type, data }) => type === "message" && packets.push(data),
  );
  const payloads = [
    '{"symbol":"X","id":12345678901234567890}',
    '{ "b":1.10,\t"symbol" : "\\u0058", "a":1, "a":2 }',
  ];
  for (const payload of payloads) redis.publish(TICKS, payload);
  await until(() => packets.length === payloads.length, "the packets");
  assert.deepEqual(
    packets,
    payloads.map((payload) => `2["tick_data",${payload}]`),
  );
});

await checkClients(
  "a namespace that is not there is refused, the main one lives",
  async () => {
    const client = await come({ forceNew: false });
    const other = client.io.socket("/admin");
    const [error] = await once(other, "connect_error", {
      signal: AbortSignal.timeout(WAIT_MS),
    });
    assert.equal(error.message, "Invalid namespace");
    other.disconnect();
    await ask(client, "subscribe_tickers", { tickers: [] });
  },
);

await checkClients("a client that disconnects is gone, and may come again", async () => {
  const client = await come();
  const { id } = client;
  client.disconnect();
  await until(async () => (await getHealth()).counters.connections === 0, "it has left");
  client.connect();
  await once(client, "connect", { signal: AbortSignal.timeout(WAIT_MS) });
  assert.notEqual(client.id, id);
  const { counters } = await getHealth();
  assert.equal(counters.connections_closed_protocol, 0);
});

await checkClients("clients come back by themselves after a restart", async () => {
  const [one, two] = await Promise.all([come(), come()]);
  const reasons = [];
  for (const client of [one, two])
    client.on("disconnect", (reason) => reasons.push(reason));
  const back = Promise.all(
    [one, two].map((client) =>
      once(client, "connect", { signal: AbortSignal.timeout(30000) }),
    ),
  );
  const { port } = service;
  assert.equal(await service.stop(), 0, "the exit code");
  service = await startTidewired(TIDEWIRED, fromRedis, { port });
  await back;
  assert.deepEqual(reasons, ["transport close", "transport close"]);
  const told = await one.next("server_draining");
  assert.ok(told.retry_after_ms >= 0 && told.retry_after_ms < 5000);
  await sourceIsThere();
  await ask(one, "subscribe_tickers", { tickers: ["A"] });
  await one.next("subscription_updated");
  redis.publish(TICKS, '{"symbol":"A"}');
  assert.deepEqual(await one.next("tick_data"), { symbol: "A" });
});

await checkClients(
  "pings are answered, and the connection outlives the timeout",
  async () => {
    const { port } = service;
    await service.stop();
    const quick = ["engineio.ping-interval-ms=200", "engineio.ping-timeout-ms=500"];
    service = await startTidewired(TIDEWIRED, ["source.type=none", ...quick], { port });
    const client = await come();
    const { id } = client;
    let n_pings = 0;
    client.io.on("ping", () => n_pings++);
    await wait(2000);
    assert.ok(n_pings >= 4, `${n_pings} pings`);
    assert.equal(client.id, id);
    assert.ok(client.connected);
  },
);

await check("the service has ended well", async () => {
  assert.equal(await service.stop(), 0, "the exit code");
  assert.doesNotMatch(service.output, /Sanitizer|runtime error|fault: /);
});

await redis.stop();
process.exit(finish());
