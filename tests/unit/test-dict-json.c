/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-dict-json.h"

static char *
finish (JsonObject *object)
{
  g_autoptr (GString) text = g_string_new ("> ");

  tide_dict_json_append (object, text);
  return g_strdup (text->str);
}

static void
test_names (void)
{
  static const char *const names[] = { "first", "second", NULL };
  JsonObject *object = tide_dict_json_new (g_variant_new_parsed (
      "{'one-two-three': <uint64 9007199254740993>, 'inner': <{'a-b': <'c-d'>}>,"
      " 'rows': <[('x', true), ('y', false)]>, 'row': <(1, 2)>, 'none': <@a(ss) []>}"));
  g_autofree char *text = NULL;

  g_test_summary ("Hyphens in names become underscores, and rows objects; values stay");

  tide_dict_json_name_rows (object, "rows", names);
  tide_dict_json_name_rows (object, "row", names);
  tide_dict_json_name_rows (object, "none", names);
  tide_dict_json_name_rows (object, "not-there", names);
  text = finish (object);
  g_assert_true (g_str_has_prefix (text, "> {"));
  g_assert_nonnull (strstr (text, "\"one_two_three\":9007199254740993"));
  g_assert_nonnull (strstr (text, "\"inner\":{\"a_b\":\"c-d\"}"));
  g_assert_nonnull (strstr (
      text,
      "\"rows\":[{\"first\":\"x\",\"second\":true},{\"first\":\"y\",\"second\":false}]"));
  g_assert_nonnull (strstr (text, "\"row\":{\"first\":1,\"second\":2}"));
  g_assert_nonnull (strstr (text, "\"none\":[]"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/dict-json/names", test_names);
  return g_test_run ();
}
