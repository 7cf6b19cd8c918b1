/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs about events. The log has neither payloads nor names of users. */

#include "tide-bus-verb.h"

#include <unistd.h>

static gboolean
read_priority (const char *nick, TidePriority *priority, GError **error)
{
  *priority = TIDE_PRIORITY_MEDIUM;
  if (*nick == '\0')
    return TRUE;
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    if (g_str_equal (nick, tide_priority_get_nick (i)))
      {
        *priority = i;
        return TRUE;
      }
  g_set_error_literal (
      error,
      G_DBUS_ERROR,
      G_DBUS_ERROR_INVALID_ARGS,
      "priority is none of low, medium, high and critical, nor empty for medium");
  return FALSE;
}

static GVariant *
publish (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideBusPublication what;
  const char *priority;
  guint n_users;

  g_variant_get (call->arguments,
                 "(&s&s&s&s)",
                 &what.audience,
                 &what.event_type,
                 &what.payload,
                 &priority);
  if (!read_priority (priority, &what.priority, error) ||
      !funcs->act->publish (&what, &n_users, funcs->act_data, error))
    return NULL;
  g_message (
      "uid %u published an event over the bus: it was for %u users", call->uid, n_users);
  return g_variant_new ("(u)", n_users);
}

static GVariant *
publish_through_route (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *channel;
  const char *payload;
  guint n_users;

  g_variant_get (call->arguments, "(&s&s)", &channel, &payload);
  if (!funcs->act->publish_through_route (
          channel, payload, &n_users, funcs->act_data, error))
    return NULL;
  g_message (
      "uid %u published an event through a route over the bus: it was for %u users",
      call->uid,
      n_users);
  return g_variant_new ("(u)", n_users);
}

static GVariant *
explain_delivery (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *channel;
  const char *payload;

  g_variant_get (call->arguments, "(&s&s)", &channel, &payload);
  return funcs->act->explain (channel, payload, funcs->act_data, error);
}

static GVariant *
open_event_stream (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  const char *filter;
  int fd;
  int handle;

  g_variant_get (call->arguments, "(&s)", &filter);
  fd = funcs->act->open_event_stream (filter, funcs->act_data, error);
  if (fd < 0)
    return NULL;
  call->fds = g_unix_fd_list_new ();
  handle = g_unix_fd_list_append (call->fds, fd, error);
  close (fd);
  if (handle < 0)
    return NULL;
  g_message ("uid %u reads events along over the bus", call->uid);
  return g_variant_new ("(h)", handle);
}

const TideBusVerb tide_bus_event_verbs[] = {
  { "ExplainDelivery", TIDE_BUS_ACTION_INSPECT, explain_delivery },
  { "OpenEventStream", TIDE_BUS_ACTION_INSPECT, open_event_stream },
  { "Publish", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, publish },
  { "PublishThroughRoute", TIDE_BUS_ACTION_MANAGE_CONNECTIONS, publish_through_route },
  { NULL },
};
