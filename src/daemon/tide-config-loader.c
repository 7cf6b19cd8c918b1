/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-loader.h"

#include "tide-config-routes.h"
#include "tide-config-rules.h"
#include "tide-config-scan.h"
#include "tide-error.h"
#include "tide-route-text.h"

#include <string.h>

#define MAX_PROBLEMS 100 /* told of in one load; a file of another kind has millions */

struct _TideConfigLoader
{
  TideConfig *config;       /* (owned) */
  TideConfigRoutes *routes; /* (owned), the groups of routes, without the preset's */
  GHashTable
      *bad_keys;       /* (owned) (element-type TideConfigKey), whose last value is bad */
  GPtrArray *problems; /* (owned) (element-type utf8), each one line */
};

static void G_GNUC_PRINTF (2, 3)
    complain (TideConfigLoader *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->problems, g_strdup_vprintf (format, args));
  va_end (args);
}

/**
 * tide_config_loader_new:
 *
 * Creates a loader with the default of every key.
 *
 * Returns: (transfer full): a loader
 */
TideConfigLoader *
tide_config_loader_new (void)
{
  TideConfigLoader *self = g_new0 (TideConfigLoader, 1);

  self->config = tide_config_new ();
  self->routes = tide_config_routes_new ();
  self->bad_keys = g_hash_table_new (NULL, NULL);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  return self;
}

/**
 * tide_config_loader_free:
 * @self: (transfer full): a loader
 *
 * Frees @self.
 */
