/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page at `/`, driven by Chromium as a person would. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/browser/page-test.mjs
 *
 * Environment:
 *   TIDEWIRED             the service's program; the test starts it as it needs it
 *   TIDEWIRE_URL          without it: the address of one that runs on the demo source;
 *                         what needs a service of its own is skipped then
 *   TIDEWIRE_SCREENSHOTS  folder for screenshots; without it they go to a new one
 *   CHROMIUM              the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { launchChromium } from "./chromium.mjs";
import { start, startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";

const { TIDEWIRED, TIDEWIRE_URL, TIDEWIRE_SCREENSHOTS } = process.env;
const NEEDS_OWN = "needs a service of its own: set TIDEWIRED";
const DEMO = [
  "delivery.events-per-second=0","source.type=demo"];

if (!TIDEWIRED && !TIDEWIRE_URL) bailOut("set TIDEWIRED or TIDEWIRE_URL");

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-page-"));
const shots = TIDEWIRE_SCREENSHOTS ?? mkdtempSync(path.join(tmpdir(), "tidewire-shots-"));
mkdirSync(shots, { recursive: true });
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const browser = await launchChromium();

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/* Opens the page in a fresh profile and writes down what goes wrong in it. */
async function visit(url, options = DESKTOP) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const seen = { troubles: [], hosts: new Set(), frames: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.troubles.push(message.text());
  });
  page.on("pageerror", (error) => seen.troubles.push(String(error)));
  page.on("request", (request) => seen.hosts.add(new URL(request.url()).host));
  page.on("requestfailed", (request) => seen.troubles.push(`failed: ${request.url()}`));
  page.on("response", (answer) => {
    if (answer.status() >= 400) seen.troubles.push(`${answer.status()}: ${answer.url()}`);
  });
  page.on("websocket", (socket) => {
    seen.hosts.add(new URL(socket.url()).host);
    socket.on("framereceived", ({ payload }) => seen.frames.push(String(payload)));
  });
  await page.goto(url);
  return { page, seen, close: () => context.close() };
}

const live = (page) =>
  page.locator('#state[data-state="live"]').waitFor({ timeout: 15000 });
const symbols = (page) =>
  page
    .locator("#cards .card")
    .evaluateAll((all) => all.map((card) => card.dataset.symbol));
const number = async (page, id) =>
  Number((await page.locator(`#${id}`).textContent()).replaceAll(/[^\d.-]/g, ""));

async function picked(page, wanted) {
  for (const end = Date.now() + 5000; Date.now() < end; await wait(50))
    if (JSON.stringify(await symbols(page)) === JSON.stringify(wanted)) return;
  assert.deepEqual(await symbols(page), wanted);
}

/* Waits until the prices of at least `n_cards` cards differ from what they are now. */
async function pricesMove(page, n_cards) {
  const prices = () =>
    page
      .locator("#cards .card")
      .evaluateAll((all) =>
        all.map((card) => [
          card.dataset.symbol,
          card.querySelector(".price").textContent,
        ]),
      );
  const before = new Map(await prices());
  const moved = new Set();
  for (const end = Date.now() + 20000; Date.now() < end; await wait(100)) {
    for (const [symbol, price] of await prices())
      if (before.get(symbol) !== price) moved.add(symbol);
    if (moved.size >= n_cards) return;
  }
  assert.fail(`${moved.size} prices moved in 20 s, wanted ${n_cards}`);
}

const ticksOf = (frames) =>
  frames
    .map((frame) => JSON.parse(frame))
    .filter((frame) => frame.type === "tick_data")
    .map((frame) => frame.data.symbol);

let service = null;
if (TIDEWIRED)
  service = await startTidewired(TIDEWIRED, DEMO).catch((error) =>
    bailOut(error.message),
  );
const url = service?.url ?? TIDEWIRE_URL;
const main = await visit(url);
const { page, seen } = main;

await check("the page goes live", async () => {
  await live(page);
  assert.equal(await page.title(), "Tidewire");
}).then((isGood) => isGood || bailOut(`no page at ${url}: ${seen.troubles.join(", ")}`));

await check("it starts with a few symbols picked, whose prices move", async () => {
  assert.equal((await symbols(page)).length, 8);
  await pricesMove(page, 5);
  assert.ok((await number(page, "ticks")) > 5);
});

