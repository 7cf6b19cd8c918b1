/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text into the page, and numbers into text. */

export const byId = (id) => document.getElementById(id);

/* Writes text only when it differs: a text that stays costs no layout. Never HTML: what
 * comes from outside may be hostile. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const count = new Intl.NumberFormat();
export const compact = new Intl.NumberFormat(undefined, {
  notation: "compact",
  maximumFractionDigits: 1,
});
export const percent = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const cents = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const digits = new Intl.NumberFormat(undefined, {
  minimumSignificantDigits: 4,
  maximumSignificantDigits: 4,
});
export const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export function priceText(price) {
  const size = Math.abs(price);
  if (size >= 1e15) return price.toExponential(4);
  if (size >= 1e9) return compact.format(price);
  return size >= 1 || size === 0 ? cents.format(price) : digits.format(price);
}

export const countText = (value) =>
  isNumber(value) ? (value < 1e7 ? count : compact).format(value) : "–";

export function rateText(rate) {
  return `${rate < 10 ? Math.round(rate * 10) / 10 : countText(Math.round(rate))}/s`;
}

export function ageText(age_ms) {
  const seconds = Math.floor(age_ms / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}
