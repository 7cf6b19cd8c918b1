/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route.h"

static void
test_holds (void)
{
  const char *const key_fields[] = { "symbol", "ticker", NULL };
  TideRoute *route = tide_route_new ("c", "t", key_fields, TIDE_AUDIENCE_SUBSCRIBERS);

  g_test_summary ("A route lives until the last holder lets go");

  g_assert_true (tide_route_ref (route) == route);
  tide_route_unref (route);
  g_assert_cmpstr (route->channel, ==, "c");
  g_assert_cmpstr (route->event_type, ==, "t");
  g_assert_cmpstr (route->name, ==, "t");
  g_assert_cmpint (route->key_field, ==, 0);
  g_assert_true (g_strv_equal (g_ptr_array_index (route->fields, 0), key_fields));
  g_assert_cmpint (route->audience, ==, TIDE_AUDIENCE_SUBSCRIBERS);
  tide_route_unref (route);
}

static void
test_event_type (void)
{
  g_autoptr (TideRoute) route = tide_route_new ("c", "t", NULL, 0);

  g_test_summary ("The name of its events is known as JSON, too, also when it changes");

  g_assert_cmpstr (route->event_json->str, ==, "\"t\"");
  tide_route_set_event_type (route, "say \"hi\" \\");
  g_assert_cmpstr (route->event_type, ==, "say \"hi\" \\");
  g_assert_cmpstr (route->event_json->str, ==, "\"say \\\"hi\\\" \\\\\"");
  g_assert_cmpstr (route->name, ==, "t");
}

static void
test_fields (void)
{
  static const char *const symbol[] = { "symbol", "ticker", NULL };
  static const char *const ticker[] = { "ticker", "symbol", NULL };
  g_autoptr (TideRoute) route = tide_route_new ("c", "t", symbol, 0);

  g_test_summary ("The same names are one field, in another order they are another");

  g_assert_cmpint (tide_route_add_field (route, ticker), ==, 1);
  g_assert_cmpint (tide_route_add_field (route, symbol), ==, 0);
  g_assert_cmpint (tide_route_add_field (route, ticker), ==, 1);
  g_assert_cmpuint (route->fields->len, ==, 2);
}

static void
test_parts (void)
{
  static const char *const status[] = { "status", NULL };
  static const char *const good[] = { "healthy", "ok", NULL };
  g_autoptr (TideRoute) route = tide_route_new ("c", "t", NULL, 0);
  int field = tide_route_add_field (route, status);
  TideRouteMatch *match = tide_route_add_match (route, "states");
  const TideRoutePriorityRule *rule;
  const TideRouteFilter *filter;

  g_test_summary ("What is added to a route is kept, in the order of adding");

  tide_route_match_add_filter (match, "states", field, NULL);
  tide_route_match_add_filter (match, "kinds", -1, "health");
  tide_route_add_priority_rule (route, TIDE_PRIORITY_CRITICAL, field, good, TRUE);
  tide_route_add_version (route, 2);
  tide_route_add_version (route, 1);

  g_assert_true (g_ptr_array_index (route->matches, 0) == match);
  filter = &g_array_index (match->filters, TideRouteFilter, 1);
  g_assert_cmpstr (filter->filter, ==, "kinds");
  g_assert_cmpstr (filter->constant, ==, "health");
  rule = &g_array_index (route->priority_rules, TideRoutePriorityRule, 0);
  g_assert_cmpint (rule->priority, ==, TIDE_PRIORITY_CRITICAL);
  g_assert_true (rule->is_negated);
  g_assert_true (g_strv_equal ((const char *const *) rule->values, good));
  g_assert_cmpuint (
      ((TideRouteVersion *) g_ptr_array_index (route->versions, 1))->version, ==, 1);
}

static void
test_nicks (void)
{
  g_test_summary ("Classes and priorities are called as in the configuration");

  g_assert_cmpstr (tide_delivery_class_get_nick (TIDE_CLASS_LOSSLESS), ==, "lossless");
  g_assert_cmpstr (tide_delivery_class_get_nick (TIDE_CLASS_DROPPABLE), ==, "droppable");
  g_assert_cmpstr (tide_priority_get_nick (TIDE_PRIORITY_LOW), ==, "low");
  g_assert_cmpstr (tide_priority_get_nick (TIDE_PRIORITY_CRITICAL), ==, "critical");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/route/holds", test_holds);
  g_test_add_func ("/core/route/event-type", test_event_type);
  g_test_add_func ("/core/route/fields", test_fields);
  g_test_add_func ("/core/route/parts", test_parts);
  g_test_add_func ("/core/route/nicks", test_nicks);
  return g_test_run ();
}
