/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Figures into words, besides those of the page. */

import { countText, isNumber } from "../text.js";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytesText(bytes) {
  if (!isNumber(bytes)) return "–";
  let unit = 0;
  for (; Math.abs(bytes) >= 1000 && unit < UNITS.length - 1; unit++) bytes /= 1024;
  return `${short(bytes, unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}

/* At most so many digits behind the point, none that says nothing. */
function short(value, digits) {
  return String(Number(value.toFixed(Math.abs(value) < 100 ? digits : 0)));
}

export function usecText(usec) {
  if (!isNumber(usec)) return "–";
  if (usec < 1000) return `${Math.round(usec)} µs`;
  if (usec < 1e6) return `${short(usec / 1000, usec < 1e5 ? 1 : 0)} ms`;
  return `${short(usec / 1e6, 1)} s`;
}

export function perSecond(rate) {
  if (!isNumber(rate)) return "–";
  return rate < 10 ? short(rate, 1) : countText(Math.round(rate));
}

/* A length of time in its two greatest units. */
export function lengthText(ms) {
  if (!isNumber(ms) || ms < 0) return "–";
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const moment = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "medium",
});
const minute = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const second = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export const momentText = (ms) => (isNumber(ms) ? moment.format(ms) : "–");
export const minuteText = (ms) => minute.format(ms);
export const secondText = (ms) => second.format(ms);

/* With a point whatever the language, as in logs. */
export const preciseText = (ms) =>
  `${second.format(ms)}.${String(Math.floor(ms) % 1000).padStart(3, "0")}`;

/* The times of bars: UTC, as the service makes them. */
export function utcText(ms, timeframe) {
  const text = new Date(ms).toISOString();
  return timeframe === "1d" ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

export const userLink = (user) => `#users/${encodeURIComponent(user)}`;

/* Names of the API's members, such as `unread_bytes`, as people say them. */
export function nameText(name) {
  const words = name.replace(/_(usec|ms)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/* In which order people read it; what is not named here comes last, by name. */
const ORDER = `user id state guest transport address connected_usec idle_usec
  login_expires_usec ready slow at_rate batches events_last_second
  urgent_events_last_second pending pending_bytes unread_events unread_bytes
  pending_critical pending_high pending_medium pending_low
  pending_lossless pending_conflate pending_latest pending_droppable
  offline offline_bytes offline_oldest_usec
  route type key class priority audience public kept_for_away
  tickers rooms subscriptions limits lane`.split(/\s+/);

export function inOrder(members) {
  const rank = (name) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.entries(members).sort(
    ([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
}

/* A member's value by what its name ends with. */
export function valueText(name, value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value))
    return value.length > 0
      ? value.map((one) => valueText(name, one)).join(", ")
      : "none";
  if (typeof value === "object") return JSON.stringify(value);
  if (!isNumber(value)) return String(value);
  if (name === "id" || name === "connections") return String(value);
  if (/^(connected|login_expires)_usec$/.test(name)) return momentText(value / 1000);
  if (name.endsWith("_usec")) return usecOrLength(value);
  if (name.endsWith("_bytes")) return bytesText(value);
  return countText(value);
}

const usecOrLength = (usec) => (usec < 1e7 ? usecText(usec) : lengthText(usec / 1000));

/* Lays JSON out without reading its values, so that a number stays as it was written. */
export function prettyJson(text) {
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let result = "";
  tokens.forEach((token, i) => {
    const after = tokens[i + 1];
    const before = tokens[i - 1];
    if (token === "{" || token === "[") {
      depth += 1;
      result += token + (after === "}" || after === "]" ? "" : line());
    } else if (token === "}" || token === "]") {
      depth = Math.max(0, depth - 1);
      result += (before === "{" || before === "[" ? "" : line()) + token;
    } else if (token === ",") result += token + line();
    else result += token === ":" ? ": " : token;
  });
  return result;
}
