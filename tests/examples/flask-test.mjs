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
const service = await start(
  TIDEWIRED,
  [
    `--config=${EXAMPLES}flask/tidewire.conf`,
    "--set=bus.bus=none",
    "--set=server.listen=127.0.0.1:0",
    "--set=server.drain-timeout-ms=3000",
    `--set=auth.flask-secret-file=${secret}`,
    `--set=redis.uri=${redis.uri}`,
  ],
  /http:\/\/127\.0\.0\.1:(\d+)\//,
).catch((error) => bailOut(error.message));

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
  tidewire: `127.0.0.1:${service.match[1]}`,
  application: `127.0.0.1:${process.env.PORT}`,
}).catch((error) => bailOut(error.message));
const producer = spawn(
  PYTHON,
  [`${EXAMPLES}producer.py`, redis.uri.replace("unix:", "unix://")],
  { stdio: "inherit" },
);
process.on("exit", () => producer.kill("SIGKILL"));

const browser = await launchChromium();
const page = await browser.newPage();
const troubles = [];
page.on("console", (message) => {
  /* What the browser itself says of the refusal that is tried. */
  const isWanted = /^WebSocket connection to .* failed/.test(message.text());
  if (["error", "warning"].includes(message.type()) && !isWanted)
    troubles.push(message.text());
});
page.on("pageerror", (error) => troubles.push(String(error)));

await check("Without a log-in there is the form, and no way to the sockets", async () => {
  await page.goto(`http://${proxy.host}/`);
  assert.match(page.url(), /\/login/);
  const answer = await page.evaluate(async () => {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    return new Promise((resolve) => {
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    });
  });
  assert.equal(answer, "refused");
  assert.deepEqual(troubles, []);
});

await check("With it the page shows what the producer publishes", async () => {
  await page.fill("input", "anna");
  await page.click("button");
  await page.locator("#state", { hasText: "connected by websocket" }).waitFor();
  await page.locator('#ticks tr[data-symbol="AAPL"]').waitFor();
  assert.deepEqual(troubles, []);
});

await check("The user is whom the application logged in, and can be logged out", async () => {
  redis.publish("tidewire.control", '{"action":"log_out","user":"anna"}');
  await page.locator("#state", { hasText: "disconnected" }).waitFor();
  assert.doesNotMatch(await page.locator("#state").textContent(), /coming back/);
});

await browser.close();
producer.kill();
await proxy.stop();
await application.stop();
await service.stop();
await redis.stop();
process.exit(finish());
