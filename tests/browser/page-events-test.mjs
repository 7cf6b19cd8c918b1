/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page at `/` and a real publisher: what redis-cli publishes is what it shows, over
 * the ends of Redis and of the service. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/browser/page-events-test.mjs
 *
 * Environment:
 *   TIDEWIRED  the service's program
 *   CHROMIUM   the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { startRedis } from "../daemon/redis.mjs";
import { launchChromium } from "./chromium.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { live, number } from "./ticks-page.mjs";
import { comesTo, outage, PHONE, visit } from "./visit.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-page-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const browser = await launchChromium();
let redis = await startRedis().catch((error) => bailOut(error.message));
const settings = ["source.type=redis", `redis.uri=${redis.uri}`];
let service = await startTidewired(TIDEWIRED, settings).catch((error) =>
  bailOut(error.message),
);
const host = `127.0.0.1:${service.port}`;
const one = await visit(browser, service.url);
const { page } = one;

const publish = (channel, event) => redis.cli("publish", channel, JSON.stringify(event));
const publishTick = (tick) => publish("tickstock.all_ticks", tick);

/* The cards that have had a tick: symbol, price, change, volume. */
const cards = (where = page) =>
  where.locator("#cards .card").evaluateAll((all) =>
    all
      .map((card) => [
        card.dataset.symbol,
        ...[".price", ".change", ".volume"].map(
          (part) => card.querySelector(part).textContent,
        ),
      ])
      .filter(([, price]) => price !== "–"),
  );

/* The lines of the other events: what each says, and whether it is good news. */
const lines = (where = page) =>
  where.locator("#wire p").evaluateAll((all) =>
    all
      .filter((line) => !line.hidden && !line.parentElement.hidden)
      .map((line) => {
        const said = line.querySelector("span");
        return [line.querySelector("b").textContent, said.textContent, said.dataset.good];
      }),
  );

/* Waits until the service has confirmed what is picked. */
const confirmed = () =>
  comesTo(() => one.frames.some((frame) => frame.includes("subscription_updated")), true);

await check("the page tells how to publish, and that line works", async () => {
  await live(page);
  await page
    .locator("#hint-title", { hasText: "Nothing is being published" })
    .waitFor({ timeout: 15000 });
  const command = await page.locator("#command").textContent();
  assert.match(
    command,
    /publish tickstock\.all_ticks '\{"symbol":"AAPL","price":187\.5\}'$/,
  );
  await confirmed();
  assert.equal(execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim(), "1");
  await comesTo(cards, [["AAPL", "187.50", "", ""]]);
  await page.locator("#hint").waitFor({ state: "hidden" });
}).then((isGood) => isGood || bailOut(`no page at ${service.url}`));

await check("cards show what redis-cli published, and nothing else", async () => {
  const fields = { volume: 1200, change_percent: -0.13 };
  await publishTick({ symbol: "AAPL", price: 187.25, ...fields });
  await publishTick({ symbol: "MSFT", price: 404.5, volume: 15, change_percent: 1.5 });
  await publishTick({ symbol: "NOBODYS", price: 1, volume: 1 });
  await publishTick({ symbol: "JPM", price: 0.12345 });
  await comesTo(cards, [
    ["AAPL", "187.25", "-0.13%", "Vol 1.2K"],
    ["MSFT", "404.50", "+1.50%", "Vol 15"],
    ["JPM", "0.1235", "", ""],
  ]);
  await comesTo(() => number(page, "ticks"), 4);
});

await check("the figures are those of what was published", async () => {
  await comesTo(() => number(page, "events"), 5);
  await comesTo(() => number(page, "deliveries"), 4);
  assert.equal(await number(page, "connections"), 1);
});

await check("events for everyone are shown, each in its line", async () => {
  await publish("tickstock.events.health", { status: "degraded", message: "slow_disk" });
  await publish("tickstock.events.backtest.progress", { job_id: "j7", progress: 0.4 });
  await comesTo(lines, [
    ["Health", "degraded · slow disk", "false"],
    ["Backtest", "j7 · 40 %", undefined],
  ]);
  assert.equal(await page.locator("#wire progress").evaluate((bar) => bar.value), 0.4);
  await publish("tickstock.events.health", { status: "ok" });
  await publish("tickstock.events.backtest.results", { job_id: "j7", status: "done" });
  await comesTo(lines, [
    ["Health", "ok", "true"],
    ["Backtest", "j7 · done", undefined],
  ]);
});

