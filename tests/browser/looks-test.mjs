/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the pages look: light, dark and on a phone, without scrolling sideways. Writes TAP,
 * and the pictures of docs/images:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired TIDEWIRE_SCREENSHOTS=docs/images \
 *     node tests/browser/looks-test.mjs
 *
 * Environment:
 *   TIDEWIRED             the service's program
 *   TIDEWIRE_SCREENSHOTS  folder for the pictures; without it there are none
 *   CHROMIUM              the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";

import { serveExamples } from "../examples/static-server.mjs";
import { launchChromium } from "./chromium.mjs";
import { takePicture } from "./pictures.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { live } from "./ticks-page.mjs";
import { PHONE, visit } from "./visit.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const WIDE = { viewport: { width: 1200, height: 760 } };
const SMALL = { viewport: { width: 640, height: 420 } };

const browser = await launchChromium();
const examples = await serveExamples();
const startDemo = (...settings) =>
  startTidewired(TIDEWIRED, [
    "source.type=demo",
    "demo.seed=7",
    "demo.ticks-per-second=1000",
    "delivery.events-per-second=0",
    ...settings,
  ]).catch((error) => bailOut(error.message));
const service = await startDemo();

/* Waits until the line of each card goes from one side to the other. */
const linesAreFull = (page) =>
  page.waitForFunction(
    () => {
      const lines = [...document.querySelectorAll("#cards polyline")];
      return lines.length > 0 && lines.every((line) => line.points.length === 60);
    },
    undefined,
    { timeout: 60000 },
  );

await check("the page: light, dark and on a phone", async () => {
  const looks = [
    ["page", { ...WIDE, colorScheme: "light" }],
    ["page-dark", { ...WIDE, colorScheme: "dark" }],
    ["page-phone", { ...PHONE, colorScheme: "light" }],
    [null, { ...PHONE, colorScheme: "dark" }],
  ];
  const visits = [];
  for (const [name, options] of looks)
    visits.push([name, await visit(browser, service.url, options)]);
  await Promise.all(visits.map(([, one]) => live(one.page)));
  await Promise.all(visits.map(([, one]) => linesAreFull(one.page)));
  for (const [name, one] of visits) {
    await one.expectNoSidewaysScrolling();
    if (name !== null) await takePicture(one.page, name);
    await one.page.locator("#picker").evaluate((picker) => (picker.open = true));
    await one.expectNoSidewaysScrolling();
    one.expectClean(`127.0.0.1:${service.port}`);
    await one.close();
  }
});

/* Who lets another origin in has to name all of them. */
const friendly = await startDemo(`server.allowed-origins=${examples.origin}`);

for (const name of ["socketio", "plain"])
  await check(`the example ${name}.html: on a desk and on a phone`, async () => {
    const host = `127.0.0.1:${friendly.port}`;
    const address = `${examples.origin}/${name}.html?server=http://${host}`;
    for (const options of [SMALL, PHONE]) {
      const one = await visit(browser, address, options);
      await one.page.waitForFunction(
        () => document.querySelectorAll("#ticks tr").length === 3,
      );
      await one.expectNoSidewaysScrolling();
      if (options === SMALL) await takePicture(one.page, `example-${name}`);
      one.expectClean(host, new URL(examples.origin).host);
      await one.close();
    }
  });

await check("the services end well", async () => {
  assert.equal(await service.stop(), 0);
  assert.equal(await friendly.stop(), 0);
});
examples.close();
await browser.close();
process.exit(finish());
