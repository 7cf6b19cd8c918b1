/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-table.h"
#include "tide-ctl-text.h"

static TideCtlTable *
make_table (void)
{
  TideCtlTable *table = tide_ctl_table_new (3);

  tide_ctl_table_set_right (table, 1);
  tide_ctl_table_set_style (table, 2, "31");
  tide_ctl_table_set_heading (table, "1");
  tide_ctl_table_add (table, 0, "Name");
  tide_ctl_table_add (table, 1, "N");
  tide_ctl_table_add (table, 2, "Rest");
  tide_ctl_table_add (table, 0, "日本");
  tide_ctl_table_take (table, 1, g_strdup ("10"));
  tide_ctl_table_add (table, 2, "what a long text");
  return table;
}

static void
expect (guint width, gboolean has_colour, const char *wanted)
{
  g_autoptr (TideCtlTable) table = make_table ();
  g_autoptr (GString) out = g_string_new (NULL);

  tide_ctl_table_print (table, out, width, has_colour);
  g_assert_cmpstr (out->str, ==, wanted);
}

static void
test_aligned (void)
{
  g_test_summary ("Columns line up, numbers at the right.");
  expect (0, FALSE, "Name   N  Rest\n日本  10  what a long text\n");
}

static void
test_styled (void)
{
  g_test_summary ("The heading and the columns have their styles.");
  expect (0,
          TRUE,
          "\033[1mName\033[0m  \033[1m N\033[0m  \033[1mRest\033[0m\n"
          "日本  10  \033[31mwhat a long text\033[0m\n");
}

static void
test_cut (void)
{
  g_test_summary ("The widest column gives way to the terminal, whatever its width.");
  expect (18, FALSE, "Name   N  Rest\n日本  10  what a …\n");
  for (guint width = 1; width < 30; width++)
    {
      g_autoptr (TideCtlTable) table = make_table ();
      g_autoptr (GString) out = g_string_new (NULL);

      tide_ctl_table_print (table, out, width, FALSE);

      g_auto (GStrv) lines = g_strsplit (out->str, "\n", -1);

      g_assert_cmpuint (g_strv_length (lines), ==, 3);
      for (guint i = 0; lines[i] != NULL; i++)
        g_assert_cmpuint (tide_ctl_text_get_width (lines[i]), <=, width);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/table/aligned", test_aligned);
  g_test_add_func ("/ctl/table/styled", test_styled);
  g_test_add_func ("/ctl/table/cut", test_cut);
  return g_test_run ();
}
