/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-subscription-filters.h"

/* Makes filters of a text such as `a=1,2;b=;c=*`. */
static TideSubscriptionFilters *
make (const char *text)
{
  TideSubscriptionFilters *filters = tide_subscription_filters_new ();
  g_auto (GStrv) items = g_strsplit (text, ";", -1);

  for (char **item = items; *item != NULL; item++)
    {
      g_auto (GStrv) pair = g_strsplit (*item, "=", 2);
      g_auto (GStrv) values = g_strsplit (pair[1], ",", -1);

      tide_subscription_filters_set (filters, pair[0], (const char *const *) values);
    }
  return filters;
}

static gboolean
are_equal (const char *a, const char *b)
{
  g_autoptr (TideSubscriptionFilters) one = make (a);
  g_autoptr (TideSubscriptionFilters) other = make (b);
  gboolean is_equal = tide_subscription_filters_equal (one, other);

  g_assert_cmpint (tide_subscription_filters_equal (other, one), ==, is_equal);
  return is_equal;
}

static void
test_equal (void)
{
  g_test_summary ("Filters are equal when they accept the same, in whatever order");

  g_assert_true (are_equal ("", ""));
  g_assert_true (are_equal ("a=1,2;b=3", "b=3;a=2,1"));
  g_assert_true (are_equal ("a=1;b=", "a=1"));
  g_assert_true (are_equal ("a=1;b=*", "b=2,*;a=1"));
  g_assert_true (are_equal ("a=*", ""));
  g_assert_false (are_equal ("a=1", ""));
  g_assert_false (are_equal ("a=1", "b=1"));
  g_assert_false (are_equal ("a=1,2", "a=1"));
  g_assert_false (are_equal ("a=1,2", "a=1,3"));
  g_assert_false (are_equal ("a=1;b=2", "a=2;b=1"));
  g_assert_false (are_equal ("a=*1", "a="));
}

static void
test_values (void)
{
  g_autoptr (TideSubscriptionFilters) filters = make ("a=1,2;b=;c=*,3;d=4");
  g_autoptr (TideSubscriptionFilters) copy = tide_subscription_filters_copy (filters);
  const char *const more[] = { "5", NULL };

  g_test_summary ("A copy has only what limits; setting a filter again replaces it");

  g_assert_true (g_strv_equal (tide_subscription_filters_get (filters, "a"),
                               (const char *const[]){ "1", "2", NULL }));
  g_assert_null (tide_subscription_filters_get (filters, "b"));
  g_assert_null (tide_subscription_filters_get (filters, "c"));
  g_assert_null (tide_subscription_filters_get (filters, "x"));
  g_assert_cmpuint (filters->items->len, ==, 4);
  g_assert_cmpuint (copy->items->len, ==, 2);
  g_assert_true (tide_subscription_filters_equal (filters, copy));
  tide_subscription_filters_set (copy, "d", more);
  g_assert_cmpuint (copy->items->len, ==, 2);
  g_assert_cmpstr (tide_subscription_filters_get (copy, "d")[0], ==, "5");
  g_assert_cmpstr (tide_subscription_filters_get (filters, "d")[0], ==, "4");
}

static void
test_append_json (void)
{
  g_autoptr (TideSubscriptionFilters) filters = make ("a=\",\\;\"b\"=");
  g_autoptr (TideSubscriptionFilters) none = tide_subscription_filters_new ();
  g_autoptr (GString) out = g_string_new ("x");

  g_test_summary ("Filters are written as JSON, names and values escaped");

  tide_subscription_filters_append_json (none, out);
  tide_subscription_filters_append_json (filters, out);
  g_assert_cmpstr (out->str, ==, "x{}{\"a\":[\"\\\"\",\"\\\\\"],\"\\\"b\\\"\":[]}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-filters/equal", test_equal);
  g_test_add_func ("/routing/subscription-filters/values", test_values);
  g_test_add_func ("/routing/subscription-filters/append-json", test_append_json);
  return g_test_run ();
}
