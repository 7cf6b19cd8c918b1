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

G_END_DECLS
