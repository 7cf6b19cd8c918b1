/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-password-file.h"

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
  fixture->path = g_build_filename (fixture->folder, "password", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
check (Fixture *fixture, const char *content, gssize length, const char *password)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents_full (
      fixture->path, content, length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));

  g_autoptr (GBytes) bytes = tide_password_file_read (fixture->path, &error);

  if (password == NULL)
    {
      g_assert_null (bytes);
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
      g_assert_nonnull (strstr (error->message, fixture->path));
      return;
    }

  gsize n_bytes;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  g_assert_no_error (error);
  g_assert_cmpmem (data, n_bytes, password, strlen (password));
}

static void
test_content (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *longest = g_strnfill (4096, 'x');
  g_autofree char *too_long = g_strnfill (4097, 'x');
  g_autofree char *huge = g_strnfill (100000, 'x');

  g_test_summary ("one newline is cut off the end, the rest is the password");

  check (fixture, "secret", -1, "secret");
  check (fixture, "secret\n", -1, "secret");
  check (fixture, "secret\r\n", -1, "secret");
  check (fixture, "secret\n\n", -1, "secret\n");
  check (fixture, " se cret ", -1, " se cret ");
  check (fixture, longest, -1, longest);
  check (fixture, too_long, -1, NULL);
  check (fixture, huge, -1, NULL);
  check (fixture, "", -1, NULL);
  check (fixture, "\n", -1, NULL);
  check (fixture, "\r\n", -1, NULL);
}

static void
test_unreadable (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) folder = NULL;

  g_test_summary ("a file that is not there, or is a folder, is an error");

  g_assert_null (tide_password_file_read (fixture->path, &absent));
  g_assert_error (absent, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_null (tide_password_file_read (fixture->folder, &folder));
  g_assert_error (folder, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/sources/password-file/content", Fixture, NULL, set_up, test_content, tear_down);
  g_test_add ("/sources/password-file/unreadable",
              Fixture,
              NULL,
              set_up,
              test_unreadable,
              tear_down);
  return g_test_run ();
}
