/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pages of docs/examples in Chromium, served from another origin than the service.
 * Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/examples/examples-test.mjs
 *
 * Environment:
 *   TIDEWIRED  the service's program
 *   CHROMIUM   the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { launchChromium } from "../browser/chromium.mjs";
import { startTidewired } from "../browser/service.mjs";
import { bailOut, check, finish } from "../browser/tap.mjs";
import { serveFiles } from "./static-server.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const FILES = new Map([
  ["/socketio.html", here("../../docs/examples/socketio.html")],
  ["/plain.html", here("../../docs/examples/plain.html")],
  [
    "/socket.io.min.js",
    here("../browser/node_modules/socket.io-client/dist/socket.io.min.js"),
  ],
]);

/* What the browser itself writes while nobody listens. */
const OUTAGE = /net::ERR_(CONNECTION|EMPTY|SOCKET|ABORTED)|Error during WebSocket|closed before/;

const browser = await launchChromium();
const friend = await serveFiles(FILES);
const stranger = await serveFiles(FILES);
const settings = [
  "source.type=demo",
  "demo.ticks-per-second=500",
  `server.allowed-origins=${friend.origin}`,
];
let service = await startTidewired(TIDEWIRED, settings).catch((error) =>
  bailOut(error.message),
);

/* Opens a page in a fresh profile; notes what it asks for and what goes wrong. */
async function visit(origin, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const seen = { troubles: [], polls: [], sockets: [], sent: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.troubles.push(message.text());
  });
  page.on("pageerror", (error) => seen.troubles.push(String(error)));
  page.on("response", (answer) => {
    if (answer.url().includes("transport=polling")) seen.polls.push(answer);
  });
  page.on("websocket", (socket) => {
    seen.sockets.push(socket.url());
    socket.on("framesent", ({ payload }) => seen.sent.push(String(payload)));
  });
  await page.goto(`${origin}/${name}?server=http://127.0.0.1:${service.port}`);
  return { page, seen, close: () => context.close() };
}

const says = (page, id, pattern, timeout = 20000) =>
  page.locator(`#${id}`, { hasText: pattern }).waitFor({ state: "attached", timeout });
const rows = (page) =>
  page
    .locator("#ticks tr")
    .evaluateAll((all) => all.map((row) => row.dataset.symbol).sort());

/* Waits until each of `wanted` and nothing else has a row with a price. */
async function shows(page, wanted) {
  await page.waitForFunction(
    (n) => {
      const all = [...document.querySelectorAll("#ticks tr")];
      return all.length >= n && all.every((row) => Number(row.cells[1].textContent) > 0);
    },
    wanted.length,
    { timeout: 20000 },
  );
  assert.deepEqual(await rows(page), wanted);
}

async function ask(page, tickers) {
  await page.locator("#tickers").fill(tickers);
  await page.locator("#form button", { hasText: "Subscribe" }).click();
}

const STARTERS = ["AAPL", "MSFT", "NVDA"];
const MANY = Array.from({ length: 600 }, (_, i) => `S${i}`).join(" ");
const pages = {};

for (const [name, connected] of [
  ["socketio.html", /^connected by websocket$/],
  ["plain.html", /^connected$/],
]) {
  await check(`${name}: connects from another origin and shows ticks`, async () => {
    pages[name] = await visit(friend.origin, name);
    const { page } = pages[name];
    await says(page, "state", connected);
    await says(page, "in-force", /^AAPL, MSFT, NVDA$/);
    await shows(page, STARTERS);
  });

  await check(`${name}: another list replaces the first, an empty one clears`, async () => {
    const { page } = pages[name];
    await ask(page, "TSLA, AAPL");
    await says(page, "in-force", /^TSLA, AAPL$/);
    await shows(page, ["AAPL", "TSLA"]);
    await ask(page, "");
    await says(page, "in-force", /^nothing$/);
    await page.waitForTimeout(300);
    assert.deepEqual(await rows(page), []);
  });

  await check(`${name}: what is refused is said and changes nothing`, async () => {
    const { page } = pages[name];
    await ask(page, "NVDA");
    await says(page, "in-force", /^NVDA$/);
    await ask(page, MANY);
    await says(page, "error", /^subscribe_tickers: .*\(limit_exceeded\)$/);
    await says(page, "in-force", /^NVDA$/);
    await shows(page, ["NVDA"]);
    await ask(page, "AAPL, MSFT, NVDA");
    await says(page, "error", /^$/);
    await shows(page, STARTERS);
  });
}

await check("socketio.html: polls first, with CORS, then goes over", async () => {
  const { seen } = pages["socketio.html"];
  assert.ok(seen.polls.length >= 3, `${seen.polls.length} polls`);
  for (const answer of seen.polls) {
    assert.equal(answer.status(), 200, answer.url());
    const headers = answer.headers();
    assert.equal(headers["access-control-allow-origin"], friend.origin);
    assert.equal(headers["access-control-allow-credentials"], "true");
  }
  assert.equal(seen.sockets.length, 1);
  assert.match(seen.sockets[0], /transport=websocket&sid=/);
  assert.deepEqual(seen.sent.slice(0, 2), ["2probe", "5"]);
});

await check("plain.html: one WebSocket, no poll", () => {
  const { seen } = pages["plain.html"];
  assert.equal(seen.polls.length, 0);
  assert.deepEqual(seen.sockets, [`ws://127.0.0.1:${service.port}/ws`]);
});

await check("socketio.html: disconnects and connects when told", async () => {
  const { page } = pages["socketio.html"];
  await page.locator("#disconnect").click();
  await says(page, "state", /^disconnected: io client disconnect$/);
  await page.waitForTimeout(300);
  await page.locator("#connect").click();
  await says(page, "state", /^connected by websocket$/);
  await says(page, "in-force", /^AAPL, MSFT, NVDA$/);
});

await check("no error so far", () => {
  for (const { seen } of Object.values(pages)) assert.deepEqual(seen.troubles, []);
});

await check("both come back after a restart of the service", async () => {
  assert.equal(await service.stop(), 0);
  for (const { page } of Object.values(pages))
    await says(page, "in-force", /^nothing$/);
  await says(
    pages["socketio.html"].page,
    "state",
    /^(disconnected: transport close, coming back|no connection: .*)$/,
  );
  service = await startTidewired(TIDEWIRED, settings, { port: service.port });
  for (const { page } of Object.values(pages)) {
    await says(page, "state", /^connected/);
    await says(page, "in-force", /^AAPL, MSFT, NVDA$/);
    await shows(page, STARTERS);
  }
  for (const { seen } of Object.values(pages)) {
    const others = seen.troubles.filter((text) => !OUTAGE.test(text));
    assert.deepEqual(others, []);
  }
});

await check("a page from another place is not let in, and says so", async () => {
  const one = await visit(stranger.origin, "socketio.html");
  await says(one.page, "state", /^no connection: /);
  assert.match(one.seen.troubles.join(), /blocked by CORS policy/);
  assert.deepEqual(await rows(one.page), []);
  await one.close();
  const other = await visit(stranger.origin, "plain.html");
  await says(other.page, "state", /^disconnected: 1006$/);
  assert.deepEqual(await rows(other.page), []);
  await other.close();
});

for (const { close } of Object.values(pages)) await close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
friend.close();
stranger.close();
await browser.close();
process.exit(finish());
