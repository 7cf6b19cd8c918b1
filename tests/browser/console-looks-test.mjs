/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the console looks: light, dark, on a phone, and in a build without charts. Writes
 * TAP, and the pictures of docs/images. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired TIDEWIRE_SCREENSHOTS=docs/images \
 *     node tests/browser/console-looks-test.mjs
 *
 * Environment:
 *   TIDEWIRED             the service's program
 *   TIDEWIRE_SCREENSHOTS  folder for the pictures; without it there are none
 *   CHROMIUM              the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { launchChromium } from "./chromium.mjs";
import { goTo, openConsole, readTable } from "./console-page.mjs";
import { io } from "./packages.mjs";
import { takePicture } from "./pictures.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { comesTo, PHONE, wait } from "./visit.mjs";

const { TIDEWIRED, TIDEWIRE_SCREENSHOTS } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const WIDE = { viewport: { width: 1280, height: 800 } };
const VIEWS = ["Overview", "Connections", "Events", "Charts", "Explain"];
/* Lines of the overview go over ten minutes: a picture of them takes as long. */
const LINES_MS = TIDEWIRE_SCREENSHOTS ? 600000 : 0;

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-console-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const browser = await launchChromium();
const startService = (...settings) =>
  startTidewired(TIDEWIRED, [
    "auth.mode=development",
    `history.file=${path.join(folder, "history.db")}`,
    ...settings,
  ]).catch((error) => bailOut(error.message));

/* Puts two hours of AAPL into the history, which end where the demo source begins. */
async function makeHistory() {
  const recording = path.join(folder, "ticks.ndjson");
  const n_ticks = 120 * 6;
  const end = Date.now() / 1000;
  let price = 187;
  let seed = 7;
  const lines = [];
  for (let i = 0; i < n_ticks; i++) {
    seed = (seed * 48271) % 2147483647;
    price += (seed / 2147483647 - 0.5) * 0.3;
    const payload = {
      symbol: "AAPL",
      price: Number(price.toFixed(2)),
      volume: 100 + (seed % 900),
      timestamp: end - i * 10,
    };
    lines.unshift({ t_ms: 0, channel: "tickstock.all_ticks", payload });
  }
  writeFileSync(recording, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const past = await startService("source.type=replay", `source.file=${recording}`);
  const taken = async () =>
    (await (await fetch(`${past.url}health`)).json()).counters.ticks_taken;
  await comesTo(taken, n_ticks);
  await past.stop();
}

await makeHistory();
const service = await startService(
  "source.type=demo",
  "demo.seed=7",
  "demo.ticks-per-second=1000",
);
const host = `127.0.0.1:${service.port}`;

const TICKERS = {
  anna: ["AAPL", "MSFT", "NVDA"],
  bert: ["AAPL", "TSLA"],
  carla: ["AMZN", "META", "GOOGL", "NFLX", "AAPL"],
  dora: ["JPM"],
  emil: ["MSFT", "ORCL", "KO"],
};
const clients = Object.entries(TICKERS).map(([user, tickers], i) => {
  const transports = [i === 3 ? "polling" : "websocket"];
  const client = io(service.url, { transports, query: { user } });
  client.on("connect", () => client.emit("subscribe_tickers", { tickers }));
  return client;
});

const open = (options) => openConsole(browser, service.url, { user: "olga", options });
const hasRows = (page, id, n) =>
  comesTo(async () => (await readTable(page, id)).length >= n, true);

/* Has each view show something. */
const FILL = {
  async Overview(page) {
    await hasRows(page, "busy", 5);
    await hasRows(page, "latency", 1);
  },
  Connections: (page) => hasRows(page, "connections", 5),
  Events: (page) => hasRows(page, "events", 40),
  async Charts(page) {
    await page.getByRole("combobox", { name: "Symbol", exact: true }).fill("AAPL");
    await page.getByRole("button", { name: "Show" }).click();
    await page.locator("#chart-title", { hasText: "AAPL" }).waitFor();
  },
  async Explain(page) {
    await page.getByRole("button", { name: "Explain" }).click();
    await hasRows(page, "recipients", 3);
  },
};

/* Goes through all views; takes pictures of those that have a name for it. */
async function expectGood(one, pictures = {}) {
  for (const name of VIEWS) {
    await goTo(one.page, name);
    await FILL[name](one.page);
    await one.expectNoSidewaysScrolling();
    if (Object.hasOwn(pictures, name)) await takePicture(one.page, pictures[name]);
  }
  one.expectClean(host);
  await one.close();
}

const light = await open({ ...WIDE, colorScheme: "light" });
const dark = await open({ ...WIDE, colorScheme: "dark" });
await wait(LINES_MS);

await check("all views, light", () =>
  expectGood(light, {
    Overview: "console-overview",
    Connections: "console-connections",
    Events: "console-events",
    Charts: "console-charts",
    Explain: "console-explain",
  }),
);

await check("all views, dark", async () => {
  const back = () =>
    dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [red] = (await back()).match(/\d+/g).map(Number);
  assert.ok(red < 64, await back());
  await expectGood(dark, { Overview: "console-overview-dark" });
});

await check("all views on a phone", async () => {
  await expectGood(await open({ ...PHONE, colorScheme: "light" }));
  await expectGood(await open({ ...PHONE, colorScheme: "dark" }), {
    Overview: "console-phone",
  });
});

await check("a build without charts has tables instead", async () => {
  const maker = fileURLToPath(new URL("../../data/console/make-charts", import.meta.url));
  execFileSync(maker, ["disabled", path.dirname(maker), folder]);
  const body = readFileSync(path.join(folder, "uplot.js"), "utf8");
  const one = await open(WIDE);
  await one.page.route("**/console/uplot.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body }),
  );
  await one.reload();
  await one.page.locator("body.plain").waitFor({ state: "attached" });
  assert.equal(await one.page.locator("canvas").count(), 0);
  await hasRows(one.page, "plot-events", 2);
  await goTo(one.page, "Charts");
  await FILL.Charts(one.page);
  await hasRows(one.page, "chart-rows", 10);
  await expectGood(one);
});

for (const client of clients) client.close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
await browser.close();
process.exit(finish());
