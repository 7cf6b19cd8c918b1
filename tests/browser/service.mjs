/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Starts programs for a test and ends them again, whatever happens. */

import { spawn } from "node:child_process";
import { once } from "node:events";

const running = new Set();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/* Starts a program that has begun when `pattern` matches what it writes. Resolves with
 * the match, what it wrote, and `stop`. */
export function start(program, args, pattern, { wait_ms = 20000 } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = once(child, "exit").catch(() => {});
  ended.then(() => running.delete(child));
  const service = {
    output: "",
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10000);
      await ended;
      clearTimeout(timer);
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      child.kill("SIGKILL");
      reject(new Error(`${program} ${args.join(" ")}: ${why}\n${service.output}`));
    };
    const timer = setTimeout(() => fail("did not begin in time"), wait_ms);
    const read = (bytes) => {
      service.output += bytes;
      const match = pattern.exec(service.output);
      if (match === null || service.match !== undefined) return;
      clearTimeout(timer);
      service.match = match;
      resolve(service);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code) => {
      clearTimeout(timer);
      if (service.match === undefined) fail(`ended with code ${code}`);
    });
  });
}

/* Starts tidewired with `settings`, each GROUP.KEY=VALUE; adds its `url` and `port`. */
export async function startTidewired(program, settings, { port = 0 } = {}) {
  /* Clients that do not read must not make each test take longer. */
  const short = "server.drain-timeout-ms=3000";
  const all = [short, ...settings, `server.listen=127.0.0.1:${port}`, "bus.bus=none"];
  const service = await start(
    program,
    all.map((setting) => `--set=${setting}`),
    /http:\/\/127\.0\.0\.1:(\d+)\//,
  );
  [service.url, service.port] = service.match;
  return service;
}
