/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-line-reader.h"
#include "tide-random.h"

#include <glib/gstdio.h>

#include <string.h>

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("tide-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "lines", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static TideLineReader *
open_content (Fixture *fixture, const char *content, gssize length)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->path, content, length, NULL));

  TideLineReader *reader = tide_line_reader_open (fixture->path, &error);

  g_assert_no_error (error);
  return reader;
}

/* Reads what is left; lines have a `|` after them here, and one that is too long is `!`.
 */
static char *
read_rest (TideLineReader *reader)
{
  GString *all = g_string_new (NULL);
  const char *line;
  gsize length;

  for (;;)
    switch (tide_line_reader_next (reader, &line, &length))
      {
      case TIDE_LINE_GOOD:
        g_string_append_len (all, line, length);
        g_string_append_c (all, '|');
        break;
      case TIDE_LINE_TOO_LONG:
        g_string_append_c (all, '!');
        break;
      case TIDE_LINE_END:
        return g_string_free (all, FALSE);
      }
}

static void
test_ends (Fixture *fixture, gconstpointer unused)
{
  static const char *const cases[][2] = {
    { "", "" },      { "\n", "|" },      { "\n\n", "||" }, { "a", "a|" },
    { "a\n", "a|" }, { "a\nb", "a|b|" }, { "\na", "|a|" }, { "a\r\n", "a\r|" },
  };

  g_test_summary ("the last line need not end with a newline, empty lines count");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TideLineReader) reader = open_content (fixture, cases[i][0], -1);
      g_autofree char *once = read_rest (reader);

      g_assert_cmpstr (once, ==, cases[i][1]);
    }
}

static void
test_rewind (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TideLineReader) reader = open_content (fixture, "one\ntwo\nthree", -1);

  g_test_summary ("after going back the same lines come again, with the same numbers");

  g_assert_cmpuint (tide_line_reader_get_number (reader), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *all = read_rest (reader);

      g_assert_cmpstr (all, ==, "one|two|three|");
      g_assert_cmpuint (tide_line_reader_get_number (reader), ==, 3);
      tide_line_reader_rewind (reader);
    }
}

static void
test_too_long (Fixture *fixture, gconstpointer unused)
{
  static const gsize lengths[] = {
    TIDE_LINE_MAX_BYTES - 1, TIDE_LINE_MAX_BYTES,     TIDE_LINE_MAX_BYTES + 1,
    TIDE_LINE_MAX_BYTES * 2, TIDE_LINE_MAX_BYTES * 5,
  };

  g_test_summary ("a line over 1 MiB is passed over, those around it are not");

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *line = g_strnfill (lengths[i], 'x');
      g_autofree char *content = g_strconcat ("a\n", line, "\nb\n", line, NULL);
      g_autoptr (TideLineReader) reader = open_content (fixture, content, -1);
      g_autofree char *all = read_rest (reader);
      g_autofree char *short_enough = g_strconcat ("a|", line, "|b|", line, "|", NULL);

      g_assert_cmpstr (
          all, ==, lengths[i] <= TIDE_LINE_MAX_BYTES ? short_enough : "a|!b|!");
      g_assert_cmpuint (tide_line_reader_get_number (reader), ==, 4);
    }
}

static void
test_random (Fixture *fixture, gconstpointer unused)
{
  TideRandom random = { 3 };

  g_test_summary ("random files are cut at each newline, whatever the reads are");

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GString) content = g_string_new (NULL);
      g_autoptr (GString) wanted = g_string_new (NULL);
      guint n_lines = tide_random_range (&random, 0, 300);

      for (guint j = 0; j < n_lines; j++)
        {
          gsize length = tide_random_range (&random, 0, j % 7 == 0 ? 70000 : 50);
          g_autofree char *line =
              g_strnfill (length, 'a' + tide_random_range (&random, 0, 25));

          g_string_append_printf (content, "%s\n", line);
          g_string_append_printf (wanted, "%s|", line);
        }

      g_autoptr (TideLineReader) reader =
          open_content (fixture, content->str, content->len);
      g_autofree char *all = read_rest (reader);

      g_assert_cmpstr (all, ==, wanted->str);
    }
}

static void
test_no_file (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) folder = NULL;

  g_test_summary ("what is not there, or is no regular file, is an error");

  g_assert_null (tide_line_reader_open (fixture->path, &absent));
  g_assert_error (absent, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_nonnull (strstr (absent->message, fixture->path));
  g_assert_null (tide_line_reader_open (fixture->folder, &folder));
  g_assert_error (folder, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/line-reader/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("ends", test_ends);
  ADD ("rewind", test_rewind);
  ADD ("too-long", test_too_long);
  ADD ("random", test_random);
  ADD ("no-file", test_no_file);
  return g_test_run ();
}
