/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_RATE_RING_STEP_US (100 * 1000)

/* The present step and the ten before it: a rolling second that ends now touches eleven.
 */
#define TIDE_RATE_RING_N_STEPS 11

/**
 * TideRateRing:
 *
 * How many events a user got of late, in steps of 100 ms. A zeroed one has counted
 * nothing.
 */
typedef struct
{
  guint32 step;  /* number of the newest step, of those since the clock began */
  guint32 total; /* over all steps */
  guint32 counts[TIDE_RATE_RING_N_STEPS];
} TideRateRing;

guint tide_rate_ring_get_room (TideRateRing *self, guint limit, gint64 now_us);
void tide_rate_ring_take (TideRateRing *self, guint n_events, gint64 now_us);
gint64 tide_rate_ring_get_next_us (TideRateRing *self, guint limit, gint64 now_us);

G_END_DECLS
