/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What tests with the official client of Socket.IO begin with: the client, the service to
 * try it on, and an end to all waiting. The packages are the browser tests'. */

import { bailOut } from "../browser/tap.mjs";

const LIMIT_MS = 120000;
export const WAIT_MS = 20000;

export const { TIDEWIRED } = process.env;

if (!TIDEWIRED) bailOut("set TIDEWIRED");
setTimeout(() => bailOut(`not done in ${LIMIT_MS} ms`), LIMIT_MS).unref();

export const { io } = await import("../browser/packages.mjs").catch(() =>
  bailOut("packages are missing: run npm ci --prefix tests/browser"),
);

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(condition, what) {
  for (const end = Date.now() + WAIT_MS; !(await condition()); await wait(20))
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
}
