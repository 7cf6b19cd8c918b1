/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-inspector-rows.h"
#include "tide-json-scan.h"

#include <string.h>

static const char *const members[] = { "id", "n", "name", "is_so" };
static const TideRowInfo info = { "things", "(tusb)", members };

static void
add_rows (TideRows *rows)
{
  tide_rows_add (rows, G_MAXUINT64, G_MAXUINT, "a\"b\\\n", TRUE);
  tide_rows_add (rows, (guint64) 0, 0u, "", FALSE);
  tide_rows_add (rows, (guint64) 1090, 10u, "\xc3\xa4", FALSE);
}

static void
test_variant (void)
{
  TideRows *rows = tide_rows_new (&info, NULL);
  g_autoptr (GVariant) list = NULL;
  g_autoptr (GVariant) none =
      g_variant_ref_sink (tide_rows_finish (tide_rows_new (&info, NULL)));
  g_autofree char *text = NULL;

  g_test_summary ("For the bus a list is an array of tuples, also an empty one");

  add_rows (rows);
  list = g_variant_ref_sink (tide_rows_finish (rows));
  text = g_variant_print (list, FALSE);
  g_assert_cmpstr (g_variant_get_type_string (list), ==, "a(tusb)");
  g_assert_cmpstr (text,
                   ==,
                   "[(18446744073709551615, 4294967295, 'a\"b\\\\\\n', true), "
                   "(0, 0, '', false), (1090, 10, '\xc3\xa4', false)]");
  g_assert_cmpstr (g_variant_get_type_string (none), ==, "a(tusb)");
  g_assert_cmpuint (g_variant_n_children (none), ==, 0);
}

static void
test_json (void)
{
  g_autoptr (GString) text = g_string_new ("{\"one\":1");
  TideJsonKind kind;

  g_test_summary ("In the dump the same list is an array of objects");

  g_assert_null (tide_rows_finish (tide_rows_new (&info, text)));
  TideRows *rows = tide_rows_new (&info, text);

  add_rows (rows);
  g_assert_null (tide_rows_finish (rows));
  g_string_append_c (text, '}');
  g_assert_cmpstr (
      text->str,
      ==,
      "{\"one\":1,\"things\":[],\"things\":["
      "{\"id\":18446744073709551615,\"n\":4294967295,\"name\":\"a\\\"b\\\\\\n\","
      "\"is_so\":true},"
      "{\"id\":0,\"n\":0,\"name\":\"\",\"is_so\":false},"
      "{\"id\":1090,\"n\":10,\"name\":\"\xc3\xa4\",\"is_so\":false}]}");
  g_assert_cmpint (
      tide_json_scan (text->str, text->len, NULL, 0, &kind), ==, TIDE_JSON_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/inspector-rows/variant", test_variant);
  g_test_add_func ("/daemon/inspector-rows/json", test_json);
  return g_test_run ();
}
