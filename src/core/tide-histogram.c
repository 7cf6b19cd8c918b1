/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-histogram.h"

#include <string.h>

/* Values below the number of steps have a bucket each; above, each power of two is
 * divided into that many. */
static guint
get_bucket (guint64 value)
{
  guint power;

  if (value < TIDE_HISTOGRAM_STEPS)
    return value;
  power = g_bit_storage (value) - 4; /* 1 for 16 to 31 */
  if (power > TIDE_HISTOGRAM_POWERS)
    return TIDE_HISTOGRAM_N_BUCKETS - 1;
  return power * TIDE_HISTOGRAM_STEPS + (value >> (power - 1)) - TIDE_HISTOGRAM_STEPS;
}

/**
 * tide_histogram_get_bucket_end:
 * @bucket: index of one of the buckets
 *
 * Returns: the largest value that counts there
 */
guint64
tide_histogram_get_bucket_end (guint bucket)
{
  guint power = bucket / TIDE_HISTOGRAM_STEPS;
  guint64 step = bucket % TIDE_HISTOGRAM_STEPS;

  if (power == 0)
    return bucket;
  return ((step + TIDE_HISTOGRAM_STEPS + 1) << (power - 1)) - 1;
}

/**
 * tide_histogram_add:
 * @self: a histogram
 * @value: a value
 * @n_times: how often it came
 *
 * Counts a value. Costs the same whatever it is.
 */
void
tide_histogram_add (TideHistogram *self, guint64 value, guint64 n_times)
{
  self->buckets[get_bucket (value)] += n_times;
  self->n_values += n_times;
  self->sum += value * n_times;
}

/**
 * tide_histogram_get_n_below:
 * @self: a histogram
 * @bound: where a bucket begins, such as any of the first 16 numbers, a power of two, or
 *   one and a half of it
 *
 * Returns: how many values are less than @bound; those of the bucket that @bound is
 * within do not count
 */
guint64
tide_histogram_get_n_below (const TideHistogram *self, guint64 bound)
{
  guint64 n = 0;

  for (guint i = 0;
       i < TIDE_HISTOGRAM_N_BUCKETS && tide_histogram_get_bucket_end (i) < bound;
       i++)
    n += self->buckets[i];
  return n;
}

/**
 * tide_histogram_get_percentile:
 * @self: a histogram
 * @percentile: from 0 to 100
 *
 * Finds the value that so many percent of the values do not exceed, by the end of its
 * bucket: at most a sixteenth too high, never too low.
 *
 * Returns: that value, 0 when there is none
 */
guint64
tide_histogram_get_percentile (const TideHistogram *self, double percentile)
{
  double wanted = self->n_values * CLAMP (percentile, 0, 100) / 100;
  guint64 n = 0;

  if (self->n_values == 0)
    return 0;
  for (guint i = 0; i < TIDE_HISTOGRAM_N_BUCKETS; i++)
    {
      n += self->buckets[i];
      if (n > 0 && n >= wanted)
        return tide_histogram_get_bucket_end (i);
    }
  return tide_histogram_get_bucket_end (TIDE_HISTOGRAM_N_BUCKETS - 1);
}

/**
 * tide_histogram_clear:
 * @self: a histogram
 *
 * Forgets all values.
 */
void
tide_histogram_clear (TideHistogram *self)
{
  memset (self, 0, sizeof *self);
}
