/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-authenticator.h"
#include "tide-error.h"

#include <string.h>

static char untouched[] = "untouched";

static void
test_none (void)
{
  TideLogin login = { "anna", TRUE };
  char *name = untouched;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without authentication nobody has a name, whatever the browser says");

  g_assert_true (tide_authenticator_authenticate (TIDE_AUTH_NONE, &login, &name, &error));
  g_assert_no_error (error);
  g_assert_null (name);
}

static void
test_development (void)
{
  TideLogin login = { "anna b", FALSE };
  TideLogin anonymous = { NULL, FALSE };
  g_autofree char *name = NULL;
  char *no_name = untouched;

  g_test_summary ("Development mode believes the parameter; without one it is nobody");

  g_assert_true (
      tide_authenticator_authenticate (TIDE_AUTH_DEVELOPMENT, &login, &name, NULL));
  g_assert_cmpstr (name, ==, "anna b");
  g_assert_true (tide_authenticator_authenticate (
      TIDE_AUTH_DEVELOPMENT, &anonymous, &no_name, NULL));
  g_assert_null (no_name);
}

static void
assert_refused (const TideLogin *login)
{
  char *name = untouched;
  g_autoptr (GError) error = NULL;

  g_assert_false (
      tide_authenticator_authenticate (TIDE_AUTH_DEVELOPMENT, login, &name, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_FORBIDDEN);
  g_assert_true (name == untouched);
}

static void
test_proxy (void)
{
  TideLogin named = { "anna", TRUE };
  TideLogin anonymous = { NULL, TRUE };

  g_test_summary ("Development mode lets nobody in through a proxy");

  assert_refused (&named);
  assert_refused (&anonymous);
}

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (TIDE_USER_NAME_MAX_BYTES, 'x');
  g_autofree char *too_long = g_strnfill (TIDE_USER_NAME_MAX_BYTES + 1, 'x');
  const char *const good[] = { "a", "0", "\xc3\xa4\xe2\x82\xac", "a/b?c=d", longest };
  const char *const bad[] = {
    "",       "a\nb",  "\x7f",         "\x1b[1m",      "\xc2\x85",
    "\xff",   "a\xc3", "\xed\xa0\x80", "\xe2\x80\xae", /* right-to-left override */
    too_long,
  };

  g_test_summary ("A name is 1 to 128 bytes of UTF-8 that can be shown");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      TideLogin login = { good[i], FALSE };
      g_autofree char *name = NULL;

      g_assert_true (
          tide_authenticator_authenticate (TIDE_AUTH_DEVELOPMENT, &login, &name, NULL));
      g_assert_cmpstr (name, ==, good[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      TideLogin login = { bad[i], FALSE };

      assert_refused (&login);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/authenticator/none", test_none);
  g_test_add_func ("/sessions/authenticator/development", test_development);
  g_test_add_func ("/sessions/authenticator/proxy", test_proxy);
  g_test_add_func ("/sessions/authenticator/names", test_names);
  return g_test_run ();
}
