/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page at `/`: pick symbols, see their prices move. It speaks the plain
 * WebSocket protocol of docs/PROTOCOL.md and reads GET /health, nothing else.
 *
 * What comes from outside is only ever put into the page as text. */

import { forgetSequences, paintAges, showCards, takeTick, tally } from "./cards.js";
import { Link } from "./link.js";
import { byId, countText, rateText, say } from "./text.js";
import { forgetStatus, takeOther } from "./wire.js";

/* The symbols of the demo source (src/sources/tide-market.c), to pick from. Any other
 * can be typed. */
const GROUPS = [
  [
    "Technology",
    "AAPL MSFT NVDA GOOGL META AMD INTC AVGO QCOM MU CSCO ORCL CRM ADBE PLTR",
  ],
  ["Consumer", "AMZN TSLA NFLX DIS UBER NKE SBUX MCD COST WMT HD KO PEP PG"],
  ["Finance", "JPM BAC C WFC GS V MA PYPL COIN"],
  ["Health", "JNJ UNH PFE MRK ABBV"],
  ["Industry, energy, telecoms", "XOM CVX BA CAT F T VZ"],
].map(([name, symbols]) => [name, symbols.split(" ")]);
const KNOWN = GROUPS.flatMap(([, symbols]) => symbols);
const STARTER = ["AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "META", "GOOGL", "JPM"];

const STORAGE_KEY = "tidewire.symbols";
const SYMBOL = /^[\x21-\x7e]{1,32}$/;
const HEALTH_EVERY_MS = 2000;
const HINT_FIRST_MS = 3000;
const HINT_AGAIN_MS = 10000; /* after a first tick: no jumping between single ticks */

/* ---- What is picked ---- */

let picks = loadPicks();

function loadPicks() {
  try {
    const list = JSON.parse(localStorage.getItem(STORAGE_KEY));
    if (Array.isArray(list))
      return [...new Set(list.filter((s) => typeof s === "string" && SYMBOL.test(s)))];
  } catch {
    /* No storage, or not ours: start as on a first visit. */
  }
  return [...STARTER];
}

function setPicks(list, { tell = true } = {}) {
  picks = [...new Set(list)];
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(picks));
  } catch {
    /* Then they last as long as the page. */
  }
  showPicks();
  if (tell) link.subscribe(picks);
}

const togglePick = (symbol) =>
  setPicks(
    picks.includes(symbol) ? picks.filter((s) => s !== symbol) : [...picks, symbol],
  );

function dropPick(symbol) {
  setPicks(picks.filter((one) => one !== symbol));
  /* The button that had the focus is gone. */
  byId("prices").focus({ preventScroll: true });
}

function showPicks() {
  showCards(picks, dropPick);
  say(byId("picked"), `${picks.length} picked`);
  byId("empty").hidden = picks.length > 0;
  showChips();
}

function makeChip(symbol) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "chip";
  chip.dataset.symbol = symbol;
  chip.textContent = symbol;
  chip.addEventListener("click", () => togglePick(symbol));
  return chip;
}

function makeGroup(name, symbols) {
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = name;
  const chips = document.createElement("div");
  chips.className = "chips";
  chips.append(...symbols.map(makeChip));
  group.append(legend, chips);
  byId("groups").append(group);
  return group;
}

const ownGroup = makeGroup("Yours", []);
for (const [name, symbols] of GROUPS) makeGroup(name, symbols);

/* Shows the chips that fit what is typed, pressed where picked. */
function showChips() {
  const own = ownGroup.querySelector(".chips");
  const ownPicks = picks.filter((symbol) => !KNOWN.includes(symbol));
  const shown = new Set([...own.children].map((chip) => chip.dataset.symbol));
  for (const chip of [...own.children])
    if (!ownPicks.includes(chip.dataset.symbol)) chip.remove();
  own.append(...ownPicks.filter((symbol) => !shown.has(symbol)).map(makeChip));

  const typed = typedSymbols().map((word) => word.toUpperCase());
  for (const group of byId("groups").children) {
    let fits = 0;
    for (const chip of group.querySelectorAll(".chip")) {
      const name = chip.dataset.symbol.toUpperCase();
      chip.hidden = typed.length > 0 && !typed.some((word) => name.includes(word));
      chip.setAttribute("aria-pressed", String(picks.includes(chip.dataset.symbol)));
      fits += chip.hidden ? 0 : 1;
    }
    group.hidden = fits === 0;
  }
}

