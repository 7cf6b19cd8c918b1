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

import { launchChromium } from "../browser/chromium.mjs";
import { startTidewired } from "../browser/service.mjs";
import { bailOut, check, finish } from "../browser/tap.mjs";
import { comesTo, outage, visit } from "../browser/visit.mjs";
import { startRedis } from "../daemon/redis.mjs";
import { serveExamples } from "./static-server.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const browser = await launchChromium();
const friend = await serveExamples();
const stranger = await serveExamples();
const redis = await startRedis().catch((error) => bailOut(error.message));
const settings = [
  "source.type=redis",
  `redis.uri=${redis.uri}`,
  `server.allowed-origins=${friend.origin}`,
];
let service = await startTidewired(TIDEWIRED, settings).catch((error) =>
  bailOut(error.message),
);
const host = `127.0.0.1:${service.port}`;
const open = (origin, name) =>
  visit(browser, `${origin}/${name}?server=http://${host}`);

const says = (page, id, pattern, timeout = 20000) =>
  page.locator(`#${id}`, { hasText: pattern }).waitFor({ state: "attached", timeout });
const rows = (page) =>
  page
    .locator("#ticks tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)).sort(),
    );

const STARTERS = ["AAPL", "MSFT", "NVDA"];
const MANY = Array.from({ length: 600 }, (_, i) => `S${i}`).join(" ");
let volume = 0;

/* Publishes a tick of each of four symbols: the page has to show those `wanted` of them,
 * to the last digit, and nothing else. */
async function shows(page, wanted) {
  volume += 1;
  const prices = { AAPL: 187.25, MSFT: 404.5, NVDA: 131.0625, TSLA: 222 };
  for (const [symbol, price] of Object.entries(prices))
    await redis.cli(
      "publish",
      "tickstock.all_ticks",
      JSON.stringify({ symbol, price, volume }),
    );
  await comesTo(
    () => rows(page),
    wanted.map((symbol) => [symbol, String(prices[symbol]), String(volume)]),
  );
}

async function ask(page, tickers) {
  await page.locator("#tickers").fill(tickers);
  await page.locator("#form button", { hasText: "Subscribe" }).click();
}

const pages = {};

for (const [name, connected] of [
  ["socketio.html", /^connected by websocket$/],
  ["plain.html", /^connected$/],
]) {
  await check(`${name}: connects from another origin and shows ticks`, async () => {
    pages[name] = await open(friend.origin, name);
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
    await shows(page, []);
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
  const { answers, sockets, sent } = pages["socketio.html"];
  const polls = answers.filter((one) => one.url().includes("transport=polling"));
  assert.ok(polls.length >= 3, `${polls.length} polls`);
  for (const answer of polls) {
    assert.equal(answer.status(), 200, answer.url());
    const headers = answer.headers();
    assert.equal(headers["access-control-allow-origin"], friend.origin);
    assert.equal(headers["access-control-allow-credentials"], "true");
  }
  assert.equal(sockets.length, 1);
  assert.match(sockets[0], /transport=websocket&sid=/);
  assert.deepEqual(sent.slice(0, 2), ["2probe", "5"]);
});

await check("plain.html: one WebSocket, no poll", () => {
  const { answers, sockets } = pages["plain.html"];
  assert.ok(!answers.some((one) => one.url().includes("transport=polling")));
  assert.deepEqual(sockets, [`ws://${host}/ws`]);
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

/* Nothing went wrong on either, and they asked nobody else for anything. */
function expectAllClean() {
  for (const one of Object.values(pages))
    one.expectClean(host, new URL(friend.origin).host);
}

await check("no error so far, no other host", expectAllClean);

await check("both come back after a restart of the service", async () => {
  const all = Object.values(pages);
  await outage(all, async () => {
    assert.equal(await service.stop(), 0);
    for (const { page } of all) await says(page, "in-force", /^nothing$/);
    await says(
      pages["socketio.html"].page,
      "state",
      /^(disconnected: transport close, coming back|no connection: .*)$/,
    );
    service = await startTidewired(TIDEWIRED, settings, { port: service.port });
    for (const { page } of all) await says(page, "state", /^connected/);
  });
  for (const { page } of all) {
    await says(page, "in-force", /^AAPL, MSFT, NVDA$/);
    await shows(page, STARTERS);
  }
  expectAllClean();
});

await check("a page from another place is not let in, and says so", async () => {
  const one = await open(stranger.origin, "socketio.html");
  await says(one.page, "state", /^no connection: /);
  assert.match(one.troubles.join(), /blocked by CORS policy/);
  assert.deepEqual(await rows(one.page), []);
  await one.close();
  const other = await open(stranger.origin, "plain.html");
  await says(other.page, "state", /^disconnected: 1006$/);
  assert.deepEqual(await rows(other.page), []);
  await other.close();
});

for (const one of Object.values(pages)) await one.close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
await redis.stop();
friend.close();
stranger.close();
await browser.close();
process.exit(finish());
