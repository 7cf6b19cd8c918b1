/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who would get an event, and why. */

import { byId, countText, say } from "../text.js";
import { toExplain } from "./eventlist.js";
import { service } from "./service.js";
import { fillFacts, Table } from "./table.js";
import { inOrder, nameText, userLink, valueText } from "./words.js";

const OTHER = ""; /* of the channels to choose from */
const SAMPLES = {
  tick_data: { symbol: "AAPL", price: 187.5, volume: 100 },
  pattern_alert: { data: { symbol: "AAPL", pattern: "BreakoutBO", confidence: 0.9 } },
  backtest_progress: { job_id: "job-1", progress: 0.5, status: "running" },
  backtest_result: { job_id: "job-1", status: "completed" },
  market_insight: { tier: "daily", text: "…" },
  system_health: { status: "healthy" },
};

class Explain {
  constructor() {
    this.asked = 0;
    this.sample = "";
    const table = (id, caption, labels, empty) =>
      new Table(byId(id), {
        id: `${id}-table`,
        caption,
        columns: labels.map((label) => ({ label })),
        empty,
      });
    this.recipients = table(
      "recipients",
      "Who gets it",
      ["User", "Why", "What becomes of it"],
      "Nobody",
    );
    this.others = table(
      "others",
      "Who does not",
      ["User", "Why not"],
      "Nobody else is there",
    );
    byId("channel").addEventListener("change", () => this.choose());
    byId("explain-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.explain();
    });
  }

  show() {
    this.fillChannels();
    if (toExplain.channel === "") return;
    const { channel, payload } = toExplain;
    const select = byId("channel");
    select.value = [...select.options].some(({ value }) => value === channel)
      ? channel
      : OTHER;
    byId("channel-name").value = channel;
    byId("payload").value = payload;
    this.sample = "";
    toExplain.channel = "";
    this.choose();
    this.explain();
  }

  hide() {
    this.asked += 1;
  }

  up() {
    this.fillChannels();
  }

  fillChannels() {
    const channels = service.session?.channels;
    if (channels === undefined) return;
    const key = JSON.stringify(channels);
    const select = byId("channel");
    if (select.dataset.key === key) return;
    const chosen = select.value;
    select.dataset.key = key;
    /* A pattern stands for channels, and none of them. */
    const plain = channels.filter(({ channel }) => !/[*?[\\]/.test(channel));
    select.replaceChildren(
      ...plain.map(({ channel, event }) => {
        const option = new Option(`${channel} (${event})`, channel);
        option.dataset.event = event;
        return option;
      }),
      new Option("Another channel…", OTHER),
    );
    if (chosen !== "") select.value = chosen;
    this.choose();
  }

  /* A sample stands there until somebody has written something else. */
  choose() {
    const isOther = byId("channel").value === OTHER;
    byId("channel-name").hidden = !isOther;
    byId("channel-name-label").hidden = !isOther;
    const event = byId("channel").selectedOptions[0]?.dataset.event;
    const field = byId("payload");
    if (field.value !== "" && field.value !== this.sample) return;
    this.sample = JSON.stringify(SAMPLES[event] ?? {});
    field.value = this.sample;
  }

  async explain() {
    const select = byId("channel");
    const channel =
      select.value === OTHER ? byId("channel-name").value.trim() : select.value;
    this.asked += 1;
    const { asked } = this;
    try {
      const body = { channel, payload: byId("payload").value };
      const answer = await service.ask("explain", { method: "POST", body });
      if (asked !== this.asked) return;
      say(byId("explain-problem"), "");
      this.showAnswer(answer);
    } catch (error) {
      if (asked !== this.asked) return;
      if (error.status === undefined) throw error;
      byId("explain-answer").hidden = true;
      say(byId("explain-problem"), error.message);
    }
  }

  showAnswer({ event, recipients, others }) {
    byId("explain-answer").hidden = false;
    const hidden = ["n_recipients", "n_others"];
    fillFacts(
      byId("explain-event"),
      inOrder(event)
        .filter(([name]) => !hidden.includes(name))
        .map(([name, value]) => [nameText(name), valueText(name, value)]),
    );
    say(byId("recipients-note"), countOf(event.n_recipients, recipients));
    say(byId("others-note"), countOf(event.n_others, others));
    this.recipients.show(
      recipients.map(({ user, why, state }) => ({
        key: user,
        cells: [{ text: user, href: userLink(user) }, why, state],
      })),
    );
    this.others.show(
      others.map(({ user, why }) => ({
        key: user,
        cells: [{ text: user, href: userLink(user) }, why],
      })),
    );
    byId("explain-event-title").focus({ preventScroll: true });
    byId("recipients").parentElement.scrollIntoView({ block: "nearest" });
  }
}

function countOf(n, rows) {
  const count = n ?? rows.length;
  const users = count === 1 ? "1 user" : `${countText(count)} users`;
  return count > rows.length ? `${users}; the first ${rows.length} are shown` : users;
}

export const explain = new Explain();
