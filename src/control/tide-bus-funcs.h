/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-delivery-limits.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBusFuncs:
 * @get_delivery_limits: gives the limits in force
 * @set_delivery_limits: puts limits in force, at once; they are in range
 * @log_out: closes all connections of a user; gives how many there were
 * @user_data: passed to each
 *
 * What the service does for those who call it over the bus. Who may call is decided
 * before: these only do it.
 */
typedef struct
{
  void (*get_delivery_limits) (TideDeliveryLimits *limits, gpointer user_data);
  gboolean (*set_delivery_limits) (const TideDeliveryLimits *limits,
                                   gpointer user_data,
                                   GError **error);
  guint (*log_out) (const char *user_name, gpointer user_data);
  gpointer user_data; /* (unowned), outlives whoever calls */
} TideBusFuncs;

G_END_DECLS
