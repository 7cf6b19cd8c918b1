/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BENCH_EVENT_MIN_BYTES 96
#define BENCH_EVENT_MAX_BYTES 60000

/* The events of the benchmark, JSON objects of one length:
 * {"symbol":"S17","seq":123,"t":1234567890,"pad":"xxx…"}
 * Sequence numbers count 1, 2, 3… for each symbol; `t` is g_get_monotonic_time() when
 * the event was published, which means the same to all processes of a machine. */
typedef struct
{
  char kind; /* S, or U for urgent ones */
  guint32 symbol;
  guint32 sequence;
  gint64 sent_us;
} BenchEvent;

void bench_event_write (const BenchEvent *self, char *bytes, gsize n_bytes);

G_END_DECLS
