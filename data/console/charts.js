/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Candles of one symbol, from the history by way of `/ws`, as any page would ask. */

import { Link } from "../link.js";
import { byId, countText, isNumber, priceText, say } from "../text.js";
import { token } from "./api.js";
import { Candles } from "./candles.js";
import { hasCharts } from "./plot.js";
import { service } from "./service.js";
import { fillFacts, make, Table } from "./table.js";
import { utcText } from "./words.js";

const EVERY_MS = 1000;
const ALL_EVERY = 60;
const TABLE_ROWS = 30;
const OFFERS = 8;
const COMMAND = "request_tickstockpl_chart_data";
const ANSWER = "tickstockpl_chart_data_response";
const ADVICE = {
  chart_unavailable: "The service keeps no history: [history] store=off.",
  login_required: "Charts are for users who are logged in.",
};

class Charts {
  constructor() {
    this.isShown = false;
    this.symbol = "";
    this.timeframe = "1m";
    this.limit = matchMedia("(max-width: 640px)").matches ? 60 : 120;
    this.bars = [];
    this.n_asked = 0;
    this.pointed = null; /* the number of the bar that the crosshair is on */
    this.timer = 0;
    this.link = new Link(
      {
        entered: () => this.showLink(),
        connected: () => this.ask(),
        confirmed() {},
        tick() {},
        refused: (message, _, data) => this.refused(message, data),
        other: (type, data) => type === ANSWER && this.take(data),
      },
      token.get(),
    );
    this.candles = new Candles(byId("candles"), {
      point: (i) => this.point(i),
      priceText,
    });
    this.table = new Table(byId("chart-rows"), {
      id: "chart-rows-table",
      caption: "Bars, newest first",
      columns: [
        { label: "Time (UTC)" },
        ...["Open", "High", "Low", "Close", "Volume"].map((label) => ({
          label,
          number: true,
        })),
      ],
    });
    byId("chart-table").open = !hasCharts;
    byId("chart-table").addEventListener("toggle", () => this.showTable());
    byId("chart-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.go();
    });
    for (const id of ["timeframe", "bars"])
      byId(id).addEventListener("change", () => this.go());
    service.addEventListener("report", () => this.greet());
    byId("candles").addEventListener("keydown", (event) => this.key(event));
    byId("candles").addEventListener("blur", () => this.candles.leave());
  }

  show(parts) {
    this.isShown = true;
    const { session } = service;
    const frames = session?.timeframes ?? ["1m", "5m", "15m", "1h", "1d"];
    if (byId("timeframe").length !== frames.length)
      byId("timeframe").replaceChildren(...frames.map((frame) => new Option(frame)));
    const [, given = "", timeframe = this.timeframe, limit = this.limit] = parts;
    /* Something to see at once, where there is something. */
    const symbol = given === "" ? (this.listBusiest()[0] ?? "") : given;
    const isOther =
      symbol !== this.symbol ||
      timeframe !== this.timeframe ||
      Number(limit) !== this.limit;
    this.symbol = symbol;
    this.timeframe = frames.includes(timeframe) ? timeframe : frames[0];
    this.limit = Math.min(500, Math.max(10, Number(limit) || 120));
    byId("symbol").value = symbol;
    byId("timeframe").value = this.timeframe;
    byId("bars").value = String(this.limit);
    if (isOther) this.forget();
    byId("chart-panel").hidden = this.bars.length === 0;
    this.offerSymbols();
    if (!service.isUp) return;
    if (symbol === "") this.link.close();
    else if (this.link.state === "live") this.ask();
    else if (this.link.socket === null) this.open();
  }

  hide() {
    this.isShown = false;
    clearTimeout(this.timer);
    this.link.close();
  }

  up() {
    if (this.symbol !== "" && this.link.state !== "live") this.open();
  }

  open() {
    this.link.token = token.get();
    this.link.open();
  }

  go() {
    const symbol = byId("symbol").value.trim();
    const path = [symbol, byId("timeframe").value, byId("bars").value];
    const hash = `#charts/${path.map(encodeURIComponent).join("/")}`;
    if (location.hash !== hash) location.hash = hash;
    else this.ask();
  }

  forget() {
    this.bars = [];
    this.n_asked = 0;
    this.point(null);
    say(byId("chart-problem"), "");
  }

  /* What is busy is counted from the first report on, and so not known at once. */
  greet() {
    if (!this.isShown || byId("chart-offers").children.length > 0) return;
    if (this.symbol === "" && byId("symbol").value === "") this.show(["charts"]);
    else this.offerSymbols();
  }

  listBusiest() {
    return (service.report?.busiest_keys?.keys ?? [])
      .filter(({ event }) => event === "tick_data")
      .map(({ key }) => key);
  }

  offerSymbols() {
    const keys = this.listBusiest();
    byId("symbols").replaceChildren(...keys.map((key) => new Option("", key)));
    byId("chart-offers").replaceChildren(
      ...keys.slice(0, OFFERS).map((key) => {
        const link = make("a", "", key);
        link.href = this.address(key);
        return link;
      }),
    );
  }

  address(symbol) {
    const path = [symbol, this.timeframe, String(this.limit)];
    return `#charts/${path.map(encodeURIComponent).join("/")}`;
  }

  /* All bars first, then the newest again and again; now and then all, since late ticks
   * change older ones. */
  ask() {
    clearTimeout(this.timer);
    if (!this.isShown || this.symbol === "") return;
    const { symbol, timeframe, limit } = this;
    const message = { type: COMMAND, symbol, timeframe, limit };
    if (this.bars.length > 0 && this.n_asked % ALL_EVERY !== 0)
      message.from = this.bars[this.bars.length - 1].time;
    this.n_asked += 1;
    this.link.send(message);
    this.timer = setTimeout(() => this.ask(), EVERY_MS);
  }

  take({ symbol, timeframe, chart_data: list }) {
    if (symbol !== this.symbol || timeframe !== this.timeframe) return;
    if (!Array.isArray(list)) return;
    say(byId("chart-problem"), "");
    const first = list[0]?.time ?? Infinity;
    const kept = this.bars.filter(({ time }) => time < first);
    this.bars = [...kept, ...list].slice(-this.limit);
    this.paint();
  }

  refused(message, data) {
    if (data.event !== undefined && data.event !== COMMAND) return;
    const advice = ADVICE[data.code];
    say(byId("chart-problem"), advice === undefined ? message : `${message}. ${advice}`);
    if (data.code === "unknown_symbol") {
      this.bars = [];
      byId("chart-panel").hidden = true;
    }
  }

  paint() {
    const { bars, symbol, timeframe } = this;
    byId("chart-panel").hidden = false;
    say(byId("chart-title"), `${symbol}, bars of ${timeframe}`);
    this.candles.show(bars, timeframe);
    this.sayBar();
    this.showTable();
    this.showLink();
  }

  showLink() {
    const texts = { connecting: "Connecting", waiting: "Not connected", closed: "" };
    const last = this.bars[this.bars.length - 1];
    const live = last === undefined ? "No bar yet" : "Live, times in UTC";
    say(byId("chart-live"), texts[this.link?.state] ?? live);
  }

  /* ---- The bar that is looked at ---- */

  point(i) {
    this.pointed = isNumber(i) && i < this.bars.length - 1 ? i : null;
    this.sayBar();
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || this.bars.length === 0) return;
    event.preventDefault();
    const last = this.bars.length - 1;
    const next = Math.max(0, Math.min(last, (this.pointed ?? last) + step));
    this.candles.pointAt(next);
    this.point(next);
  }

  sayBar() {
    const last = this.bars.length - 1;
    const bar = this.bars[this.pointed ?? last];
    if (bar === undefined) return;
    const before = this.bars[(this.pointed ?? last) - 1];
    const change = bar.close - (before?.close ?? bar.open);
    const sign = change > 0 ? "▲ +" : change < 0 ? "▼ −" : "";
    const size = Math.abs(change).toFixed(Math.abs(bar.close) >= 1 ? 2 : 6);
    fillFacts(byId("chart-bar"), [
      ["UTC", utcText(bar.time * 1000, this.timeframe)],
      ["Open", priceText(bar.open)],
      ["High", priceText(bar.high)],
      ["Low", priceText(bar.low)],
      ["Close", priceText(bar.close)],
      ["Change", sign + size, change > 0 ? "good" : change < 0 ? "bad" : undefined],
      ["Volume", countText(bar.volume)],
    ]);
  }

  showTable() {
    if (!byId("chart-table").open) return;
    this.table.show(
      this.bars
        .slice(-TABLE_ROWS)
        .reverse()
        .map((bar) => ({
          key: String(bar.time),
          cells: [
            utcText(bar.time * 1000, this.timeframe),
            ...[bar.open, bar.high, bar.low, bar.close].map(priceText),
            countText(bar.volume),
          ],
        })),
    );
  }
}

export const charts = new Charts();
