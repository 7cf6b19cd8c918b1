/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines over time, with their newest values as text and as a table. The library draws
 * the lines; in a build without it text and table are all there is. */

import uPlot from "./uplot.js";

import { byId, isNumber, say } from "../text.js";
import { make, Table } from "./table.js";
import { minuteText, secondText } from "./words.js";

export const hasCharts = uPlot !== null;
document.body.classList.toggle("plain", !hasCharts);

const TABLE_ROWS = 15;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
/* Steps of axes that go by 1024. */
const BYTE_STEPS = Array.from({ length: 40 }, (_, power) => 2 ** power);
const FONT = "11px system-ui, sans-serif";

const style = () => getComputedStyle(document.documentElement);
export const color = (name) => style().getPropertyValue(`--${name}`).trim();

/* Whoever draws is told when the colours change. */
const painters = new Set();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const painter of painters) painter.rebuild();
});

/* An axis in the page's colours. */
export const axis = (more) => ({
  stroke: () => color("muted"),
  font: FONT,
  grid: { stroke: () => color("edge"), width: 1 },
  ticks: { show: false },
  ...more,
});

/* Keeps a chart as wide as the element that it is in. */
export class Painter {
  constructor(area, makeOptions) {
    this.area = area;
    this.makeOptions = makeOptions;
    this.chart = null;
    this.data = null;
    if (!hasCharts) {
      area.hidden = true;
      return;
    }
    painters.add(this);
    new ResizeObserver(() => this.fit()).observe(area);
  }

  get size() {
    return { width: this.area.clientWidth, height: this.area.clientHeight };
  }

  show(data) {
    this.data = data;
    if (!hasCharts || this.area.clientWidth === 0) return;
    if (this.chart === null)
      this.chart = new uPlot({ ...this.size, ...this.makeOptions() }, data, this.area);
    else this.chart.setData(data);
  }

  fit() {
    if (this.area.clientWidth === 0 || this.data === null) return;
    if (this.chart === null) this.show(this.data);
    else this.chart.setSize(this.size);
  }

  rebuild() {
    this.chart?.destroy();
    this.chart = null;
    if (this.data !== null) this.show(this.data);
  }
}

export class Plot {
  /* `series` are { id, label }; `format` makes a value a text; `span_s` is how much time
   * is shown; `isLog` is for what goes over powers of ten, `isBytes` for what is counted
   * by 1024. */
  constructor(host, { id, title, series, format, span_s, isLog, isBytes }) {
    this.series = series;
    this.format = format;
    this.span_s = span_s;
    this.isLog = isLog;
    this.isBytes = isBytes;
    this.times = [];
    this.values = series.map(() => []);
    const element = byId("plot").content.firstElementChild.cloneNode(true);
    element.id = `plot-${id}`;
    element.setAttribute("aria-labelledby", `plot-${id}-title`);
    const heading = element.querySelector("h3");
    heading.id = `plot-${id}-title`;
    say(heading, title);
    this.time = make("p", "muted");
    this.legend = element.querySelector(".legend");
    this.legend.classList.toggle("single", series.length === 1);
    this.texts = series.map((one, i) => this.addToLegend(one, i));
    this.details = element.querySelector("details");
    this.table = new Table(element.querySelector(".rows"), {
      id: `plot-${id}-table`,
      caption: `${title}, newest first`,
      columns: [
        { label: "Time" },
        ...series.map(({ label }) => ({ label, number: true })),
      ],
      empty: "Nothing yet",
    });
    this.details.addEventListener("toggle", () => this.showTable());
    host.append(element);
    this.painter = new Painter(element.querySelector(".area"), () => this.options());
    this.details.open = !hasCharts;
  }

  addToLegend({ label }, i) {
    const pair = make("div");
    const term = make("dt");
    if (this.series.length > 1) {
      const swatch = make("i", "swatch");
      swatch.dataset.line = i;
      term.append(swatch);
    }
    term.append(label);
    const text = make("dd", "", "–");
    pair.append(term, text);
    this.legend.append(pair);
    return text;
  }

