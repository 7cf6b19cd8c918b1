/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-error.h"
#include "tide-ctl-lines.h"

#include <glib/gstdio.h>

#include <string.h>

static char *path; /* of the file that is read */

static TideCtlLines *
open_text (const char *text, gssize length, gboolean is_csv)
{
  g_autoptr (GError) error = NULL;
  TideCtlLines *lines;

  g_file_set_contents (path, text, length, &error);
  g_assert_no_error (error);
  lines = tide_ctl_lines_open (path, &error);
  g_assert_no_error (error);
  tide_ctl_lines_set_csv (lines, is_csv);
  return lines;
}

/* Gives all lines with their numbers. */
static char *
read_all (const char *text, gboolean is_csv)
{
  g_autoptr (TideCtlLines) lines = open_text (text, -1, is_csv);
  GString *all = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *line;
  gsize length;

  while ((line = tide_ctl_lines_next (lines, &length, &error)) != NULL)
    g_string_append_printf (all,
                            "%u-%u[%.*s]",
                            (guint) tide_ctl_lines_get_number (lines),
                            tide_ctl_lines_get_n_spanned (lines),
                            (int) length,
                            line);
  g_assert_no_error (error);
  return g_string_free (all, FALSE);
}

static void
test_lines (void)
{
  static const struct
  {
    const char *text;
    gboolean is_csv;
    const char *expected;
  } cases[] = {
    { "", FALSE, "" },
    { "a", FALSE, "1-1[a]" },
    { "a\n\r\nb\r\n", FALSE, "1-1[a]2-1[]3-1[b]" },
    { "\xef\xbb\xbf"
      "a\nb",
      FALSE,
      "1-1[a]2-1[b]" },
    { "a,\"b\nc\",d\ne", FALSE, "1-1[a,\"b]2-1[c\",d]3-1[e]" },
    { "a,\"b\nc\",d\ne", TRUE, "1-2[a,\"b\nc\",d]3-1[e]" },
    { "\"b\"\"\n\"\nc", TRUE, "1-2[\"b\"\"\n\"]3-1[c]" },
    { "a\"b\nc", TRUE, "1-1[a\"b]2-1[c]" },
    { "\"a\nb", TRUE, "1-1[\"a\nb]" },
  };

  g_test_summary ("Lines come with their numbers; of CSV those in quotes go on");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = read_all (cases[i].text, cases[i].is_csv);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static void
test_many (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (TideCtlLines) lines = NULL;
  double fraction = 0;
  const char *line;
  gsize length;

  g_test_summary ("A file of any length comes line by line, and how far it is is known");

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "%u\n", i);
  lines = open_text (text->str, (gssize) text->len, TRUE);
  g_assert_cmpint (tide_ctl_lines_peek (lines, NULL), ==, '0');
  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *expected = g_strdup_printf ("%u", i);

      line = tide_ctl_lines_next (lines, &length, NULL);
      g_assert_cmpmem (line, length, expected, strlen (expected));
      g_assert_cmpfloat (tide_ctl_lines_get_fraction (lines), >=, fraction);
      fraction = tide_ctl_lines_get_fraction (lines);
    }
  g_assert_null (tide_ctl_lines_next (lines, &length, NULL));
  g_assert_cmpfloat (tide_ctl_lines_get_fraction (lines), >=, 1);
}

static void
test_too_long (void)
{
  g_autofree char *text = g_strnfill (TIDE_CTL_LINE_MAX_BYTES * 8, '\n');
  g_autoptr (TideCtlLines) lines = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_test_summary ("A line that does not end is told with its number");

  text[10] = '"';
  lines = open_text (text, -1, TRUE);
  g_assert_cmpint (tide_ctl_lines_peek (lines, NULL), ==, '"');
  for (guint i = 0; i < 10; i++)
    g_assert_nonnull (tide_ctl_lines_next (lines, &length, NULL));
  g_assert_null (tide_ctl_lines_next (lines, &length, &error));
  g_assert_error (error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_REFUSED);
  g_assert_nonnull (strstr (error->message, "line 11 "));
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("test-ctl-lines-XXXXXX", NULL);
  path = g_build_filename (folder, "lines", NULL);
  g_test_add_func ("/ctl/lines/lines", test_lines);
  g_test_add_func ("/ctl/lines/many", test_many);
  g_test_add_func ("/ctl/lines/too-long", test_too_long);
  result = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return result;
}
