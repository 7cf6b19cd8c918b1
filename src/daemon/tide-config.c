/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-config.h"

#include "tide-config-loader.h"

struct _TideConfig
{
  guint ref_count;
  TideConfigValue *values;  /* (owned), as many as keys, in their order */
  TideConfigRoutes *groups; /* (owned), every `[route NAME]`, the preset's too */
  TideRouteTable *routes;   /* (owned), made of @groups */
};

G_DEFINE_BOXED_TYPE (TideConfig, tide_config, tide_config_ref, tide_config_unref)

static TideConfigValue *
find_value (TideConfig *self, const TideConfigKey *key)
{
  guint n_keys;

  return &self->values[key - tide_config_keys_get_all (&n_keys)];
}

static const TideConfigValue *
get_value (TideConfig *self, const char *group, const char *name, TideConfigType type)
{
  const TideConfigKey *key = tide_config_keys_find (group, name);

  g_assert (key != NULL && key->type == type);
  return find_value (self, key);
}

static TideConfig *
load (TideConfigLoader *loader, const char *const *settings, GError **error)
{
  for (guint i = 0; settings != NULL && settings[i] != NULL; i++)
    tide_config_loader_add_setting (loader, settings[i]);
  return tide_config_loader_finish (loader, error);
}

/**
 * tide_config_new:
 *
 * Creates the configuration that no file has changed. It is never a bad one.
 *
 * Returns: (transfer full): a configuration
 */
