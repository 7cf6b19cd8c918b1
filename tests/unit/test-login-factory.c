/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-login-factory.h"

#include <glib/gstdio.h>

#include <string.h>

#define PEM                                                                              \
  "-----BEGIN PUBLIC KEY-----\n"                                                         \
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEve4neQasu4lVzuDUSfrNy1ipoe2\n"                   \
  "nv9x3cTmN8AmGlmsCxuIwYPh4C9dNqzup8DIW7+aIP/tPmB+QeTAvZVCjA==\n"                       \
  "-----END PUBLIC KEY-----\n"

static char *path;

static TideAuthenticator *
make (const char *settings, const char *secret, GError **error)
{
  g_autoptr (GString) all = g_string_new (settings);
  g_auto (GStrv) lines = NULL;
  g_autoptr (TideConfig) config = NULL;

  if (secret != NULL)
    g_file_set_contents_full (
        path, secret, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  else
    g_unlink (path);
  g_string_replace (all, "PATH", path, 0);
  lines = g_strsplit (all->str, "\n", -1);
  config = tide_config_load_data ("t.conf", "", 0, (const char *const *) lines, error);
  g_assert_nonnull (config);
  return tide_login_factory_make (config, error);
}

static void
assert_made (const char *settings, const char *secret, TideAuthMode mode)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideAuthenticator) self = make (settings, secret, &error);

  g_assert_no_error (error);
  g_assert_cmpint (tide_authenticator_get_mode (self), ==, mode);
}

static void
test_modes (void)
{
  g_test_summary ("Each mode is made, with one secret or several");

  assert_made ("auth.mode=none", NULL, TIDE_AUTH_NONE);
  assert_made ("auth.mode=development", NULL, TIDE_AUTH_DEVELOPMENT);
  assert_made (
      "auth.mode=header\nserver.trusted-proxies=127.0.0.1", NULL, TIDE_AUTH_HEADER);
  assert_made ("auth.mode=flask-session\nauth.flask-secret-file=PATH",
               "new\r\n\n old \n",
               TIDE_AUTH_FLASK_SESSION);
  assert_made ("auth.mode=jwt\nauth.jwt-key-file=PATH",
               "0123456789abcdef0123456789abcdef\n",
               TIDE_AUTH_JWT);
  assert_made ("auth.mode=jwt\nauth.jwt-algorithm=ES256\nauth.jwt-key-file=PATH",
               "a comment\n" PEM "\n" PEM,
               TIDE_AUTH_JWT);
}

static void
test_rotation (void)
{
  g_autoptr (TideAuthenticator) self =
      make ("auth.mode=flask-session\nauth.flask-secret-file=PATH",
            "new\r\n\n test-secret \n",
            NULL);
  TideLogin login = { .cookies = "session=eyJfdXNlcl9pZCI6NDJ9.ZVPxAA."
                                 "5__jgoAV-rsqTFA8fQLK97odTrQ",
                      .now_s = 1700000000 };
  g_auto (TideIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("The second line of the file is a key as well");

  tide_authenticator_authenticate (self, &login, &identity, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (identity.user_name, ==, "42");
}

static void
test_bad (void)
{
  static const struct
  {
    const char *settings;
    const char *secret;
    const char *problem;
  } cases[] = {
    { "auth.mode=flask-session\nauth.flask-secret-file=PATH", NULL, "No such file" },
    { "auth.mode=flask-session\nauth.flask-secret-file=PATH", "\n \n", "is empty" },
    { "auth.mode=jwt\nauth.jwt-key-file=PATH", "short", "at least 32 bytes" },
    { "auth.mode=jwt\nauth.jwt-algorithm=RS256\nauth.jwt-key-file=PATH",
      PEM,
      "needs an RSA key" },
    { "auth.mode=jwt\nauth.jwt-algorithm=ES256\nauth.jwt-key-file=PATH",
      "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
      "is no public key" },
  };

  g_test_summary ("What can't be used is named with its key and file, not shown");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (make (cases[i].settings, cases[i].secret, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "[auth] "));
      g_assert_nonnull (strstr (error->message, path));
      g_assert_nonnull (strstr (error->message, cases[i].problem));
      g_assert_null (strstr (error->message, "AAAA"));
    }
}

int
main (int argc, char *argv[])
{
  g_autofree char *folder = g_dir_make_tmp ("tide-login-XXXXXX", NULL);
  int code;

  path = g_build_filename (folder, "secret", NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/login-factory/modes", test_modes);
  g_test_add_func ("/daemon/login-factory/rotation", test_rotation);
  g_test_add_func ("/daemon/login-factory/bad", test_bad);
  code = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return code;
}
