#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Publishes ticks on Redis, and now and then a pattern. To run it on Debian:

    apt-get install python3-redis
    ./producer.py --rate 50 redis://127.0.0.1:6379/0
"""

import argparse
import json
import random
import time

import redis

SYMBOLS = {"AAPL": 187.0, "MSFT": 404.0, "NVDA": 131.0, "TSLA": 222.0}
PATTERN_EVERY = 50  # ticks


def make_ticks(prices):
    """Goes on for ever: a random walk of each price."""
    while True:
        symbol = random.choice(list(prices))
        prices[symbol] = round(prices[symbol] * random.gauss(1, 0.0005), 2)
        yield {
            "event_type": "tick_data",
            "symbol": symbol,
            "price": prices[symbol],
            "volume": random.randrange(1, 500),
            "timestamp": time.time(),
        }


def make_pattern(tick):
    return {
        "event_type": "pattern_alert",
        "data": {
            "pattern": "Breakout",
            "symbol": tick["symbol"],
            "confidence": round(random.uniform(0.6, 1), 2),
        },
        "timestamp": tick["timestamp"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uri", nargs="?", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--rate", type=float, default=50, help="ticks a second (50)")
    parser.add_argument("--count", type=int, default=0, help="so many ticks; 0: no end")
    options = parser.parse_args()

    link = redis.Redis.from_url(options.uri)
    next_time = time.monotonic()
    for number, tick in enumerate(make_ticks(dict(SYMBOLS)), 1):
        link.publish("tickstock.all_ticks", json.dumps(tick))
        if number % PATTERN_EVERY == 0:
            link.publish("tickstock.events.patterns", json.dumps(make_pattern(tick)))
        if number == options.count:
            break
        # By the clock, so that what publishing takes does not make it slower.
        next_time += 1 / options.rate
        time.sleep(max(0, next_time - time.monotonic()))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
    except redis.RedisError as error:
        raise SystemExit(f"producer.py: {error}") from error
