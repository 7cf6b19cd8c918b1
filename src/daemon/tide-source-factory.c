/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-source-factory.h"

#include "tide-demo-source.h"
#include "tide-redis-source.h"
#include "tide-replay-source.h"

static TideSource *
make_redis (TideConfig *config,
            TideRouteTable *routes,
            const TideSourceOutlet *outlet,
            GError **error)
{
  const char *password_file = tide_config_get_string (config, "redis", "password-file");
  const char *control = tide_config_get_string (config, "redis", "control-channel");
  const GPtrArray *all = tide_route_table_get_routes (routes);
  g_autoptr (GPtrArray) channels = g_ptr_array_new ();
  g_autoptr (GPtrArray) patterns = g_ptr_array_new ();
  TideRedisSettings settings = {
    .uri = tide_config_get_string (config, "redis", "uri"),
    .password_file = *password_file != '\0' ? password_file : NULL,
    .probe_interval_ms = tide_config_get_int (config, "redis", "probe-interval-ms"),
  };

  if (*control != '\0')
    g_ptr_array_add (channels, (gpointer) control);
  for (guint i = 0; i < all->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (all, i);

      g_ptr_array_add (route->is_pattern ? patterns : channels, route->channel);
    }
  g_ptr_array_add (channels, NULL);
  g_ptr_array_add (patterns, NULL);
  settings.channels = (const char *const *) channels->pdata;
  settings.patterns = (const char *const *) patterns->pdata;
  return (TideSource *) tide_redis_source_new (outlet, &settings, error);
}

static TideSource *
make_replay (TideConfig *config, const TideSourceOutlet *outlet, GError **error)
{
  TideReplaySettings settings = {
    .path = tide_config_get_string (config, "source", "file"),
    .speed = tide_config_get_double (config, "source", "speed"),
    .should_loop = tide_config_get_boolean (config, "source", "loop"),
  };

  return (TideSource *) tide_replay_source_new (outlet, &settings, error);
}

static TideSource *
make_demo (TideConfig *config, const TideSourceOutlet *outlet)
{
  guint64 seed = tide_config_get_uint64 (config, "demo", "seed");
  TideDemoSettings settings = {
    .seed = seed != 0 ? seed : (guint64) g_get_real_time (),
    .ticks_per_second = tide_config_get_int (config, "demo", "ticks-per-second"),
  };

  return TIDE_SOURCE (tide_demo_source_new (outlet, &settings));
}

/**
 * tide_source_factory_make:
 * @config: names the source
 * @routes: whose channels and patterns to listen to
 * @outlet: where messages go
 * @error: return location for an error
 *
 * Makes the source that the configuration names.
 *
 * Fails with [error@Error.BAD_CONFIG].
 *
 * Returns: (transfer full) (nullable): a source; %NULL without an error for `none`
 */
TideSource *
tide_source_factory_make (TideConfig *config,
                          TideRouteTable *routes,
                          const TideSourceOutlet *outlet,
                          GError **error)
{
  const char *type = tide_config_get_string (config, "source", "type");

  if (g_str_equal (type, "redis"))
    return make_redis (config, routes, outlet, error);
  if (g_str_equal (type, "replay"))
    return make_replay (config, outlet, error);
  if (g_str_equal (type, "demo"))
    return make_demo (config, outlet);
  return NULL;
}

/**
 * tide_source_factory_is_redis:
 * @source: (nullable): a source
 *
 * Returns: whether it is Redis
 */
gboolean
tide_source_factory_is_redis (TideSource *source)
{
  return source != NULL && TIDE_IS_REDIS_SOURCE (source);
}
