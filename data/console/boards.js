/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of the overview. */

import { byId, countText, say } from "../text.js";
import {
  imbalance,
  listDrops,
  newCounts,
  percentile,
  PRIORITIES,
  total,
} from "./rates.js";
import { Table } from "./table.js";
import { bytesText, perSecond, usecText, userLink } from "./words.js";

const KEYS = 10; /* as many as stand beside the other tables */
const BOOK_COLUMNS = [
  ["offered", "Offered"],
  ["delivered", "Delivered"],
  ["conflated", "Conflated"],
  ["expired", "Expired"],
  ["dropped_rate", "At its rate"],
  ["dropped_slow", "Too slow"],
  ["dropped_left", "User gone"],
  ["dropped_full", "Too many kept"],
  ["in_lanes", "In lanes"],
  ["in_outboxes", "In outboxes"],
  ["in_offline", "Kept for away"],
];

const number = (label, title) => ({ label, title, number: true });
const userCell = (user) => ({ text: user, href: userLink(user) });

export class Boards {
  constructor() {
    const table = (id, caption, columns, empty) =>
      new Table(byId(id), { id: `${id}-table`, caption, columns, empty });
    this.keys = table(
      "keys",
      "Busiest symbols",
      [{ label: "Symbol" }, { label: "Event" }, number("Events/s")],
      "No event has come for a while",
    );
    this.busy = table(
      "busy",
      "Busiest clients",
      [{ label: "User" }, number("Events/s"), number("Waiting"), { label: "State" }],
      "Nobody gets events now",
    );
    this.slow = table(
      "slow",
      "Slow clients",
      [{ label: "User" }, number("Unread"), number("Waiting"), { label: "State" }],
      "Everybody reads as fast as events come",
    );
    this.drops = table(
      "drops",
      "Drops by reason",
      [{ label: "Reason" }, number("A second"), number("In all")],
      "Nothing was dropped",
    );
    this.latency = table(
      "latency",
      "Latency by priority",
      [
        { label: "Priority" },
        number("Median", "Of the last 10 s"),
        number("99 %", "Of the last 10 s"),
        number("Events/s", "Of the last 10 s"),
        number("99 %, in all", "Since the start, or since the counters were set to 0"),
      ],
      "Nothing was delivered yet",
    );
    this.books = table("books", "Books by class", [
      { label: "Class" },
      ...BOOK_COLUMNS.map(([, label]) => number(label)),
      number("Balance", "Offered less all that became of it: 0, or the books are wrong"),
    ]);
  }

  /* `old` is a report of some 10 s before, or the same one. */
  show(report, old) {
    const seconds = (report.time_ms - old.time_ms) / 1000;
    this.showKeys(report.busiest_keys);
    this.busy.show(
      (report.busiest_users ?? []).map((row) => ({
        key: String(row.user_id),
        cells: [
          userCell(row.user),
          countText(row.events_last_second),
          countText(row.pending),
          stateCell(row),
        ],
      })),
    );
    this.slow.show(
      (report.slow_users ?? []).map((row) => ({
        key: String(row.user_id),
        cells: [
          userCell(row.user),
          bytesText(row.unread_bytes),
          countText(row.pending),
          stateCell(row),
        ],
      })),
    );
    this.showDrops(report, old, seconds);
    this.showLatency(report, old, seconds);
    this.showBooks(report);
  }

  showKeys(busiest) {
    const { window_ms = 0, keys = [] } = busiest ?? {};
    const seconds = window_ms / 1000;
    const most = keys[0]?.events ?? 0;
    say(
      byId("keys-note"),
      seconds > 0 ? `Of the last ${Math.max(1, Math.round(seconds))} s` : "",
    );
    this.keys.show(
      keys.slice(0, KEYS).map(({ event, key, events }) => ({
        key: `${event} ${key}`,
        cells: [
          {
            text: key === "" || key === null ? "(no key)" : key,
            href:
              event === "tick_data" ? `#charts/${encodeURIComponent(key)}` : undefined,
            share: events / most,
          },
          event,
          seconds > 0 ? perSecond(events / seconds) : "–",
        ],
      })),
    );
  }

  showDrops(report, old, seconds) {
    const before = new Map(listDrops(old).map(({ id, count }) => [id, count]));
    this.drops.show(
      listDrops(report)
        .filter(({ count }) => count > 0)
        .sort((a, b) => b.count - a.count)
        .map(({ id, text, count }) => {
          const grown = (count - before.get(id)) / seconds;
          const isGrowing = grown > 0;
          return {
            key: id,
            cells: [
              text,
              {
                text: grown >= 0 ? perSecond(grown) : "–",
                kind: isGrowing ? "warn" : "",
              },
              countText(count),
            ],
          };
        }),
    );
  }

  showLatency(report, old, seconds) {
    const latencies = report.latency_usec ?? {};
    this.latency.show(
      PRIORITIES.filter((name) => latencies[name]?.count > 0).map((name) => {
        const counts =
          old === report
            ? new Map()
            : newCounts(latencies[name], old.latency_usec?.[name]);
        const all = new Map(latencies[name].buckets);
        return {
          key: name,
          cells: [
            name,
            usecText(percentile(counts, 50)),
            usecText(percentile(counts, 99)),
            seconds > 0 ? perSecond(total(counts) / seconds) : "–",
            usecText(percentile(all, 99)),
          ],
        };
      }),
    );
  }

  showBooks({ classes = {}, counters }) {
    const error = counters.balance_error;
    say(
      byId("books-note"),
      error === 0
        ? "Pairs of an event and a user, and what became of them. They balance."
        : `The books are wrong by ${countText(error)}: this is a fault of the program, please report it.`,
    );
    byId("books-note").classList.toggle("bad", error !== 0);
    this.books.show(
      Object.entries(classes).map(([name, book]) => {
        const left = imbalance(book);
        return {
          key: name,
          cells: [
            name,
            ...BOOK_COLUMNS.map(([member]) => countText(book[member])),
            {
              text: left === 0 ? "0 ✓" : `${left} wrong`,
              kind: left === 0 ? "good" : "bad",
            },
          ],
        };
      }),
    );
  }
}

const stateCell = ({ slow }) => (slow ? { text: "slow", kind: "warn" } : "ok");
