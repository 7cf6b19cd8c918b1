/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Finer than TideHistogram, which may be a sixteenth off. */
#define LOAD_LATENCY_STEPS 64 /* between a power of two and the next */
#define LOAD_LATENCY_POWERS 26
#define LOAD_LATENCY_N_BUCKETS (LOAD_LATENCY_STEPS * (LOAD_LATENCY_POWERS + 1))

/* How often it took how many microseconds, in buckets at most 1/64 of their value wide.
 * Zeroed it is empty. */
typedef struct
{
  guint64 n_values;
  guint64 max_us;
  guint64 buckets[LOAD_LATENCY_N_BUCKETS];
} LoadLatency;

void load_latency_add (LoadLatency *self, gint64 latency_us);
guint64 load_latency_get_percentile (const LoadLatency *self, double percentile);
char *load_latency_to_json (const LoadLatency *self);

G_END_DECLS