  /* Adds values of a time in seconds; null is not known, and breaks the line. */
  add(time, values) {
    if (this.times.length > 0 && time <= this.times[this.times.length - 1]) return;
    this.times.push(time);
    values.forEach((value, i) => this.values[i].push(isNumber(value) ? value : null));
    let old = 0;
    while (this.times[old] < time - this.span_s) old += 1;
    for (const list of [this.times, ...this.values]) list.splice(0, old);
  }

  /* Puts what is known of the time before in front: rows of [time, …values]. */
  addBefore(rows) {
    const first = this.times[0] ?? Infinity;
    const older = rows.filter(([time]) => time < first);
    this.times.unshift(...older.map(([time]) => time));
    this.values.forEach((list, i) => list.unshift(...older.map((row) => row[i + 1])));
  }

  show() {
    const last = this.times.length - 1;
    this.sayValues(last);
    this.painter.show([this.times, ...this.values]);
    if (this.details.open) this.showTable();
  }

  sayValues(i) {
    this.texts.forEach((text, line) => say(text, this.text(line, i)));
  }

  text(line, i) {
    const value = this.values[line][i];
    return isNumber(value) ? this.format(value) : "–";
  }

  showTable() {
    if (!this.details.open) return;
    const rows = [];
    for (let i = this.times.length - 1; i >= 0 && rows.length < TABLE_ROWS; i--)
      rows.push({
        key: String(this.times[i]),
        cells: [
          secondText(this.times[i] * 1000),
          ...this.series.map((_, line) => this.text(line, i)),
        ],
      });
    this.table.show(rows);
  }

  options() {
    const isLong = this.span_s > 1800;
    return {
      legend: { show: false },
      padding: [8, 14, 0, 0],
      cursor: { y: false, drag: { setScale: false, x: false }, points: { size: 6 } },
      scales: {
        x: {
          range: (_, __, max) => [max - this.span_s, max],
        },
        y: this.isLog
          ? { distr: 3, range: (_, min, max) => powersAround(min, max) }
          : { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        axis({
          size: 22,
          space: isLong ? 60 : 70,
          values: (_, splits) => splits.map((time) => minuteText(time * 1000)),
          incrs: isLong ? [300, 600, 900, 1800] : [60, 120, 300],
        }),
        axis({
          size: 58,
          space: 22,
          incrs: this.isBytes ? BYTE_STEPS : undefined,
          splits: this.isLog ? (_, __, min, max) => listPowers(min, max) : undefined,
          filter: this.isLog ? (_, splits) => splits : undefined,
          values: (_, splits) =>
            splits.map((value) => (value === null ? "" : this.format(value))),
        }),
      ],
      series: [
        {},
        ...this.series.map((_, i) => ({
          stroke: () => color(`line-${i}`),
          width: 1.75,
          dash: DASHES[i],
          points: { show: false },
          fill: this.series.length === 1 ? () => color("line-fill") : undefined,
        })),
      ],
      hooks: { setCursor: [(chart) => this.follow(chart.cursor.idx)] },
    };
  }

  /* The values where the pointer is, else the newest. */
  follow(i) {
    const isOn = isNumber(i) && i < this.times.length - 1;
    this.sayValues(isOn ? i : this.times.length - 1);
    say(this.time, isOn ? secondText(this.times[i] * 1000) : "");
    if (isOn) this.legend.after(this.time);
    else this.time.remove();
  }
}

const floorPower = (value) => 10 ** Math.floor(Math.log10(value) + 1e-9);

/* The powers of ten around what there is. */
function powersAround(min, max) {
  if (!(min > 0)) return [100, 1e5];
  const low = floorPower(min);
  const high = floorPower(max) * 10;
  return [low, high];
}

function listPowers(min, max) {
  const powers = [];
  for (let power = floorPower(min); power <= max * 1.01; power *= 10) powers.push(power);
  return powers;
}
