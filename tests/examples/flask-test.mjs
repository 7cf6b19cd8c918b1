/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* docs/examples/flask as it stands there: the application, Tidewire with its file, nginx
 * with that of docs/examples, and a producer. Writes TAP.
 *
 * Environment:
 *   TIDEWIRED  the service's program */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { launchChromium } from "../browser/chromium.mjs";
import { start } from "../browser/service.mjs";
import { bailOut, check, finish } from "../browser/tap.mjs";
import { comesTo, outage, visit } from "../browser/visit.mjs";
import { startRedis } from "../daemon/redis.mjs";
import { startProxy } from "../proxies/stage.mjs";

const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const EXAMPLES = here("../../docs/examples/");
const PYTHON = "/usr/bin/python3";

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-flask-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const secret = path.join(folder, "flask-secret");
writeFileSync(secret, "a secret of both\n");
chmodSync(secret, 0o600);

async function findFreePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const redis = await startRedis();
const port = await findFreePort();
const startService = () =>
  start(
    TIDEWIRED,
    [
      `--config=${EXAMPLES}flask/tidewire.conf`,
      "--set=bus.bus=none",
      `--set=server.listen=127.0.0.1:${port}`,
      "--set=server.drain-timeout-ms=3000",
      `--set=auth.flask-secret-file=${secret}`,
      `--set=redis.uri=${redis.uri}`,
    ],
    /http:\/\/127\.0\.0\.1:(\d+)\//,
  ).catch((error) => bailOut(error.message));
let service = await startService();

process.env.FLASK_SECRET_FILE = secret;
process.env.SOCKETIO_CLIENT = here("../browser/node_modules/socket.io-client/dist");
process.env.PORT = String(await findFreePort());
const application = await start(
  PYTHON,
  [`${EXAMPLES}flask/app.py`],
  /Running on http/,
).catch((error) => bailOut(error.message));
const proxy = await startProxy("nginx", {
  folder,
  program: "/usr/sbin/nginx",
  tidewire: `127.0.0.1:${port}`,
  application: `127.0.0.1:${process.env.PORT}`,
}).catch((error) => bailOut(error.message));
const browser = await launchChromium();
const one = await visit(browser, `http://${proxy.host}/`);
const { page } = one;

const state = (text) => page.locator("#state", { hasText: text }).waitFor();
const rows = () =>
  page
    .locator("#ticks tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)),
    );
const publish = (tick) =>
  redis.cli("publish", "tickstock.all_ticks", JSON.stringify(tick));

await check("Without a log-in there is the form, and no way to the sockets", async () => {
  assert.match(page.url(), /\/login/);
  const answer = await page.evaluate(async () => {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    return new Promise((resolve) => {
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    });
  });
  assert.equal(answer, "refused");
  /* What the browser itself says of that. */
  await comesTo(() => one.troubles.length, 1);
  assert.match(one.troubles.pop(), /^WebSocket connection to .* failed/);
});

await check("With it the page shows what is published, to the digit", async () => {
  await page.fill("input", "anna");
  await page.click("button");
  await state("connected by websocket");
  await page.locator("#in-force", { hasText: "AAPL, MSFT, NVDA" }).waitFor();
  await publish({ symbol: "AAPL", price: 187.25, volume: 100 });
  await publish({ symbol: "NOBODYS", price: 1, volume: 1 });
  await comesTo(rows, [["AAPL", "187.25", "100"]]);
  one.expectClean(proxy.host);
});

await check("The page comes back after a restart of the service, logged in", async () => {
  await outage([one], async () => {
    assert.equal(await service.stop(), 0);
    await state("coming back");
    service = await startService();
    await state("connected by websocket");
  });
  await page.locator("#in-force", { hasText: "AAPL, MSFT, NVDA" }).waitFor();
  await publish({ symbol: "MSFT", price: 404.5, volume: 7 });
  await comesTo(rows, [["MSFT", "404.5", "7"]]);
  one.expectClean(proxy.host);
});

await check("The producer's ticks come", async () => {
  const producer = spawn(
    PYTHON,
    [`${EXAMPLES}producer.py`, redis.uri.replace("unix:", "unix://")],
    { stdio: "inherit" },
  );
  const kill = () => producer.kill("SIGKILL");
  process.on("exit", kill);
  await comesTo(async () => (await rows()).map(([symbol]) => symbol).sort(), [
    "AAPL",
    "MSFT",
    "NVDA",
  ]);
  kill();
  one.expectClean(proxy.host);
});

await check("The user is whom the application logged in, and can be logged out", async () => {
  redis.publish("tidewire.control", '{"action":"log_out","user":"anna"}');
  await state("disconnected");
  assert.doesNotMatch(await page.locator("#state").textContent(), /coming back/);
  one.expectClean(proxy.host);
});

await browser.close();
await proxy.stop();
await application.stop();
await service.stop();
await redis.stop();
process.exit(finish());
