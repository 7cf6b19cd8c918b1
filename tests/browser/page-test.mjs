/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page at `/`, used as a person would, on the demo source. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/browser/page-test.mjs
 *
 * Environment:
 *   TIDEWIRED  the service's program
 *   CHROMIUM   the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";

import { launchChromium } from "./chromium.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { live, number, picked, pricesMove, symbols } from "./ticks-page.mjs";
import { visit, wait } from "./visit.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const browser = await launchChromium();

const ticksOf = (frames) =>
  frames
    .map((frame) => JSON.parse(frame))
    .filter((frame) => frame.type === "tick_data")
    .map((frame) => frame.data.symbol);

const service = await startTidewired(TIDEWIRED, [
  "delivery.events-per-second=0",
  "source.type=demo",
]).catch((error) => bailOut(error.message));
const one = await visit(browser, service.url);
const { page } = one;

await check("the page goes live", async () => {
  await live(page);
  assert.equal(await page.title(), "Tidewire");
}).then((isGood) => isGood || bailOut(`no page: ${one.troubles.join(", ")}`));

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
    one.frames.length = 0;
    await pricesMove(page, 4);
    assert.ok(ticksOf(one.frames).length > 0);
    assert.ok(!ticksOf(one.frames).includes("AAPL"));
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
  await one.reload();
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

await check("no error, no failed request, no other host", () =>
  one.expectClean(`127.0.0.1:${service.port}`),
);

await one.close();
await check("the service ends well", async () => assert.equal(await service.stop(), 0));
await browser.close();
process.exit(finish());
