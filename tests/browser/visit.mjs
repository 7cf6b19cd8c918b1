/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A visit to a page, as the tests of all pages make it: what goes wrong in it is noted,
 * and whom it talks to. */

import assert from "node:assert/strict";

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};

/* What Chromium writes by itself, and no page can keep it from, while nobody listens, or
 * a proxy says so. */
const OUTAGE = [
  /^WebSocket connection to '\S+' failed: /,
  /^Failed to load resource: net::ERR_(CONNECTION_|EMPTY_)/,
  /^Failed to load resource: the server responded with a status of 502 /,
  /^failed: \S+ net::ERR_(ABORTED|CONNECTION_|EMPTY_|SOCKET_NOT_CONNECTED)/,
  /^502: /,
];

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* Waits until `func` gives what is `wanted`; fails with what it gave last. */
export async function comesTo(func, wanted, limit_ms = 15000) {
  let last;
  for (const end = Date.now() + limit_ms; Date.now() < end; await wait(50)) {
    last = await func();
    if (JSON.stringify(last) === JSON.stringify(wanted)) return;
  }
  assert.deepEqual(last, wanted);
}

class Visit {
  constructor(page) {
    this.page = page;
    this.troubles = []; /* nothing that a good page has */
    this.hosts = new Set(); /* whom it asked for anything */
    this.answers = []; /* of HTTP */
    this.sockets = []; /* addresses of WebSockets */
    this.sent = []; /* frames */
    this.frames = []; /* that came */
    this.isOutage = false;
    this.isMoving = false;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.note(message.text());
    });
    page.on("pageerror", (error) => this.note(String(error)));
    page.on("request", (request) => this.hear(request.url()));
    page.on("requestfailed", (request) =>
      this.note(`failed: ${request.url()} ${request.failure()?.errorText}`),
    );
    page.on("response", (answer) => {
      this.answers.push(answer);
      if (answer.status() >= 400) this.note(`${answer.status()}: ${answer.url()}`);
    });
    page.on("websocket", (socket) => {
      this.hear(socket.url());
      this.sockets.push(socket.url());
      socket.on("framesent", ({ payload }) => this.sent.push(String(payload)));
      socket.on("framereceived", ({ payload }) => this.frames.push(String(payload)));
    });
  }

  note(text) {
    if (this.isOutage && OUTAGE.some((one) => one.test(text))) return;
    /* Leaving a page ends what it was asking for. */
    if (this.isMoving && /^failed: \S+ net::ERR_ABORTED$/.test(text)) return;
    this.troubles.push(text);
  }

  hear(address) {
    const { host, protocol } = new URL(address);
    if (!["blob:", "data:"].includes(protocol)) this.hosts.add(host);
  }

  async reload() {
    this.isMoving = true;
    await this.page.reload();
    this.isMoving = false;
  }

  /* Nothing went wrong, and nobody but these hosts was asked for anything. */
  expectClean(...hosts) {
    assert.deepEqual(this.troubles, []);
    for (const host of this.hosts) assert.ok(hosts.includes(host), `asked ${host}`);
  }

  /* Nothing is cut off at the sides. */
  async expectNoSidewaysScrolling() {
    const { width } = this.page.viewportSize();
    const needed = await this.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(needed <= width, `${needed} pixels wide, where there are ${width}`);
  }

  close() {
    return this.page.context().close();
  }
}

/* Opens `url` in a fresh profile. */
export async function visit(browser, url, options = DESKTOP) {
  const context = await browser.newContext(options);
  const one = new Visit(await context.newPage());
  await one.page.goto(url);
  return one;
}

/* Does what has the service be away; when it ends the pages have to be well again. */
export async function outage(visits, func) {
  for (const one of visits) one.isOutage = true;
  await func();
  for (const one of visits) one.isOutage = false;
}
