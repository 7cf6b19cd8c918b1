/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-glob.h"
#include "tide-route-text.h"
#include "tide-route.h"

#include <string.h>

struct _TideRouteTable
{
  guint ref_count;
  GPtrArray *routes;     /* (owned) (element-type TideRoute) */
  GString *last_channel; /* (owned), found last: channels come in runs */
  TideRoute *last;       /* (unowned) (nullable), the route of @last_channel */
};

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
  self->last_channel = g_string_new (NULL);
  return self;
}

static TideRoute *
read_route (GKeyFile *file, const char *group)
{
  g_autoptr (TideRouteText) text =
      tide_route_text_new (group + strlen (TIDE_ROUTE_GROUP_PREFIX));
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *value = g_key_file_get_string (file, group, keys[i], NULL);

      tide_route_text_set (text, keys[i], value, &error);
      g_assert_no_error (error);
    }

  TideRoute *route = tide_route_text_finish (text, NULL, &error);

  g_assert_no_error (error);
  return route;
}

/**
 * tide_route_table_new_tickstock:
 *
 * Creates the table that the daemon ships: the channels, event names and audiences of the
 * TickStock application's Flask-SocketIO tier, as data/config/tickstock.conf has them.
 *
 * Returns: (transfer full): a table
 */
TideRouteTable *
tide_route_table_new_tickstock (void)
{
  TideRouteTable *self = tide_route_table_new ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = tide_route_text_get_preset ("tickstock");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) groups = NULL;

  g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    tide_route_table_add (self, read_route (file, groups[i]));
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
  g_string_free (self->last_channel, TRUE);
  g_free (self);
}

/**
 * tide_route_table_has:
 * @self: a route table
 * @route: a route
 *
 * Returns: whether @self has a route with the same channel, or the same pattern, already
 */
gboolean
tide_route_table_has (TideRouteTable *self, const TideRoute *route)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      const TideRoute *other = g_ptr_array_index (self->routes, i);

      if (other->is_pattern == route->is_pattern &&
          g_str_equal (other->channel, route->channel))
        return TRUE;
    }
  return FALSE;
}

/**
 * tide_route_table_add:
 * @self: a route table
 * @route: (transfer full): a route that tide_route_table_has() says no to
 *
 * Puts @route in force.
 */
void
tide_route_table_add (TideRouteTable *self, TideRoute *route)
{
  g_return_if_fail (!tide_route_table_has (self, route));

  g_ptr_array_add (self->routes, route);
  self->last = NULL;
}

static TideRoute *
find_exact (TideRouteTable *self, const char *channel, gsize channel_length)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      TideRoute *route = g_ptr_array_index (self->routes, i);

      if (!route->is_pattern && strlen (route->channel) == channel_length &&
          memcmp (route->channel, channel, channel_length) == 0)
        return route;
    }
  return NULL;
}

static TideRoute *
find_pattern (TideRouteTable *self, const char *channel, gsize channel_length)
{
  for (guint i = 0; i < self->routes->len; i++)
    {
      TideRoute *route = g_ptr_array_index (self->routes, i);

      if (route->is_pattern &&
          tide_glob_matches (route->channel, channel, channel_length))
        return route;
    }
  return NULL;
}

/**
 * tide_route_table_find:
 * @self: a route table
 * @channel: (array length=channel_length): a channel's name, not NUL-terminated
 * @channel_length: its length in bytes
 *
 * Finds the route of a channel: the one that names it, else the first of those whose
 * pattern matches it. The table is short, so this compares names.
 *
 * Returns: (transfer none) (nullable): the route
 */
TideRoute *
tide_route_table_find (TideRouteTable *self, const char *channel, gsize channel_length)
{
  if (self->last != NULL && self->last_channel->len == channel_length &&
      memcmp (self->last_channel->str, channel, channel_length) == 0)
    return self->last;

  TideRoute *route = find_exact (self, channel, channel_length);

  if (route == NULL)
    route = find_pattern (self, channel, channel_length);
  if (route != NULL)
    {
      self->last = route;
      g_string_truncate (self->last_channel, 0);
      g_string_append_len (self->last_channel, channel, channel_length);
    }
  return route;
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
