/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TIDE_BUS_WATCHERS_MAX:
 *
 * How many callers may watch.
 */
#define TIDE_BUS_WATCHERS_MAX 32

/**
 * TideBusTickFunc:
 * @user_data: as given with it
 *
 * Gives the arguments of the signal `Tick`.
 *
 * Returns: (transfer floating): the arguments
 */
typedef GVariant *(*TideBusTickFunc) (gpointer user_data);

/**
 * TideBusWatchers:
 *
 * Callers who get the counters at a pace of their own, each alone.
 */
typedef struct _TideBusWatchers TideBusWatchers;

TideBusWatchers *tide_bus_watchers_new (TideBusTickFunc tick, gpointer user_data);
void tide_bus_watchers_free (TideBusWatchers *self);
gboolean tide_bus_watchers_set (TideBusWatchers *self,
                                GDBusConnection *connection,
                                const char *caller,
                                guint interval_ms,
                                GError **error);
void tide_bus_watchers_clear (TideBusWatchers *self);
guint tide_bus_watchers_get_n (const TideBusWatchers *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBusWatchers, tide_bus_watchers_free)

G_END_DECLS
