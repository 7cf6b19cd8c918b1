/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The console and a real publisher: each view shows what redis-cli has published, and who
 * got it, over a restart of the service. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/browser/console-test.mjs
 *
 * Environment:
 *   TIDEWIRED  the service's program
 *   CHROMIUM   the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";

import { startRedis } from "../daemon/redis.mjs";
import { launchChromium } from "./chromium.mjs";
import { goTo, hasCharts, isUp, openConsole, readFacts, readTable } from "./console-page.mjs";
import { io } from "./packages.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { comesTo, outage } from "./visit.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const TICKS = "tickstock.all_ticks";

const browser = await launchChromium();
const redis = await startRedis().catch((error) => bailOut(error.message));
const settings = [
  "source.type=redis",
  `redis.uri=${redis.uri}`,
  "auth.mode=development",
  "history.store=memory",
];
let service = await startTidewired(TIDEWIRED, settings).catch((error) =>
  bailOut(error.message),
);
const host = `127.0.0.1:${service.port}`;

/* Clients of the official library, whose tickers are known. */
const TICKERS = { anna: ["AAPL", "MSFT"], bert: ["TSLA"] };
const clients = Object.entries(TICKERS).map(([user, tickers]) => {
  const options = { transports: ["websocket"], query: { user }, reconnectionDelay: 200 };
  const client = io(service.url, options);
  client.on("connect", () => client.emit("subscribe_tickers", { tickers }));
  client.ready = () =>
    new Promise((resolve) => client.once("subscription_updated", resolve));
  return client;
});
await Promise.all(clients.map((client) => client.ready()));

const publish = (event) => redis.cli("publish", TICKS, JSON.stringify(event));

/* Publishes without end, so that there are rates. */
let n_published = 0;
const publishOn = () =>
  setInterval(() => {
    n_published += 1;
    redis.publish(TICKS, JSON.stringify({ symbol: "AAPL", price: 187, volume: 1 }));
  }, 20);
let publisher = publishOn();

const one = await openConsole(browser, service.url, { user: "oper" });
const { page } = one;

const rate = async (where, id) => {
  const text = await where.locator(`#plot-${id} .legend dd`).first().textContent();
  return Number(text.replaceAll(/[^\d.]/g, ""));
};

await check("the overview has rates, latencies and the busiest", async () => {
  assert.match(await page.title(), /^Overview/);
  await comesTo(async () => (await rate(page, "events")) > 0, true);
  await comesTo(async () => (await rate(page, "deliveries")) > 0, true);
  await comesTo(async () => (await readTable(page, "keys")).map((row) => row.slice(0, 2)), [
    ["AAPL", "tick_data"],
  ]);
  await comesTo(async () => (await readTable(page, "busy")).map(([user]) => user)[0], "anna");
  const latency = (await readTable(page, "latency")).map(([priority]) => priority);
  assert.deepEqual(latency, ["medium"]);
  const facts = await readFacts(page, "facts");
  assert.match(facts.Source, /connected/);
  assert.equal(facts.Books, "balanced");
});

await check("its books have every event that was published, and say what was refused", async () => {
  clearInterval(publisher);
  for (let i = 0; i < 3; i++) await redis.cli("publish", TICKS, "no JSON");
  const book = async () =>
    (await readTable(page, "books")).find(([name]) => name === "conflate");
  const number = (text) => Number(text.replaceAll(/\D/g, ""));
  await comesTo(async () => number((await book())[1]), n_published);
  const texts = await book();
  assert.equal(texts.at(-1), "0 ✓");
  assert.ok(number(texts[2]) > 0);
  await comesTo(
    async () => (await readTable(page, "drops")).map(([reason, , all]) => [reason, all]),
    [["message is not JSON", "3"]],
  );
});

await check("lines have a table beside them, and are drawn", async () => {
  const plot = page.locator("#plot-events");
  await plot.locator("summary").click();
  await comesTo(async () => (await readTable(page, "plot-events")).length > 1, true);
  if (!(await hasCharts(page))) return "this build has no charts";
  assert.ok((await page.locator("#charts-fast canvas").count()) >= 6);
  /* Something is drawn: a canvas that is all of one colour is none. */
  const colours = await plot.locator("canvas").evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  assert.ok(colours > 3, `${colours} colours`);
});

const found = () => page.locator("#search-found").textContent();
const users = async (where = page) =>
  (await readTable(where, "connections")).map((row) => row[1]);

