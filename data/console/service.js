/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the service is: asks for its figures again and again, notices when it is lost, and
 * comes back by itself. */

import { ApiError, ask, askText } from "./api.js";

const POLL_MS = 2000;
const RETRY_MS = [1000, 2000, 4000, 5000];
const KEEP_MS = 10000;

/* Events: `report` with each report, `up` when the service answers (again), `down` when
 * it does not, `login` when it wants to know who asks. */
class Service extends EventTarget {
  constructor() {
    super();
    this.state = "connecting"; /* then up, down or login */
    this.session = null; /* what is asked once, after each time that it comes up */
    this.reports = []; /* of the last KEEP_MS, oldest first */
    this.error = null; /* the last one, while it is down or wants a log-in */
    this.retryAt = 0;
    this.tries = 0;
    this.timer = 0;
    this.isPolling = false;
  }

  get report() {
    return this.reports[this.reports.length - 1];
  }

  get isUp() {
    return this.state === "up";
  }

  /* As those of api.js; what says that the service is lost is noticed here. */
  ask(path, options) {
    return ask(path, options).catch((error) => this.fail(error));
  }

  askText(path, options) {
    return askText(path, options).catch((error) => this.fail(error));
  }

  fail(error) {
    if (error.status === 0) this.lose(error);
    else if (isLogin(error)) this.refuse(error);
    throw error;
  }

  async poll() {
    clearTimeout(this.timer);
    if (this.isPolling || document.hidden) return;
    this.isPolling = true;
    try {
      this.session ??= await ask("session");
      this.take(await ask("overview"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isLogin(error)) this.refuse(error);
      else this.lose(error);
    } finally {
      this.isPolling = false;
    }
  }

  take(report) {
    const { reports } = this;
    /* Another start: what was counted before is not comparable. */
    if (report.started_ms !== this.report?.started_ms) reports.length = 0;
    reports.push(report);
    while (reports.length > 2 && report.time_ms - reports[1].time_ms >= KEEP_MS)
      reports.shift();
    this.tries = 0;
    this.error = null;
    this.wait(POLL_MS);
    this.enter("up");
    this.dispatchEvent(new Event("report"));
  }

  lose(error) {
    if (this.state === "login") return;
    const base_ms = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    this.tries += 1;
    this.error = error;
    this.session = null;
    this.wait(base_ms * (0.75 + Math.random() * 0.5));
    this.enter("down");
  }

  refuse(error) {
    clearTimeout(this.timer);
    this.error = error;
    this.session = null;
    this.enter("login");
  }

  wait(ms) {
    clearTimeout(this.timer);
    this.retryAt = performance.now() + ms;
    this.timer = setTimeout(() => this.poll(), ms);
  }

  enter(state) {
    if (state === this.state && state !== "login") return;
    this.state = state;
    this.dispatchEvent(new Event(state));
  }
}

const isLogin = ({ status }) => status === 401 || status === 403;

export const service = new Service();