await check("no gap, no error, no other host", async () => {
  assert.equal(await number(page, "gaps"), 0);
  one.expectClean(host);
});

const service_line = async (where = page) =>
  (await lines(where)).find(([name]) => name === "Service");

await check("the end of Redis is said, its return, and what may be missing", async () => {
  await redis.stop();
  await comesTo(service_line, ["Service", "degraded · connection lost", "false"]);
  const late = await visit(browser, service.url, PHONE);
  await comesTo(() => service_line(late.page), [
    "Service",
    "degraded · connection lost",
    "false",
  ]);
  const top = async (id) => (await late.page.locator(id).boundingBox()).y;
  assert.ok((await top("#wire-service")) < (await top("#cards")));
  redis = await startRedis({ folder: redis.folder });
  for (const where of [late.page, page])
    await where
      .locator("#wire-service span", {
        hasText: /^ok · what was published from .+ to .+ may be missing$/,
      })
      .waitFor();
  assert.equal((await service_line())[2], "true");
  await publishTick({ symbol: "AAPL", price: 188 });
  await comesTo(async () => (await cards())[0], ["AAPL", "188.00", "", ""]);
  late.expectClean(host);
  await late.close();
  one.expectClean(host);
});

await check("a restart of the service is seen and outlived: new events come", async () => {
  await outage([one], async () => {
    assert.equal(await service.stop(), 0);
    await page.locator('#state[data-state="waiting"]').waitFor();
    assert.match(await page.locator("#state-text").textContent(), /^Reconnecting/);
    one.frames.length = 0;
    service = await startTidewired(TIDEWIRED, settings, { port: service.port });
    await live(page);
  });
  await confirmed();
  assert.equal(await service_line(), undefined, "a status of before");
  await publishTick({ symbol: "AAPL", price: 190.5, volume: 3 });
  await publishTick({ symbol: "MSFT", price: 405, volume: 4 });
  await comesTo(cards, [
    ["AAPL", "190.50", "", "Vol 3"],
    ["MSFT", "405.00", "", "Vol 4"],
    ["JPM", "0.1235", "", ""],
  ]);
  await comesTo(() => number(page, "events"), 2);
  assert.equal(await number(page, "gaps"), 0);
  one.expectClean(host);
});

await one.close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
await redis.stop();

await check("a payload's bytes arrive as they were published", async () => {
  const payload =
    '{"symbol":"BIG","price":12345678901234567890.12345678901234567890,' +
    '"n":98765432109876543210}';
  const hostile = '{"symbol":"<img src=x onerror=alert(1)>","price":1.0}';
  const recording = [2000, 4000, 6000, 8000].flatMap((t_ms) =>
    [payload, hostile].map(
      (event) =>
        `{"t_ms":${t_ms},"channel":"tickstock.all_ticks","payload":${event}}\n`,
    ),
  );
  const file = path.join(folder, "replay.ndjson");
  writeFileSync(file, recording.join(""));
  const replay = await startTidewired(TIDEWIRED, [
    "source.type=replay",
    `source.file=${file}`,
  ]);
  const other = await visit(browser, replay.url);
  try {
    const frame = await other.page.evaluate(
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

    await live(other.page);
    await other.page.evaluate((list) => {
      localStorage.setItem("tidewire.symbols", JSON.stringify(list));
    }, ["BIG", "<img src=x onerror=alert(1)>"]);
    await other.reload();
    await live(other.page);
    await other.page
      .locator('.card[data-symbol="BIG"] .price', { hasText: "1.2346e" })
      .waitFor();
    assert.equal(await other.page.locator("#cards img").count(), 0);
    other.expectClean(`127.0.0.1:${replay.port}`);
  } finally {
    await other.close();
    await replay.stop();
  }
});

await browser.close();
process.exit(finish());
