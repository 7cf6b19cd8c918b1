/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route.h"

#include <string.h>

static TideRoute *
find (TideRouteTable *table, const char *channel)
{
  return tide_route_table_find (table, channel, strlen (channel));
}

static TideRoute *
add (TideRouteTable *table, const char *channel, gboolean is_pattern)
{
  TideRoute *route = tide_route_new (channel, "t", NULL, TIDE_AUDIENCE_EVERYONE);

  route->is_pattern = is_pattern;
  g_assert_false (tide_route_table_has (table, route));
  tide_route_table_add (table, route);
  g_assert_true (tide_route_table_has (table, route));
  return route;
}

static void
test_find (void)
{
  g_autoptr (TideRouteTable) table = tide_route_table_new ();

  g_test_summary (
      "A route is found by the whole name of its channel, whatever came before");

  g_assert_null (find (table, "ticks"));

  const TideRoute *ticks = add (table, "ticks", FALSE);
  const TideRoute *health = add (table, "health", FALSE);

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
test_patterns (void)
{
  g_autoptr (TideRouteTable) table = tide_route_table_new ();
  const TideRoute *wide = add (table, "chat.*", TRUE);
  const TideRoute *narrow = add (table, "chat.a*", TRUE);
  const TideRoute *any = add (table, "*.b", TRUE);
  const TideRoute *same_text;
  const TideRoute *exact;

  g_test_summary ("A channel's own route goes before patterns, the first pattern before "
                  "later ones");

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (find (table, "chat.ab") == wide);
      g_assert_true (find (table, "chat.b") == wide);
      g_assert_true (find (table, "x.b") == any);
      g_assert_null (find (table, "chat"));
    }
  g_assert_true (find (table, "chat.ab") != narrow);
  exact = add (table, "chat.ab", FALSE);
  g_assert_true (find (table, "chat.ab") == exact);
  g_assert_true (find (table, "chat.abc") == wide);
  same_text = add (table, "chat.*", FALSE);
  g_assert_true (find (table, "chat.*") == same_text);
}

static void
test_holds (void)
{
  TideRouteTable *table = tide_route_table_new ();
  TideRouteTable *same = tide_route_table_ref (table);
  g_autoptr (TideRoute) route = NULL;

  g_test_summary ("Tables and their routes live until the last holder lets go");

  add (table, "c", FALSE);
  tide_route_table_unref (table);
  route = tide_route_ref (find (same, "c"));
  tide_route_table_unref (same);
  g_assert_cmpstr (route->channel, ==, "c");
}

typedef struct
{
  const char *channel;
  const char *event_type;
  const char *fields; /* names of all fields */
  const char *lift;
  guint audience;
  TideDeliveryClass delivery_class;
  TidePriority priority;
  gboolean has_key;
  gboolean is_kept;
  gboolean is_for_unsubscribed;
} Expected;

static const Expected tickstock[] = {
  { .channel = "tickstock.all_ticks",
    .event_type = "tick_data",
    .fields = "symbol|ticker timestamp price volume|size ",
    .audience = TIDE_AUDIENCE_SUBSCRIBERS,
    .delivery_class = TIDE_CLASS_CONFLATE,
    .priority = TIDE_PRIORITY_MEDIUM,
    .has_key = TRUE },
  { .channel = "tickstock.events.patterns",
    .event_type = "pattern_alert",
    .fields = "timestamp pattern_type|pattern symbol|ticker tier|timeframe ",
    .lift = "data",
    .audience = TIDE_AUDIENCE_SUBSCRIBERS,
    .delivery_class = TIDE_CLASS_LOSSLESS,
    .priority = TIDE_PRIORITY_HIGH,
    .is_kept = TRUE },
  { .channel = "tickstock.events.backtest.progress",
    .event_type = "backtest_progress",
    .fields = "job_id timestamp ",
    .lift = "data",
    .audience = TIDE_AUDIENCE_SUBSCRIBERS,
    .delivery_class = TIDE_CLASS_CONFLATE,
    .priority = TIDE_PRIORITY_LOW,
    .has_key = TRUE,
    .is_for_unsubscribed = TRUE },
  { .channel = "tickstock.events.backtest.results",
    .event_type = "backtest_result",
    .fields = "job_id timestamp user_id|owner ",
    .lift = "data",
    .audience = TIDE_AUDIENCE_SUBSCRIBERS,
    .delivery_class = TIDE_CLASS_LOSSLESS,
    .priority = TIDE_PRIORITY_HIGH,
    .has_key = TRUE,
    .is_kept = TRUE,
    .is_for_unsubscribed = TRUE },
  { .channel = "tickstock.events.market_insights",
    .event_type = "market_insight",
    .fields = "timestamp tier ",
    .lift = "data",
    .audience = TIDE_AUDIENCE_SUBSCRIBERS,
    .delivery_class = TIDE_CLASS_DROPPABLE,
    .priority = TIDE_PRIORITY_MEDIUM },
  { .channel = "tickstock.events.health",
    .event_type = "system_health",
    .fields = "timestamp status ",
    .lift = "data",
    .audience = TIDE_AUDIENCE_EVERYONE,
    .delivery_class = TIDE_CLASS_CONFLATE,
    .priority = TIDE_PRIORITY_LOW },
};

