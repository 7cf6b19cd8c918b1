/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-tls-certificate.h"

#include "tls-harness.h"
#include <sys/stat.h>

#define DAY_S (24 * 60 * 60)

static void
test_load (void)
{
  TlsFiles files = tls_files_make ("good");
  g_autoptr (GError) error = NULL;
  g_autoptr (TideTlsCertificate) certificate = NULL;

  g_test_summary ("A certificate and its key are read, and warned of at the right time");

  certificate = tide_tls_certificate_load (files.certificate, files.key, &error);
  g_assert_no_error (error);

  static const struct
  {
    gint64 now_s;
    const char *pattern;
  } cases[] = {
    { CERTIFICATE_FROM_S - 1, "*not valid yet*" },
    { CERTIFICATE_FROM_S, NULL },
    { CERTIFICATE_TO_S - 14 * DAY_S, NULL },
    { CERTIFICATE_TO_S - 14 * DAY_S + 1, "*expires in 13 days*SIGHUP" },
    { CERTIFICATE_TO_S, "*expires in 0 days*" },
    { CERTIFICATE_TO_S + 1, "*has expired*SIGHUP" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *fault =
          tide_tls_certificate_find_fault (certificate, cases[i].now_s);

      if (cases[i].pattern == NULL)
        g_assert_null (fault);
      else
        g_assert_true (fault != NULL && g_pattern_match_simple (cases[i].pattern, fault));
    }
  tls_files_clear (&files);
}

static void
expect_refusal (const char *certificate, const char *key, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (tide_tls_certificate_load (certificate, key, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s is not %s", error->message, pattern);
}

static void
test_refuse (void)
{
  TlsFiles files = tls_files_make ("one");
  TlsFiles other = tls_files_make ("other");
  g_autofree char *empty = g_build_filename (g_get_user_cache_dir (), "empty", NULL);

  g_test_summary ("What can't be used is refused, with the file and what to do");

  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_cmpint (chmod (empty, 0600), ==, 0);
  expect_refusal ("/nowhere/a", files.key, "*certificate /nowhere/a: No such file*");
  expect_refusal (files.certificate, "/nowhere/b", "*key /nowhere/b: No such file*");
  expect_refusal (files.certificate, "/", "*not a regular file");
  expect_refusal (files.certificate, empty, "*it is empty");
  expect_refusal (files.certificate, other.key, "*do not belong together*");
  expect_refusal (files.key, files.certificate, "*both must be PEM files*");
  g_assert_cmpint (chmod (files.key, 0640), ==, 0);
  tide_tls_certificate_unref (
      tide_tls_certificate_load (files.certificate, files.key, NULL));
  g_assert_cmpint (chmod (files.key, 0604), ==, 0);
  expect_refusal (files.certificate, files.key, "*chmod o=*");
  tls_files_clear (&files);
  tls_files_clear (&other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/server/tls-certificate/load", test_load);
  g_test_add_func ("/server/tls-certificate/refuse", test_refuse);

  return g_test_run ();
}
