/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-value.h"

static void
test_text (void)
{
  static const struct
  {
    const char *key;
    const char *value;
    const char *text;
  } cases[] = {
    { "user", "'alice'", "alice" },
    { "n", "uint32 12", "12" },
    { "n", "uint64 18446744073709551615", "18446744073709551615" },
    { "unread-bytes", "uint64 1536", "1.5 KiB" },
    { "MemoryBytes", "uint64 1536", "1.5 KiB" },
    { "ping_usec", "uint64 1500", "1.5 ms" },
    { "idle-usec", "uint64 3600000000", "1 h 0 min" },
    { "rooms", "['a', 'b']", "a, b" },
    { "is-slow", "true", "yes" },
    { "connections", "[uint64 1, 2]", "1, 2" },
    { "connections", "@at []", "" },
    { "nested", "[(uint64 1, 'a')]", "[1,\"a\"]" },
    { "dictionary", "{'a': uint32 1}", "{\"a\":1}" },
  };

  g_test_summary ("A value is written in its unit, which is the end of its name.");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) value =
          g_variant_ref_sink (g_variant_new_parsed (cases[i].value));
      g_autofree char *text = tide_ctl_value_to_text (cases[i].key, value);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_look_up (void)
{
  g_autoptr (GVariant) all =
      g_variant_ref_sink (g_variant_new_parsed ("{'A': <uint64 7>, 'B': <'b'>}"));
  g_autoptr (JsonObject) object = json_object_new ();

  g_test_summary ("What is not there is 0, or empty.");
  g_assert_cmpuint (tide_ctl_value_get_count (all, "A"), ==, 7);
  g_assert_cmpuint (tide_ctl_value_get_count (all, "B"), ==, 0);
  g_assert_cmpuint (tide_ctl_value_get_count (all, "C"), ==, 0);
  g_assert_cmpstr (tide_ctl_value_get_string (all, "B"), ==, "b");
  g_assert_cmpstr (tide_ctl_value_get_string (all, "C"), ==, "");
  g_autoptr (GPtrArray) keys = tide_ctl_value_sort_keys (all);

  g_assert_cmpuint (keys->len, ==, 2);
  g_assert_cmpstr (keys->pdata[0], ==, "A");
  tide_ctl_value_add_members (object, all);
  g_assert_cmpint (json_object_get_int_member (object, "A"), ==, 7);
}

static void
test_rows (void)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (
      g_variant_new_parsed ("{'user': <'anna'>, 'lane': <{'slow': <true>, "
                            "'unread-bytes': <uint64 2048>}>, 'ids': <[uint64 1, 2]>}"));
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);
  g_autoptr (GString) out = g_string_new (NULL);

  g_test_summary ("A row for each key, sorted, and for those inside, by both names.");
  tide_ctl_value_add_rows (table, all);
  tide_ctl_table_print (table, out, 0, FALSE);
  g_assert_cmpstr (out->str,
                   ==,
                   "ids                1, 2\n"
                   "lane.slow          yes\n"
                   "lane.unread-bytes  2.0 KiB\n"
                   "user               anna\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/value/text", test_text);
  g_test_add_func ("/ctl/value/look-up", test_look_up);
  g_test_add_func ("/ctl/value/rows", test_rows);
  return g_test_run ();
}
