/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The console, as tests look at it. */

import { visit } from "./visit.mjs";

/* Opens a view of the console, and waits until the service has answered. */
export async function openConsole(browser, url, { view = "overview", user, options } = {}) {
  const address = new URL("console/", url);
  if (user !== undefined) address.searchParams.set("user", user);
  address.hash = view;
  const one = await visit(browser, String(address), options);
  await isUp(one.page);
  return one;
}

export const isUp = (page) =>
  page.locator('#state[data-state="live"]').waitFor({ timeout: 20000 });

/* What a table says: a list of texts for each row. */
export const readTable = (page, id) =>
  page
    .locator(`#${id}-table > tbody > tr`)
    .evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)),
    );

/* What a list of terms says: an object. */
export const readFacts = (page, id) =>
  page
    .locator(`#${id} > div`)
    .evaluateAll((all) =>
      Object.fromEntries(
        all.map((pair) => [
          pair.querySelector("dt").textContent,
          pair.querySelector("dd").textContent,
        ]),
      ),
    );

/* Goes to a view as a person would. */
export async function goTo(page, name) {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name }).click();
  await page.getByRole("heading", { name, level: 2, exact: true }).waitFor();
}

export const hasCharts = async (page) => (await page.locator("body.plain").count()) === 0;
