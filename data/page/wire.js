/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events that are no ticks, one line for each kind: those for everyone, and what the
 * service says of itself. */

import { byId, clockTime, isNumber, say } from "./text.js";

const LAST_TIME_MS = 8.64e15; /* which a Date can tell */

function show(id, text, { good, progress } = {}) {
  const line = byId(id);
  byId("wire").hidden = false;
  line.hidden = false;
  const span = line.querySelector("span");
  say(span, text);
  if (good !== undefined) span.dataset.good = String(good);
  const bar = line.querySelector("progress");
  if (bar !== null) {
    bar.hidden = progress === undefined;
    bar.value = progress ?? 0;
  }
  say(line.querySelector("small"), clockTime.format(new Date()));
}

/* Fields stand at the top, under `data`, or both. */
export function takeOther(type, event) {
  const field = (name) => event[name] ?? event.data?.[name];
  const words = (...names) =>
    names
      .map(field)
      .filter((value) => typeof value === "string" || isNumber(value))
      .map((value) => String(value).slice(0, 60).replaceAll("_", " "))
      .join(" · ");
  if (type === "service_status") {
    show("wire-service", words("status", "reason"), { good: field("status") === "ok" });
  } else if (type === "gap") {
    showGap(field("from"), field("to"));
  } else if (type === "system_health") {
    const good = ["healthy", "ok"].includes(field("status"));
    show("wire-health", words("status", "message"), { good });
  } else if (type === "backtest_progress") {
    const done = field("progress");
    const progress = isNumber(done) ? Math.min(1, Math.max(0, done)) : undefined;
    const part = progress === undefined ? "" : ` · ${Math.round(progress * 100)} %`;
    show("wire-backtest", words("job_id", "status") + part, { progress });
  } else if (type === "backtest_result") {
    show("wire-backtest", words("job_id", "status"), { progress: 1 });
  } else if (type === "pattern_alert") {
    show("wire-pattern", words("symbol", "pattern", "pattern_type"));
  }
}

function showGap(from, to) {
  if (![from, to].every((time_ms) => Math.abs(time_ms) <= LAST_TIME_MS)) return;
  const times = [from, to].map((time_ms) => clockTime.format(new Date(time_ms)));
  const text = `ok · what was published from ${times[0]} to ${times[1]} may be missing`;
  show("wire-service", text);
}

/* A new connection is told what is wrong, and nothing when all is well. */
export function forgetStatus() {
  byId("wire-service").hidden = true;
  byId("wire").hidden = ![...byId("wire").children].some((line) => !line.hidden);
}