await check("figures of the service are shown and grow", async () => {
  await page.waitForFunction(
    () => document.getElementById("event-rate").textContent !== "",
  );
  const before = await number(page, "deliveries");
  assert.ok((await number(page, "connections")) >= 1);
  assert.ok((await number(page, "events")) > 0);
  assert.match(await page.locator("#source-text").textContent(), /demo/i);
  await page.waitForFunction(
    (old) =>
      Number(document.getElementById("deliveries").textContent.replace(/\D/g, "")) > old,
    before,
  );
});

await check(
  "an unpicked symbol's card goes and its ticks end, others move on",
  async () => {
    const before = await symbols(page);
    await page.locator('.card[data-symbol="AAPL"] .drop').click();
    await picked(
      page,
      before.filter((symbol) => symbol !== "AAPL"),
    );
    await wait(500);
    seen.frames.length = 0;
    await pricesMove(page, 4);
    assert.ok(ticksOf(seen.frames).length > 0);
    assert.ok(!ticksOf(seen.frames).includes("AAPL"));
  },
);

await check("a chip, the keyboard and a typed list pick symbols", async () => {
  await page.locator("#pick-none").click();
  await picked(page, []);
  assert.ok(await page.locator("#empty").isVisible());
  await page.locator('.chip[data-symbol="MSFT"]').click();
  await picked(page, ["MSFT"]);
  await page.locator("#query").focus();
  await page.keyboard.type("aapl, nvda");
  await page.keyboard.press("Enter");
  await picked(page, ["MSFT", "AAPL", "NVDA"]);
  assert.equal(await page.locator("#query").inputValue(), "");
  await page.locator('.chip[data-symbol="MSFT"]').focus();
  await page.keyboard.press("Space");
  await picked(page, ["AAPL", "NVDA"]);
  await pricesMove(page, 2);
});

await check("a symbol that looks like HTML stays text", async () => {
  await page.locator("#query").fill('<b>"&x</b>');
  await page.locator("#offers button").nth(1).click();
  await picked(page, ["AAPL", "NVDA", '<b>"&x</b>']);
  assert.equal(await page.locator("#cards b, #groups b").count(), 0);
});

await check("what is picked outlives a reload", async () => {
  await page.reload();
  await live(page);
  await picked(page, ["AAPL", "NVDA", '<b>"&x</b>']);
  await pricesMove(page, 2);
});

await check("what the service refuses is said and changes nothing", async () => {
  await page.waitForFunction(() => document.getElementById("problem").textContent === "");
  const many = Array.from({ length: 600 }, (_, i) => `S${i}`).join(" ");
  await page.locator("#query").fill(many);
  await page.keyboard.press("Enter");
  await page.locator("#problem:not(:empty)").waitFor();
  await picked(page, ["AAPL", "NVDA", '<b>"&x</b>']);
  await page.locator("#pick-starter").click();
  await page.locator("#problem:empty").waitFor({ state: "attached" });
  await pricesMove(page, 5);
});

await check("every symbol to pick from is one of the demo source", async () => {
  await page.locator("#pick-all").click();
  await page.waitForFunction(
    () => {
      const cards = [...document.querySelectorAll("#cards .card")];
      const silent = cards.filter(
        (card) => card.querySelector(".price").textContent === "–",
      );
      return cards.length === 50 && silent.length === 0;
    },
    undefined,
    { timeout: 60000 },
  );
  await page.locator("#pick-none").click();
  await page.locator("#pick-starter").click();
});

await check("no gap in the sequence numbers", async () => {
  assert.equal(await number(page, "gaps"), 0);
});

await check("no error, no failed request, no other host", () => {
  assert.deepEqual(seen.troubles, []);
  assert.deepEqual([...seen.hosts], [new URL(url).host]);
});

await check("light, dark and a phone: no scrolling sideways, no error", async () => {
  const looks = [
    ["light", { ...DESKTOP, colorScheme: "light" }],
    ["dark", { ...DESKTOP, colorScheme: "dark" }],
    ["phone-light", { ...PHONE, colorScheme: "light" }],
    ["phone-dark", { ...PHONE, colorScheme: "dark" }],
  ];
  const visits = [];
  for (const [name, options] of looks) visits.push([name, await visit(url, options)]);
  await Promise.all(visits.map(([, { page: one }]) => live(one)));
  await Promise.all(visits.map(([, { page: one }]) => pricesMove(one, 6)));
  for (const [name, one] of visits) {
    const { width } = one.page.viewportSize();
    const widths = () => one.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok((await widths()) <= width, `${name} is too wide`);
    await one.page.screenshot({ path: path.join(shots, `${name}.png`) });
    await one.page.locator("#picker").evaluate((picker) => (picker.open = true));
    assert.ok((await widths()) <= width, `${name} is too wide with the picker open`);
    assert.deepEqual(one.seen.troubles, [], name);
    await one.close();
  }
  console.log(`# screenshots: ${shots}`);
});

