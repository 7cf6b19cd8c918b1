/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is connected: a list with search, and all that is known of one connection or user. */

import { byId, countText, say } from "../text.js";
import { Details } from "./details.js";
import { service } from "./service.js";
import { Table } from "./table.js";
import { bytesText, lengthText, userLink } from "./words.js";

const PAGE_ROWS = 50;
const SEARCH_MS = 250;
const EVERY_MS = 5000;

class Connections {
  constructor() {
    this.isShown = false;
    this.search = "";
    this.pages = [0]; /* the id after which each page begins, up to the one shown */
    this.opened = ""; /* the part of the address that says what is looked at */
    this.asked = 0; /* a late answer to an older question counts nothing */
    this.timer = 0;
    this.table = new Table(byId("connections"), {
      id: "connections-table",
      caption: "Connections",
      columns: [
        { label: "Id" },
        { label: "User" },
        { label: "Transport" },
        { label: "Address" },
        { label: "Connected for", number: true },
        { label: "Unread", number: true, title: "Bytes that it has not taken yet" },
      ],
      empty: "No connection is like that",
    });
    this.details = new Details(() => this.close());
    let typing = 0;
    byId("search").addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.searchFor(byId("search").value.trim()), SEARCH_MS);
    });
    byId("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(typing);
      this.searchFor(byId("search").value.trim());
    });
    byId("page-before").addEventListener("click", () => {
      this.pages.pop();
      this.refresh();
    });
    byId("page-after").addEventListener("click", () => {
      this.pages.push(this.last);
      this.refresh();
    });
    byId("view-connections").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !byId("details").hidden) this.close();
    });
  }

  show(parts, query, { isFirst }) {
    this.isShown = true;
    const search = query.get("search") ?? "";
    if (search !== this.search) {
      this.search = search;
      this.pages = [0];
    }
    if (document.activeElement !== byId("search")) byId("search").value = search;
    const [kind, name] = parts;
    const isList = name === undefined || name === "";
    const opened = isList ? "" : `${kind}/${encodeURIComponent(name)}`;
    const isOther = opened !== this.opened;
    this.opened = opened;
    byId("details").hidden = opened === "";
    byId("view-connections").classList.toggle("open", opened !== "");
    if (opened !== "" && isOther) this.details.open(kind, name, !isFirst);
    this.refresh();
  }

  hide() {
    this.isShown = false;
    clearTimeout(this.timer);
    this.asked += 1;
  }

  up() {
    this.refresh();
  }

  searchFor(text) {
    if (text === this.search) return;
    this.search = text;
    this.pages = [0];
    history.replaceState(null, "", this.link(this.opened));
    this.refresh().then(() => say(byId("announce"), byId("search-found").textContent));
  }

  /* The address of a thing, with the search that is on. */
  link(opened) {
    const path = opened === "" ? "connections" : opened;
    const search = new URLSearchParams({ search: this.search });
    return `#${path}${this.search === "" ? "" : `?${search}`}`;
  }

  close() {
    const [kind, id] = this.opened.split("/");
    location.hash = this.link("");
    const link =
      kind === "connections"
        ? this.table.rows.get(id)?.querySelector("a")
        : byId("connections-title");
    (link ?? byId("connections-title")).focus();
  }

  async refresh() {
    clearTimeout(this.timer);
    if (!this.isShown || !service.isUp) return;
    this.asked += 1;
    const { asked } = this;
    const after = this.pages[this.pages.length - 1];
    const query = { search: this.search, after, limit: PAGE_ROWS };
    try {
      const answer = await service.ask("connections", { query });
      if (asked !== this.asked) return;
      say(byId("connections-problem"), "");
      this.showPage(answer);
      if (this.opened !== "") this.details.refresh();
    } catch (error) {
      if (asked !== this.asked || error.status === undefined) return;
      if (error.status !== 0) say(byId("connections-problem"), error.message);
    }
    this.timer = setTimeout(() => this.refresh(), EVERY_MS);
  }

  showPage({ total, found, connections: rows }) {
    const first = (this.pages.length - 1) * PAGE_ROWS + 1;
    const last = first + rows.length - 1;
    const range = rows.length === 0 ? "0" : `${countText(first)}–${countText(last)}`;
    say(
      byId("search-found"),
      this.search === ""
        ? `${countText(total)} connections`
        : `${countText(found)} of ${countText(total)} connections`,
    );
    say(byId("page-text"), `${range} of ${countText(found)}`);
    this.last = rows[rows.length - 1]?.id ?? 0;
    byId("page-before").disabled = this.pages.length === 1;
    byId("page-after").disabled = last >= found || rows.length === 0;
    const isAll = this.search === "";
    say(this.table.empty, isAll ? "Nobody is connected" : "No connection is like that");
    const now = service.report?.time_ms ?? Date.now();
    this.table.show(
      rows.map((row) => {
        const link = this.link(`connections/${row.id}`);
        return {
          key: String(row.id),
          className: this.opened === `connections/${row.id}` ? "opened" : "",
          open: () => {
            location.hash = link;
          },
          cells: [
            { text: row.id, href: link },
            { text: row.user, href: userLink(row.user) },
            row.transport,
            row.address === "" ? "–" : row.address,
            lengthText(Math.max(0, now - row.connected_ms)),
            {
              text: bytesText(row.unread_bytes),
              kind: row.unread_bytes > 0 ? "warn" : "",
            },
          ],
        };
      }),
    );
  }
}

export const connections = new Connections();
