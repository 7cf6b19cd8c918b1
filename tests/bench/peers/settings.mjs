/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the benchmark tells a peer, and what the peers in JavaScript share. */

export const host = "127.0.0.1";
export const port = Number(process.env.BENCH_PORT ?? 0);
export const redisUrl = `redis://${host}:${process.env.BENCH_REDIS_PORT ?? 6379}`;
export const channel = process.env.BENCH_CHANNEL ?? "bench.events";
const batchMs = Number(process.env.BENCH_BATCH_MS ?? 0);

/* Returns what is to be called with each event. With a window, events are collected by
 * symbol, and `sendBatch` gets all those of a symbol at its end. */
export function makeIntake(sendOne, sendBatch) {
  if (batchMs === 0) return sendOne;

  const waiting = new Map();
  setInterval(() => {
    for (const [symbol, events] of waiting) sendBatch(symbol, events);
    waiting.clear();
  }, batchMs);
  return (symbol, event) => {
    const events = waiting.get(symbol);
    if (events) events.push(event);
    else waiting.set(symbol, [event]);
  };
}
