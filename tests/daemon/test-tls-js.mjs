/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The official JavaScript client of Socket.IO over TLS, by each transport, with a
 * certificate that it checks. Writes TAP:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/daemon/test-tls-js.mjs */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";

import { start } from "../browser/service.mjs";
import { check, finish } from "../browser/tap.mjs";
import { TIDEWIRED, WAIT_MS, io, until } from "./official.mjs";

const N_EVENTS = 20;
const folder = mkdtempSync(path.join(tmpdir(), "tidewire-tls-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const certificate = path.join(folder, "tls.crt");
const key = path.join(folder, "tls.key");
execFileSync(
  "openssl",
  [
    ..."req -x509 -nodes -days 90 -subj /CN=localhost -newkey rsa:2048".split(" "),
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
  ],
  { stdio: "ignore" },
);

const settings = [
  "server.listen=tls:127.0.0.1:0",
  `server.tls-certificate=${certificate}`,
  `server.tls-private-key=${key}`,
  "source.type=demo",
  "bus.bus=none",
];
const service = await start(
  TIDEWIRED,
  settings.map((setting) => `--set=${setting}`),
  /https:\/\/127\.0\.0\.1:\d+\//,
);
const [url] = service.match;
const ca = readFileSync(certificate);

async function getCounters() {
  const [answer] = await once(https.get(new URL("/health", url), { ca }), "response");
  let text = "";
  for await (const bytes of answer) text += bytes;
  return JSON.parse(text).counters;
}

async function useTransports(transports, last) {
  const client = io(url, { transports, ca, forceNew: true });
  let n_ticks = 0;
  client.on("tick_data", () => n_ticks++);
  try {
    await once(client, "connect", { signal: AbortSignal.timeout(WAIT_MS) });
    const tickers = ["AAPL", "NVDA", "TSLA"];
    const answer = await client
      .timeout(WAIT_MS)
      .emitWithAck("subscribe_tickers", { tickers });
    assert.deepEqual(answer, { tickers });
    await until(() => n_ticks >= N_EVENTS, `${N_EVENTS} ticks`);
    await until(() => client.io.engine.transport.name === last, `transport ${last}`);
  } finally {
    client.disconnect();
  }
  await until(async () => (await getCounters()).connections === 0, "it has left");
}

await check("long-polling works over TLS", () => useTransports(["polling"], "polling"));

await check("a WebSocket works over TLS", () =>
  useTransports(["websocket"], "websocket"));

await check("long-polling becomes a WebSocket over TLS", () =>
  useTransports(["polling", "websocket"], "websocket"));

await check("the books balance, and each handshake was good", async () => {
  const counters = await getCounters();
  assert.equal(counters.balance_error, 0);
  assert.equal(counters.tls_handshakes_failed, 0);
  assert.ok(counters.tls_handshakes >= 3, `${counters.tls_handshakes} handshakes`);
});

await check("the service has ended well", async () => {
  assert.equal(await service.stop(), 0, "the exit code");
  assert.doesNotMatch(service.output, /Sanitizer|runtime error|fault: /);
});

process.exit(finish());
