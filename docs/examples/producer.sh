#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later

# Publishes ticks on Redis from a shell. To run it on Debian:
#
#     apt-get install redis-tools
#     ./producer.sh 20 -h 127.0.0.1 -p 6379
#
# The first word is how many ticks to publish, one each tenth of a second; the others are
# redis-cli's own options.

set -eu

count=${1:-100}
[ $# -eq 0 ] || shift

# Reading commands, redis-cli goes on and on when nobody is there.
redis-cli "$@" ping > /dev/null

# One redis-cli reads commands from here and keeps its connection: a process for each tick
# would take a hundred times as long.
i=0
while [ "$i" -lt "$count" ]; do
  i=$((i + 1))
  # In single quotes, redis-cli takes everything but a single quote as it is.
  printf "PUBLISH tickstock.all_ticks '%s'\n" \
    "{\"event_type\":\"tick_data\",\"symbol\":\"AAPL\",\"price\":187.$((i % 90 + 10)),\"volume\":$i,\"timestamp\":$(date +%s)}"
  sleep 0.1
done | redis-cli "$@" > /dev/null
