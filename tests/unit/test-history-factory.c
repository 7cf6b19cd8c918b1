/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-history-factory.h"
#include "tide-pipeline.h"

#include <glib/gstdio.h>

static TideConfig *
make_config (const char *first, const char *second)
{
  const char *const settings[] = { "source.type=none", first, second, NULL };
  g_autoptr (GError) error = NULL;
  TideConfig *config = tide_config_load_data ("t.conf", "", 0, settings, &error);

  g_assert_no_error (error);
  return config;
}

/* Makes all stages, and looks where the history would be. */
static void
assert_state (const char *setting, const char *state_directory, const char *expected)
{
  g_autoptr (TideConfig) config = make_config (setting, NULL);
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  g_autoptr (TidePipeline) pipeline = NULL;

  if (state_directory != NULL)
    g_setenv ("STATE_DIRECTORY", state_directory, TRUE);
  else
    g_unsetenv ("STATE_DIRECTORY");
  pipeline = tide_pipeline_new (config, status);
  g_assert_cmpstr (tide_status_get_history (status), ==, expected);
  g_assert_cmpint (tide_pipeline_get_stages (pipeline)->history != NULL,
                   ==,
                   g_strcmp0 (expected, "off") != 0);
}

static void
test_place (void)
{
  g_test_summary ("The history is in a file that is named, in the first folder that "
                  "systemd gives, in memory, or nowhere");

  assert_state (NULL, NULL, "memory");
  assert_state (NULL, "", "memory");
  assert_state (NULL, "/nowhere:/else", "file");
  assert_state ("history.file=/nowhere/h.db", NULL, "file");
  assert_state ("history.store=memory", "/nowhere", "memory");
  assert_state ("history.store=off", "/nowhere", "off");
}

static void
count (guint64 ticket, const GString *payload, const GError *error, gpointer user_data)
{
}

static void
ignore (gpointer user_data)
{
}

static void
test_reload (void)
{
  const char *const key[] = { "s", NULL };
  g_autoptr (TideClock) clock = tide_clock_new_manual (0);
  g_autoptr (TideClock) wall = tide_clock_new_manual (90000 * (gint64) G_USEC_PER_SEC);
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (TideRoute) route = tide_route_new ("c", "e", key, TIDE_AUDIENCE_EVERYONE);
  g_autoptr (TideConfig) config =
      make_config ("history.max-symbols=2", "history.keep-1d-days=0");
  TideCounters counters = { 0 };
  TideHistorySettings settings = { NULL, 1, 10, { 0 } };
  TideHistoryFuncs funcs = { count, ignore, NULL };
  g_autoptr (TideHistory) history =
      tide_history_new (wheel, wall, &counters, &settings, &funcs);

  g_test_summary ("A reload changes the limits, where there is a history");

  route->price_field = 0;
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *symbol = g_strdup_printf ("%u", i + 1);
      g_autoptr (TideEvent) event = NULL;
      TideEventValue value = { symbol, 1 };
      TideEventFacts facts = { .route = route,
                               .payload = "{}",
                               .payload_length = 2,
                               .values = &value,
                               .timestamp_us = 90000 * (gint64) G_USEC_PER_SEC };

      if (i == 2)
        tide_history_factory_reload (history, config);
      event = tide_event_new_full (&facts);
      tide_history_take (history, event);
    }
  g_assert_cmpuint (counters.ticks_taken, ==, 2);
  g_assert_cmpuint (counters.ticks_refused, ==, 2);
  tide_history_factory_reload (NULL, config);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/history-factory/place", test_place);
  g_test_add_func ("/daemon/history-factory/reload", test_reload);
  return g_test_run ();
}
