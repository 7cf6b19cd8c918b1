/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-routes.h"

#include "tide-config-scan.h"
#include "tide-config-value.h"
#include "tide-error.h"
#include "tide-route-text.h"

#include <string.h>

/* A key that was set. */
typedef struct
{
  char *key;             /* (owned) */
  TideConfigValue value; /* (owned), its origin is NULL when it is the preset's */
} Entry;

typedef struct
{
  char *group;  /* (owned), with its prefix */
  char *origin; /* (owned) (nullable), of its heading; NULL: only the preset has it */
  GPtrArray *entries; /* (owned) (element-type Entry), in the order of coming */
  gboolean is_bad;    /* a value is bad by itself, which is then what to correct first */
} Group;

struct _TideConfigRoutes
{
  char *preset;      /* (owned) (nullable), where entries without an origin came from */
  GPtrArray *groups; /* (owned) (element-type Group), in the order of coming */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->key);
  tide_config_value_clear (&entry->value);
  g_free (entry);
}

static void
group_free (gpointer data)
{
  Group *group = data;

  g_free (group->group);
  g_free (group->origin);
  g_ptr_array_unref (group->entries);
  g_free (group);
}

static Group *
find_group (const TideConfigRoutes *self, const char *name)
{
  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = g_ptr_array_index (self->groups, i);

      if (g_str_equal (group->group, name))
        return group;
    }
  return NULL;
}

static Group *
ensure_group (TideConfigRoutes *self, const char *name, const char *origin)
{
  Group *group = find_group (self, name);

  if (group == NULL)
    {
      group = g_new0 (Group, 1);
      group->group = g_strdup (name);
      group->entries = g_ptr_array_new_with_free_func (entry_free);
      g_ptr_array_add (self->groups, group);
    }
  if (group->origin == NULL)
    group->origin = g_strdup (origin);
  return group;
}

static Entry *
find_entry (const Group *group, const char *key)
{
  for (guint i = 0; i < group->entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (group->entries, i);

      if (g_str_equal (entry->key, key))
        return entry;
    }
  return NULL;
}

/* Takes over the fields of @value. */
static void
put_entry (Group *group, const char *key, TideConfigValue *value)
{
  Entry *entry = find_entry (group, key);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->key = g_strdup (key);
      g_ptr_array_add (group->entries, entry);
    }
  tide_config_value_clear (&entry->value);
  entry->value = *value;
  *value = (TideConfigValue){ 0 };
}

/**
 * tide_config_routes_is_group:
 * @group: a group's name
 *
 * Returns: whether it is that of a route, whatever the route's name is
 */
gboolean
tide_config_routes_is_group (const char *group)
{
  return g_str_has_prefix (group, TIDE_ROUTE_GROUP_PREFIX);
}

/**
 * tide_config_routes_new:
 *
 * Returns: (transfer full): no routes
 */
TideConfigRoutes *
tide_config_routes_new (void)
{
  TideConfigRoutes *self = g_new0 (TideConfigRoutes, 1);

  self->groups = g_ptr_array_new_with_free_func (group_free);
  return self;
}

/**
 * tide_config_routes_new_preset:
 * @preset: a value of `[routing] preset`
 *
 * Returns: (transfer full): the routes of a preset, which are good
 */
TideConfigRoutes *
tide_config_routes_new_preset (const char *preset)
{
  TideConfigRoutes *self = tide_config_routes_new ();
  g_autofree char *text = tide_route_text_get_preset (preset);
  g_autoptr (GPtrArray) lines = tide_config_scan (text, strlen (text));

  self->preset = g_strdup_printf ("preset %s", preset);
  for (guint i = 0; i < lines->len; i++)
    {
      const TideConfigLine *line = g_ptr_array_index (lines, i);
      g_autoptr (GError) error = NULL;

      if (line->key != NULL)
        tide_config_routes_set (self, line->group, line->key, line->value, NULL, &error);
      g_assert_no_error (error);
    }
  return self;
}

/**
 * tide_config_routes_free:
 * @self: (transfer full): routes
 *
 * Frees @self.
 */
void
tide_config_routes_free (TideConfigRoutes *self)
{
  g_free (self->preset);
  g_ptr_array_unref (self->groups);
  g_free (self);
}

/**
 * tide_config_routes_add_group:
 * @self: routes
 * @group: a group's name that is a route's
 * @origin: where its heading is
 *
 * Notes that there is such a route, though it may have no keys.
 */
