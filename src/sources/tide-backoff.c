/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-backoff.h"

/* 50 ms doubled this often are past the longest wait. */
#define MAX_DOUBLINGS 5

/**
 * tide_backoff_init:
 * @self: a backoff
 * @seed: for the jitter; different from process to process
 *
 * Sets @self up as after a success.
 */
void
tide_backoff_init (TideBackoff *self, guint64 seed)
{
  self->random.state = seed;
  self->n_failures = 0;
}

/**
 * tide_backoff_next_us:
 * @self: a backoff
 *
 * Counts a failure and says how long to wait after it.
 *
 * Returns: microseconds: from half the step up to the whole step, where the steps are
 *   50 ms, 100 ms, 200 ms and so on, up to 900 ms
 */
gint64
tide_backoff_next_us (TideBackoff *self)
{
  gint64 step_us = MIN (TIDE_BACKOFF_FIRST_US << MIN (self->n_failures, MAX_DOUBLINGS),
                        TIDE_BACKOFF_LAST_US);

  if (self->n_failures < MAX_DOUBLINGS)
    self->n_failures++;
  return tide_random_range (&self->random, step_us / 2, step_us);
}

/**
 * tide_backoff_reset:
 * @self: a backoff
 *
 * Counts a success: the next wait is a short one again.
 */
void
tide_backoff_reset (TideBackoff *self)
{
  self->n_failures = 0;
}
