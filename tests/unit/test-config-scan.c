/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-scan.h"

#include <string.h>

/* Writes the lines out as "NUMBER group/key=value" or "NUMBER problem", one a line. */
static char *
scan (const char *data, gssize length)
{
  g_autoptr (GPtrArray) lines =
      tide_config_scan (data, length < 0 ? strlen (data) : (gsize) length);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    {
      const TideConfigLine *line = g_ptr_array_index (lines, i);

      g_string_append_printf (text, "%u ", line->number);
      if (line->problem != NULL)
        g_string_append (text, line->problem);
      else if (line->key == NULL)
        g_string_append (text, line->group);
      else
        g_string_append_printf (text, "%s/%s=%s", line->group, line->key, line->value);
      g_string_append_c (text, '\n');
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
check_scan (const char *data, const char *expected)
{
  g_autofree char *text = scan (data, -1);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_lines (void)
{
  g_test_summary (
      "Groups, keys and comments are told apart, and keep their line numbers");

  check_scan ("", "");
  check_scan ("\n\n\n", "");
  check_scan ("# only this", "");
  check_scan ("# a\n[g]\n\n  # b\nk=v\n", "2 g\n5 g/k=v\n");
  check_scan ("[g]\nk=", "1 g\n2 g/k=\n");
  check_scan ("[g]\n \t k \t = \t a = b \t \n [h] \n", "1 g\n2 g/k=a = b\n3 h\n");
  check_scan ("[g]\nk=v # kept\n", "1 g\n2 g/k=v # kept\n");
  check_scan ("[a b]\nk=1", "1 a b\n2 a b/k=1\n");
}

static void
test_line_ends (void)
{
  g_test_summary ("CRLF, a byte order mark and no last newline change nothing");

  check_scan ("[g]\r\nk=v\r\n\r\n#c\r\nl=w", "1 g\n2 g/k=v\n5 g/l=w\n");
  check_scan ("\xef\xbb\xbf[g]\nk=v\r", "1 g\n2 g/k=v\n");
  check_scan ("\xef\xbb\xbf", "");
}

static void
test_bad_lines (void)
{
  static const char neither[] = "is neither [GROUP] nor KEY=VALUE nor a comment with #";

  g_test_summary ("A line that is nothing known is a problem; the rest goes on");

  g_autofree char *text =
      g_strdup_printf ("1 g\n2 %s\n3 g/a=1\n4 %s\n5 %s\n", neither, neither, neither);

  check_scan ("[g]\nhello\na=1\n=2\n; c\n", text);
  check_scan (
      "k=1\nl=2\n[g]\n",
      "1 stands before the first [GROUP]\n2 stands before the first [GROUP]\n3 g\n");
}

static void
test_bad_headings (void)
{
  static const char *const bad[] = {
    "[", "[]", "[g", "[g]x", "[g] # c", "[[g]]", "[a]b]"
  };

  g_test_summary ("Under a heading that can't be read nothing else is complained about");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *data = g_strdup_printf ("%s\nk=1\nnonsense\n[h]\nl=1\n", bad[i]);

      check_scan (data, "1 is not a group; write [GROUP]\n4 h\n5 h/l=1\n");
    }
}

static void
test_duplicates (void)
{
  g_test_summary ("A group or key that stands twice is told with its first line");

  check_scan ("[g]\nk=1\nk=2\n[h]\nk=1\n[g]\nl=1\nk=3\n",
              "1 g\n2 g/k=1\n"
              "3 [g] k is here a second time; it is in line 2 already\n"
              "4 h\n5 h/k=1\n"
              "6 [g] is here a second time; it is in line 1 already\n"
              "7 g/l=1\n"
              "8 [g] k is here a second time; it is in line 2 already\n");
}

static void
test_no_text (void)
{
  g_autofree char *zero = scan ("[g]\nk=\0v\n[h\n", 13);
  g_autofree char *broken = scan ("[g]\n\nk=\xff\n", -1);
  g_autofree char *overlong = scan ("\xc0\xaf", -1);

  g_test_summary ("What is no UTF-8 text gets one complaint with its line");

  g_assert_cmpstr (zero, ==, "2 has a zero byte; this is no text file\n");
  g_assert_cmpstr (broken, ==, "3 is not valid UTF-8 text\n");
  g_assert_cmpstr (overlong, ==, "1 is not valid UTF-8 text\n");
}

static void
append_random_line (GString *data)
{
  static const char *const pieces[] = {
    "[a]", "[b]", "[a b]", "k=1",   "l = x\\sy ", "\tm=;", "#c",     "",
    " ",   "n==", "o=#",   "p=é;ü", " q=[a]",     "r= ]",  "s=\\\\", "t t=1",
  };

  g_string_append (data, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  g_string_append (data, g_test_rand_bit () ? "\r\n" : "\n");
}

static void
test_agrees_with_key_file (void)
{
  guint n_compared = 0;

  g_test_summary ("What is found without a problem is what GKeyFile finds");

  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GString) data = g_string_new ("[first]\n");
      g_autoptr (GKeyFile) oracle = g_key_file_new ();
      g_autoptr (GError) error = NULL;

      for (int n = g_test_rand_int_range (0, 12); n > 0; n--)
        append_random_line (data);
      g_key_file_load_from_data (oracle, data->str, data->len, 0, &error);
      g_assert_no_error (error);

      g_autoptr (GPtrArray) lines = tide_config_scan (data->str, data->len);

      for (guint i = 0; i < lines->len; i++)
        {
          const TideConfigLine *line = g_ptr_array_index (lines, i);

          g_assert_true (line->problem == NULL || strstr (line->problem, "second time"));
          if (line->problem != NULL)
            break;
          g_assert_true (g_key_file_has_group (oracle, line->group));
        }
      for (guint i = 0; i < lines->len; i++)
        {
          const TideConfigLine *line = g_ptr_array_index (lines, i);
          g_autofree char *value = NULL;
          gboolean is_last = TRUE;

          for (guint j = i + 1; j < lines->len; j++)
            {
              const TideConfigLine *later = g_ptr_array_index (lines, j);

              if (g_strcmp0 (later->group, line->group) == 0 &&
                  g_strcmp0 (later->key, line->key) == 0)
                is_last = FALSE;
            }
          if (line->key == NULL || !is_last)
            continue;
          value = g_key_file_get_value (oracle, line->group, line->key, NULL);
          g_assert_nonnull (value);
          g_assert_cmpstr (g_strstrip (value), ==, line->value);
          n_compared++;
        }
    }
  g_assert_cmpuint (n_compared, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-scan/lines", test_lines);
  g_test_add_func ("/daemon/config-scan/line-ends", test_line_ends);
  g_test_add_func ("/daemon/config-scan/bad-lines", test_bad_lines);
  g_test_add_func ("/daemon/config-scan/bad-headings", test_bad_headings);
  g_test_add_func ("/daemon/config-scan/duplicates", test_duplicates);
  g_test_add_func ("/daemon/config-scan/no-text", test_no_text);
  g_test_add_func ("/daemon/config-scan/agrees-with-key-file", test_agrees_with_key_file);
  return g_test_run ();
}
