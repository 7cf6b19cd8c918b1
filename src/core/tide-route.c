/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route.h"

#include <string.h>

struct _TideRouteTable
{
  guint ref_count;
  GPtrArray *routes; /* (owned) (element-type TideRoute) */
  TideRoute *last;   /* (unowned) (nullable), found last: channels come in runs */
};

/**
 * tide_route_new:
 * @channel: a Redis channel
 * @event_type: the event's name for browsers
 * @key_fields: (nullable) (array zero-terminated=1): fields that may hold the key
 * @audience: who gets the events
 *
 * Returns: (transfer full): a route
 */
TideRoute *
tide_route_new (const char *channel,
                const char *event_type,
                const char *const *key_fields,
                TideAudienceRule audience)
{
  g_return_val_if_fail (channel != NULL && *channel != '\0', NULL);
  g_return_val_if_fail (event_type != NULL && *event_type != '\0', NULL);

  TideRoute *self = g_new0 (TideRoute, 1);

  self->ref_count = 1;
  self->channel = g_strdup (channel);
  self->event_type = g_strdup (event_type);
  self->key_fields = g_strdupv ((char **) key_fields);
  self->audience = audience;
  return self;
}

/**
 * tide_route_ref:
 * @self: a route
 *
 * Returns: (transfer full): @self
 */
TideRoute *
tide_route_ref (TideRoute *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_route_unref:
 * @self: (transfer full): a route
 *
 * Lets go of @self.
 */
void
tide_route_unref (TideRoute *self)
{
  if (--self->ref_count > 0)
    return;
  g_free (self->channel);
  g_free (self->event_type);
  g_strfreev (self->key_fields);
  g_free (self);
}

/**
 * tide_route_table_new:
 *
 * Returns: (transfer full): a table without routes
 */
TideRouteTable *
tide_route_table_new (void)
{
  TideRouteTable *self = g_new0 (TideRouteTable, 1);

  self->ref_count = 1;
  self->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_route_unref);
  return self;
}

/**
 * tide_route_table_new_tickstock:
 *
 * Creates the table that the daemon ships: the channels, event names and audiences of the
 * TickStock application's Flask-SocketIO tier.
 *
 * Returns: (transfer full): a table
 */
TideRouteTable *
tide_route_table_new_tickstock (void)
{
  static const char *const symbol[] = { "symbol", "ticker", NULL };
  static const char *const job_id[] = { "job_id", NULL };
  TideRouteTable *self = tide_route_table_new ();

  tide_route_table_add (
      self,
      tide_route_new (
          "tickstock.all_ticks", "tick_data", symbol, TIDE_AUDIENCE_SUBSCRIBERS));
  tide_route_table_add (
      self,
      tide_route_new (
          "tickstock.events.patterns", "pattern_alert", NULL, TIDE_AUDIENCE_SUBSCRIBERS));
  tide_route_table_add (self,
                        tide_route_new ("tickstock.events.backtest.progress",
                                        "backtest_progress",
                                        job_id,
                                        TIDE_AUDIENCE_EVERYONE));
  tide_route_table_add (self,
                        tide_route_new ("tickstock.events.backtest.results",
                                        "backtest_result",
                                        job_id,
                                        TIDE_AUDIENCE_EVERYONE));
  tide_route_table_add (
      self,
      tide_route_new (
          "tickstock.events.health", "system_health", NULL, TIDE_AUDIENCE_EVERYONE));
  return self;
}

/**
 * tide_route_table_ref:
 * @self: a route table
 *
 * Returns: (transfer full): @self
 */
TideRouteTable *
tide_route_table_ref (TideRouteTable *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_route_table_unref:
 * @self: (transfer full): a route table
 *
 * Lets go of @self.
 */
void
tide_route_table_unref (TideRouteTable *self)
{
  if (--self->ref_count > 0)
    return;
  g_ptr_array_unref (self->routes);
  g_free (self);
}

/**
 * tide_route_table_add:
 * @self: a route table
 * @route: (transfer full): a route whose channel no other route of @self has
 *
 * Puts @route in force.
 */
void
tide_route_table_add (TideRouteTable *self, TideRoute *route)
{
  g_return_if_fail (
      tide_route_table_find (self, route->channel, strlen (route->channel)) == NULL);

  g_ptr_array_add (self->routes, route);
}

/**
 * tide_route_table_find:
 * @self: a route table
 * @channel: (array length=channel_length): a channel's name, not NUL-terminated
 * @channel_length: its length in bytes
 *
 * Finds the route of a channel. The table is short, so this compares names.
 *
 * Returns: (transfer none) (nullable): the route
 */
TideRoute *
tide_route_table_find (TideRouteTable *self, const char *channel, gsize channel_length)
{
  if (self->last != NULL && strlen (self->last->channel) == channel_length &&
      memcmp (self->last->channel, channel, channel_length) == 0)
    return self->last;

  for (guint i = 0; i < self->routes->len; i++)
    {
      TideRoute *route = g_ptr_array_index (self->routes, i);

      if (strlen (route->channel) == channel_length &&
          memcmp (route->channel, channel, channel_length) == 0)
        return self->last = route;
    }
  return NULL;
}

/**
 * tide_route_table_get_routes:
 * @self: a route table
 *
 * Returns: (transfer none) (element-type TideRoute): the routes, in the order of adding
 */
const GPtrArray *
tide_route_table_get_routes (TideRouteTable *self)
{
  return self->routes;
}
