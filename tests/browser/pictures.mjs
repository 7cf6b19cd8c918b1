/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pictures in docs/images. Tests take them whenever they run, so that they can still
 * be taken, and keep them in the folder of TIDEWIRE_SCREENSHOTS, if that is given. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const { TIDEWIRE_SCREENSHOTS } = process.env;
const MOST_BYTES = 150000;

/* Takes what the page shows as NAME.png. */
export async function takePicture(page, name) {
  const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
  assert.ok(picture.length > 2000, `${name}.png is empty`);
  if (!TIDEWIRE_SCREENSHOTS) return;
  mkdirSync(TIDEWIRE_SCREENSHOTS, { recursive: true });
  const file = path.join(TIDEWIRE_SCREENSHOTS, `${name}.png`);
  writeFileSync(file, picture);
  /* A palette makes it a third as large. */
  spawnSync("pngquant", ["--force", "--strip", "--output", file, "192", file]);
  const size = readFileSync(file).length;
  console.log(`# ${file}: ${size} bytes`);
  assert.ok(size <= MOST_BYTES, `${file} has ${size} bytes; install pngquant`);
}
