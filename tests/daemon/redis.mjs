/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A Redis server of a test's own, and a producer's connection to it. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { start } from "../browser/service.mjs";

const run = promisify(execFile);

function makeFolder() {
  const folder = mkdtempSync(path.join(tmpdir(), "tidewire-redis-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/* Starts redis-server on a Unix socket; gives its `uri`, `publish`, `cli` and `stop`. In
 * the `folder` of one that has been stopped it is at the same place. */
export async function startRedis({ folder = makeFolder() } = {}) {
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
    folder,
    uri: `unix:${socket}`,
    publish(channel, payload) {
      const words = ["PUBLISH", channel, payload];
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      link.write(`*${words.length}\r\n${parts.join("")}`);
    },
    /* What redis-cli answers to a command. */
    async cli(...words) {
      return (await run("redis-cli", ["-s", socket, ...words])).stdout.trim();
    },
    async stop() {
      link.destroy();
      await server.stop();
    },
  };
}
