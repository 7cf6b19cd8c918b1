/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All that is known of one connection, or of one user. */

import { byId, say } from "../text.js";
import { service } from "./service.js";
import { fillFacts, make, Table } from "./table.js";
import { inOrder, nameText, userLink, valueText } from "./words.js";

const LONG_LIST = 100; /* of tickers; a user may have thousands */

export class Details {
  constructor(onClose) {
    this.kind = "";
    this.name = "";
    this.asked = 0;
    this.host = byId("details-facts");
    byId("details-close").addEventListener("click", onClose);
  }

  open(kind, name, takesFocus) {
    this.kind = kind;
    this.name = name;
    say(byId("details-title"), kind === "users" ? `User ${name}` : `Connection ${name}`);
    say(byId("details-problem"), "");
    this.build();
    if (!takesFocus) return;
    byId("details-title").focus({ preventScroll: true });
    byId("details").scrollIntoView({ block: "nearest" });
  }

  build() {
    this.hasGone = false;
    this.facts = make("dl", "pairs");
    this.links = make("p", "links");
    this.rest = make("div");
    this.parts = new Map();
    this.host.replaceChildren(this.facts, this.links, this.rest);
  }

  async refresh() {
    const { kind, name } = this;
    if (this.hasGone) return;
    this.asked += 1;
    const { asked } = this;
    try {
      const path = `${kind}/${encodeURIComponent(name)}`;
      const answer = await service.ask(path);
      if (asked !== this.asked || kind !== this.kind || name !== this.name) return;
      say(byId("details-problem"), "");
      this.show(answer);
    } catch (error) {
      if (asked !== this.asked || error.status === 0) return;
      if (error.status === undefined) throw error;
      this.hasGone = error.status === 404;
      const what = kind === "users" ? "The user has gone." : "The connection has gone.";
      say(byId("details-problem"), this.hasGone ? what : error.message);
    }
  }

  /* Plain values are pairs; lists, and what has members of its own, parts. */
  show(answer) {
    const entries = inOrder(answer);
    fillFacts(
      this.facts,
      entries
        .filter(([, value]) => typeof value !== "object" || value === null)
        .map(([name, value]) => [
          nameText(name),
          valueText(name, value),
          kindOf(name, value),
        ]),
    );
    this.showLinks(answer);
    for (const [name, value] of entries) {
      if (typeof value !== "object" || value === null) continue;
      if (name === "connections") continue;
      if (Array.isArray(value) && (value.length === 0 || typeof value[0] !== "object"))
        this.showList(name, value);
      else if (Array.isArray(value)) this.showRows(name, value);
      else this.showPairs(name, value);
    }
  }

  showLinks({ user, connections }) {
    const targets = Array.isArray(connections)
      ? connections.map((id) => [`Connection ${id}`, `#connections/${id}`])
      : [[`User ${user}`, userLink(user)]];
    const key = JSON.stringify(targets);
    if (this.links.dataset.key === key) return;
    this.links.dataset.key = key;
    this.links.replaceChildren(
      ...targets.map(([text, href]) => {
        const link = make("a", "", text);
        link.href = href;
        return link;
      }),
    );
  }

  /* A part of its own, made when it is needed first. */
  part(name, makeBody) {
    let part = this.parts.get(name);
    if (part === undefined) {
      const title = make("h4", "", nameText(name));
      part = makeBody();
      this.parts.set(name, part);
      this.rest.append(title, part.element);
    }
    return part;
  }

  showList(name, list) {
    const { element } = this.part(name, () => ({ element: make("p", "list") }));
    const more = list.length - LONG_LIST;
    const text = valueText(name, list.slice(0, LONG_LIST));
    say(element, more > 0 ? `${text} and ${more} more` : text);
  }

  showPairs(name, members) {
    const { element } = this.part(name, () => ({ element: make("dl", "pairs") }));
    fillFacts(
      element,
      inOrder(members).map(([member, value]) => [
        nameText(member),
        valueText(member, value),
        kindOf(member, value),
      ]),
    );
  }

  showRows(name, rows) {
    const columns = Object.keys(rows[0]).filter(
      (one) => !["user", "user_id"].includes(one),
    );
    const { table } = this.part(name, () => {
      const element = make("div");
      const caption = nameText(name);
      const labels = columns.map((one) => ({ label: nameText(one) }));
      return { element, table: new Table(element, { caption, columns: labels }) };
    });
    table.show(
      rows.map((row, i) => ({
        key: String(i),
        cells: columns.map((column) => valueText(column, row[column])),
      })),
    );
  }
}

const kindOf = (name, value) =>
  value === true && ["slow", "at_rate"].includes(name) ? "warn" : undefined;
