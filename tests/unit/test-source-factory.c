/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-source-factory.h"

#include <glib/gstdio.h>

#include "log-catcher.h"

static GPtrArray *lines;
static TideTimerWheel *wheel;
static TideCounters counters;

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  g_assert_not_reached ();
}

/* Makes a source from `GROUP.KEY=VALUE` settings. */
static TideSource *
make (const char *const *settings, GError **error)
{
  g_autoptr (TideClock) clock = tide_clock_new_manual (0);
  g_autoptr (TideRouteTable) routes = tide_route_table_new_tickstock ();
  TideSourceOutlet outlet = { NULL, &counters, on_message, NULL };
  g_autoptr (GError) config_error = NULL;
  g_autoptr (TideConfig) config =
      tide_config_load_data ("test", "", 0, settings, &config_error);

  g_assert_no_error (config_error);
  g_clear_pointer (&wheel, tide_timer_wheel_free);
  wheel = tide_timer_wheel_new (clock);
  outlet.wheel = wheel;
  return tide_source_factory_make (config, routes, &outlet, error);
}

static void
test_none (void)
{
  const char *const settings[] = { "source.type=none", NULL };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a source there is none, and no error");

  g_assert_null (make (settings, &error));
  g_assert_no_error (error);
  g_assert_false (tide_source_factory_is_redis (NULL));
}

static void
test_redis (void)
{
  const char *const settings[] = { "source.type=redis",
                                   "redis.uri=redis://127.0.0.1:1/3",
                                   NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSource) source = make (settings, &error);

  g_test_summary ("Redis is the source that is named, idle until it is started");

  g_assert_no_error (error);
  g_assert_true (tide_source_factory_is_redis (source));
  g_assert_cmpstr (tide_source_get_description (source), ==, "redis://127.0.0.1:1/3");
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_IDLE);
}

static void
test_redis_password (void)
{
  const char *const settings[] = { "source.type=redis",
                                   "redis.password-file=/no/such/file",
                                   NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSource) source = make (settings, &error);

  g_test_summary ("A password file that is not there yet is told of, and waited for");

  g_assert_no_error (error);
  g_assert_true (tide_source_start (source, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (log_catcher_has (lines, "/no/such/file"));
  tide_source_stop (source);
}

static void
test_replay (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("tide-factory-XXXXXX", &path, NULL);
  g_autofree char *file = g_strconcat ("source.file=", path, NULL);
  const char *const settings[] = { "source.type=replay", file, NULL };
  const char *const missing[] = { "source.type=replay",
                                  "source.file=/no/such/file",
                                  NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) missing_error = NULL;
  g_autoptr (TideSource) source = make (settings, &error);
  g_autoptr (TideSource) no_source = NULL;

  g_test_summary ("A recording is opened, or its absence told");

  g_assert_no_error (error);
  g_assert_false (tide_source_factory_is_redis (source));
  g_assert_nonnull (strstr (tide_source_get_description (source), path));
  g_clear_object (&source);
  no_source = make (missing, &missing_error);
  if (no_source != NULL)
    g_assert_false (tide_source_start (no_source, &missing_error));
  g_assert_error (missing_error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_close (fd, NULL);
  g_unlink (path);
}

static void
test_demo (void)
{
  const char *const settings[] = { "source.type=demo", "demo.seed=7", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideSource) source = make (settings, &error);

  g_test_summary ("The demo needs nothing");

  g_assert_no_error (error);
  g_assert_nonnull (source);
  g_assert_false (tide_source_factory_is_redis (source));
  g_assert_cmpstr (tide_source_get_description (source), !=, "");
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  g_test_add_func ("/daemon/source-factory/none", test_none);
  g_test_add_func ("/daemon/source-factory/redis", test_redis);
  g_test_add_func ("/daemon/source-factory/redis-password", test_redis_password);
  g_test_add_func ("/daemon/source-factory/replay", test_replay);
  g_test_add_func ("/daemon/source-factory/demo", test_demo);
  result = g_test_run ();
  g_clear_pointer (&wheel, tide_timer_wheel_free);
  g_ptr_array_unref (lines);
  return result;
}
