/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-rate-ring.h"

#include <string.h>

/* Forgets the steps that are over. */
static void
advance (TideRateRing *self, gint64 now_us)
{
  gint64 step = now_us / TIDE_RATE_RING_STEP_US;
  gint64 n_new = step - self->step;

  if (n_new <= 0)
    return;
  if (n_new >= TIDE_RATE_RING_N_STEPS)
    {
      memset (self->counts, 0, sizeof self->counts);
      self->total = 0;
    }
  else
    for (gint64 i = self->step + 1; i <= step; i++)
      {
        self->total -= self->counts[i % TIDE_RATE_RING_N_STEPS];
        self->counts[i % TIDE_RATE_RING_N_STEPS] = 0;
      }
  self->step = step;
}

/**
 * tide_rate_ring_get_room:
 * @self: a ring
 * @limit: most events in any rolling second; 0 for no limit
 * @now_us: monotonic time in microseconds, not earlier than in the last call
 *
 * Returns: how many events may go out now
 */
guint
tide_rate_ring_get_room (TideRateRing *self, guint limit, gint64 now_us)
{
  if (limit == 0)
    return G_MAXUINT;
  advance (self, now_us);
  return limit > self->total ? limit - self->total : 0;
}

/**
 * tide_rate_ring_take:
 * @self: a ring
 * @n_events: how many events go out
 * @now_us: monotonic time in microseconds, not earlier than in the last call
 *
 * Counts events. The limit is the caller's to keep.
 */
void
tide_rate_ring_take (TideRateRing *self, guint n_events, gint64 now_us)
{
  advance (self, now_us);
  self->counts[self->step % TIDE_RATE_RING_N_STEPS] += n_events;
  self->total += n_events;
}

/**
 * tide_rate_ring_get_next_us:
 * @self: a ring
 * @limit: as for tide_rate_ring_get_room()
 * @now_us: monotonic time in microseconds, not earlier than in the last call
 *
 * Returns: monotonic time at which there is room, @now_us when there is some now
 */
gint64
tide_rate_ring_get_next_us (TideRateRing *self, guint limit, gint64 now_us)
{
  guint32 total;

  if (tide_rate_ring_get_room (self, limit, now_us) > 0)
    return now_us;
  total = self->total;
  for (gint64 i = (gint64) self->step - TIDE_RATE_RING_N_STEPS + 1; i <= self->step; i++)
    {
      total -= i >= 0 ? self->counts[i % TIDE_RATE_RING_N_STEPS] : 0;
      if (total < limit)
        return (i + TIDE_RATE_RING_N_STEPS) * TIDE_RATE_RING_STEP_US;
    }
  return now_us;
}
