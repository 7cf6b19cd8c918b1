/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-version.h"
#include "tide-route-text.h"

#include <string.h>

static TideRoute *
make_route (const char *schema, const char *second, const char *first)
{
  g_autoptr (TideRouteText) text = tide_route_text_new ("r");
  g_autoptr (GError) error = NULL;
  TideRoute *route;

  tide_route_text_set (text, "channel", "c", &error);
  tide_route_text_set (text, "audience", "everyone", &error);
  tide_route_text_set (text, "schema", schema, &error);
  tide_route_text_set (text, "schema-2", second, &error);
  tide_route_text_set (text, "schema-1", first, &error);
  route = tide_route_text_finish (text, NULL, &error);
  g_assert_no_error (error);
  return route;
}

static void
assert_version (TideRoute *route,
                const char *payload,
                guint version,
                const char *expected)
{
  g_autoptr (TideEvent) event =
      tide_event_new (route, payload, strlen (payload), NULL, 0, 0);
  g_autoptr (GString) made = tide_event_make_version (event, version);

  if (expected == NULL)
    g_assert_null (made);
  else
    g_assert_cmpmem (made->str, made->len, expected, strlen (expected));
}

static void
test_has (void)
{
  g_autoptr (TideRoute) all = make_route ("3", "drop x", "drop y");
  g_autoptr (TideRoute) some = make_route ("3", "drop x", "");
  g_autoptr (TideRoute) none = make_route ("3", "", "");

  g_test_summary ("A route has its own version, later ones, and the older ones it lists");

  g_assert_true (tide_route_has_version (none, 3));
  g_assert_true (tide_route_has_version (none, 4));
  g_assert_false (tide_route_has_version (none, 2));
  g_assert_true (tide_route_has_version (some, 2));
  g_assert_false (tide_route_has_version (some, 1));
  g_assert_true (tide_route_has_version (all, 1));
  g_assert_false (tide_route_has_version (all, 0));
}

static void
test_changes (void)
{
  g_autoptr (TideRoute) route = make_route (
      "3", "rename price last;drop currency", "rename last value;rename symbol ticker");
  const char *payload = " { \"symbol\" : \"A\\u0042\", \"price\":1.2300e1,"
                        "\"currency\":\"USD\", \"n\":{\"price\":[1, 2]} } ";

  g_test_summary ("Versions are undone one after the other, and no value is touched");

  assert_version (route, payload, 4, payload);
  assert_version (route, payload, 3, payload);
  assert_version (route,
                  payload,
                  2,
                  "{\"symbol\":\"A\\u0042\",\"last\":1.2300e1,\"n\":{\"price\":[1, 2]}}");
  assert_version (
      route,
      payload,
      1,
      "{\"ticker\":\"A\\u0042\",\"value\":1.2300e1,\"n\":{\"price\":[1, 2]}}");
  assert_version (route, payload, 0, NULL);
  assert_version (route, "{}", 1, "{}");
  assert_version (route, "{\"\\u0070rice\":1}", 2, "{\"last\":1}");
  assert_version (route, "{\"price\":1,\"price\":2}", 2, "{\"last\":1,\"last\":2}");
}

static void
test_collisions (void)
{
  g_autoptr (TideRoute) route = make_route ("3", "rename a b;rename b a;rename c d", "");

  g_test_summary ("No name is there twice: who has a name that another gets gives way");

  assert_version (route, "{\"a\":1,\"b\":2}", 2, "{\"b\":1,\"a\":2}");
  assert_version (route, "{\"d\":1,\"c\":2}", 2, "{\"d\":2}");
  assert_version (route, "{\"d\":1}", 2, "{\"d\":1}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/event-version/has", test_has);
  g_test_add_func ("/core/event-version/changes", test_changes);
  g_test_add_func ("/core/event-version/collisions", test_collisions);
  return g_test_run ();
}
