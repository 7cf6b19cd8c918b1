/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What totals say: rates, percentiles and drops out of two reports of the service. */

import { isNumber } from "../text.js";

/* What grew between two totals; null when one is not known, or was set back meanwhile. */
export function growth(now, before) {
  if (!isNumber(now) || !isNumber(before)) return null;
  return now < before ? null : now - before;
}

/* How much a second, by the service's clock. */
export function rate(now, before, read) {
  const seconds = (now.time_ms - before?.time_ms) / 1000;
  if (!(seconds > 0) || now.started_ms !== before.started_ms) return null;
  const grown = growth(read(now), read(before));
  return grown === null ? null : grown / seconds;
}

/* The counts of each bucket between two histograms, by their upper ends. A histogram that
 * was set back counts from its beginning. */
export function newCounts(now, before) {
  const counts = new Map(now?.buckets ?? []);
  if (before === undefined || !(now?.count >= before.count)) return counts;
  for (const [upper, count] of before.buckets) {
    const left = (counts.get(upper) ?? 0) - count;
    if (left < 0) return new Map(now.buckets);
    if (left === 0) counts.delete(upper);
    else counts.set(upper, left);
  }
  return counts;
}

/* The upper end of the bucket that holds the percentile; null when nothing was counted. */
export function percentile(counts, share) {
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil((share / 100) * total));
  let seen = 0;
  for (const [upper, count] of buckets) {
    seen += count;
    if (seen >= rank) return upper;
  }
  return null;
}

export const total = (counts) => [...counts.values()].reduce((sum, one) => sum + one, 0);

export const PRIORITIES = ["critical", "high", "medium", "low"];

const REFUSED = {
  events_dropped_not_json: "message is not JSON",
  events_dropped_not_object: "message is not a JSON object",
  events_dropped_too_deep: "message is nested too deeply",
  events_dropped_too_large: "message is over max-event-bytes",
  events_dropped_bad_utf8: "message has broken UTF-8",
  events_dropped_no_key: "the route's key is missing",
  events_dropped_wrong_type: "the route's key has a wrong type",
  events_dropped_no_route: "no route for the channel",
};
const NOT_DELIVERED = {
  dropped_rate: "user is at its rate",
  dropped_slow: "user reads too slowly",
  dropped_left: "user has gone",
  dropped_full: "too much is kept for the user",
  expired: "too old when the user came back",
};

/* What was dropped, by reason: { id, text, count }. */
export function listDrops(report) {
  const drops = [];
  for (const [id, text] of Object.entries(REFUSED))
    drops.push({ id, text, count: report.counters?.[id] });
  for (const [id, text] of Object.entries(NOT_DELIVERED))
    drops.push({ id, text, count: sumOfBooks(report, id) });
  drops.push({
    id: "history_lost",
    text: "no room for minutes of history",
    count: report.counters?.history_lost,
  });
  return drops.filter(({ count }) => isNumber(count));
}

export function sumOfBooks(report, member) {
  return Object.values(report.classes ?? {}).reduce(
    (sum, book) => sum + (book[member] ?? 0),
    0,
  );
}

export const sumOfDrops = (report) =>
  listDrops(report).reduce((sum, { count }) => sum + count, 0);

/* What a class was offered less what became of it: 0 when its book balances. */
export function imbalance(book) {
  const { offered, ...rest } = book;
  return offered - Object.values(rest).reduce((sum, one) => sum + one, 0);
}