void
tide_config_loader_free (TideConfigLoader *self)
{
  tide_config_unref (self->config);
  tide_config_routes_free (self->routes);
  g_hash_table_unref (self->bad_keys);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

static gboolean
has_group (const char *group)
{
  if (!tide_config_routes_is_group (group))
    return tide_config_keys_has_group (group);
  return tide_route_text_check_name (group + strlen (TIDE_ROUTE_GROUP_PREFIX)) == NULL;
}

static char *
explain_group (const char *group)
{
  if (g_str_equal (group, "route"))
    return g_strdup ("has no name; write [route NAME]");
  if (tide_config_routes_is_group (group))
    return g_strdup (
        tide_route_text_check_name (group + strlen (TIDE_ROUTE_GROUP_PREFIX)));
  return tide_config_keys_explain_group (group);
}

/* @origin is where the group begins, for the record. */
static gboolean
check_group (TideConfigLoader *self,
             const char *group,
             const char *place,
             const char *origin)
{
  if (has_group (group))
    {
      if (tide_config_routes_is_group (group))
        tide_config_routes_add_group (self->routes, group, origin);
      return TRUE;
    }

  g_autofree char *shown = tide_config_show (group);
  g_autofree char *why = explain_group (group);

  complain (self, "%s: [%s] %s", place, shown, why);
  return FALSE;
}

/* The same as add_entry() for a group of a route. */
static void
add_route_entry (TideConfigLoader *self,
                 const TideConfigLine *line,
                 const char *place,
                 const char *origin)
{
  g_autoptr (GError) error = NULL;

  if (!tide_config_routes_set (
          self->routes, line->group, line->key, line->value, origin, &error))
    complain (self, "%s: %s", place, error->message);
}

/* Reads a value of a known group and puts it in force, in place of an earlier one. @place
 * is for messages, @origin for the record: they differ for `--set`. */
static void
add_entry (TideConfigLoader *self,
           const TideConfigLine *line,
           const char *place,
           const char *origin,
           const char *directory)
{
  const TideConfigKey *key = tide_config_keys_find (line->group, line->key);
  g_autoptr (GError) error = NULL;
  TideConfigValue value = { 0 };

  if (tide_config_routes_is_group (line->group))
    add_route_entry (self, line, place, origin);
  else if (key == NULL)
    {
      g_autofree char *shown = tide_config_show (line->key);
      g_autofree char *why = tide_config_keys_explain_name (line->group, line->key);

      complain (self, "%s: %s %s", place, shown, why);
    }
  else if (!tide_config_value_parse (&value, key, line->value, directory, &error))
    {
      complain (self, "%s: %s", place, error->message);
      g_hash_table_add (self->bad_keys, (gpointer) key);
    }
  else
    {
      value.origin = g_strdup (origin);
      tide_config_take_value (self->config, key, &value);
      g_hash_table_remove (self->bad_keys, key);
    }
}

/**
 * tide_config_loader_add_data:
 * @self: a loader
 * @name: a file's name for messages and for relative paths
 * @data: (array length=length): what is in it
 * @length: its length in bytes
 *
 * Reads what was in a file. Of a group that there is not, only the heading is a problem.
 */
void
tide_config_loader_add_data (TideConfigLoader *self,
                             const char *name,
                             const char *data,
                             gsize length)
{
  g_autoptr (GPtrArray) lines = tide_config_scan (data, length);
  g_autofree char *shown_name = tide_config_show_path (name);
  g_autofree char *given_directory = g_path_get_dirname (name);
  g_autofree char *directory = g_canonicalize_filename (given_directory, NULL);

  for (guint i = 0; i < lines->len; i++)
    {
      const TideConfigLine *line = g_ptr_array_index (lines, i);
      g_autofree char *place = g_strdup_printf ("%s:%u", shown_name, line->number);

      if (line->problem != NULL)
        complain (self, "%s: %s", place, line->problem);
      else if (line->key == NULL)
        check_group (self, line->group, place, place);
      else if (has_group (line->group))
        add_entry (self, line, place, place, directory);
    }
}

/**
 * tide_config_loader_add_file:
 * @self: a loader
 * @file: a file's path
 * @can_be_absent: whether it is no problem when there is no such file
 *
 * Reads a file. When it can't be read, that is a problem like others.
 */
void
tide_config_loader_add_file (TideConfigLoader *self,
                             const char *file,
                             gboolean can_be_absent)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize length;

  if (tide_config_read_file (file, &data, &length, &error))
    tide_config_loader_add_data (self, file, data, length);
  else if (!can_be_absent || !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    complain (self, "%s", error->message);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * tide_config_loader_add_drop_ins:
 * @self: a loader
 * @file: the path of the file that the drop-ins belong to
 *
 * Reads what is named `*.conf` in the directory `@file.d`, in the order of the names'
 * bytes. There may be no such directory.
 */
void
tide_config_loader_add_drop_ins (TideConfigLoader *self, const char *file)
{
  g_autofree char *path = g_strconcat (file, ".d", NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) directory = g_dir_open (path, 0, &error);
  const char *name;

  if (directory == NULL)
    {
      g_autofree char *shown = tide_config_show_path (path);

      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        complain (self,
                  "%s: is not a directory that can be read; drop-ins belong there",
                  shown);
      return;
    }
  while ((name = g_dir_read_name (directory)) != NULL)
    if (*name != '.' && g_str_has_suffix (name, ".conf"))
      g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    tide_config_loader_add_file (self, g_ptr_array_index (names, i), FALSE);
}

/**
 * tide_config_loader_add_setting:
 * @self: a loader
 * @setting: `GROUP.KEY=VALUE` or `route.NAME.KEY=VALUE`, the value as it would stand in a
 *   file
 *
 * Takes a setting of the command line.
 */
void
tide_config_loader_add_setting (TideConfigLoader *self, const char *setting)
{
  if (!g_utf8_validate (setting, -1, NULL))
    {
      complain (self, "--set: is not valid UTF-8 text");
      return;
    }

  g_autofree char *shown = tide_config_show (setting);
  g_autofree char *place = g_strdup_printf ("--set %s", shown);
  gsize group_length = strcspn (setting, ".=");
  gsize name_length = strcspn (setting, "=");

  gboolean is_route = g_str_has_prefix (setting, "route.");

  if (is_route)
    group_length += 1 + strcspn (setting + group_length + 1, ".=");
  if (setting[group_length] != '.' || setting[name_length] != '=')
    {
      complain (self,
                "%s: is not %s",
                place,
                is_route ? "route.NAME.KEY=VALUE" : "GROUP.KEY=VALUE");
      return;
    }

  g_autofree char *group = g_strndup (setting, group_length);
  g_autofree char *key =
      g_strndup (setting + group_length + 1, name_length - group_length - 1);
  g_autofree char *value = g_strstrip (g_strdup (setting + name_length + 1));
  TideConfigLine line = { .group = group, .key = key, .value = value };

  if (is_route)
    group[strlen ("route")] = ' ';
  if (check_group (self, group, place, "--set"))
    add_entry (self, &line, place, "--set", NULL);
}

/* Puts the routes of the configuration over those of the preset. */
static void
make_routes (TideConfigLoader *self)
{
  if (g_hash_table_contains (self->bad_keys, tide_config_keys_find ("routing", "preset")))
    return;

  const char *preset = tide_config_get_string (self->config, "routing", "preset");
  TideConfigRoutes *groups = tide_config_routes_new_preset (preset);

  tide_config_routes_merge (groups, self->routes);
  tide_config_take_routes (
      self->config, groups, tide_config_routes_make_table (groups, self->problems));
}

/**
 * tide_config_loader_finish:
 * @self: a loader
 * @error: return location for an error
 *
 * Checks what must hold between keys, and hands over the configuration.
 *
 * Fails with [error@Error.BAD_CONFIG] when there was any problem; the message has one
 * line for each, up to a hundred.
 *
 * Returns: (transfer full): the configuration
 */
TideConfig *
tide_config_loader_finish (TideConfigLoader *self, GError **error)
{
  tide_config_check_rules (self->config, self->bad_keys, self->problems);
  make_routes (self);
  if (self->problems->len == 0)
    return tide_config_ref (self->config);

  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < MIN (self->problems->len, MAX_PROBLEMS); i++)
    g_string_append_printf (text,
                            "%s%s",
                            i > 0 ? "\n" : "",
                            (const char *) g_ptr_array_index (self->problems, i));
  if (self->problems->len > MAX_PROBLEMS)
    g_string_append_printf (text, "\nand %u more", self->problems->len - MAX_PROBLEMS);
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, text->str);
  return NULL;
}
