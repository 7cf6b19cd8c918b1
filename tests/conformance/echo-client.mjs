/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The official client: sends text and binary data to a conformance server, and expects
 * the same back. Ends with 0 when that came.
 *
 *     node echo-client.mjs URL TRANSPORT
 *
 * TRANSPORT is `polling`, `websocket`, or `default` for the client's own choice. */

import assert from "node:assert/strict";
import { once } from "node:events";

import { io } from "../browser/packages.mjs";

const ROUNDS = 30;
const [url, way] = process.argv.slice(2);
const options = way === "default" ? {} : { transports: [way] };
const socket = io(url, { ...options, reconnection: false });

for (const event of ["connect_error", "disconnect"])
  socket.on(event, (reason) => {
    console.log(`${event}: ${reason}`);
    process.exit(1);
  });
const deadline = setTimeout(() => process.exit(1), 20000);

await once(socket, "connect");
for (let n = 0; n < ROUNDS || (way === "default" && n < 10 * ROUNDS); n++) {
  const bytes = Buffer.alloc(n * 100, n);
  const sent = [n, "é\u2028", { first: bytes, list: [null, Buffer.from([0, 255])] }];
  const back = once(socket, "message-back");
  socket.emit("message", ...sent);
  assert.deepEqual(await back, sent);
  const acked = await new Promise((resolve) =>
    socket.emit("message-with-ack", ...sent, (...all) => resolve(all)),
  );
  assert.deepEqual(acked, sent);
  if (n >= ROUNDS && socket.io.engine.transport.name === "websocket") break;
}
assert.equal(
  socket.io.engine.transport.name,
  way === "polling" ? "polling" : "websocket",
);
socket.off("disconnect");
clearTimeout(deadline);
socket.close();
