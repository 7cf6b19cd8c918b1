/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-clock.h"

struct _TideClock
{
  guint ref_count;
  gint64 manual_us; /* the time of a manual clock, -1 for the system's */
};

/**
 * tide_clock_new_monotonic:
 *
 * Creates a clock that shows the system's monotonic time.
 *
 * Returns: (transfer full): a clock
 */
TideClock *
tide_clock_new_monotonic (void)
{
  TideClock *self = g_new0 (TideClock, 1);

  self->ref_count = 1;
  self->manual_us = -1;
  return self;
}

/**
 * tide_clock_new_manual:
 * @start_us: the time to show, in microseconds, not negative
 *
 * Creates a clock that stands still until tide_clock_advance().
 *
 * Returns: (transfer full): a clock
 */
TideClock *
tide_clock_new_manual (gint64 start_us)
{
  g_return_val_if_fail (start_us >= 0, NULL);

  TideClock *self = tide_clock_new_monotonic ();

  self->manual_us = start_us;
  return self;
}

/**
 * tide_clock_ref:
 * @self: a clock
 *
 * Returns: (transfer full): @self
 */
TideClock *
tide_clock_ref (TideClock *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_clock_unref:
 * @self: (transfer full): a clock
 *
 * Lets go of @self.
 */
void
tide_clock_unref (TideClock *self)
{
  if (--self->ref_count == 0)
    g_free (self);
}

/**
 * tide_clock_now_us:
 * @self: a clock
 *
 * Returns: monotonic time in microseconds
 */
gint64
tide_clock_now_us (const TideClock *self)
{
  return self->manual_us >= 0 ? self->manual_us : g_get_monotonic_time ();
}

/**
 * tide_clock_advance:
 * @self: a manual clock
 * @by_us: microseconds, not negative
 *
 * Turns a manual clock forward.
 */
void
tide_clock_advance (TideClock *self, gint64 by_us)
{
  g_return_if_fail (self->manual_us >= 0);
  g_return_if_fail (by_us >= 0);

  self->manual_us += by_us;
}
