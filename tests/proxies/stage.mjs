/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands on both sides of a proxy: the service, a web application, and the proxies
 * themselves with the files of docs/examples. */

import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import path from "node:path";

import { start } from "../browser/service.mjs";

const EXAMPLES = new URL("../../docs/examples/", import.meta.url);

async function findFreePort() {
  const server = createTcpServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/* Starts the service on `port` and on a Unix socket. */
export async function startService(program, socket, { port = 0, settings = [] } = {}) {
  const all = [
    "source.type=demo",
    "demo.ticks-per-second=1000",
    "bus.bus=none",
    `server.listen=127.0.0.1:${port};unix:${socket}`,
    ...settings,
  ];
  const service = await start(
    program,
    all.map((setting) => `--set=${setting}`),
    /http:\/\/127\.0\.0\.1:(\d+)\//,
  );
  return Object.assign(service, { port: Number(service.match[1]) });
}

/* A web application that answers with what it was asked. */
export async function startApplication() {
  const server = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const PROXIES = {
  nginx: {
    file: "nginx.conf",
    unixAddress: (socket) => `unix:${socket}`,
    arguments: (file) => [
      ["-e", "stderr", "-p", path.dirname(file), "-c", file],
      ["-g", `daemon off; master_process off; pid ${file}.pid; error_log stderr notice;`],
    ],
    ready: /getrlimit/,
  },
  haproxy: {
    file: "haproxy.cfg",
    unixAddress: (socket) => `unix@${socket}`,
    arguments: (file) => [["-W", "-db", "-f", file]],
    ready: /Loading success/,
  },
};

export const names = Object.keys(PROXIES);

/* Starts a proxy with its file of docs/examples. `tidewire` is an address, or the path
 * of a Unix socket. `change` may make another file of it. */
export async function startProxy(
  name,
  { folder, program, tidewire, application, change = (text) => text },
) {
  const kind = PROXIES[name];
  const public_address = `127.0.0.1:${await findFreePort()}`;
  const words = {
    PUBLIC_ADDRESS: public_address,
    PUBLIC_NAME: "localhost",
    TIDEWIRE_ADDRESS: tidewire.startsWith("/") ? kind.unixAddress(tidewire) : tidewire,
    APPLICATION_ADDRESS: application,
  };
  const text = change(readFileSync(new URL(kind.file, EXAMPLES), "utf8"))
    .split("\n")
    .map((line) =>
      line.startsWith("#")
        ? line
        : line.replace(/[A-Z]+_(ADDRESS|NAME)/g, (word) => words[word] ?? word),
    )
    .join("\n");
  const file = path.join(folder, `${public_address.replace(":", "-")}-${kind.file}`);
  writeFileSync(file, text);
  const proxy = await start(program, kind.arguments(file).flat(), kind.ready);
  return Object.assign(proxy, { name, host: public_address });
}
