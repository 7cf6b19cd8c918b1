/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The console at `/console/`: looks at the service and never acts. It asks what
 * /console/api/ answers, and for charts `/ws`, nothing else.
 *
 * What comes from outside is only ever put into the page as text. */

import { byId, clockTime, say } from "../text.js";
import { token } from "./api.js";
import { charts } from "./charts.js";
import { connections } from "./connections.js";
import { events } from "./events.js";
import { explain } from "./explain.js";
import { overview } from "./overview.js";
import { service } from "./service.js";

/* A view has show (parts of the path, query), which is called again when these change,
 * hide (), and up () for when the service answers again. */
const VIEWS = { overview, connections, users: connections, events, charts, explain };
const SECTIONS = { users: "connections" };

let current = ""; /* the name of the view that is shown */
let isFirst = true;

/* ---- Views ---- */

/* `#connections/42?search=anna` is a view, what of it, and how. */
function readHash() {
  const [path, query = ""] = location.hash.slice(1).split("?", 2);
  const parts = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  const name = Object.hasOwn(VIEWS, parts[0]) ? parts[0] : "overview";
  return { name, parts, query: new URLSearchParams(query) };
}

const sectionOf = (name) => SECTIONS[name] ?? name;

function showView() {
  const { name, parts, query } = readHash();
  const section = sectionOf(name);
  const isNew = section !== current;
  if (isNew && current !== "") VIEWS[current].hide();
  current = section;
  const isLoggedOut = service.state === "login";
  byId("login").hidden = !isLoggedOut;
  for (const other of new Set(Object.keys(VIEWS).map(sectionOf)))
    byId(`view-${other}`).hidden = other !== section || isLoggedOut;
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.getAttribute("href") === `#${section}`;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = byId(`${section}-title`);
  document.title = `${heading.textContent} – Tidewire console`;
  if (isLoggedOut) return;
  if (isNew && !isFirst) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  VIEWS[section].show(parts, query, { isFirst });
  isFirst = false;
}

/* ---- How the service is ---- */

const STATES = {
  starting: "Starting",
  running: "Running",
  degraded: "Degraded",
  draining: "Draining",
};

function showState() {
  const { state, report } = service;
  const pill = byId("state");
  const texts = { connecting: "Connecting", down: "No answer", login: "Not logged in" };
  say(byId("state-text"), texts[state] ?? STATES[report?.state] ?? report?.state ?? "–");
  const isGood = state === "up" && report?.state === "running";
  pill.dataset.state = isGood ? "live" : state === "down" ? "waiting" : state;
  byId("banner").hidden = state !== "down";
  document.body.classList.toggle("stale", state === "down");
}

function showBanner() {
  if (service.state !== "down") return;
  const { error, report } = service;
  const left = Math.max(1, Math.ceil((service.retryAt - performance.now()) / 1000));
  say(byId("banner").querySelector("strong"), error.message);
  byId("banner-seen").hidden = report === undefined;
  if (report !== undefined) say(byId("banner-time"), clockTime.format(report.time_ms));
  say(byId("banner-next"), `The next try is in ${left} s.`);
}

function showSession() {
  const { session } = service;
  say(byId("host"), session.host ?? location.host);
  say(byId("version"), `Tidewire ${session.version ?? ""}`);
  say(
    byId("who"),
    typeof session.user === "string" ? `Logged in as ${session.user}` : "",
  );
}

/* Only what is news is read out, no try and no countdown. */
const announce = (text) => say(byId("announce"), text);

let wasDown = false;
let stateBefore = "";

service.addEventListener("up", () => {
  showSession();
  showState();
  showView();
  if (wasDown) {
    announce("The service answers again");
    VIEWS[current].up();
  }
  wasDown = false;
});
service.addEventListener("down", () => {
  wasDown = true;
  announce("The service does not answer");
  showState();
  showBanner();
});
service.addEventListener("report", () => {
  const { state } = service.report;
  if (stateBefore !== "" && state !== stateBefore)
    announce(`The service is ${STATES[state] ?? state}`);
  stateBefore = state;
  showState();
});
service.addEventListener("login", () => {
  if (current !== "") VIEWS[current].hide();
  current = "";
  wasDown = false;
  showState();
  showLogin();
  showView();
  byId("login-title").focus();
});

/* ---- Log-in ---- */

const ADVICE = {
  "flask-session":
    "Log in in the application, as a user who is an operator here, then try again.",
  jwt: "Paste a token of a user who is an operator here.",
  header: "The proxy in front of the service says who you are: come by its address.",
  development: "Add ?user= and your name to the address of this page.",
};

function showLogin() {
  const { error } = service;
  const isKnown = error.status === 403;
  say(byId("login-title"), isKnown ? "This is not for you yet" : "Log in");
  say(byId("login-message"), error.message);
  say(byId("login-advice"), ADVICE[error.mode] ?? "");
  byId("login-form").hidden = error.mode !== "jwt";
  byId("login-retry").hidden = error.mode === "jwt";
  byId("login-page").hidden = error.mode !== "flask-session";
}

byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("login-token").value.trim();
  token.set(text === "" ? null : text);
  byId("login-token").value = "";
  service.poll();
});
byId("login-retry").addEventListener("click", () => service.poll());

/* ---- Start ---- */

byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); /* The address says which view it is. */
  byId("main").focus();
});
byId("banner-retry").addEventListener("click", () => service.poll());
addEventListener("hashchange", showView);
addEventListener("online", () => service.poll());
addEventListener("pagehide", () => current !== "" && VIEWS[current].hide());
addEventListener("pageshow", (event) => event.persisted && showView());
document.addEventListener("visibilitychange", () => {
  if (document.hidden && current !== "") VIEWS[current].hide();
  else showView();
  service.poll();
});
setInterval(showBanner, 1000);

showView();
showState();
service.poll();