const typedSymbols = () =>
  byId("query")
    .value.split(/[\s,;]+/)
    .filter(Boolean);

/* Symbols are case-sensitive, people are not: a known one is found in any case, and
 * small letters alone become capitals unless asked for as typed. */
function meant(word) {
  const known = KNOWN.find((symbol) => symbol === word.toUpperCase());
  return known ?? (word === word.toLowerCase() ? word.toUpperCase() : word);
}

function addSymbols(symbols) {
  const bad = symbols.find((symbol) => !SYMBOL.test(symbol));
  if (bad !== undefined) {
    showProblem(
      "A symbol has 1 to 32 characters: letters, digits and signs, no accents.",
    );
    return;
  }
  showProblem("");
  byId("query").value = "";
  showOffers();
  setPicks([...picks, ...symbols]);
}

/* Offers to add what is typed when no chip has that name. */
function showOffers() {
  const words = typedSymbols();
  const offers = [];
  if (words.length > 0 && words.some((word) => !KNOWN.includes(meant(word)))) {
    offers.push(words.map(meant));
    if (words.some((word) => meant(word) !== word)) offers.push(words);
  }
  byId("offers").replaceChildren(
    ...offers.map((symbols) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = `Add ${symbols.join(", ")}`;
      button.addEventListener("click", () => {
        addSymbols(symbols);
        byId("query").focus();
      });
      return button;
    }),
  );
  showChips();
}

function showProblem(text) {
  say(byId("problem"), text);
}

/* ---- The connection ---- */

const link = new Link({
  tick: takeTick,
  other: takeOther,
  connected(data) {
    forgetSequences();
    forgetStatus();
    say(byId("who"), typeof data.user === "string" ? `Logged in as ${data.user}` : "");
    health.poll();
  },
  confirmed: () => showProblem(""),
  /* Nothing changed over there, so nothing may stay changed here. */
  refused(message, inForce) {
    showProblem(`Not changed: ${message}`);
    if (inForce !== null) setPicks(inForce, { tell: false });
  },
  entered(state, before) {
    byId("state").dataset.state = state;
    byId("figures").classList.toggle("stale", state !== "live");
    byId("retry").hidden = state !== "waiting";
    showState();
    /* Only what is news is read out, no try and no countdown. */
    if (state === before || (state === "connecting" && before === "waiting")) return;
    if (state === "live") say(byId("announce"), "Live");
    else if (before === "live") say(byId("announce"), "Connection lost, reconnecting");
  },
});

function showState() {
  const left = Math.max(1, Math.ceil((link.retryAt - performance.now()) / 1000));
  const texts = {
    connecting: link.tries > 0 ? "Reconnecting" : "Connecting",
    live: "Live",
    waiting: `Reconnecting in ${left} s`,
  };
  say(byId("state-text"), texts[link.state]);
}

/* ---- The service's own figures ---- */

const health = {
  report: null,
  before: null,
  timer: 0,
  failures: 0,

  async poll() {
    clearTimeout(this.timer);
    if (document.hidden || link.state !== "live") return;
    try {
      const answer = await fetch("health", {
        cache: "no-store",
        signal: AbortSignal.timeout(HEALTH_EVERY_MS * 2),
      });
      this.take(await answer.json());
      this.failures = 0;
    } catch {
      this.failures += 1;
      /* A dead link shows nothing on the WebSocket for minutes. */
      const silent_ms = performance.now() - link.heardAt;
      if (this.failures >= 3 && silent_ms > 8000 && link.state === "live") link.lost();
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), HEALTH_EVERY_MS);
  },

  take(report) {
    if (typeof report !== "object" || report === null) return;
    const now = { at: performance.now(), ...report.counters };
    this.report = report;
    say(byId("connections"), countText(now.connections));
    this.figure("events", "event-rate", "events_received", now);
    this.figure("deliveries", "delivery-rate", "deliveries_taken", now);
    this.before = now;

    const { source } = report;
    const parts = [source?.description ?? "Source", source?.state ?? report.status];
    if (report.state !== undefined && report.state !== "running")
      parts.push(`the service is ${report.state}`);
    say(byId("source-text"), parts.join(" · "));
    byId("source").dataset.state = report.status === "ok" ? "good" : "bad";
    if (typeof report.version === "string")
      say(byId("version"), `Tidewire ${report.version}`);
  },

  figure(totalId, rateId, name, now) {
    say(byId(totalId), countText(now[name]));
    const seconds = (now.at - this.before?.at) / 1000;
    const rate = (now[name] - this.before?.[name]) / seconds;
    say(byId(rateId), rate >= 0 && Number.isFinite(rate) ? rateText(rate) : "");
  },
};

