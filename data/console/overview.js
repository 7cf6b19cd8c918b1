/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first view: what goes through the service, and how it is. */

import { byId, countText, isNumber, say } from "../text.js";
import { Boards } from "./boards.js";
import { Plot } from "./plot.js";
import { newCounts, percentile, PRIORITIES, rate, sumOfDrops } from "./rates.js";
import { service } from "./service.js";
import { fillFacts } from "./table.js";
import { bytesText, lengthText, perSecond, usecText } from "./words.js";

const MINUTES_S = 600;
const HOUR_S = 3600;

/* How much a second: the plot, where the total is, and the column of `samples`. */
const RATES = [
  {
    id: "events",
    title: "Events in",
    label: "a second",
    read: (report) => report.counters.events_received,
    column: "events_received",
  },
  {
    id: "deliveries",
    title: "Deliveries",
    label: "a second",
    read: (report) => report.counters.deliveries_taken,
    column: "deliveries_taken",
  },
  {
    id: "bytes",
    title: "Bytes out",
    label: "a second",
    read: (report) => report.counters.bytes_sent,
    column: "bytes_sent",
    format: bytesText,
    isBytes: true,
  },
  {
    id: "drops",
    title: "Drops",
    label: "a second",
    read: sumOfDrops,
    column: "dropped",
  },
];

class Overview {
  constructor() {
    this.isShown = false;
    this.before = null; /* the report that rates are counted from */
    this.hasBegun = false;
    this.sampledAt = 0;
    this.boards = new Boards();
    const host = byId("charts-fast");
    this.rates = RATES.map(({ id, title, label, format = perSecond, isBytes }) => {
      const series = [{ label }];
      return new Plot(host, { id, title, series, format, isBytes, span_s: MINUTES_S });
    });
    const series = PRIORITIES.map((label) => ({ label }));
    const latency = { series, format: usecText, span_s: MINUTES_S, isLog: true };
    this.p50 = new Plot(host, { id: "p50", title: "Latency, median", ...latency });
    this.p99 = new Plot(host, { id: "p99", title: "Latency, 99 %", ...latency });
    this.people = new Plot(host, {
      id: "people",
      title: "Connections and users",
      series: [{ label: "connections" }, { label: "users" }],
      format: countText,
      span_s: HOUR_S,
    });
    this.memory = new Plot(host, {
      id: "memory",
      title: "Memory",
      series: [{ label: "resident" }],
      format: bytesText,
      isBytes: true,
      span_s: HOUR_S,
    });
    this.plots = [...this.rates, this.p50, this.p99, this.people, this.memory];
    service.addEventListener("up", () => this.fetchSamples());
    service.addEventListener("report", () => this.take(service.report));
  }

  show() {
    this.isShown = true;
    this.paint();
  }

  hide() {
    this.isShown = false;
  }

  up() {}

  take(report) {
    const time = report.time_ms / 1000;
    /* A page that nobody saw did not ask: the line has a hole there. */
    if (this.before !== null && report.time_ms - this.before.time_ms > 10000)
      this.before = null;
    if (this.before !== null || this.hasBegun)
      this.rates.forEach((plot, i) =>
        plot.add(time, [this.before && rate(report, this.before, RATES[i].read)]),
      );
    this.hasBegun = true;
    const old = service.reports[0];
    const counts = PRIORITIES.map((name) =>
      newCounts(report.latency_usec?.[name], old?.latency_usec?.[name]),
    );
    for (const [plot, share] of [
      [this.p50, 50],
      [this.p99, 99],
    ])
      plot.add(
        time,
        counts.map((one) => (old === report ? null : percentile(one, share))),
      );
    if (report.time_ms - this.sampledAt >= 5000) {
      this.sampledAt = report.time_ms;
      const { connections, users } = report.counters;
      this.people.add(time, [connections, users]);
      this.memory.add(time, [report.process?.resident_bytes]);
    }
    this.cpu = this.before && rate(report, this.before, (one) => one.process?.cpu_usec);
    this.before = report;
    this.paint();
  }

  paint() {
    const { report } = service;
    if (!this.isShown || report === undefined) return;
    this.paintFacts(report);
    for (const plot of this.plots) plot.show();
    this.boards.show(report, service.reports[0]);
  }

  paintFacts(report) {
    const { source = {}, batch_events: batch = {}, counters } = report;
    const probe = isNumber(source.probe_usec)
      ? `, probe ${usecText(source.probe_usec)}`
      : "";
    const isWrong = counters.balance_error !== 0;
    fillFacts(byId("facts"), [
      [
        "Source",
        `${source.description} · ${source.state}${probe}`,
        report.state === "running" ? "good" : "bad",
      ],
      ["Up for", lengthText(report.time_ms - report.started_ms)],
      ["Version", service.session?.version ?? "–"],
      [
        "Books",
        isWrong ? `wrong by ${countText(counters.balance_error)}` : "balanced",
        isWrong ? "bad" : "good",
      ],
      [
        "Slow users",
        countText(counters.slow_users),
        counters.slow_users > 0 ? "warn" : "",
      ],
      ["Users away", countText(counters.users_away)],
      [
        "Processor",
        isNumber(this.cpu) ? `${Math.round(this.cpu / 1e4)} % of a core` : "–",
      ],
      ["Descriptors", countText(report.process?.open_fds)],
      ["Batches", `${batch.mean} events, largest ${countText(batch.largest)}`],
      ["History", report.history, report.history === "degraded" ? "bad" : undefined],
      ["Kept for away", report.offline_store],
    ]);
    say(byId("listeners"), `Listens on ${(report.listeners ?? []).join(", ")}`);
  }

  /* The last hour, as the service has noted it down. */
  async fetchSamples() {
    let samples;
    try {
      samples = await service.ask("samples");
    } catch {
      return; /* It is asked for again when the service is back. */
    }
    const { columns, rows, interval_ms } = samples;
    const at = (name) => columns.indexOf(name);
    const pick = (...names) =>
      rows.map((row) => [row[0] / 1000, ...names.map((name) => row[at(name)] ?? null)]);
    this.people.addBefore(pick("connections", "users"));
    this.memory.addBefore(pick("resident_bytes"));
    RATES.forEach(({ column }, i) => {
      const totals = pick(column);
      const rates = totals.slice(1).map(([time, value], n) => {
        const seconds = time - totals[n][0];
        const grown = value - totals[n][1];
        const isGood = grown >= 0 && seconds < (interval_ms / 1000) * 2.5;
        return [time, isGood ? grown / seconds : null];
      });
      const newest = rates[rates.length - 1]?.[0] ?? 0;
      this.rates[i].addBefore(rates.filter(([time]) => time > newest - MINUTES_S));
    });
    this.paint();
  }
}

export const overview = new Overview();
