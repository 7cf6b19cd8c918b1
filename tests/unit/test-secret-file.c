/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-secret-file.h"

#include <glib/gstdio.h>

#include <string.h>

static void
test_read (void)
{
  g_autofree char *folder = g_dir_make_tmp ("tide-secret-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "secret", NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) open_error = NULL;
  g_autoptr (GError) size_error = NULL;
  g_autoptr (GError) absent_error = NULL;
  g_autoptr (GError) folder_error = NULL;

  g_test_summary ("A secret is all of a file, which nobody else may use");

  g_file_set_contents_full (
      path, "a\n\0b", 4, G_FILE_SET_CONTENTS_CONSISTENT, 0640, NULL);
  bytes = tide_secret_file_read (path, 4, NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "a\n\0b", 4);

  g_assert_null (tide_secret_file_read (path, 3, &size_error));
  g_assert_error (size_error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  for (guint mode = 0641; mode <= 0647; mode++)
    {
      g_clear_error (&open_error);
      g_chmod (path, mode);
      g_assert_null (tide_secret_file_read (path, 4, &open_error));
      g_assert_error (open_error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
      g_assert_nonnull (strstr (open_error->message, path));
      g_assert_nonnull (strstr (open_error->message, "chmod o-rwx"));
    }
  g_unlink (path);
  g_assert_null (tide_secret_file_read (path, 4, &absent_error));
  g_assert_error (absent_error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_null (tide_secret_file_read (folder, 4, &folder_error));
  g_assert_error (folder_error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_rmdir (folder);
}

static void
test_equal (void)
{
  g_test_summary ("Secrets are equal when every byte is");

  g_assert_true (tide_secret_equal ("abc", "abc", 3));
  g_assert_true (tide_secret_equal ("abc", "abd", 2));
  g_assert_true (tide_secret_equal ("a", "b", 0));
  g_assert_false (tide_secret_equal ("abc", "bbc", 3));
  g_assert_false (tide_secret_equal ("abc", "abd", 3));
}

static void
test_credential (void)
{
  g_autofree char *path = NULL;
  g_autofree char *plain = NULL;
  g_autoptr (GError) none = NULL;
  g_autoptr (GError) outside = NULL;

  g_test_summary (
      "What systemd has given is found by its name, and nothing else by that");

  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_assert_null (tide_secret_file_find ("credential:redis", &none));
  g_assert_error (none, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (none->message, "LoadCredential=redis:PATH"));
  g_setenv ("CREDENTIALS_DIRECTORY", "/run/credentials/x", TRUE);
  path = tide_secret_file_find ("credential:redis", NULL);
  g_assert_cmpstr (path, ==, "/run/credentials/x/redis");
  g_assert_null (tide_secret_file_find ("credential:../etc/shadow", &outside));
  g_assert_error (outside, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  plain = tide_secret_file_find ("/etc/secret", NULL);
  g_assert_cmpstr (plain, ==, "/etc/secret");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/secret-file/read", test_read);
  g_test_add_func ("/core/secret-file/equal", test_equal);
  g_test_add_func ("/core/secret-file/credential", test_credential);
  return g_test_run ();
}
