/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBusAlertFuncs:
 * @slow_clients: the number of users who read too slowly has changed
 * @limit_hit: somebody was refused or cut by a limit, so often since the last time
 * @user_data: passed to each
 *
 * What is called when something is worth a signal.
 */
typedef struct
{
  void (*slow_clients) (guint n_users, gpointer user_data);
  void (*limit_hit) (const char *limit, guint64 n_times, gpointer user_data);
  gpointer user_data; /* (unowned) */
} TideBusAlertFuncs;

/**
 * TideBusAlerts:
 *
 * Looks at counters now and then, and says what has happened since.
 */
typedef struct _TideBusAlerts TideBusAlerts;

TideBusAlerts *tide_bus_alerts_new (const TideCounters *counters,
                                    const TideBusAlertFuncs *funcs);
void tide_bus_alerts_free (TideBusAlerts *self);
void tide_bus_alerts_look (TideBusAlerts *self, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBusAlerts, tide_bus_alerts_free)

G_END_DECLS