TideConfig *
tide_config_new (void)
{
  TideConfig *self = g_new0 (TideConfig, 1);
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  self->ref_count = 1;
  self->values = g_new0 (TideConfigValue, n_keys);
  for (guint i = 0; i < n_keys; i++)
    {
      g_autoptr (GError) error = NULL;
      const char *text = keys[i].default_text;

      tide_config_value_parse (&self->values[i], &keys[i], text, NULL, &error);
      g_assert_no_error (error);
    }

  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

  self->groups =
      tide_config_routes_new_preset (tide_config_get_string (self, "routing", "preset"));
  self->routes = tide_config_routes_make_table (self->groups, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  return self;
}

/**
 * tide_config_get_default_file:
 *
 * Returns: (transfer none): the file that is read when none is named
 */
const char *
tide_config_get_default_file (void)
{
  return TIDE_SYSCONFDIR "/tidewire/tidewire.conf";
}

/**
 * tide_config_load:
 * @file: (nullable): a configuration file, %NULL for the default one, which need not
 * exist
 * @settings: (nullable) (array zero-terminated=1): settings as `GROUP.KEY=VALUE`
 * @error: return location for an error
 *
 * Reads @file, then what is named `*.conf` in the directory `@file.d` in the order of the
 * names, then @settings. The later value wins.
 *
 * Fails with [error@Error.BAD_CONFIG]. The message has one line for each problem, up to a
 * hundred, each beginning with file and line or with the setting.
 *
 * Returns: (transfer full): the configuration
 */
TideConfig *
tide_config_load (const char *file, const char *const *settings, GError **error)
{
  return tide_config_load_with_default (
      tide_config_get_default_file (), file, settings, error);
}

/**
 * tide_config_load_with_default:
 * @default_file: the file to read when @file is %NULL; it need not exist
 * @file: (nullable): a configuration file
 * @settings: (nullable) (array zero-terminated=1): settings as `GROUP.KEY=VALUE`
 * @error: return location for an error
 *
 * Does what tide_config_load() does, with another default file.
 *
 * Returns: (transfer full): the configuration
 */
TideConfig *
tide_config_load_with_default (const char *default_file,
                               const char *file,
                               const char *const *settings,
                               GError **error)
{
  g_autoptr (TideConfigLoader) loader = tide_config_loader_new ();
  gboolean can_be_absent = file == NULL;

  if (file == NULL)
    file = default_file;
  tide_config_loader_add_file (loader, file, can_be_absent);
  tide_config_loader_add_drop_ins (loader, file);
  return load (loader, settings, error);
}

/**
 * tide_config_load_data:
 * @name: a file's name for messages and for relative paths
 * @data: (array length=length): what would be in it
 * @length: its length in bytes
 * @settings: (nullable) (array zero-terminated=1): settings as `GROUP.KEY=VALUE`
 * @error: return location for an error
 *
 * Reads a configuration from memory, without drop-ins.
 *
 * Returns: (transfer full): the configuration
 */
TideConfig *
tide_config_load_data (const char *name,
                       const char *data,
                       gsize length,
                       const char *const *settings,
                       GError **error)
{
  g_autoptr (TideConfigLoader) loader = tide_config_loader_new ();

  tide_config_loader_add_data (loader, name, data, length);
  return load (loader, settings, error);
}

/**
 * tide_config_ref:
 * @self: a configuration
 *
 * Returns: (transfer full): @self
 */
TideConfig *
tide_config_ref (TideConfig *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_config_unref:
 * @self: (transfer full): a configuration
 *
 * Lets go of @self.
 */
void
tide_config_unref (TideConfig *self)
{
  guint n_keys;

  if (--self->ref_count > 0)
    return;
  tide_config_keys_get_all (&n_keys);
  for (guint i = 0; i < n_keys; i++)
    tide_config_value_clear (&self->values[i]);
  g_free (self->values);
  tide_config_routes_free (self->groups);
  tide_route_table_unref (self->routes);
  g_free (self);
}

/**
 * tide_config_get_string:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type STRING, ENUM or PATH
 *
 * Returns: (transfer none): the value; empty for no file
 */
const char *
tide_config_get_string (TideConfig *self, const char *group, const char *name)
{
  const TideConfigKey *key = tide_config_keys_find (group, name);

  g_assert (key != NULL);
  g_assert (key->type == TIDE_CONFIG_STRING || key->type == TIDE_CONFIG_ENUM ||
            key->type == TIDE_CONFIG_PATH);
  return find_value (self, key)->string;
}

/**
 * tide_config_get_int:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type INTEGER that can't be over %G_MAXINT
 *
 * Returns: the value
 */
int
tide_config_get_int (TideConfig *self, const char *group, const char *name)
{
  guint64 value = get_value (self, group, name, TIDE_CONFIG_INTEGER)->integer;

  g_assert (tide_config_keys_find (group, name)->max <= G_MAXINT);
  return value;
}

/**
 * tide_config_get_uint64:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type INTEGER
 *
 * Returns: the value
 */
guint64
tide_config_get_uint64 (TideConfig *self, const char *group, const char *name)
{
  return get_value (self, group, name, TIDE_CONFIG_INTEGER)->integer;
}

/**
 * tide_config_get_double:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type DOUBLE
 *
 * Returns: the value
 */
double
tide_config_get_double (TideConfig *self, const char *group, const char *name)
{
  return get_value (self, group, name, TIDE_CONFIG_DOUBLE)->real;
}

/**
 * tide_config_get_boolean:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type BOOLEAN
 *
 * Returns: the value
 */
gboolean
tide_config_get_boolean (TideConfig *self, const char *group, const char *name)
{
  return get_value (self, group, name, TIDE_CONFIG_BOOLEAN)->boolean;
}

/**
 * tide_config_get_strv:
 * @self: a configuration
 * @group: a group's name
 * @name: the name of a key of type LIST
 *
 * Returns: (transfer none) (array zero-terminated=1): the entries
 */
const char *const *
tide_config_get_strv (TideConfig *self, const char *group, const char *name)
{
  return (const char *const *) get_value (self, group, name, TIDE_CONFIG_LIST)->list;
}

/**
 * tide_config_get_origin:
 * @self: a configuration
 * @group: a group's name
 * @name: a key's name
 *
 * Gets where the value of a key came from.
 *
 * Returns: (transfer none): `FILE:LINE`, `--set` or `default`
 */
const char *
tide_config_get_origin (TideConfig *self, const char *group, const char *name)
{
  const TideConfigKey *key = tide_config_keys_find (group, name);

  g_assert (key != NULL);

  const char *origin = find_value (self, key)->origin;

  return origin != NULL ? origin : "default";
}

/**
 * tide_config_get_value:
 * @self: a configuration
 * @key: a key of the table
 *
 * Returns: (transfer none): the value in force
 */
const TideConfigValue *
tide_config_get_value (TideConfig *self, const TideConfigKey *key)
{
  return find_value (self, key);
}

/**
 * tide_config_take_value:
 * @self: a configuration that is being loaded
 * @key: a key of the table
 * @value: (transfer full): a value that was parsed for @key; its fields move over
 *
 * Puts a value in force, in place of the one before.
 */
void
tide_config_take_value (TideConfig *self,
                        const TideConfigKey *key,
                        TideConfigValue *value)
{
  TideConfigValue *place = find_value (self, key);

  tide_config_value_clear (place);
  *place = *value;
  *value = (TideConfigValue){ 0 };
}

/**
 * tide_config_get_routes:
 * @self: a configuration
 *
 * Returns: (transfer none): the routes in force
 */
TideRouteTable *
tide_config_get_routes (TideConfig *self)
{
  return self->routes;
}

/**
 * tide_config_get_route_groups:
 * @self: a configuration
 *
 * Returns: (transfer none): the groups that the routes were made of
 */
const TideConfigRoutes *
tide_config_get_route_groups (TideConfig *self)
{
  return self->groups;
}

/**
 * tide_config_take_routes:
 * @self: a configuration that is being loaded
 * @groups: (transfer full): every `[route NAME]`, the preset's too
 * @routes: (transfer full): the routes that were made of them
 *
 * Puts routes in force, in place of those before.
 */
void
tide_config_take_routes (TideConfig *self,
                         TideConfigRoutes *groups,
                         TideRouteTable *routes)
{
  tide_config_routes_free (self->groups);
  tide_route_table_unref (self->routes);
  self->groups = groups;
  self->routes = routes;
}
