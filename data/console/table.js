/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tables whose rows change while somebody looks at them: what stays is not touched, so
 * focus and selection stay too. */

import { say } from "../text.js";

export class Table {
  /* `columns` are { label, number, title }, `empty` is what is said without rows. The
   * first column names the row. */
  constructor(host, { id, caption, columns, empty = "None" }) {
    this.columns = columns;
    this.rows = new Map(); /* key → element */
    const scroll = make("div", "scroll");
    this.table = make("table");
    if (id !== undefined) this.table.id = id;
    const title = make("caption", "unseen", caption);
    const head = make("thead");
    const labels = make("tr");
    for (const column of columns) {
      const cell = make("th", column.number ? "number" : "", column.label);
      cell.scope = "col";
      if (column.title !== undefined) cell.title = column.title;
      labels.append(cell);
    }
    head.append(labels);
    this.body = make("tbody");
    this.table.append(title, head, this.body);
    this.empty = make("p", "none", empty);
    scroll.append(this.table);
    host.replaceChildren(scroll, this.empty);
    this.scroll = scroll;
    new ResizeObserver(() => this.letScroll(caption)).observe(this.table);
    this.show([]);
  }

  /* `rows` are { key, cells, className, open }; a cell is a text, or { text, href,
   * kind, share }, where a share of 0 to 1 is shown as a bar. `open` is called by a click anywhere in the row. */
  show(rows) {
    const wanted = new Set(rows.map((row) => row.key));
    for (const [key, element] of this.rows) {
      if (wanted.has(key)) continue;
      element.remove();
      this.rows.delete(key);
    }
    let next = this.body.firstChild;
    for (const row of rows) {
      const element = this.rows.get(row.key) ?? this.add(row.key);
      if (element === next) next = next.nextSibling;
      else this.body.insertBefore(element, next);
      fill(element, row);
    }
    this.scroll.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
  }

  /* What has more than fits can be scrolled by keys. */
  letScroll(name) {
    const { scroll } = this;
    const isWide = scroll.scrollWidth > scroll.clientWidth + 1;
    if (isWide || scroll.scrollHeight > scroll.clientHeight + 1) {
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "group");
      scroll.setAttribute("aria-label", name);
    } else
      for (const attribute of ["tabindex", "role", "aria-label"])
        scroll.removeAttribute(attribute);
  }

  add(key) {
    const element = make("tr");
    element.dataset.key = key;
    this.columns.forEach((column, i) => {
      const cell = make(i === 0 ? "th" : "td", column.number ? "number" : "");
      if (i === 0) cell.scope = "row";
      element.append(cell);
    });
    this.rows.set(key, element);
    return element;
  }
}

function fill(element, { cells, className = "", open }) {
  if (element.className !== className) element.className = className;
  element.onclick =
    open === undefined
      ? null
      : (event) => {
          if (!event.target.closest("a, button") && getSelection().isCollapsed) open();
        };
  cells.forEach((given, i) => {
    const cell = element.children[i];
    const { text, href, kind, share } =
      typeof given === "object" && given !== null ? given : { text: given };
    if (kind !== undefined) cell.dataset.kind = kind;
    else delete cell.dataset.kind;
    cell.classList.toggle("share", share !== undefined);
    if (share !== undefined) cell.style.setProperty("--share", `${share * 100}%`);
    if (href === undefined) {
      if (cell.firstElementChild !== null) cell.replaceChildren();
      say(cell, String(text));
      return;
    }
    let link = cell.firstElementChild;
    if (link === null) {
      link = make("a");
      cell.replaceChildren(link);
    }
    if (link.getAttribute("href") !== href) link.setAttribute("href", href);
    say(link, String(text));
  });
}

export function make(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}

/* Fills a list of terms: [term, text, kind of the text]. A kind is good, warn or bad. */
export function fillFacts(list, facts) {
  while (list.children.length > facts.length) list.lastElementChild.remove();
  facts.forEach(([term, text, kind], i) => {
    let pair = list.children[i];
    if (pair === undefined) {
      pair = make("div");
      pair.append(make("dt"), make("dd"));
      list.append(pair);
    }
    say(pair.firstElementChild, term);
    say(pair.lastElementChild, text);
    if (kind === undefined) delete pair.lastElementChild.dataset.kind;
    else pair.lastElementChild.dataset.kind = kind;
  });
}
