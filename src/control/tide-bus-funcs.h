/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-history-funcs.h"
#include "tide-bus-inspect-funcs.h"
#include "tide-delivery-limits.h"
#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBusPublication:
 * @audience: `everyone`, `room:NAME` or `user:NAME`
 * @event_type: what clients listen to
 * @payload: a JSON object
 * @priority: how much it matters
 *
 * An event of an operator's own making, as it was asked for: nothing is checked but the
 * priority.
 */
typedef struct
{
  const char *audience;
  const char *event_type;
  const char *payload;
  TidePriority priority;
} TideBusPublication;

/**
 * TideBusActFuncs:
 * @publish: delivers an event past the routes; tells for how many users it was
 * @publish_through_route: takes an event as if Redis had brought it; the same
 * @explain: says who would get an event; `(a{sv}a(sss)a(ss))`
 * @disconnect: closes a connection
 * @disconnect_user: closes a user's connections; tells how many there were
 * @limit_user: puts limits in force for one user; %NULL for those of all others
 * @drain: sends everybody away, in so many microseconds; 0: as configured
 * @undrain: lets clients in again
 * @reload: reads the configuration again
 * @reset_statistics: sets the counters to 0
 * @open_event_stream: gives a descriptor to read events from, or -1
 *
 * What the service does for those who look after it. Each that can fail has a #GError for
 * the caller.
 */
typedef struct
{
  gboolean (*publish) (const TideBusPublication *what,
                       guint *n_users,
                       gpointer user_data,
                       GError **error);
  gboolean (*publish_through_route) (const char *channel,
                                     const char *payload,
                                     guint *n_users,
                                     gpointer user_data,
                                     GError **error);
  GVariant *(*explain) (const char *channel,
                        const char *payload,
                        gpointer user_data,
                        GError **error);
  gboolean (*disconnect) (guint64 id, gpointer user_data, GError **error);
  gboolean (*disconnect_user) (const char *user,
                               guint *n_connections,
                               gpointer user_data,
                               GError **error);
  gboolean (*limit_user) (const char *user,
                          const TideUserLimits *limits,
                          gpointer user_data,
                          GError **error);
  gboolean (*drain) (gint64 timeout_us, gpointer user_data, GError **error);
  gboolean (*undrain) (gpointer user_data, GError **error);
  gboolean (*reload) (gpointer user_data, GError **error);
  void (*reset_statistics) (gpointer user_data);
  int (*open_event_stream) (const char *filter, gpointer user_data, GError **error);
} TideBusActFuncs;

/**
 * TideBusFuncs:
 * @get_delivery_limits: gives the limits in force
 * @set_delivery_limits: puts limits in force, at once; they are in range
 * @log_out: closes all connections of a user; gives how many there were
 * @user_data: passed to each
 * @act: what else can be done
 * @act_data: passed to each of @act, and of @history
 * @history: what can be done with the history
 * @inspect: what can be looked at
 * @inspect_data: passed to each of @inspect
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
  gpointer user_data;                 /* (unowned), outlives whoever calls */
  const TideBusActFuncs *act;         /* (unowned), static */
  gpointer act_data;                  /* (unowned), outlives whoever calls */
  const TideBusHistoryFuncs *history; /* (unowned), static */
  const TideBusInspectFuncs *inspect; /* (unowned), static */
  gpointer inspect_data;              /* (unowned), outlives whoever calls */
} TideBusFuncs;

G_END_DECLS