void
tide_config_routes_add_group (TideConfigRoutes *self,
                              const char *group,
                              const char *origin)
{
  ensure_group (self, group, origin);
}

/* The table of a route's keys is not that of the others; only the file's syntax is. */
static const char *
check_nothing (const char *text)
{
  return NULL;
}

/* Of a key that there is not, says which may have been meant, or which there are. */
static gboolean
check_key (const char *key, GError **error)
{
  g_autofree char *shown = tide_config_show (key);
  g_autoptr (GString) all = g_string_new (NULL);
  const char *near = NULL;
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  if (tide_route_text_has_key (key))
    return TRUE;
  for (guint i = 0; i < n_keys; i++)
    {
      if (near == NULL && tide_config_keys_is_near (key, keys[i].name))
        near = keys[i].name;
      g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", keys[i].name);
    }
  if (near != NULL)
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_BAD_CONFIG,
                 "%s is not a known key of a route; did you mean %s?",
                 shown,
                 near);
  else
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_BAD_CONFIG,
                 "%s is not a known key of a route; there are %s",
                 shown,
                 all->str);
  return FALSE;
}

static gboolean
check_value (const char *group, const char *key, const char *text, GError **error)
{
  g_autoptr (TideRouteText) scratch =
      tide_route_text_new (group + strlen (TIDE_ROUTE_GROUP_PREFIX));

  if (tide_route_text_set (scratch, key, text, error))
    return TRUE;

  g_autofree char *shown = tide_config_show (text);

  g_prefix_error (error, "[%s] %s=%s ", group, key, shown);
  return FALSE;
}

/**
 * tide_config_routes_set:
 * @self: routes
 * @group: a group's name that is a route's
 * @key: should be one of a route's keys
 * @text: its value, in the syntax of key files
 * @origin: (nullable): where it came from; %NULL: the preset
 * @error: return location for an error
 *
 * Sets a key of a route, in place of an earlier value.
 *
 * Fails with [error@Error.BAD_CONFIG]; the message names the key and what is allowed, and
 * for a bad value the group and the value too.
 *
 * Returns: whether the value is good by itself
 */
gboolean
tide_config_routes_set (TideConfigRoutes *self,
                        const char *group,
                        const char *key,
                        const char *text,
                        const char *origin,
                        GError **error)
{
  const TideConfigKey syntax = {
    .group = group, .name = key, .type = TIDE_CONFIG_STRING, .check = check_nothing
  };
  Group *place = ensure_group (self, group, origin);
  TideConfigValue value = { 0 };

  if (!check_key (key, error) ||
      !tide_config_value_parse (&value, &syntax, text, NULL, error) ||
      !check_value (group, key, value.string, error))
    {
      place->is_bad = TRUE;
      tide_config_value_clear (&value);
      return FALSE;
    }
  value.origin = g_strdup (origin);
  put_entry (place, key, &value);
  return TRUE;
}

/**
 * tide_config_routes_merge:
 * @self: the routes of a preset
 * @own: those of the configuration
 *
 * Puts @own over @self: a key of a route that both have wins, and what only @own has
 * comes behind.
 */
void
tide_config_routes_merge (TideConfigRoutes *self, const TideConfigRoutes *own)
{
  for (guint i = 0; i < own->groups->len; i++)
    {
      const Group *over = g_ptr_array_index (own->groups, i);
      Group *group = ensure_group (self, over->group, over->origin);

      group->is_bad = group->is_bad || over->is_bad;
      for (guint j = 0; j < over->entries->len; j++)
        {
          const Entry *entry = g_ptr_array_index (over->entries, j);
          TideConfigValue value = { .text = g_strdup (entry->value.text),
                                    .string = g_strdup (entry->value.string),
                                    .origin = g_strdup (entry->value.origin) };

          put_entry (group, entry->key, &value);
        }
    }
}

/* Where to correct @key of @group, or the whole of it: what the preset says can't be
 * corrected, but what was written over it can. NULL when it is all the preset's. */
static const char *
find_place (const Group *group, const char *key)
{
  const Entry *entry = key != NULL ? find_entry (group, key) : NULL;

  if (entry != NULL && entry->value.origin != NULL)
    return entry->value.origin;
  return group->origin;
}