/* ---- Nothing comes: how to publish one ---- */

function showHint(now) {
  const source = health.report?.source;
  const since = Math.max(tally.lastTick, link.liveSince);
  const patience = tally.ticks > 0 ? HINT_AGAIN_MS : HINT_FIRST_MS;
  const hint = byId("hint");
  hint.hidden = !(
    link.state === "live" &&
    picks.length > 0 &&
    readsRedis(source?.description) &&
    now - since >= patience
  );
  if (hint.hidden) return;
  const connected = source.state === "connected";
  say(
    byId("hint-title"),
    connected ? "Nothing is being published" : "Redis is not connected",
  );
  say(
    byId("hint-text"),
    connected
      ? "Tidewire listens, but no tick comes. Publish one from a terminal:"
      : "Tidewire keeps trying to reach it. Once it answers, this publishes a tick:",
  );
  say(byId("command"), publishCommand(source.description));
}

const readsRedis = (description) => /redis|^unix:/i.test(description ?? "");

/* The line to paste into a shell: nothing that a shell could understand otherwise. */
function publishCommand(description) {
  const [, path] = /^unix:([\w./-]+)/.exec(description) ?? [];
  const [, host, port] = /^redis:\/\/([\w.-]+):(\d+)/.exec(description) ?? [];
  const parts = ["redis-cli"];
  if (path !== undefined) parts.push("-s", path);
  if (host !== undefined && !["127.0.0.1", "localhost"].includes(host))
    parts.push("-h", host);
  if (port !== undefined && port !== "6379") parts.push("-p", port);
  const isPlain = (symbol) => /^[A-Za-z0-9.-]+$/.test(symbol);
  const symbol = picks.includes("AAPL") ? "AAPL" : (picks.find(isPlain) ?? "AAPL");
  const payload = JSON.stringify({ symbol, price: 187.5 });
  return `${parts.join(" ")} publish tickstock.all_ticks '${payload}'`;
}

/* ---- Start ---- */

setInterval(() => {
  const now = performance.now();
  say(byId("tick-rate"), countText(tally.ticks - tally.ticksBefore));
  tally.ticksBefore = tally.ticks;
  paintAges(now);
  showState();
  showHint(now);
}, 1000);

byId("query").addEventListener("input", showOffers);
byId("add").addEventListener("submit", (event) => {
  event.preventDefault();
  addSymbols(typedSymbols().map(meant));
});
byId("pick-starter").addEventListener("click", () => setPicks(STARTER));
byId("empty-starter").addEventListener("click", () => setPicks(STARTER));
byId("pick-all").addEventListener("click", () => setPicks([...picks, ...KNOWN]));
byId("pick-none").addEventListener("click", () => setPicks([]));
byId("retry").addEventListener("click", () => link.retryNow());
byId("copy").hidden = navigator.clipboard === undefined;
byId("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("command").textContent);
    say(byId("copy"), "Copied");
    setTimeout(() => say(byId("copy"), "Copy"), 2000);
  } catch {
    getSelection().selectAllChildren(byId("command"));
  }
});
addEventListener("online", () => link.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  link.retryNow();
  health.poll();
});

if (matchMedia("(max-width: 820px)").matches) byId("picker").open = false;
showPicks();
link.subscribe(picks);
link.open();
