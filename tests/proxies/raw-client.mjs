/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clients that do as docs/PROTOCOL.md says and nothing else, on node:http alone. */

import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";

const SEPARATOR = "\x1e";

/* One HTTP request. Resolves with status, headers, body, and how long it took. */
export function ask(host, path, { method = "GET", headers = {}, body, agent } = {}) {
  const [hostname, port] = host.split(":");
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path, method, headers, agent },
      async (response) => {
        let text = "";
        response.setEncoding("utf8");
        try {
          for await (const part of response) text += part;
        } catch (error) {
          reject(error);
          return;
        }
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: text,
          took_ms: performance.now() - began,
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/* A long-polling session at `host`, a HOST:PORT. */
export class Poller {
  constructor(host, headers = {}) {
    this.host = host;
    this.headers = headers;
    this.agent = new Agent({ keepAlive: true, maxSockets: 2 });
    this.path = "/socket.io/?EIO=4&transport=polling";
  }

  ask(options = {}) {
    const headers = { ...this.headers, ...options.headers };
    return ask(this.host, this.path, { agent: this.agent, ...options, headers });
  }

  /* Opens the session and joins the namespace. Resolves with the handshake's answer. */
  async open() {
    const answer = await this.ask();
    if (answer.status !== 200) return answer;
    const { sid } = JSON.parse(answer.body.slice(1));
    this.path += `&sid=${sid}`;
    await this.send("40");
    await this.poll();
    return answer;
  }

  /* Resolves with the packets of one GET. */
  async poll() {
    const answer = await this.ask();
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
    return answer.body.split(SEPARATOR);
  }

  async send(...packets) {
    const answer = await this.ask({
      method: "POST",
      headers: { "Content-Type": "text/plain;charset=UTF-8" },
      body: packets.join(SEPARATOR),
    });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
    return answer;
  }

  close() {
    this.agent.destroy();
  }
}

/* A client's text frame of less than 126 bytes. */
function makeFrame(text) {
  const mask = randomBytes(4);
  const bytes = Buffer.from(text).map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length]), mask, bytes]);
}

/* Opens a WebSocket. Resolves with `status`, and when that is 101 with `send` and with
 * `next`, which resolves with a frame's opcode and text. */
export function openWebSocket(host, path, headers = {}) {
  const [hostname, port] = host.split(":");
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        ...headers,
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    });
    sent.on("upgrade", (response, socket, head) =>
      resolve(new RawWebSocket(socket, head)),
    );
    sent.end();
  });
}

class RawWebSocket {
  constructor(socket, head) {
    this.status = 101;
    this.socket = socket;
    this.bytes = head;
    this.frames = [];
    this.waiting = [];
    this.#take();
    socket.on("data", (data) => {
      this.bytes = Buffer.concat([this.bytes, data]);
      this.#take();
    });
    socket.on("close", () => this.#push({ opcode: -1, text: "closed" }));
    socket.on("error", () => {});
  }

  #push(frame) {
    if (this.waiting.length > 0) this.waiting.shift()(frame);
    else this.frames.push(frame);
  }

  /* The server's frames here are whole, unmasked, and below 64 KiB. */
  #take() {
    while (this.bytes.length >= 2) {
      const is_long = (this.bytes[1] & 0x7f) === 126;
      if (is_long && this.bytes.length < 4) return;
      const start = is_long ? 4 : 2;
      const length = is_long ? this.bytes.readUInt16BE(2) : this.bytes[1] & 0x7f;
      if (this.bytes.length < start + length) return;
      this.#push({
        opcode: this.bytes[0] & 0x0f,
        text: this.bytes.toString("utf8", start, start + length),
      });
      this.bytes = this.bytes.subarray(start + length);
    }
  }

  next() {
    if (this.frames.length > 0) return Promise.resolve(this.frames.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  send(text) {
    this.socket.write(makeFrame(text));
  }

  close() {
    this.socket.destroy();
  }
}