/* Takes @problem, the end of a sentence. */
static void
complain (const TideConfigRoutes *self,
          GPtrArray *problems,
          const Group *group,
          const char *key,
          const char *problem)
{
  const char *place = find_place (group, key);
  const Entry *entry = key != NULL ? find_entry (group, key) : NULL;
  g_autofree char *shown = entry != NULL ? tide_config_show (entry->value.string) : NULL;

  if (place == NULL)
    place = self->preset;
  if (shown != NULL)
    g_ptr_array_add (
        problems,
        g_strdup_printf ("%s: [%s] %s=%s %s", place, group->group, key, shown, problem));
  else
    g_ptr_array_add (problems,
                     g_strdup_printf ("%s: [%s] %s", place, group->group, problem));
}

/* Gives NULL without a problem for a route that is not enabled. */
static TideRoute *
make_route (const TideConfigRoutes *self, const Group *group, GPtrArray *problems)
{
  g_autoptr (TideRouteText) text =
      tide_route_text_new (group->group + strlen (TIDE_ROUTE_GROUP_PREFIX));
  g_autoptr (GError) error = NULL;
  const char *bad_key = NULL;

  for (guint i = 0; i < group->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (group->entries, i);

      tide_route_text_set (text, entry->key, entry->value.string, &error);
      g_assert_no_error (error);
    }
  if (!tide_route_text_is_enabled (text))
    return NULL;

  TideRoute *route = tide_route_text_finish (text, &bad_key, &error);

  if (route == NULL)
    complain (self, problems, group, bad_key, error->message);
  return route;
}

/* Says that @group has the channel of a route that is in @table; the one to correct is
 * the one that somebody wrote. */
static void
complain_of_channel (const TideConfigRoutes *self,
                     TideRouteTable *table,
                     const Group *group,
                     const TideRoute *route,
                     GPtrArray *problems)
{
  const GPtrArray *routes = tide_route_table_get_routes (table);
  const char *key = route->is_pattern ? "pattern" : "channel";
  const TideRoute *other = NULL;

  for (guint i = 0; i < routes->len; i++)
    {
      other = g_ptr_array_index (routes, i);
      if (other->is_pattern == route->is_pattern &&
          g_str_equal (other->channel, route->channel))
        break;
    }

  g_autofree char *other_group = g_strconcat (TIDE_ROUTE_GROUP_PREFIX, other->name, NULL);
  const Group *first = find_group (self, other_group);
  gboolean is_first = find_place (group, key) == NULL;
  g_autofree char *problem =
      g_strdup_printf ("is that of [%s] already", is_first ? group->group : first->group);

  complain (self, problems, is_first ? first : group, key, problem);
}

/**
 * tide_config_routes_make_table:
 * @self: all routes
 * @problems: (element-type utf8): where to add what is wrong, as `PLACE: SENTENCE`
 *
 * Checks what must hold between the keys of a route and between routes, and makes the
 * routes that are to be in force. A route with a value that is bad by itself is left out.
 *
 * Returns: (transfer full): the routes
 */
TideRouteTable *
tide_config_routes_make_table (const TideConfigRoutes *self, GPtrArray *problems)
{
  TideRouteTable *table = tide_route_table_new ();

  for (guint i = 0; i < self->groups->len; i++)
    {
      const Group *group = g_ptr_array_index (self->groups, i);
      g_autoptr (TideRoute) route =
          group->is_bad ? NULL : make_route (self, group, problems);

      if (route == NULL)
        continue;
      if (tide_route_table_has (table, route))
        complain_of_channel (self, table, group, route, problems);
      else
        tide_route_table_add (table, g_steal_pointer (&route));
    }
  return table;
}

/**
 * tide_config_routes_print:
 * @self: all routes
 *
 * Writes out every route with the keys that are set, and in a comment above each where it
 * came from.
 *
 * Returns: (transfer full): groups of a configuration file, a blank line before each
 */
char *
tide_config_routes_print (const TideConfigRoutes *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->groups->len; i++)
    {
      const Group *group = g_ptr_array_index (self->groups, i);

      g_string_append_printf (text, "\n[%s]\n", group->group);
      for (guint j = 0; j < group->entries->len; j++)
        {
          const Entry *entry = g_ptr_array_index (group->entries, j);
          const char *origin = entry->value.origin;

          g_string_append_printf (text,
                                  "# %s\n%s=%s\n",
                                  origin != NULL ? origin : self->preset,
                                  entry->key,
                                  entry->value.text);
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
