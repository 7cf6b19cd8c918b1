/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-authenticator.h"
#include "tide-error.h"
#include "tide-user-name.h"

#include <string.h>

/* The vector of Flask's session cookie that test-flask-session.c has more of. */
#define FLASK_NOW 1700000000
#define FLASK_COOKIE                                                                     \
  "session=eyJfZnJlc2giOnRydWUsIl9pZCI6ImFiYyIsIl91c2VyX2lkIjoiNDIifQ.ZVPxAA."           \
  "r-Fp3VP4jfvexGy9huk9zmCcBjY"

/* HS256 with the key `0123456789abcdef0123456789abcdef`: sub 7, exp 2000. */
#define JWT_TOKEN                                                                        \
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3IiwiZXhwIjoyMDAwfQ."                 \
  "r0FQq3oFBkJRJcnbHkABQgSUAwcb-SzK1KSy77MkAwA"

static TideAuthenticator *
make (TideAuthMode mode)
{
  static const char *const secrets[] = { "test-secret", NULL };
  static const char *const keys[] = { "0123456789abcdef0123456789abcdef", NULL };
  TideFlaskSettings flask = { .secrets = (char **) secrets,
                              .max_age_s = 1000,
                              .max_inflated_bytes = 1000 };
  TideJwtSettings jwt = { .algorithm = TIDE_JWT_HS256,
                          .keys = (char **) keys,
                          .user_claim = "sub",
                          .leeway_s = 5 };
  TideAuthSettings settings = {
    .mode = mode,
    .session_cookie = "session",
    .remember_cookie = "remember_token",
    .jwt_cookie = "token",
    .user_header = "X-Remote-User",
  };

  if (mode == TIDE_AUTH_FLASK_SESSION)
    settings.flask = tide_flask_session_new (&flask);
  if (mode == TIDE_AUTH_JWT)
    settings.jwt = tide_jwt_verifier_new (&jwt, NULL);
  return tide_authenticator_new (&settings);
}

/* Gives the name, `-` for an anonymous user, or the word of the error. */
static char *
authenticate (TideAuthenticator *authenticator, const TideLogin *login)
{
  g_auto (TideIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  if (!tide_authenticator_authenticate (authenticator, login, &identity, &error))
    {
      g_assert_null (identity.user_name);
      return g_strdup (tide_error_get_nick (error));
    }
  g_assert_no_error (error);
  g_assert_false (identity.is_guest);
  return g_strdup (identity.user_name != NULL ? identity.user_name : "-");
}

static void
assert_login (TideAuthenticator *authenticator, TideLogin login, const char *expected)
{
  g_autofree char *found = authenticate (authenticator, &login);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_none (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_NONE);

  g_test_summary ("Without authentication nobody has a name, whatever the browser says");

  assert_login (self,
                (TideLogin){ .user_parameter = "anna",
                             .cookies = FLASK_COOKIE,
                             .user_header = "anna",
                             .n_user_headers = 1,
                             .is_from_trusted_proxy = TRUE },
                "-");
}

static void
test_development (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_DEVELOPMENT);

  g_test_summary ("Development mode believes the parameter; without one it is nobody, "
                  "and nobody comes by a proxy");

  assert_login (self, (TideLogin){ .user_parameter = "anna b" }, "anna b");
  assert_login (self, (TideLogin){ 0 }, "-");
  assert_login (self, (TideLogin){ .has_forwarded_headers = TRUE }, "forbidden");
  assert_login (self,
                (TideLogin){ .user_parameter = "anna", .has_forwarded_headers = TRUE },
                "forbidden");
}