await check("a restart of the service is seen and outlived", async () => {
  if (service === null) return NEEDS_OWN;
  await service.stop();
  await page.locator('#state[data-state="waiting"]').waitFor();
  assert.match(await page.locator("#state-text").textContent(), /^Reconnecting/);
  await page.screenshot({ path: path.join(shots, "reconnecting.png") });
  service = await startTidewired(TIDEWIRED, DEMO, { port: service.port });
  await live(page);
  await pricesMove(page, 5);
  assert.equal(await number(page, "gaps"), 0);
});

await main.close();
if (service !== null) assert.equal(await service.stop(), 0);

await check("a payload's bytes arrive as they were published", async () => {
  if (!TIDEWIRED) return NEEDS_OWN;
  const payload =
    '{"symbol":"BIG","price":12345678901234567890.12345678901234567890,' +
    '"n":98765432109876543210}';
  const hostile = '{"symbol":"<img src=x onerror=alert(1)>","price":1.0}';
  const lines = [2000, 4000, 6000, 8000].flatMap((t_ms) =>
    [payload, hostile].map(
      (one) => `{"t_ms":${t_ms},"channel":"tickstock.all_ticks","payload":${one}}\n`,
    ),
  );
  const file = path.join(folder, "replay.ndjson");
  writeFileSync(file, lines.join(""));
  const replay = await startTidewired(TIDEWIRED, [
    "source.type=replay",
    `source.file=${file}`,
  ]);
  const one = await visit(replay.url);
  try {
    const frame = await one.page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`ws://${location.host}/ws`);
          setTimeout(() => reject(new Error("no tick in 12 s")), 12000);
          socket.onopen = () =>
            socket.send('{"type":"subscribe_tickers","tickers":["BIG"],"id":7}');
          socket.onmessage = ({ data }) => {
            if (data.includes('"tick_data"')) resolve(data);
          };
        }),
    );
    assert.ok(frame.endsWith(`"data":${payload}}`), frame);

    await live(one.page);
    await one.page.locator("#pick-none").click();
    for (const symbol of ["BIG", "<img src=x onerror=alert(1)>"])
      await one.page.evaluate((text) => {
        const list = JSON.parse(localStorage.getItem("tidewire.symbols"));
        localStorage.setItem("tidewire.symbols", JSON.stringify([...list, text]));
      }, symbol);
    await one.page.reload();
    await live(one.page);
    await one.page
      .locator('.card[data-symbol="BIG"] .price', { hasText: "1.2346e" })
      .waitFor();
    assert.equal(await one.page.locator("#cards img").count(), 0);
    assert.deepEqual(one.seen.troubles, []);
  } finally {
    await one.close();
    await replay.stop();
  }
});

await check("the page tells how to publish, and that line works", async () => {
  if (!TIDEWIRED) return NEEDS_OWN;
  if (spawnSync("redis-server", ["--version"]).error) return "there is no redis-server";
  const socket = path.join(folder, "redis.sock");
  const redis = await start(
    "redis-server",
    ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
    /ready to accept connections/i,
  );
  const own = await startTidewired(TIDEWIRED, [
    "source.type=redis",
    `redis.uri=unix:${socket}`,
  ]);
  const one = await visit(own.url);
  try {
    await live(one.page);
    await one.page.locator("#hint").waitFor({ timeout: 15000 });
    await one.page
      .locator("#hint-title", { hasText: "Nothing is being published" })
      .waitFor({ timeout: 15000 });
    await one.page.screenshot({ path: path.join(shots, "hint.png") });
    const command = await one.page.locator("#command").textContent();
    assert.match(
      command,
      /publish tickstock\.all_ticks '\{"symbol":"AAPL","price":187\.5\}'$/,
    );
    assert.equal(execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim(), "1");
    await one.page
      .locator('.card[data-symbol="AAPL"] .price', { hasText: "187.50" })
      .waitFor({ timeout: 5000 });
    await one.page.locator("#hint").waitFor({ state: "hidden" });
    assert.deepEqual(one.seen.troubles, []);
  } finally {
    await one.close();
    await own.stop();
    await redis.stop();
  }
});

await browser.close();
process.exit(finish());
