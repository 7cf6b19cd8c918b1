/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The proxies' files of docs/examples, in the real programs, between real clients and the
 * service. Writes TAP. To run it:
 *
 *   npm ci --prefix tests/browser
 *   TIDEWIRED=build/src/daemon/tidewired node tests/proxies/proxies-test.mjs
 *
 * Environment:
 *   TIDEWIRED       the service's program
 *   NGINX, HAPROXY  the proxies' programs, /usr/sbin/nginx and /usr/sbin/haproxy if not
 *                   given; what is not there is passed over */

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";

import { bailOut, check, finish, skipAll } from "../browser/tap.mjs";
import { Poller, ask, openWebSocket } from "./raw-client.mjs";
import { names, startApplication, startProxy, startService } from "./stage.mjs";

const { TIDEWIRED } = process.env;
const PROGRAMS = {
  nginx: process.env.NGINX ?? "/usr/sbin/nginx",
  haproxy: process.env.HAPROXY ?? "/usr/sbin/haproxy",
};

if (!TIDEWIRED) bailOut("set TIDEWIRED");
const { io } = await import("../browser/packages.mjs").catch(() =>
  skipAll("run npm ci --prefix tests/browser first"),
);

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-proxies-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const socket = path.join(folder, "http.sock");
let service = await startService(TIDEWIRED, socket).catch((e) => bailOut(e.message));
const direct = `127.0.0.1:${service.port}`;
const application = await startApplication();

const TICKERS = ["AAPL", "MSFT", "NVDA", "TSLA"];
const subscribe = `42["subscribe_tickers",${JSON.stringify({ tickers: TICKERS })}]`;

function within(ms, what, promise) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* Opens the official client at a proxy, as a page of that address would. */
function connect(host, options) {
  return io(`http://${host}`, {
    extraHeaders: { Origin: `http://${host}` },
    forceNew: true,
    ...options,
  });
}

async function takeTicks(client, n_ticks) {
  let n = 0;
  const enough = new Promise((resolve) => {
    client.on("tick_data", ({ symbol }) => {
      assert.ok(TICKERS.includes(symbol), symbol);
      n += 1;
      if (n === n_ticks) resolve();
    });
  });
  client.emit("subscribe_tickers", { tickers: TICKERS });
  await within(10000, `${n_ticks} ticks`, enough);
}

async function runClient(host, transports, last) {
  const client = connect(host, transports ? { transports } : {});
  try {
    await within(5000, "connect", once(client, "connect"));
    await takeTicks(client, 100);
    assert.equal(client.io.engine.transport.name, last);
  } finally {
    client.close();
  }
}

async function checkRawPolling(host) {
  const poller = new Poller(host, { Origin: `http://${host}` });
  const opened = await poller.open();
  assert.equal(opened.status, 200, opened.body);
  assert.equal(opened.headers["access-control-allow-origin"], `http://${host}`);
  await poller.send(subscribe);
  /* An answer may have nothing but what the demo source tells everyone now and then. */
  for (let n = 0; n < 5; ) {
    const began = performance.now();
    const packets = await poller.poll();
    assert.ok(performance.now() - began < 1000, "an event was held back");
    if (packets.some((one) => one.includes("tick_data"))) n += 1;
  }
  /* Two megabytes: more than nginx takes unless told. */
  await poller.send(`42["${"x".repeat(64)}",{"pad":"${"x".repeat(2 << 20)}"}]`);
  poller.close();
}

