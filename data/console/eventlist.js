/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of events, newest first; a row opens to show its payload. */

import { byId, countText, say } from "../text.js";
import { make } from "./table.js";
import { preciseText, prettyJson } from "./words.js";

const PREVIEW = 160;

/* A line of the stream. The payload stays the text that it is: a number in it may have
 * more digits than the page can count. */
export function readLine(line) {
  const start = line.indexOf(',"payload":');
  const payload = start < 0 ? "" : line.slice(start + 11, line.lastIndexOf("}"));
  try {
    return {
      ...JSON.parse(`${start < 0 ? line : line.slice(0, start)}${start < 0 ? "" : "}"}`),
      payload,
    };
  } catch {
    return { type: "?", payload: line };
  }
}

const COLUMNS = [
  ["", "Payload"],
  ["time", "Time"],
  ["type", "Event"],
  ["key", "Key"],
  ["priority", "Priority"],
  ["class", "Class"],
  ["users", "Users"],
  ["preview", "Payload"],
];

/* What Explain is to begin with, when somebody asks for it from here. */
export const toExplain = { channel: "", payload: "" };

export class EventList {
  /* `onOpen` is called when somebody opens a row, which should stand still then. */
  constructor(host, keep, onOpen) {
    this.keep = keep;
    this.onOpen = onOpen;
    this.number = 0;
    const scroll = make("div", "scroll");
    this.table = make("table", "events");
    this.table.id = "events-table";
    const head = make("tr");
    for (const [name, label] of COLUMNS) {
      const cell = make("th", name === "users" ? "number" : "");
      cell.scope = "col";
      if (name === "") cell.append(make("span", "unseen", "Open"));
      else cell.textContent = label;
      head.append(cell);
    }
    const thead = make("thead");
    thead.append(head);
    this.body = make("tbody");
    this.table.append(
      make("caption", "unseen", "Events, newest first"),
      thead,
      this.body,
    );
    scroll.append(this.table);
    this.empty = make("p", "none", "Waiting for events");
    host.replaceChildren(scroll, this.empty);
    this.size = 0;
  }

  /* Adds events, oldest first. */
  add(list) {
    if (list.length === 0) return;
    const rows = document.createDocumentFragment();
    for (const event of list) rows.prepend(this.makeRow(event));
    this.body.prepend(rows);
    this.size += list.length;
    while (this.size > this.keep) this.removeLast();
    this.empty.hidden = true;
  }

  removeLast() {
    const last = this.body.lastElementChild;
    /* An open row has another one below it. */
    if (last.classList.contains("payload")) last.remove();
    this.body.lastElementChild.remove();
    this.size -= 1;
  }

  clear() {
    this.body.replaceChildren();
    this.size = 0;
    this.empty.hidden = false;
  }

  makeRow(event) {
    const row = make("tr");
    row.dataset.type = event.type;
    const open = make("button", "opener");
    open.type = "button";
    open.setAttribute("aria-expanded", "false");
    open.append(make("span", "unseen", `Payload of ${event.type} ${event.key ?? ""}`));
    const first = make("td");
    first.append(open);
    row.append(first);
    const add = (text, className = "") => row.append(make("td", className, text));
    add(preciseText(event.time_usec / 1000), "time");
    add(event.type);
    add(event.key ?? "");
    add(event.priority ?? "", `priority-${event.priority}`);
    add(event.class ?? "");
    add(countText(event.n_users), event.n_users === 0 ? "number muted" : "number");
    add(event.payload.slice(0, PREVIEW), "preview");
    row.addEventListener("click", (click) => {
      if (click.target.closest("button, a") === open || getSelection().isCollapsed)
        this.toggle(row, open, event);
    });
    return row;
  }

  toggle(row, open, event) {
    const isOpen = open.getAttribute("aria-expanded") === "true";
    open.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) {
      row.nextElementSibling.remove();
      return;
    }
    row.after(this.makePayload(event));
    this.onOpen();
  }

  makePayload(event) {
    const row = make("tr", "payload");
    const cell = make("td");
    cell.colSpan = COLUMNS.length;
    const facts = make("p", "muted", `Channel ${event.channel} · route ${event.route}`);
    const text = prettyJson(event.payload);
    const pre = make("pre", "", text);
    const copy = make("button", "quiet", "Copy");
    copy.type = "button";
    copy.hidden = navigator.clipboard === undefined;
    copy.addEventListener("click", () => copyText(copy, pre));
    const explain = make("a", "", "Who would get it?");
    explain.href = "#explain";
    explain.addEventListener("click", () => {
      Object.assign(toExplain, { channel: event.channel, payload: text });
    });
    const buttons = make("p", "buttons");
    buttons.append(copy, explain);
    cell.append(facts, pre, buttons);
    row.append(cell);
    return row;
  }
}

async function copyText(button, element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    say(button, "Copied");
    say(byId("announce"), "Copied");
    setTimeout(() => say(button, "Copy"), 2000);
  } catch {
    getSelection().selectAllChildren(element);
  }
}
