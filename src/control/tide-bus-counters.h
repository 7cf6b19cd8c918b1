/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusInterfaceSkeleton *tide_bus_counters_new (TideCounters *counters);
GVariant *tide_bus_counters_get_latency (const TideCounters *counters,
                                         const char *priority,
                                         GVariant *percentiles,
                                         GError **error);

void tide_bus_counters_set_active (GDBusInterfaceSkeleton *stats, gboolean is_active);

G_END_DECLS
