/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs that change how the service runs. */

#include "tide-bus-limits.h"
#include "tide-bus-verb.h"
#include "tide-message-ids.h"

#define MAX_DEADLINE_S 3600

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
drain (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  guint32 deadline_s;

  g_variant_get (call->arguments, "(u)", &deadline_s);
  if (deadline_s > MAX_DEADLINE_S)
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "deadline_sec=%u is out of range: it goes from 0 (as [server] "
                   "drain-timeout-ms has it) to %d",
                   deadline_s,
                   MAX_DEADLINE_S);
      return NULL;
    }
  if (!funcs->act->drain (deadline_s * G_USEC_PER_SEC, funcs->act_data, error))
    return NULL;
  tide_log_notable (
      G_LOG_LEVEL_MESSAGE,
      TIDE_MESSAGE_DRAINED,
      "uid %u drains the service over the bus: it takes nobody until Undrain",
      call->uid);
  return g_variant_new ("()");
}

static GVariant *
undrain (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  if (!funcs->act->undrain (funcs->act_data, error))
    return NULL;
  g_message ("uid %u lets clients in over the bus", call->uid);
  return g_variant_new ("()");
}

static GVariant *
reload (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  g_message ("uid %u reloads the configuration over the bus", call->uid);
  if (!funcs->act->reload (funcs->act_data, error))
    return NULL;
  return g_variant_new ("()");
}

static GVariant *
reset_statistics (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  funcs->act->reset_statistics (funcs->act_data);
  g_message ("uid %u set the counters to 0 over the bus", call->uid);
  return g_variant_new ("()");
}

const TideBusVerb tide_bus_service_verbs[] = {
  { "Drain", TIDE_BUS_ACTION_MANAGE_SERVICE, drain },
  { "Reload", TIDE_BUS_ACTION_MANAGE_SERVICE, reload },
  { "ResetStatistics", TIDE_BUS_ACTION_MANAGE_SERVICE, reset_statistics },
  { "SetDeliveryLimits", TIDE_BUS_ACTION_MANAGE_SERVICE, set_delivery_limits },
  { "Undrain", TIDE_BUS_ACTION_MANAGE_SERVICE, undrain },
  { NULL },
};