static void
test_names (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_DEVELOPMENT);
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
    assert_login (self, (TideLogin){ .user_parameter = good[i] }, good[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_login (self, (TideLogin){ .user_parameter = bad[i] }, "forbidden");
}

static void
test_flask (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_FLASK_SESSION);

  g_test_summary ("Flask's cookie says who it is; without one a log-in is asked for");

  assert_login (self, (TideLogin){ .cookies = FLASK_COOKIE, .now_s = FLASK_NOW }, "42");
  assert_login (self,
                (TideLogin){ .cookies = FLASK_COOKIE "x", .now_s = FLASK_NOW },
                "login_refused");
  assert_login (self,
                (TideLogin){ .cookies = FLASK_COOKIE, .now_s = FLASK_NOW + 1001 },
                "login_expired");
  assert_login (self, (TideLogin){ .now_s = FLASK_NOW }, "login_required");
  assert_login (
      self, (TideLogin){ .cookies = "a=b", .now_s = FLASK_NOW }, "login_required");
  assert_login (
      self, (TideLogin){ .user_parameter = "42", .now_s = FLASK_NOW }, "login_required");
}

static void
test_jwt (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_JWT);
  g_auto (TideIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A token counts in the header, then in the cookie, for its lifetime");

  assert_login (
      self, (TideLogin){ .authorization = "Bearer " JWT_TOKEN, .now_s = 1000 }, "7");
  assert_login (
      self, (TideLogin){ .authorization = "bearer  " JWT_TOKEN, .now_s = 1000 }, "7");
  assert_login (
      self, (TideLogin){ .cookies = "x=1; token=" JWT_TOKEN, .now_s = 1000 }, "7");
  assert_login (self,
                (TideLogin){ .authorization = "Bearer x",
                             .cookies = "token=" JWT_TOKEN,
                             .now_s = 1000 },
                "login_refused");
  assert_login (self,
                (TideLogin){ .authorization = "Basic " JWT_TOKEN, .now_s = 1000 },
                "login_required");
  assert_login (self,
                (TideLogin){ .authorization = "Bearer " JWT_TOKEN, .now_s = 2006 },
                "login_expired");

  g_assert_true (
      tide_authenticator_check_token (self, JWT_TOKEN, 1990, &identity, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (identity.user_name, ==, "7");
  g_assert_cmpint (identity.lifetime_us, ==, 10 * G_USEC_PER_SEC);
  tide_identity_clear (&identity);
  /* Within the leeway it is let in, and has run out. */
  g_assert_true (
      tide_authenticator_check_token (self, JWT_TOKEN, 2003, &identity, &error));
  g_assert_cmpint (identity.lifetime_us, ==, 1);
}

static void
test_no_tokens (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_NONE);
  g_auto (TideIdentity) identity = { 0 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Other modes take no tokens");

  g_assert_false (
      tide_authenticator_check_token (self, JWT_TOKEN, 1000, &identity, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
}

static void
test_header (void)
{
  g_autoptr (TideAuthenticator) self = make (TIDE_AUTH_HEADER);
  TideLogin good = { .user_header = "anna",
                     .n_user_headers = 1,
                     .is_from_trusted_proxy = TRUE };
  TideLogin direct = good;
  TideLogin twice = good;
  TideLogin bad_name = good;
  TideLogin empty = good;

  g_test_summary ("The header counts once, and from a trusted proxy only");

  direct.is_from_trusted_proxy = FALSE;
  twice.n_user_headers = 2;
  bad_name.user_header = "a\tb";
  empty.user_header = "";
  assert_login (self, good, "anna");
  assert_login (self, direct, "forbidden");
  assert_login (self, twice, "forbidden");
  assert_login (self, bad_name, "forbidden");
  assert_login (self, empty, "login_required");
  assert_login (self, (TideLogin){ .is_from_trusted_proxy = TRUE }, "login_required");
  assert_login (self, (TideLogin){ 0 }, "forbidden");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/authenticator/none", test_none);
  g_test_add_func ("/auth/authenticator/development", test_development);
  g_test_add_func ("/auth/authenticator/names", test_names);
  g_test_add_func ("/auth/authenticator/flask", test_flask);
  g_test_add_func ("/auth/authenticator/jwt", test_jwt);
  g_test_add_func ("/auth/authenticator/no-tokens", test_no_tokens);
  g_test_add_func ("/auth/authenticator/header", test_header);
  return g_test_run ();
}
