/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A web server as small as can be, for the files of docs/examples. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript" };

/* Serves `files`, a map from path to file, on a free port. Resolves with its `origin`
 * and `close`. */
async function serveFiles(files) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = files.get(path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.split(".").pop()] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type }).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/* Serves the pages of docs/examples as README.md there says. */
export const serveExamples = () =>
  serveFiles(
    new Map([
      ["/socketio.html", here("../../docs/examples/socketio.html")],
      ["/plain.html", here("../../docs/examples/plain.html")],
      [
        "/socket.io.min.js",
        here("../browser/node_modules/socket.io-client/dist/socket.io.min.js"),
      ],
    ]),
  );
