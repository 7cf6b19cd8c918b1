/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-latency.h"

/* Values below the number of steps have a bucket each; above, each power of two is
 * divided into that many. */
static inline guint
get_bucket (guint64 value)
{
  guint power;

  if (value < LOAD_LATENCY_STEPS)
    return (guint) value;
  power = g_bit_storage (value) - g_bit_storage (LOAD_LATENCY_STEPS - 1);
  if (power > LOAD_LATENCY_POWERS)
    return LOAD_LATENCY_N_BUCKETS - 1;
  return power * LOAD_LATENCY_STEPS + (guint) (value >> (power - 1)) - LOAD_LATENCY_STEPS;
}

static guint64
get_end (guint bucket)
{
  guint power = bucket / LOAD_LATENCY_STEPS;
  guint64 step = bucket % LOAD_LATENCY_STEPS;

  if (power == 0)
    return bucket;
  return ((step + LOAD_LATENCY_STEPS + 1) << (power - 1)) - 1;
}

/* What came before it was sent, by clocks that were read a bit apart, took no time. */
void
load_latency_add (LoadLatency *self, gint64 latency_us)
{
  guint64 value = (guint64) MAX (latency_us, 0);

  self->buckets[get_bucket (value)]++;
  self->n_values++;
  self->max_us = MAX (self->max_us, value);
}

/* Returns: the time that so many percent did not exceed, at most 1/64 too high and never
 *   too low; 0 when there were none */
guint64
load_latency_get_percentile (const LoadLatency *self, double percentile)
{
  double wanted = (double) self->n_values * percentile / 100;
  guint64 n = 0;

  for (guint i = 0; i < LOAD_LATENCY_N_BUCKETS; i++)
    {
      n += self->buckets[i];
      if (n > 0 && (double) n >= wanted)
        return MIN (get_end (i), self->max_us);
    }
  return 0;
}

/* Returns: (transfer full): an object, in milliseconds */
char *
load_latency_to_json (const LoadLatency *self)
{
  return g_strdup_printf ("{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}",
                          (double) load_latency_get_percentile (self, 50) / 1000,
                          (double) load_latency_get_percentile (self, 90) / 1000,
                          (double) load_latency_get_percentile (self, 99) / 1000,
                          (double) self->max_us / 1000);
}