await check("a connection is found by search, and all of it is shown", async () => {
  await goTo(page, "Connections");
  await comesTo(() => users(), ["anna", "bert"]);
  await page.getByRole("searchbox", { name: "Search" }).fill("ANN");
  await comesTo(() => users(), ["anna"]);
  assert.equal(await found(), "1 of 2 connections");
  const [[id, , transport]] = await readTable(page, "connections");
  assert.match(transport, /websocket|socketio/i);
  await page.getByRole("link", { name: id, exact: true }).click();
  await page.getByRole("heading", { name: `Connection ${id}` }).waitFor();
  await page.locator("#details-facts", { hasText: "AAPL, MSFT" }).waitFor();
  await page.locator("#details").getByRole("link", { name: "User anna" }).click();
  await page.getByRole("heading", { name: "User anna" }).waitFor();
  await page.locator("#details-facts", { hasText: "AAPL, MSFT" }).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.locator("#details").waitFor({ state: "hidden" });
  await page.getByRole("searchbox").fill("nobody like that");
  await comesTo(() => users(), []);
});

/* The rows of the stream: event, key, and how many users. */
const streamed = async (where = page) =>
  (await readTable(where, "events")).map((row) => [row[2], row[3], row[6]]);

await check("the stream shows what is published, as its filter says", async () => {
  await goTo(page, "Events");
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("MS*");
  await refilter("Apply");
  await publish({ symbol: "AAPL", price: 1 });
  const digits = '{"symbol":"MSFT","price":404.50,"n":98765432109876543210,"b":"<b>x</b>"}';
  await redis.cli("publish", TICKS, digits);
  await publish({ symbol: "MSTR", price: 3 });
  await comesTo(streamed, [
    ["tick_data", "MSTR", "0"],
    ["tick_data", "MSFT", "1"],
  ]);
  await page.getByRole("button", { name: "Payload of tick_data MSFT" }).click();
  const payload = await page.locator("#events-table pre").textContent();
  assert.equal(payload.replaceAll(/\s/g, ""), digits);
  assert.match(payload, /^ {2}"n": 98765432109876543210,$/m);
  assert.equal(await page.locator("#events-table b").count(), 0);
  /* A row that is open stands still. */
  await page.getByRole("button", { name: "Continue" }).click();
});

/* Clicks a button that changes the filter, and waits until the new stream is there. */
async function refilter(name) {
  const isOpened = (answer) => /\/api\/streams(\?|$)/.test(answer.url());
  const opened = page.waitForResponse(isOpened);
  await page.getByRole("button", { name }).click();
  await opened;
}

