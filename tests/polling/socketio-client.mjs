/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The official client, as a browser or a program of the mission uses it: counts the ticks
 * of one symbol for a while, and prints what it has seen as JSON.
 *
 *     node socketio-client.mjs URL TRANSPORTS SYMBOL N_TICKS
 *
 * TRANSPORTS is `polling`, `websocket`, or `default` for the client's own choice. */

import { createRequire } from "node:module";

const require = createRequire(new URL("../browser/", import.meta.url));
const { io } = require("socket.io-client");

const [url, transports, symbol, n_wanted] = process.argv.slice(2);
const seen = { numbers: [], upgraded: false, transport: "", binary: "", reasons: [] };
const options = transports === "default" ? {} : { transports: [transports] };
const socket = io(url, { ...options, reconnection: false, forceNew: true });

function end(code) {
  process.stdout.write(JSON.stringify(seen) + "\n", () => process.exit(code));
}

setTimeout(() => end(1), 60000).unref();
socket.io.on("open", () => {
  socket.io.engine.on("upgrade", () => (seen.upgraded = true));
});
socket.on("connect", () => {
  socket.emit("subscribe_tickers", { tickers: [symbol] });
  socket.emit("binary", Buffer.from([0, 1, 2, 255]), (answer) => {
    seen.binary = answer.code;
  });
});
socket.on("connect_error", (error) => {
  seen.reasons.push(`connect_error: ${error.message}`);
  end(1);
});
socket.on("disconnect", (reason) => {
  seen.reasons.push(reason);
  end(1);
});
socket.on("tick_data", (tick) => {
  seen.numbers.push(tick.number);
  if (seen.numbers.length < Number(n_wanted)) return;
  socket.off();
  seen.transport = socket.io.engine.transport.name;
  /* Long-polling says goodbye by a request, which takes a moment. */
  socket.io.engine.on("close", () => setTimeout(() => end(0), 300));
  socket.close();
});
