/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Chromium, as the tests of all folders start it. */

import { existsSync } from "node:fs";

import { skipAll } from "./tap.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/* Starts the browser. Where it is not there, all tests are skipped. */
export async function launchChromium() {
  if (!existsSync(CHROMIUM)) skipAll(`there is no ${CHROMIUM}`);
  const { chromium } = await import("playwright-core").catch(() =>
    skipAll("run npm ci --prefix tests/browser first"),
  );
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
