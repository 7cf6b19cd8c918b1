/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-csv.h"

#include <string.h>

/* Takes a line apart; gives its fields with a bar between them, or what is wrong. */
static char *
take_apart (const char *line)
{
  g_autoptr (GString) field = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  GString *all = g_string_new (NULL);

  for (const char *at = line; at != NULL;)
    {
      if (!tide_ctl_csv_take (&at, line + strlen (line), field, &error))
        {
          g_string_assign (all, error->message);
          break;
        }
      g_string_append_printf (all, "[%s]", field->str);
    }
  return g_string_free (all, FALSE);
}

static void
test_fields (void)
{
  static const char *const cases[][2] = {
    { "", "[]" },
    { "a", "[a]" },
    { ",", "[][]" },
    { "a,b,", "[a][b][]" },
    { " a b ,\tc", "[a b][c]" },
    { "\"\"", "[]" },
    { "\"a,b\",c", "[a,b][c]" },
    { "\"a\"\"b\"\"\",c", "[a\"b\"][c]" },
    { "\" a \n\",c", "[ a \n][c]" },
    { "\"", "a quote (\") is not closed" },
    { "a,\"b", "a quote (\") is not closed" },
    { "\"a\"\"", "a quote (\") is not closed" },
    { "\"a\" ,b", "a quote (\") has to be around a whole field, and doubled within it" },
    { "a\"b", "a quote (\") has to be around a whole field, and doubled within it" },
  };

  g_test_summary ("A line comes apart as RFC 4180 has it");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = take_apart (cases[i][0]);

      g_assert_cmpstr (found, ==, cases[i][1]);
    }
}

static void
test_round_trip (void)
{
  g_test_summary ("Any field is read as it was written");

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (GString) line = g_string_new ("x,");
      g_autoptr (GString) field = g_string_new (NULL);
      char text[8] = "";
      const char *at;

      for (gint j = g_test_rand_int_range (0, 7); j > 0; j--)
        text[strlen (text)] = "ab, \"\n"[g_test_rand_int_range (0, 6)];
      tide_ctl_csv_append (line, text);
      g_string_append (line, ",y");
      at = line->str + 2;
      g_assert_true (tide_ctl_csv_take (&at, line->str + line->len, field, NULL));
      g_assert_cmpstr (field->str, ==, text);
      g_assert_cmpstr (at, ==, "y");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/csv/fields", test_fields);
  g_test_add_func ("/ctl/csv/round-trip", test_round_trip);
  return g_test_run ();
}
