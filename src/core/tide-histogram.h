/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_HISTOGRAM_STEPS 16 /* between a power of two and the next */
#define TIDE_HISTOGRAM_POWERS 32
#define TIDE_HISTOGRAM_N_BUCKETS (TIDE_HISTOGRAM_STEPS * (TIDE_HISTOGRAM_POWERS + 1))

/**
 * TideHistogram:
 *
 * How often which value came, in buckets that are at most a sixteenth of their value
 * wide, as in HdrHistogram. Values are whole numbers; those of 2^36 and more count as the
 * largest there is room for. A zeroed one is empty.
 */
typedef struct
{
  guint64 n_values;
  guint64 sum; /* of all values */
  guint64 buckets[TIDE_HISTOGRAM_N_BUCKETS];
} TideHistogram;

void tide_histogram_add (TideHistogram *self, guint64 value, guint64 n_times);
guint64 tide_histogram_get_n_below (const TideHistogram *self, guint64 bound);
guint64 tide_histogram_get_percentile (const TideHistogram *self, double percentile);
guint64 tide_histogram_get_bucket_end (guint bucket);
void tide_histogram_clear (TideHistogram *self);

G_END_DECLS
