/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page at `/`, as tests look at it. */

import assert from "node:assert/strict";

import { comesTo, wait } from "./visit.mjs";

export const live = (page) =>
  page.locator('#state[data-state="live"]').waitFor({ timeout: 20000 });

export const symbols = (page) =>
  page
    .locator("#cards .card")
    .evaluateAll((all) => all.map((card) => card.dataset.symbol));

export const number = async (page, id) =>
  Number((await page.locator(`#${id}`).textContent()).replaceAll(/[^\d.-]/g, ""));

export const picked = (page, wanted) => comesTo(() => symbols(page), wanted, 5000);

/* Waits until the prices of at least `n_cards` cards differ from what they are now. */
export async function pricesMove(page, n_cards) {
  const prices = () =>
    page
      .locator("#cards .card")
      .evaluateAll((all) =>
        all.map((card) => [
          card.dataset.symbol,
          card.querySelector(".price").textContent,
        ]),
      );
  const before = new Map(await prices());
  const moved = new Set();
  for (const end = Date.now() + 20000; Date.now() < end; await wait(100)) {
    for (const [symbol, price] of await prices())
      if (before.get(symbol) !== price) moved.add(symbol);
    if (moved.size >= n_cards) return;
  }
  assert.fail(`${moved.size} prices moved in 20 s, wanted ${n_cards}`);
}
