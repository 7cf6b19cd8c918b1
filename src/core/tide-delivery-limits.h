/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideDeliveryLimits:
 *
 * How events are delivered to a user; can change while running.
 */
typedef struct
{
  gint64 batch_window_us;         /* how long events are collected; 0: not at all */
  guint batch_max_events;         /* in one batch; 0: no limit */
  gboolean is_leading;            /* after a quiet window the first event does not wait */
  guint events_per_second;        /* to a user, over all tabs; 0: no limit */
  guint urgent_events_per_second; /* HIGH and CRITICAL, besides these; 0: no limit */
} TideDeliveryLimits;

/**
 * tide_delivery_limits_is_due:
 * @self: limits
 * @is_open: whether a window is open, since something waits
 * @last_us: monotonic time in microseconds at which something left last
 * @now_us: monotonic time in microseconds
 *
 * Returns: whether an event leaves at once; else it opens a window, if none is open, at
 *   whose end it leaves with all that came meanwhile
 */
static inline gboolean
tide_delivery_limits_is_due (const TideDeliveryLimits *self,
                             gboolean is_open,
                             gint64 last_us,
                             gint64 now_us)
{
  return self->batch_window_us == 0 ||
         (!is_open && self->is_leading && last_us + self->batch_window_us <= now_us);
}

/**
 * TideUserLimits:
 *
 * What can be another one for a single user.
 */
typedef struct
{
  guint events_per_second;        /* as in #TideDeliveryLimits */
  guint urgent_events_per_second; /* the same */
} TideUserLimits;

G_END_DECLS