static void
assert_route (const TideRoute *route, const Expected *expected)
{
  g_autoptr (GString) fields = g_string_new (NULL);

  for (guint i = 0; i < route->fields->len; i++)
    {
      g_autofree char *names = g_strjoinv ("|", g_ptr_array_index (route->fields, i));

      g_string_append_printf (fields, "%s ", names);
    }
  g_assert_cmpstr (route->name, ==, expected->event_type);
  g_assert_cmpstr (route->event_type, ==, expected->event_type);
  g_assert_cmpstr (fields->str, ==, expected->fields);
  g_assert_cmpstr (route->lift, ==, expected->lift);
  g_assert_cmpuint (route->audience, ==, expected->audience);
  g_assert_cmpint (route->delivery_class, ==, expected->delivery_class);
  g_assert_cmpint (route->priority, ==, expected->priority);
  g_assert_cmpint (route->key_field, ==, expected->has_key ? 0 : -1);
  g_assert_cmpint (route->is_kept, ==, expected->is_kept);
  g_assert_cmpint (route->is_for_unsubscribed, ==, expected->is_for_unsubscribed);
  g_assert_cmpuint (route->schema, ==, 1);
}

/* Writes a route's matches as in the configuration, with the first name of each field. */
static char *
list_matches (const TideRoute *route)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < route->matches->len; i++)
    {
      const TideRouteMatch *match = g_ptr_array_index (route->matches, i);

      g_string_append (out, match->type);
      for (guint j = 0; j < match->filters->len; j++)
        {
          const TideRouteFilter *filter =
              &g_array_index (match->filters, TideRouteFilter, j);
          char **names = filter->field >= 0
                             ? g_ptr_array_index (route->fields, filter->field)
                             : NULL;

          g_string_append_printf (
              out, " %s=%s", filter->filter, names != NULL ? names[0] : filter->constant);
        }
      g_string_append_c (out, ';');
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
test_tickstock (void)
{
  static const char *const matches[] = {
    "tickers tickers=symbol;watchlist symbols=symbol subscription_types=price_update;",
    ("tier_patterns pattern_types=pattern_type symbols=symbol tiers=tier;"
     "watchlist symbols=symbol subscription_types=pattern_alert;"),
    "backtest job_ids=job_id;",
    "backtest job_ids=job_id;",
    "market_insights tiers=tier;",
    "",
  };
  g_autoptr (TideRouteTable) table = tide_route_table_new_tickstock ();
  const GPtrArray *routes = tide_route_table_get_routes (table);
  const TideRoute *health = find (table, "tickstock.events.health");
  const TideRoute *results = find (table, "tickstock.events.backtest.results");

  g_test_summary ("The shipped table is that of the application");

  g_assert_cmpuint (routes->len, ==, G_N_ELEMENTS (tickstock));
  for (guint i = 0; i < G_N_ELEMENTS (tickstock); i++)
    {
      const TideRoute *route = find (table, tickstock[i].channel);
      g_autofree char *listed = list_matches (route);

      g_assert_true (route == g_ptr_array_index (routes, i));
      assert_route (route, &tickstock[i]);
      g_assert_cmpstr (listed, ==, matches[i]);
    }
  g_assert_cmpint (g_array_index (results->user_fields, int, 0), ==, 2);
  g_assert_cmpuint (health->priority_rules->len, ==, 1);
  g_assert_true (
      g_array_index (health->priority_rules, TideRoutePriorityRule, 0).is_negated);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/route-table/find", test_find);
  g_test_add_func ("/core/route-table/patterns", test_patterns);
  g_test_add_func ("/core/route-table/holds", test_holds);
  g_test_add_func ("/core/route-table/tickstock", test_tickstock);
  return g_test_run ();
}
