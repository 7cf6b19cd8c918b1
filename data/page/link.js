/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The connection to `/ws`: opens it, keeps it, and declares what is picked. It knows the
 * messages of docs/PROTOCOL.md and nothing of the page. The console uses it, too. */

const RETRY_MS = [1000, 2000, 4000, 5000];
const CONNECT_TIMEOUT_MS = 8000;

export class Link {
  /* `events` has a function for each thing that can happen:
   * entered (state, before), tick (data), connected (data), confirmed (),
   * refused (message, list in force or null, data), other (type, data). A `token` is shown
   * when the socket is open. */
  constructor(events, token = null) {
    this.events = events;
    this.token = token;
    this.state = "connecting"; /* then live, waiting for the next try, or closed */
    this.tries = 0; /* since the last time that it was live */
    this.liveSince = 0;
    this.heardAt = 0;
    this.retryAt = 0;
    this.socket = null;
    this.timer = 0; /* gives up on a try, or starts the next one */
    this.wanted = []; /* tickers to declare */
    this.asked = { id: 0, list: [] }; /* the newest list sent */
    this.inForce = null; /* the list confirmed on this connection */
    this.isDeclaring = false;
  }

  open() {
    clearTimeout(this.timer);
    this.enter("connecting");
    this.inForce = null;
    this.socket = new WebSocket(address());
    this.timer = setTimeout(() => this.lost(), CONNECT_TIMEOUT_MS);
    this.socket.onopen = () => {
      if (this.token !== null) this.send({ type: "authenticate", token: this.token });
    };
    this.socket.onmessage = (message) => this.hear(message.data);
    this.socket.onclose = () => this.lost();
  }

  /* Sends a message, if the socket is open. Returns whether it was. */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /* Ends it for good, or until open() is called again. */
  close() {
    clearTimeout(this.timer);
    if (this.socket === null) return;
    this.leave();
    this.tries = 0;
    this.enter("closed");
  }

  leave() {
    this.socket.onopen = null;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  /* Gives the socket up, however it stands, and waits for the next try. */
  lost() {
    this.leave();
    clearTimeout(this.timer);
    const base_ms = RETRY_MS[Math.min(this.tries, RETRY_MS.length - 1)];
    /* Jitter, so that not all pages come back in the same moment. */
    const delay_ms = base_ms * (0.75 + Math.random() * 0.5);
    this.tries += 1;
    this.retryAt = performance.now() + delay_ms;
    this.timer = setTimeout(() => this.open(), delay_ms);
    this.enter("waiting");
  }

  retryNow() {
    if (this.state === "waiting") this.open();
  }

  /* Declares the tickers that this page wants; several calls in one go become one
   * message. Before the connection is live they are only kept. */
  subscribe(tickers) {
    this.wanted = tickers;
    if (this.state !== "live" || this.isDeclaring) return;
    this.isDeclaring = true;
    setTimeout(() => {
      this.isDeclaring = false;
      if (this.state !== "live") return;
      const asked = { id: this.asked.id + 1, list: this.wanted };
      const { id, list: tickers } = asked;
      if (this.send({ type: "subscribe_tickers", tickers, id })) this.asked = asked;
    });
  }

  hear(text) {
    this.heardAt = performance.now();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    const data = message?.data;
    if (typeof data !== "object" || data === null) return;
    if (message.type === "tick_data") this.events.tick(data);
    else if (message.type === "connected") this.welcome(data);
    else if (message.type === "subscription_updated") this.confirmed(message.id);
    else if (message.type === "error") this.refused(message.id, data);
    else this.events.other(message.type, data);
  }

  welcome(data) {
    clearTimeout(this.timer);
    this.tries = 0;
    this.liveSince = performance.now();
    this.enter("live");
    this.events.connected(data);
    this.subscribe(this.wanted);
  }

  confirmed(id) {
    if (id !== this.asked.id) return;
    this.inForce = this.asked.list;
    this.events.confirmed();
  }

  refused(id, data) {
    if (id !== undefined && id !== this.asked.id) return;
    const message = typeof data.message === "string" ? data.message : "refused";
    if (this.inForce !== null) this.wanted = this.inForce;
    this.events.refused(message, this.inForce, data);
  }

  enter(state) {
    const before = this.state;
    this.state = state;
    this.events.entered(state, before);
  }
}

function address() {
  const url = new URL("ws", import.meta.url);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  /* Log-in for development takes the name from here. */
  const user = new URLSearchParams(location.search).get("user");
  url.search = user === null ? "" : new URLSearchParams({ user }).toString();
  url.hash = "";
  return url;
}
