/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The price cards. A tick changes plain values at once and the page at most once per
 * frame, however many come. */

import {
  byId,
  compact,
  countText,
  isNumber,
  percent,
  priceText,
  ageText,
  say,
} from "./text.js";

const LINE_VALUES = 60;
const LINE_WIDTH = 118; /* of the view box: two units a value */
const LINE_HEIGHT = 36;
const PAINT_EVERY_MS = 100; /* faster than anybody reads; a first tick does not wait */
const FLASH_EVERY_MS = 250;
const STILL_AFTER_MS = 15000;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

const cards = new Map(); /* symbol → Card */
const dirty = new Set(); /* cards with something to paint */
export const tally = { ticks: 0, ticksBefore: 0, gaps: 0, lastTick: 0 };
let frameAsked = false;
let paintedAt = 0;

/* One symbol: its last values, and the element that shows them. */
class Card {
  constructor(symbol, onDrop) {
    this.element = byId("card").content.firstElementChild.cloneNode(true);
    const part = (name) => this.element.querySelector(name);
    this.parts = {
      price: part(".price"),
      change: part(".change"),
      volume: part(".volume"),
      age: part(".age"),
      line: part(".line"),
      stroke: part("polyline"),
      area: part(".area"),
    };
    this.element.dataset.symbol = symbol;
    part("h3").textContent = symbol;
    part("h3").title = symbol;
    const drop = part(".drop");
    drop.setAttribute("aria-label", `Remove ${symbol}`);
    drop.addEventListener("click", onDrop);
    this.values = [];
    this.tick = null;
    this.way = 0; /* of the last move: -1, 0, 1 */
    this.takenAt = 0;
    this.flashedAt = 0;
    this.sequence = null;
  }

  take(tick) {
    const last = this.values[this.values.length - 1];
    if (isNumber(tick.price)) {
      this.values.push(tick.price);
      if (this.values.length > LINE_VALUES) this.values.shift();
      if (last !== undefined && last !== tick.price)
        this.way = tick.price > last ? 1 : -1;
    }
    this.follow(tick.sequence);
    this.tick = tick;
    this.takenAt = performance.now();
  }

  /* Counts what is missing between two sequence numbers. A producer that starts
   * again begins at 0 or 1, which is no gap. */
  follow(sequence) {
    if (!Number.isSafeInteger(sequence)) return;
    if (this.sequence !== null && sequence > 1 && sequence !== this.sequence + 1)
      tally.gaps += Math.max(1, sequence - this.sequence - 1);
    this.sequence = sequence;
  }

  paint(now) {
    const { price, change, volume, line } = this.parts;
    const { tick } = this;
    say(price, isNumber(tick.price) ? priceText(tick.price) : "–");
    const share = isNumber(tick.change_percent) ? tick.change_percent : null;
    const drift = share ?? this.values[this.values.length - 1] - this.values[0];
    say(change, share === null ? "" : percent.format(share / 100));
    change.dataset.way = share ? (share > 0 ? "up" : "down") : "none";
    line.dataset.way = drift ? (drift > 0 ? "up" : "down") : "none";
    say(volume, isNumber(tick.volume) ? `Vol ${compact.format(tick.volume)}` : "");
    this.paintLine();
    this.paintAge(now);
    if (this.way !== 0) this.flash(now);
    this.way = 0;
  }

  paintLine() {
    const { values } = this;
    const low = Math.min(...values);
    const span = Math.max(...values) - low;
    const left = LINE_WIDTH - (values.length - 1) * 2;
    const points = values.map((value, i) => {
      const part = span > 0 ? (value - low) / span : 0.5;
      return `${left + i * 2},${(LINE_HEIGHT - 3 - part * (LINE_HEIGHT - 6)).toFixed(1)}`;
    });
    this.parts.stroke.setAttribute("points", points.join(" "));
    this.parts.area.setAttribute(
      "d",
      points.length < 2
        ? ""
        : `M${left},${LINE_HEIGHT}L${points.join("L")}L${LINE_WIDTH},${LINE_HEIGHT}Z`,
    );
  }

  paintAge(now) {
    if (this.tick === null) return;
    const age = now - this.takenAt;
    say(this.parts.age, ageText(age));
    this.element.classList.toggle("still", age > STILL_AFTER_MS);
  }

  flash(now) {
    const { price } = this.parts;
    price.dataset.way = this.way > 0 ? "up" : "down";
    if (calm.matches || now - this.flashedAt < FLASH_EVERY_MS) return;
    this.flashedAt = now;
    /* Only an opacity: the compositor does it, the page is not painted for it. */
    price.animate([{ opacity: 1 }, { opacity: 0 }], {
      pseudoElement: "::before",
      duration: 800,
      easing: "ease-out",
    });
  }
}

export function takeTick(tick) {
  tally.ticks += 1;
  tally.lastTick = performance.now();
  const card = cards.get(tick.symbol);
  /* None: another tab of this user asked for it, or it was on its way when it was
   * taken off here. */
  if (card !== undefined) {
    card.take(tick);
    dirty.add(card);
  }
  askFrame();
}

function askFrame() {
  if (frameAsked) return;
  frameAsked = true;
  const rest = paintedAt + PAINT_EVERY_MS - performance.now();
  if (rest > 0) setTimeout(() => requestAnimationFrame(paintAll), rest);
  else requestAnimationFrame(paintAll);
}

function paintAll() {
  frameAsked = false;
  const now = performance.now();
  paintedAt = now;
  for (const card of dirty) card.paint(now);
  dirty.clear();
  say(byId("ticks"), countText(tally.ticks));
  say(byId("gaps"), countText(tally.gaps));
  byId("gaps").classList.toggle("bad", tally.gaps > 0);
}

/* Makes the cards be those of `symbols`. */
export function showCards(symbols, onDrop) {
  const wanted = new Set(symbols);
  for (const [symbol, card] of cards) {
    if (wanted.has(symbol)) continue;
    card.element.remove();
    dirty.delete(card);
    cards.delete(symbol);
  }
  for (const symbol of symbols) {
    if (cards.has(symbol)) continue;
    const card = new Card(symbol, () => onDrop(symbol));
    cards.set(symbol, card);
    byId("cards").append(card.element);
  }
}

/* A new connection may have missed ticks: that is no gap of the delivery. */
export function forgetSequences() {
  for (const card of cards.values()) card.sequence = null;
}

export function paintAges(now) {
  for (const card of cards.values()) card.paintAge(now);
}
