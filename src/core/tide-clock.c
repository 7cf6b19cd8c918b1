/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-clock.h"

struct _TideClock
{
  guint ref_count;
  gint64 manual_us; /* the time of a manual clock, or one of the system's below */
};

#define SYSTEM_MONOTONIC -1
#define SYSTEM_WALL -2

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
  self->manual_us = SYSTEM_MONOTONIC;
  return self;
}

/**
 * tide_clock_new_wall:
 *
 * Creates a clock that shows the time of day, which can be set back and forth.
 *
 * Returns: (transfer full): a clock of microseconds since 1970
 */
TideClock *
tide_clock_new_wall (void)
{
  TideClock *self = tide_clock_new_monotonic ();

  self->manual_us = SYSTEM_WALL;
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
 * Returns: monotonic time in microseconds; of a wall clock, microseconds since 1970
 */
gint64
tide_clock_now_us (const TideClock *self)
{
  if (self->manual_us >= 0)
    return self->manual_us;
  return self->manual_us == SYSTEM_WALL ? g_get_real_time () : g_get_monotonic_time ();
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
