/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who may see the console: operators, by each way to log in. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/browser/console-login-test.mjs
 *
 * Environment:
 *   TIDEWIRED  the service's program
 *   CHROMIUM   the browser's program, /usr/bin/chromium if not given */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { launchChromium } from "./chromium.mjs";
import { goTo, isUp, readFacts } from "./console-page.mjs";
import { startTidewired } from "./service.mjs";
import { bailOut, check, finish } from "./tap.mjs";
import { comesTo, visit } from "./visit.mjs";

const { TIDEWIRED } = process.env;
const PYTHON = "/usr/bin/python3";

if (!TIDEWIRED) bailOut("set TIDEWIRED");

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-console-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const SECRET = "a secret of thirty-two characters";
const secret = path.join(folder, "secret");
writeFileSync(secret, `${SECRET}\n`, { mode: 0o600 });

const browser = await launchChromium();
const startDemo = (...settings) =>
  startTidewired(TIDEWIRED, ["source.type=demo", ...settings]).catch((error) =>
    bailOut(error.message),
  );

/* A refusal is an answer of HTTP, which Chromium writes down by itself. */
const isRefusal = (text) =>
  /^Failed to load resource: the server responded with a status of 40[13] /.test(text) ||
  /^40[13]: \S+\/console\/api\/session$/.test(text);

function expectRefused(one) {
  assert.ok(one.troubles.some(isRefusal));
  one.troubles = one.troubles.filter((text) => !isRefusal(text));
  one.expectClean(new URL(one.page.url()).host);
}

const coded = (object) => Buffer.from(JSON.stringify(object)).toString("base64url");

function makeToken(claims) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const text = `${coded({ alg: "HS256", typ: "JWT" })}.${coded({ exp, ...claims })}`;
  return `${text}.${createHmac("sha256", SECRET).update(text).digest("base64url")}`;
}

const title = (page, name) => page.getByRole("heading", { name, level: 2 }).waitFor();
const message = (page) => page.locator("#login-message").textContent();

const jwt = await startDemo("auth.mode=jwt", `auth.jwt-key-file=${secret}`);

await check("jwt: without a token there is a field for one, and nothing else", async () => {
  const one = await visit(browser, `${jwt.url}console/`);
  const { page } = one;
  await title(page, "Log in");
  assert.ok(await page.getByLabel("Token").isVisible());
  assert.ok(await page.locator("#view-overview").isHidden());
  await page.getByLabel("Token").fill("no token at all");
  await page.keyboard.press("Enter");
  await comesTo(async () => /token/i.test(await message(page)), true);
  assert.ok(await page.getByLabel("Token").isVisible());
  expectRefused(one);
  await one.close();
});

await check("jwt: an operator's token is taken, and kept by this tab alone", async () => {
  const one = await visit(browser, `${jwt.url}console/`);
  const { page } = one;
  await title(page, "Log in");
  await page.getByLabel("Token").fill(makeToken({ sub: "olga", roles: ["operator"] }));
  await page.getByRole("button", { name: "Log in" }).click();
  await isUp(page);
  assert.equal(await page.locator("#who").textContent(), "Logged in as olga");
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
  await one.reload();
  await isUp(page);
  /* The way to /ws needs it, too. */
  await goTo(page, "Charts");
  await page.getByRole("combobox", { name: "Symbol", exact: true }).fill("AAPL");
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator("#chart-title", { hasText: "AAPL" }).waitFor();
  expectRefused(one);
  await one.close();
});

await check("jwt: who is no operator is told so, by name, and sees nothing", async () => {
  const one = await visit(browser, `${jwt.url}console/`);
  const { page } = one;
  await title(page, "Log in");
  await page.getByLabel("Token").fill(makeToken({ sub: "emil", roles: ["reader"] }));
  await page.keyboard.press("Enter");
  await title(page, "This is not for you yet");
  assert.match(await message(page), /emil/);
  assert.match(await message(page), /\[console\] operators/);
  assert.ok(await page.locator("#view-overview").isHidden());
  expectRefused(one);
  await one.close();
});

await check("flask-session: the application's cookie of an operator is enough", async () => {
  const flask = await startDemo(
    "auth.mode=flask-session",
    `auth.flask-secret-file=${secret}`,
    "console.operators=anna",
  );
  const program =
    "import flask, sys\n" +
    "app = flask.Flask('app')\n" +
    "app.secret_key = sys.argv[1]\n" +
    "signer = flask.sessions.SecureCookieSessionInterface()\n" +
    "print(signer.get_signing_serializer(app).dumps({'_user_id': sys.argv[2]}))\n";
  const makeCookie = (user) => ({
    name: "session",
    url: flask.url,
    value: execFileSync(PYTHON, ["-c", program, SECRET, user], { encoding: "utf8" }).trim(),
  });
  const one = await visit(browser, `${flask.url}console/`);
  const { page } = one;
  await title(page, "Log in");
  assert.ok(await page.getByLabel("Token").isHidden());
  await page.context().addCookies([makeCookie("emil")]);
  await page.getByRole("button", { name: "Try again" }).click();
  await title(page, "This is not for you yet");
  assert.match(await message(page), /emil/);
  await page.context().addCookies([makeCookie("anna")]);
  await page.getByRole("button", { name: "Try again" }).click();
  await isUp(page);
  assert.equal(await page.locator("#who").textContent(), "Logged in as anna");
  assert.match((await readFacts(page, "facts")).Source, /demo/);
  expectRefused(one);
  await one.close();
  assert.equal(await flask.stop(), 0);
});

await check("switched off, and behind a proxy, it is not there", async () => {
  const off = await startDemo("console.serve=off");
  const ask = async (service, headers) =>
    (await fetch(`${service.url}console/`, { headers })).status;
  assert.equal(await ask(off), 404);
  assert.equal(await ask(jwt), 200);
  assert.equal(await ask(jwt, { "X-Forwarded-For": "192.0.2.7" }), 404);
  assert.equal(await off.stop(), 0);
});

await check("the service ends well", async () => assert.equal(await jwt.stop(), 0));
await browser.close();
process.exit(finish());
