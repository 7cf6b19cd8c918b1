/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that change something. Each says in the log who did what; the log has no
 * names of users. */

#include "tide-bus-limits.h"
#include "tide-bus-verb.h"

static GVariant *
set_delivery_limits (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideDeliveryLimits limits = { 0 };
  g_autofree char *text = NULL;

  funcs->get_delivery_limits (&limits, funcs->user_data);
  if (!tide_bus_limits_read (&limits, call->arguments, error) ||
      !funcs->set_delivery_limits (&limits, funcs->user_data, error))
    return NULL;
  text = tide_bus_limits_describe (&limits);
  g_message ("uid %u set the delivery limits over the bus: %s", call->uid, text);
  return g_variant_new ("()");
}

static GVariant *
log_out (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
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
  g_message ("uid %u logged a user out over the bus: %u connections closed",
             call->uid,
             n_connections);
  return g_variant_new ("(u)", n_connections);
}

const TideBusVerb tide_bus_action_verbs[] = {
  { "LogOut", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, log_out },
  { "SetDeliveryLimits", TIDE_BUS_ACTION_MANAGE_SERVICE, set_delivery_limits },
  { NULL },
};