async function checkRawPlain(host) {
  const ws = await openWebSocket(host, "/ws", { Origin: `http://${host}` });
  assert.equal(ws.status, 101);
  assert.match((await ws.next()).text, /^\{"type":"connected"/);
  ws.send('{"type":"subscribe_tickers","tickers":["AAPL"]}');
  /* The demo source tells everyone of a backtest now and then. */
  while (!(await ws.next()).text.startsWith('{"type":"subscription_updated"'));
  for (let n = 0; n < 20; )
    if ((await ws.next()).text.startsWith('{"type":"tick_data"')) n += 1;
  ws.close();
}

/* Where nothing is published nothing is said until the server's ping, and the proxy waits
 * for that too. */
async function checkQuiet(name, program) {
  const quiet = await startService(TIDEWIRED, path.join(folder, "quiet.sock"), {
    settings: ["source.type=none"],
  });
  const proxy = await startProxy(name, {
    folder,
    program,
    tidewire: `127.0.0.1:${quiet.port}`,
    application: application.address,
  });
  const poller = new Poller(proxy.host);
  await poller.open();
  const ws = await openWebSocket(proxy.host, "/ws");
  await ws.next();
  const began = performance.now();
  const [packets, frame] = await Promise.all([poller.poll(), ws.next()]);
  assert.deepEqual(packets, ["2"]);
  assert.equal(frame.opcode, 9);
  assert.ok(performance.now() - began > 5000);
  poller.close();
  ws.close();
  await proxy.stop();
  await quiet.stop();
}

async function checkApplication(host) {
  for (const url of ["/", "/health", "/socket.io", "/ws/", "/wsx?EIO=4", "/a/socket.io/"]) {
    const answer = await ask(host, url);
    assert.equal(answer.status, 200, url);
    assert.equal(JSON.parse(answer.body).url, url);
  }
  const unknown = await ask(host, "/socket.io/?EIO=4&transport=polling&sid=none");
  assert.deepEqual([unknown.status, JSON.parse(unknown.body).code], [400, 1]);
}

async function checkOrigins(host) {
  const handshake = "/socket.io/?EIO=4&transport=polling";
  const statusOf = async (headers) => (await ask(host, handshake, { headers })).status;
  const other = "app.example.org:8443";
  assert.equal(await statusOf({}), 200);
  assert.equal(await statusOf({ Origin: `http://${host}` }), 200);
  assert.equal(await statusOf({ Host: other, Origin: `https://${other}` }), 200);
  assert.equal(await statusOf({ Origin: "http://evil.example" }), 403);
  assert.equal(await statusOf({ Origin: "http://127.0.0.1" }), 403);
  assert.equal(await statusOf({ Origin: `http://${direct}` }), 403);
  for (const url of ["/ws", "/socket.io/?EIO=4&transport=websocket"]) {
    const ws = await openWebSocket(host, url, { Origin: "http://evil.example" });
    assert.equal(ws.status, 403, url);
  }
}

/* With the application in Tidewire's place too, what either of them is sent shows. */
async function checkHeaders(name, program) {
  const { address } = application;
  const mirror = await startProxy(name, {
    folder,
    program,
    tidewire: address,
    application: address,
  });
  const lies = {
    Forwarded: "for=6.6.6.6",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Real-IP": "6.6.6.6",
  };
  for (const url of ["/", "/socket.io/?EIO=4", "/ws"]) {
    const { headers } = JSON.parse(
      (await ask(mirror.host, url, { headers: { ...lies, Cookie: "session=abc" } })).body,
    );
    assert.equal(headers.host, mirror.host);
    assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(headers["x-forwarded-host"], mirror.host);
    assert.equal(headers["x-forwarded-proto"], "http");
    assert.equal(headers["x-real-ip"], "127.0.0.1");
    assert.equal(headers.forwarded, undefined);
    assert.equal(headers.cookie, "session=abc");
  }
  await mirror.stop();
}

/* A client's address is what the proxy says, whatever the client says, and each has its
 * share of connections. */
async function checkAddresses(name, program) {
  const limited = await startService(TIDEWIRED, path.join(folder, "limited.sock"), {
    settings: [
      "source.type=none",
      "server.trusted-proxies=127.0.0.1;unix",
      "server.max-connections-per-address=2",
    ],
  });
  const handshake = "/socket.io/?EIO=4&transport=polling";
  const addresses = [`127.0.0.1:${limited.port}`, path.join(folder, "limited.sock")];
  for (const [i, tidewire] of addresses.entries()) {
    const proxy = await startProxy(name, {
      folder,
      program,
      tidewire,
      application: application.address,
    });
    const statuses = [];
    for (let n = 0; n < 4; n++) {
      const localAddress = `127.0.${i + 1}.${n < 3 ? 2 : 3}`;
      const agent = new Agent({ localAddress });
      const headers = { "X-Forwarded-For": `198.51.100.${n}` };
      statuses.push((await ask(proxy.host, handshake, { agent, headers })).status);
    }
    assert.deepEqual(statuses, [200, 200, 403, 200], tidewire);
    await proxy.stop();
  }
  await limited.stop();
}

async function checkRestart(host) {
  const client = connect(host, { reconnectionDelay: 200, reconnectionDelayMax: 200 });
  await within(5000, "connect", once(client, "connect"));
  await takeTicks(client, 10);
  const lost = once(client, "disconnect");
  const { port } = service;
  await service.stop();
  await within(5000, "disconnect", lost);
  const refused = await ask(host, "/socket.io/?EIO=4&transport=polling");
  assert.ok([502, 503].includes(refused.status), String(refused.status));
  const back = once(client, "connect");
  service = await startService(TIDEWIRED, socket, { port });
  await within(10000, "connect again", back);
  await takeTicks(client, 10);
  client.close();
}

/* Two nodes, as docs/PROXIES.md has them: a session's requests go to the node that opened
 * it. */
const STICKY = {
  nginx: (ports) => (text) =>
    text.replace(
      "server TIDEWIRE_ADDRESS;",
      `ip_hash;\n${ports.map((port) => `server 127.0.0.1:${port};`).join("\n")}`,
    ),
  haproxy: (ports) => (text) =>
    text.replace(
      "server tidewire TIDEWIRE_ADDRESS",
      [
        "balance leastconn",
        "cookie TIDEWIRE_NODE insert indirect nocache httponly",
        ...ports.map((port, i) => `server node${i} 127.0.0.1:${port} cookie node${i}`),
      ].join("\n    "),
    ),
};

async function checkSticky(name, program) {
  const second = await startService(TIDEWIRED, path.join(folder, "second.sock"));
  const proxy = await startProxy(name, {
    folder,
    program,
    tidewire: "none",
    application: application.address,
    change: STICKY[name]([service.port, second.port]),
  });
  const clients = [1, 2, 3, 4].map(() =>
    connect(proxy.host, { transports: ["polling"], withCredentials: true }),
  );
  try {
    await Promise.all(
      clients.map((one) => within(5000, "connect", once(one, "connect"))),
    );
    await Promise.all(clients.map((one) => takeTicks(one, 50)));
  } finally {
    for (const one of clients) one.close();
    await proxy.stop();
    await second.stop();
  }
}

for (const name of names) {
  const program = PROGRAMS[name];
  if (!existsSync(program)) {
    await check(name, () => `there is no ${program}`);
    continue;
  }
  const common = { folder, program, application: application.address };
  const proxy = await startProxy(name, { ...common, tidewire: direct }).catch((error) =>
    bailOut(error.message),
  );
  const by_unix = await startProxy(name, { ...common, tidewire: socket });
  const { host } = proxy;

  await check(`${name}: the official client, polling only`, () =>
    runClient(host, ["polling"], "polling"),
  );
  await check(`${name}: the official client, WebSocket only`, () =>
    runClient(host, ["websocket"], "websocket"),
  );
  await check(`${name}: the official client as it is, which goes over`, () =>
    runClient(host, null, "websocket"),
  );
  await check(`${name}: polls by hand, no event is held back`, () =>
    checkRawPolling(host),
  );
  await check(`${name}: plain WebSocket by hand`, () => checkRawPlain(host));
  await check(`${name}: over a Unix socket`, async () => {
    await runClient(by_unix.host, ["polling"], "polling");
    await runClient(by_unix.host, null, "websocket");
    await checkRawPlain(by_unix.host);
  });
  await check(`${name}: the rest goes to the application`, () => checkApplication(host));
  await check(`${name}: pages of this address may connect, others not`, () =>
    checkOrigins(host),
  );
  await check(`${name}: Host and X-Forwarded-* are right`, () =>
    checkHeaders(name, program),
  );
  await check(`${name}: clients are known by their addresses`, () =>
    checkAddresses(name, program),
  );
  await check(`${name}: quiet connections last until the ping`, () =>
    checkQuiet(name, program),
  );
  await check(`${name}: two nodes with sticky sessions`, () =>
    checkSticky(name, program),
  );
  await check(`${name}: clients come back after a restart`, () => checkRestart(host));
  await check(`${name}: ends well`, async () => {
    for (const one of [proxy, by_unix]) assert.ok([0, 143].includes(await one.stop()));
  });
}

await check("the service ends well", async () => assert.equal(await service.stop(), 0));
application.close();
process.exit(finish());
