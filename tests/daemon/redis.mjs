/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A Redis server of a test's own, and a producer's connection to it. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { start } from "../browser/service.mjs";

/* Starts redis-server on a Unix socket; gives its `uri`, `publish` and `stop`. */
export async function startRedis() {
  const folder = mkdtempSync(path.join(tmpdir(), "tidewire-redis-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const socket = path.join(folder, "redis.sock");
  const server = await start(
    "redis-server",
    ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
    /ready to accept connections/i,
  );
  const link = net.connect(socket);
  await once(link, "connect");
  link.resume();
  return {
    uri: `unix:${socket}`,
    publish(channel, payload) {
      const words = ["PUBLISH", channel, payload];
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      link.write(`*${words.length}\r\n${parts.join("")}`);
    },
    async stop() {
      link.destroy();
      await server.stop();
    },
  };
}
