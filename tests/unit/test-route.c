/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route.h"

#include <string.h>

static TideRoute *
find (TideRouteTable *table, const char *channel)
{
  return tide_route_table_find (table, channel, strlen (channel));
}

static void
test_find (void)
{
  g_autoptr (TideRouteTable) table = tide_route_table_new ();
  TideRoute *ticks = tide_route_new ("ticks", "tick", NULL, TIDE_AUDIENCE_EVERYONE);
  TideRoute *health = tide_route_new ("health", "state", NULL, TIDE_AUDIENCE_EVERYONE);

  g_test_summary (
      "A route is found by the whole name of its channel, whatever came before");

  g_assert_null (find (table, "ticks"));
  tide_route_table_add (table, ticks);
  tide_route_table_add (table, health);

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (find (table, "ticks") == ticks);
      g_assert_true (find (table, "ticks") == ticks);
      g_assert_true (find (table, "health") == health);
      g_assert_null (find (table, "tick"));
      g_assert_null (find (table, "ticks2"));
      g_assert_null (find (table, "Ticks"));
      g_assert_null (find (table, ""));
    }
  g_assert_true (tide_route_table_find (table, "ticks2", 5) == ticks);
  g_assert_null (tide_route_table_find (table, "ticks\0", 6));
}

static void
test_holds (void)
{
  TideRouteTable *table = tide_route_table_new ();
  TideRouteTable *same = tide_route_table_ref (table);
  const char *const key_fields[] = { "symbol", "ticker", NULL };
  g_autoptr (TideRoute) route = NULL;

  g_test_summary ("Routes and tables live until the last holder lets go");

  tide_route_table_add (table,
                        tide_route_new ("c", "t", key_fields, TIDE_AUDIENCE_SUBSCRIBERS));
  tide_route_table_unref (table);
  route = tide_route_ref (find (same, "c"));
  tide_route_table_unref (same);

  g_assert_cmpstr (route->channel, ==, "c");
  g_assert_cmpstr (route->event_type, ==, "t");
  g_assert_cmpint (route->key_field, ==, 0);
  g_assert_true (g_strv_equal (g_ptr_array_index (route->fields, 0), key_fields));
  g_assert_cmpint (route->audience, ==, TIDE_AUDIENCE_SUBSCRIBERS);
}

static void
test_tickstock (void)
{
  static const struct
  {
    const char *channel;
    const char *event_type;
    const char *key_field;
    TideAudienceRule audience;
  } expected[] = {
    { "tickstock.all_ticks", "tick_data", "symbol", TIDE_AUDIENCE_SUBSCRIBERS },
    { "tickstock.events.patterns", "pattern_alert", NULL, TIDE_AUDIENCE_SUBSCRIBERS },
    { "tickstock.events.backtest.progress",
      "backtest_progress",
      "job_id",
      TIDE_AUDIENCE_EVERYONE },
    { "tickstock.events.backtest.results",
      "backtest_result",
      "job_id",
      TIDE_AUDIENCE_EVERYONE },
    { "tickstock.events.health", "system_health", NULL, TIDE_AUDIENCE_EVERYONE },
  };
  g_autoptr (TideRouteTable) table = tide_route_table_new_tickstock ();

  g_test_summary ("The shipped table has the channels and names of the application");

  g_assert_cmpuint (
      tide_route_table_get_routes (table)->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const TideRoute *route = find (table, expected[i].channel);

      g_assert_nonnull (route);
      g_assert_cmpstr (route->event_type, ==, expected[i].event_type);
      g_assert_cmpint (route->audience, ==, expected[i].audience);
      g_assert_cmpint (route->key_field >= 0, ==, expected[i].key_field != NULL);
      if (route->key_field >= 0)
        g_assert_cmpstr (
            ((char **) g_ptr_array_index (route->fields, route->key_field))[0],
            ==,
            expected[i].key_field);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/route/find", test_find);
  g_test_add_func ("/core/route/holds", test_holds);
  g_test_add_func ("/core/route/tickstock", test_tickstock);
  return g_test_run ();
}
