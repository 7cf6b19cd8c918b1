/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-authority.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TIDE_BUS_LOG_PATH "/org/freedesktop/LogControl1"

/**
 * TideBusLogFuncs:
 * @get_level: gives the word for the least important lines that are logged
 * @set_level: sets that, at once; %FALSE when there is no such level
 * @get_target: gives the word for where lines go
 * @set_target: sets that, at once; %FALSE when lines can't go there
 * @user_data: passed to each
 *
 * The log, for those who control it over the bus.
 */
typedef struct
{
  const char *(*get_level) (gpointer user_data);
  gboolean (*set_level) (const char *level, gpointer user_data);
  const char *(*get_target) (gpointer user_data);
  gboolean (*set_target) (const char *target, gpointer user_data);
  gpointer user_data; /* (unowned), outlives whoever calls */
} TideBusLogFuncs;

GDBusInterfaceSkeleton *tide_bus_log_new (TideBusAuthority *authority,
                                          const TideBusLogFuncs *funcs);

G_END_DECLS
