/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events as they pass. The service keeps what came since the last question; the page
 * keeps the newest. */

import { byId, countText, say } from "../text.js";
import { service } from "./service.js";
import { EventList, readLine } from "./eventlist.js";

const EVERY_MS = 700;
const RETRY_MS = 3000;
const KEEP = 500;
const FIELDS = [
  ["type", "Event", "tick*"],
  ["key", "Key", "AAPL"],
  ["channel", "Channel", "tickstock.*"],
  ["route", "Route", ""],
  ["priority", "Priority", "high"],
  ["class", "Class", "conflate"],
  ["user", "User", "anna"],
];

class Events {
  constructor() {
    this.isShown = false;
    this.filter = ""; /* in the service's words */
    this.stream = null; /* its id */
    this.run = 0; /* which of the streams that were opened counts */
    this.timer = 0;
    this.isPaused = false;
    this.waiting = []; /* came while it was paused */
    this.n_seen = 0;
    this.n_lost = 0;
    this.list = new EventList(byId("events"), KEEP, () => this.pause(true));
    this.makeFields();
    byId("filter").addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
    byId("filter-clear").addEventListener("click", () => {
      for (const [name] of FIELDS) byId(`filter-${name}`).value = "";
      this.apply();
    });
    byId("events-pause").addEventListener("click", () => this.pause(!this.isPaused));
    byId("events-clear").addEventListener("click", () => this.clear());
  }

  clear() {
    this.waiting = [];
    this.n_seen = 0;
    this.n_lost = 0;
    this.list.clear();
    this.sayCounts();
  }

  makeFields() {
    for (const [name, text, example] of FIELDS) {
      const field = document.createElement("div");
      const label = document.createElement("label");
      const input = document.createElement("input");
      label.htmlFor = `filter-${name}`;
      label.textContent = text;
      Object.assign(input, { id: `filter-${name}`, type: "text", placeholder: example });
      input.autocapitalize = "off";
      input.spellcheck = false;
      input.enterKeyHint = "go";
      input.setAttribute("autocorrect", "off");
      input.setAttribute("aria-describedby", "events-problem");
      field.append(label, input);
      byId("filter-fields").append(field);
    }
  }

  show(parts, query) {
    for (const [name] of FIELDS) byId(`filter-${name}`).value = query.get(name) ?? "";
    const isOther = this.filter !== this.compose();
    if (isOther) {
      this.clear();
      this.pause(false);
    }
    this.isShown = true;
    if (isOther || this.stream === null) this.open();
  }

  hide() {
    this.isShown = false;
    this.close();
  }

  up() {
    this.stream = null; /* Of the service before. */
    this.open();
  }

  /* Puts the filter into the address, so that it can be passed on and gone back from. */
  apply() {
    const query = new URLSearchParams();
    for (const [name] of FIELDS) {
      const text = byId(`filter-${name}`).value.trim();
      if (text !== "") query.set(name, text);
    }
    const hash = query.size === 0 ? "#events" : `#events?${query}`;
    if (location.hash === hash) this.open();
    else location.hash = hash;
  }

  /* A space would end the word: a pattern has ? for it. */
  compose() {
    return FIELDS.map(([name]) => [name, byId(`filter-${name}`).value.trim()])
      .filter(([, text]) => text !== "")
      .map(([name, text]) => `${name}=${text.replaceAll(/\s/g, "?")}`)
      .join(" ");
  }

  async open() {
    this.close();
    if (!this.isShown || !service.isUp) return;
    this.filter = this.compose();
    const { run } = this;
    try {
      const body = { filter: this.filter };
      const { stream } = await service.ask("streams", { method: "POST", body });
      if (run !== this.run) {
        remove(stream);
        return;
      }
      this.stream = stream;
      say(byId("events-problem"), "");
      this.sayCounts();
      this.read(run);
    } catch (error) {
      if (run !== this.run || error.status === 0) return;
      if (error.status === undefined) throw error;
      say(byId("events-problem"), error.message);
      /* A wrong filter stays wrong; too many streams end at some time. */
      if (error.status !== 400) this.timer = setTimeout(() => this.open(), RETRY_MS);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.run += 1;
    if (this.stream !== null && service.isUp) remove(this.stream);
    this.stream = null;
  }

  async read(run) {
    try {
      const text = await service.askText(`streams/${this.stream}`);
      if (run !== this.run) return;
      this.take(text);
    } catch (error) {
      if (run !== this.run) return;
      if (error.status === undefined) throw error;
      /* It has ended, as one does that nobody read for a while, or with the service. */
      this.stream = null;
      if (error.status === 0) return;
      if (error.status === 404) this.open();
      else this.timer = setTimeout(() => this.open(), RETRY_MS);
      return;
    }
    this.timer = setTimeout(() => this.read(run), EVERY_MS);
  }

  take(text) {
    const lines = text.split("\n").filter((line) => line !== "");
    const fresh = [];
    for (const line of lines) {
      if (line.startsWith('{"lost":')) this.n_lost += JSON.parse(line).lost;
      else {
        this.n_seen += 1;
        fresh.push(line);
      }
    }
    this.waiting.push(...fresh.slice(-KEEP));
    this.waiting.splice(0, this.waiting.length - KEEP);
    if (!this.isPaused) this.flush();
    this.sayCounts();
  }

  flush() {
    this.list.add(this.waiting.map(readLine));
    this.waiting = [];
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    const button = byId("events-pause");
    say(button, isPaused ? "Continue" : "Pause");
    if (!isPaused) this.flush();
    this.sayCounts();
  }

  sayCounts() {
    const parts = [];
    if (this.isPaused)
      parts.push(
        this.waiting.length >= KEEP
          ? `Paused, ${KEEP} or more have come since`
          : `Paused, ${countText(this.waiting.length)} have come since`,
      );
    parts.push(
      `${countText(this.n_seen)} came`,
      `the newest ${this.list.size} are shown`,
    );
    say(byId("events-text"), `${parts.join(" · ")}`);
    const lost = byId("events-lost");
    lost.hidden = this.n_lost === 0;
    say(lost, `${countText(this.n_lost)} lost: more came than could be read`);
  }
}

/* Nobody has to wait for it: a stream that is not read ends by itself. */
function remove(stream) {
  service.ask(`streams/${stream}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

export const events = new Events();
