/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As network cards do with interrupts: waking up costs as much as a good many messages
 * do, so that the first one is read at once, and what follows it closely is read
 * together. What comes seldom never waits. What comes so fast that each reading brings
 * many does not either: there is nothing to be saved. */

#include "tide-read-pace.h"

/* Messages that come faster than that wake nobody up one by one. */
#define MIN_GAP_US 250

/**
 * tide_read_pace_note:
 * @self: a pace
 * @n_messages: what a reading has brought, 0 for nothing that is whole
 * @rest_us: how long a rest is at most, in microseconds
 * @now_us: monotonic time in microseconds, at which the reading began
 *
 * Notes a reading.
 *
 * Returns: whether a rest will save a wake-up, since messages follow each other closely
 */
gboolean
tide_read_pace_note (TideReadPace *self, guint n_messages, gint64 rest_us, gint64 now_us)
{
  gint64 took_us = now_us - self->last_us;

  if (n_messages == 0)
    return FALSE;
  self->last_us = now_us;
  return took_us >= n_messages * MIN_GAP_US && took_us <= n_messages * rest_us;
}