await check("a filter for a user, one that is wrong, and none", async () => {
  await page.getByRole("button", { name: "Clear the list" }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("");
  await page.getByRole("textbox", { name: "User", exact: true }).fill("bert");
  await refilter("Apply");
  await publish({ symbol: "MSFT", price: 5 });
  await publish({ symbol: "TSLA", price: 6 });
  await comesTo(streamed, [["tick_data", "TSLA", "1"]]);
  await refilter("Clear the filter");
  await publish({ symbol: "MSFT", price: 7 });
  await comesTo(async () => (await streamed())[0], ["tick_data", "MSFT", "1"]);
});

const minute = Math.floor(Date.now() / 60000) * 60 - 86400;
const utc = (time) => new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ");
const bars = () => readTable(page, "chart-rows");

await check("a chart has the bars of the ticks, and goes on with them", async () => {
  for (const [seconds, price, volume] of [
    [0, 10, 100],
    [10, 12.5, 200],
    [20, 9.25, 300],
    [50, 11, 400],
    [60, 11.5, 50],
  ])
    await publish({ symbol: "OAK", price, volume, timestamp: minute + seconds });
  await goTo(page, "Charts");
  await page.getByRole("combobox", { name: "Symbol", exact: true }).fill("OAK");
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator("#chart-title", { hasText: "OAK" }).waitFor();
  if (!(await page.locator("#chart-table").evaluate((table) => table.open)))
    await page.locator("#chart-table summary").click();
  const second = [utc(minute + 60), "11.50", "11.50", "11.50", "11.50", "50"];
  const first = [utc(minute), "10.00", "12.50", "9.25", "11.00", "1,000"];
  await comesTo(bars, [second, first]);
  await publish({ symbol: "OAK", price: 13, volume: 7, timestamp: minute + 119 });
  await comesTo(bars, [
    [utc(minute + 60), "11.50", "13.00", "11.50", "13.00", "57"],
    first,
  ]);
  await publish({ symbol: "OAK", price: 14, volume: 1, timestamp: minute + 120 });
  await comesTo(async () => (await bars())[0], [
    utc(minute + 120),
    "14.00",
    "14.00",
    "14.00",
    "14.00",
    "1",
  ]);
  const shown = await readFacts(page, "chart-bar");
  assert.equal(shown.Close, "14.00");
  assert.equal(shown.UTC, utc(minute + 120));
});

await check("arrow keys go from bar to bar; an unknown symbol is said", async () => {
  if (await hasCharts(page)) {
    assert.equal(await page.locator("#candles canvas").count(), 1);
    await page.locator("#candles").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal((await readFacts(page, "chart-bar")).UTC, utc(minute + 60));
    await page.keyboard.press("Home");
    assert.equal((await readFacts(page, "chart-bar")).UTC, utc(minute));
  }
  await page.getByRole("combobox", { name: "Symbol", exact: true }).fill("ELM");
  await page.keyboard.press("Enter");
  await page.locator("#chart-problem:not(:empty)").waitFor();
  assert.ok(await page.locator("#chart-panel").isHidden());
});

/* The chart of the console is a client as well. */
const isClient = (user) => user !== "oper";
const recipients = async (where = page) =>
  (await readTable(where, "recipients")).map(([user]) => user);
const others = async () =>
  (await readTable(page, "others")).map(([user]) => user).filter(isClient);

await check("explain names who gets an event, why, and who does not", async () => {
  await goTo(page, "Explain");
  await page.getByRole("combobox", { name: "Channel", exact: true }).selectOption(TICKS);
  await page.getByLabel("Event, as it would be published").fill('{"symbol":"MSFT","price":1}');
  await page.getByRole("button", { name: "Explain" }).click();
  await comesTo(recipients, ["anna"]);
  const [[, why]] = await readTable(page, "recipients");
  assert.match(why, /ticker/);
  await comesTo(others, ["bert"]);
  await page.getByLabel("Event, as it would be published").fill('{"symbol":');
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator("#explain-problem:not(:empty)").waitFor();
  assert.ok(await page.locator("#explain-answer").isHidden());
});

/* What Chromium writes about each answer of 400 and more. */
const isRefusal = (text) => /status of 400|^400: \S+\/api\/explain(\?\S*)?$/.test(text);

await check("no error but that of the wrong question, no other host", () => {
  /* It is asked who is there when the service has come, and not again before it went. */
  const sessions = one.answers.filter((answer) => /\/api\/session/.test(answer.url()));
  assert.equal(sessions.length, 1);
  one.troubles = one.troubles.filter((text) => !isRefusal(text));
  one.expectClean(host);
});

await check("all by keyboard: views, search, a row and back", async () => {
  await goTo(page, "Overview");
  await one.reload();
  await isUp(page);
  const focused = (name) =>
    comesTo(() => page.evaluate(() => document.activeElement.textContent.trim()), name);
  await page.keyboard.press("Tab");
  await focused("Skip to the view");
  for (let i = 0; i < 2; i++) await page.keyboard.press("Tab");
  await focused("Connections");
  await page.keyboard.press("Enter");
  await focused("Connections");
  assert.equal(
    await page.locator('nav [aria-current="page"]').textContent(),
    "Connections",
  );
  await page.keyboard.press("Tab");
  await page.keyboard.type("bert");
  await comesTo(() => users(), ["bert"]);
  const [[id]] = await readTable(page, "connections");
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.textContent)) === id) break;
  }
  await focused(id);
  await page.keyboard.press("Enter");
  await focused(`Connection ${id}`);
  await page.keyboard.press("Escape");
  await focused(id);
  await page.locator("#details").waitFor({ state: "hidden" });
});

await check("each view comes back after a restart of the service", async () => {
  const names = ["overview", "connections", "events", "charts/OAK", "explain"];
  const views = await Promise.all(
    names.map((view) => openConsole(browser, service.url, { user: "oper", view })),
  );
  const pages = views.map((view) => view.page);
  await pages[3].locator("#chart-title", { hasText: "OAK" }).waitFor();
  await outage([one, ...views], async () => {
    assert.equal(await service.stop(), 0);
    for (const where of pages)
      await where.locator("#banner", { hasText: "does not answer" }).waitFor();
    const ready = Promise.all(clients.map((client) => client.ready()));
    service = await startTidewired(TIDEWIRED, settings, { port: service.port });
    await ready;
    for (const where of pages) {
      await isUp(where);
      await where.locator("#banner").waitFor({ state: "hidden" });
    }
  });
  const [overview, connections, events, charts, explain] = pages;
  publisher = publishOn();
  await comesTo(async () => (await rate(overview, "events")) > 0, true);
  clearInterval(publisher);
  await comesTo(async () => (await users(connections)).filter(isClient).sort(), [
    "anna",
    "bert",
  ]);
  await publish({ symbol: "OAK", price: 21, volume: 4, timestamp: minute });
  await comesTo(async () => (await streamed(events))[0], ["tick_data", "OAK", "0"]);
  await charts.locator("#chart-bar", { hasText: "21.00" }).waitFor();
  await explain.getByRole("button", { name: "Explain" }).click();
  await comesTo(() => recipients(explain), ["anna"]);
  for (const view of views) {
    view.expectClean(host);
    await view.close();
  }
  one.expectClean(host);
});

clients.forEach((client) => client.close());
await one.close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
await redis.stop();
await browser.close();
process.exit(finish());
