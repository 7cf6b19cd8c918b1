/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that act on users and their connections. The log has no names of users. */

#include "tide-bus-limits.h"
#include "tide-bus-verb.h"
#include "tide-message-ids.h"
#include "tide-user-hash.h"

static GVariant *
log_out (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  g_autofree char *hash = NULL;
  const char *user;
  guint n_connections;

  g_variant_get (call->arguments, "(&s)", &user);
  if (*user == '\0')
    {
      g_set_error_literal (error,
                           G_DBUS_ERROR,
                           G_DBUS_ERROR_INVALID_ARGS,
                           "user is empty; anonymous users can't be logged out");
      return NULL;
    }
  n_connections = funcs->log_out (user, funcs->user_data);
  hash = tide_user_hash (user);
  tide_log_about_user (TIDE_MESSAGE_LOGGED_OUT,
                       hash,
                       "uid %u logged a user out over the bus: %u connections closed",
                       call->uid,
                       n_connections);
  return g_variant_new ("(u)", n_connections);
}

static GVariant *
disconnect (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  guint64 id;

  g_variant_get (call->arguments, "(t)", &id);
  if (!funcs->act->disconnect (id, funcs->act_data, error))
    return NULL;
  g_message (
      "uid %u closed the connection %" G_GUINT64_FORMAT " over the bus", call->uid, id);
  return g_variant_new ("()");
}

static GVariant *
disconnect_user (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *user;
  guint n_connections;

  g_variant_get (call->arguments, "(&s)", &user);
  if (!funcs->act->disconnect_user (user, &n_connections, funcs->act_data, error))
    return NULL;
  g_message ("uid %u closed the connections of a user over the bus: %u closed",
             call->uid,
             n_connections);
  return g_variant_new ("(u)", n_connections);
}

static GVariant *
set_user_delivery_limits (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *user;
  TideUserLimits limits;

  if (!tide_bus_limits_read_user (&user, &limits, call->arguments, error) ||
      !funcs->act->limit_user (user, &limits, funcs->act_data, error))
    return NULL;
  g_message ("uid %u set the delivery limits of a user over the bus: "
             "events-per-second=%u, urgent-events-per-second=%u",
             call->uid,
             limits.events_per_second,
             limits.urgent_events_per_second);
  return g_variant_new ("()");
}

static GVariant *
reset_user_delivery_limits (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *user;

  g_variant_get (call->arguments, "(&s)", &user);
  if (!funcs->act->limit_user (user, NULL, funcs->act_data, error))
    return NULL;
  g_message ("uid %u took the delivery limits of a user back over the bus", call->uid);
  return g_variant_new ("()");
}

const TideBusVerb tide_bus_user_verbs[] = {
  { "Disconnect", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, disconnect },
  { "DisconnectUser", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, disconnect_user },
  { "LogOut", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, log_out },
  { "ResetUserDeliveryLimits",
    TIDE_BUS_ACTION_MANAGE_CONNECTIONS,
    reset_user_delivery_limits },
  { "SetUserDeliveryLimits",
    TIDE_BUS_ACTION_MANAGE_CONNECTIONS,
    set_user_delivery_limits },
  { NULL },
};
