/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-delivery-limits.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The ranges begin at 0. Those of the keys in [delivery] are the same. */
#define TIDE_BUS_MAX_EVENTS_PER_SECOND 1000000
#define TIDE_BUS_MAX_BATCH_WINDOW_MSEC 10000
#define TIDE_BUS_MAX_BATCH_EVENTS 10000

gboolean
tide_bus_limits_read (TideDeliveryLimits *limits, GVariant *arguments, GError **error);
gboolean tide_bus_limits_read_user (const char **user,
                                    TideUserLimits *limits,
                                    GVariant *arguments,
                                    GError **error);
GVariant *tide_bus_limits_to_variant (const TideDeliveryLimits *limits);
char *tide_bus_limits_describe (const TideDeliveryLimits *limits);

G_END_DECLS
