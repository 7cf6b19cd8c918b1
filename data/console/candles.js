/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Candles and volume, drawn by hooks of the chart library. Bars stand side by side,
 * whatever time is between them. */

import { isNumber } from "../text.js";
import { axis, color, Painter } from "./plot.js";
import { utcText } from "./words.js";

const PLACES_MIN = 40;
const VOLUME_SHARE = 0.2; /* of the height */

export class Candles {
  /* `point` is called with the number of the bar under the crosshair, or null;
   * `priceText` says a price of the axis. */
  constructor(area, { point, priceText }) {
    this.bars = [];
    this.timeframe = "";
    this.floor = 0; /* below it is the volume */
    this.point = point;
    this.priceText = priceText;
    this.overVolume = (_, splits) =>
      splits.map((price) => (price < this.floor ? null : price));
    this.painter = new Painter(area, () => this.options());
  }

  show(bars, timeframe) {
    this.bars = bars;
    this.timeframe = timeframe;
    const column = (name) => bars.map((bar) => bar[name]);
    this.painter.show([
      column("time"),
      ...["open", "high", "low", "close", "volume"].map(column),
    ]);
  }

  /* How many bars there is room for: a few do not fill the whole width. */
  get places() {
    return Math.max(PLACES_MIN, this.bars.length);
  }

  /* Puts the crosshair on a bar, as the pointer would. */
  pointAt(i) {
    const { chart } = this.painter;
    if (chart === null) return;
    const { close } = this.bars[i];
    chart.setCursor({
      left: chart.valToPos(i, "x"),
      top: chart.valToPos(close, "y"),
    });
  }

  leave() {
    this.painter.chart?.setCursor({ left: -10, top: -10 });
  }

  options() {
    const hidden = { show: true, paths: () => null, points: { show: false } };
    return {
      legend: { show: false },
      padding: [10, 8, 0, 0],
      cursor: { drag: { setScale: false, x: false }, points: { show: false } },
      scales: {
        x: { distr: 2, range: (_, min) => [min - 0.6, min + this.places - 0.4] },
        y: { range: () => this.priceRange() },
        volume: { range: (_, __, max) => [0, (max > 0 ? max : 1) / VOLUME_SHARE] },
      },
      axes: [
        axis({
          size: 40,
          space: 64,
          splits: (_, __, ___, ____, step) => this.pickBars(step),
          values: (_, splits) => this.sayTimes(splits),
        }),
        axis({
          scale: "y",
          side: 1,
          size: 60,
          grid: { stroke: () => color("edge"), width: 1, filter: this.overVolume },
          filter: this.overVolume,
          values: (_, splits) =>
            splits.map((price) => (isNumber(price) ? this.priceText(price) : "")),
        }),
      ],
      series: [
        {},
        ...["open", "high", "low", "close"].map(() => ({ ...hidden, scale: "y" })),
        { ...hidden, scale: "volume" },
      ],
      hooks: {
        draw: [(chart) => this.draw(chart)],
        setCursor: [(chart) => this.point(chart.cursor.idx ?? null)],
      },
    };
  }

  /* The numbers of the bars whose times are said, up to the newest. */
  pickBars(step) {
    const last = this.bars.length - 1;
    const numbers = [];
    for (let i = last; i >= 0; i -= step) numbers.unshift(i);
    return numbers;
  }

  /* The day stands below the first time of it. */
  sayTimes(splits) {
    let before = "";
    return splits.map((time) => {
      if (!isNumber(time)) return "";
      const day = utcText(time * 1000, "1d");
      if (this.timeframe === "1d") return day;
      const clock = utcText(time * 1000).slice(11);
      const text = day === before ? clock : `${clock}\n${day.slice(5)}`;
      before = day;
      return text;
    });
  }

  /* Leaves room for the volume below. */
  priceRange() {
    let low = Infinity;
    let high = -Infinity;
    for (const bar of this.bars) {
      low = Math.min(low, bar.low);
      high = Math.max(high, bar.high);
    }
    if (!(high >= low)) return [0, 1];
    const room = (high - low || high * 0.01 || 1) * 0.06;
    const height = high - low + 2 * room;
    this.floor = low - room;
    return [low - room - (height * VOLUME_SHARE) / (1 - VOLUME_SHARE), high + room];
  }

  draw(chart) {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    const { bars } = this;
    const step = bbox.width / this.places;
    const width = Math.max(ratio, Math.min(14 * ratio, Math.round(step * 0.7)));
    const colors = [color("up"), color("down"), color("panel")];
    const y = (value, scale) => chart.valToPos(value, scale, true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    bars.forEach((bar, i) => {
      const x = chart.valToPos(i, "x", true);
      const isUp = bar.close >= bar.open;
      ctx.fillStyle = isUp ? colors[0] : colors[1];
      const left = Math.round(x - width / 2);
      ctx.globalAlpha = 0.35;
      const top = y(bar.volume, "volume");
      ctx.fillRect(left, top, width, bbox.top + bbox.height - top);
      ctx.globalAlpha = 1;
      const wick = Math.max(1, Math.round(ratio));
      const high = y(bar.high, "y");
      ctx.fillRect(Math.round(x - wick / 2), high, wick, y(bar.low, "y") - high);
      const upper = y(Math.max(bar.open, bar.close), "y");
      const height = Math.max(ratio, y(Math.min(bar.open, bar.close), "y") - upper);
      ctx.fillRect(left, upper, width, height);
      /* A bar that rose is hollow, where there is room: colour is not all that tells. */
      if (isUp && width >= 5 * ratio && height > 3 * ratio) {
        ctx.fillStyle = colors[2];
        ctx.fillRect(left + ratio, upper + ratio, width - 2 * ratio, height - 2 * ratio);
      }
    });
    ctx.restore();
  }
}
