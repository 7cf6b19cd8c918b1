/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-flask-session.h"

#include <string.h>

/* Cookies that itsdangerous 2.1 made at the time NOW with the secret `test-secret`, and
 * digests of Flask-Login 0.6. */
#define NOW 1700000000
#define GOOD                                                                             \
  "eyJfZnJlc2giOnRydWUsIl9pZCI6ImFiYyIsIl91c2VyX2lkIjoiNDIifQ.ZVPxAA."                   \
  "r-Fp3VP4jfvexGy9huk9zmCcBjY"
#define COMPRESSED                                                                       \
  ".eJyrVopPK0otzlCyKikqTdVRis9MUbJSShxgoAR0SGlxahHENSZGQH5ycVFafEl-dmoeUKSCSKBUCwAbIVT" \
  "C.ZVPxAA.YhmxBnrY5LzkjsnxTGYvMmovhW0"
#define NOBODY "eyJhIjoxfQ.ZVPxAA.3ftwdfMlyfsZOkpgG8Ez0ipJvlg"
#define CLEARED "eyJfcmVtZW1iZXIiOiJjbGVhciJ9.ZVPxAA.u-8BEPuS5Wv5AzT_6Hi1i9p01fA"
#define OLD_LOGIN                                                                        \
  "eyJ1c2VyX2lkIjo3LCJfaWQiOiJ4IiwicmVtZW1iZXIiOiJzZXQifQ.ZVPxAA.pGIJ5cRDpL_wGz1zCd"     \
  "O5l6Bp5QI"
#define OWN_FIELD "eyJ1c2VyX2lkIjo3fQ.ZVPxAA.f1UxD4yRwLan8w47LrtKUPpkZ20"
#define NOTHING ".eJwDAAAAAAE.ZVPxAA.WnlD5t1TLkAM_v8d7S6xmteM-MM"
#define NO_PAYLOAD ".ZVPxAA.CNGSHSngyOJxSZf8-abXr6pb750"
/* Found by fuzzing: the dot before the time is not that of a compressed session. */
#define NO_PAYLOAD_DOT ".ZVPxAA.CNGSHSngyOJxSZf8-abXr6pb750"
#define NUMBER "eyJfdXNlcl9pZCI6NDJ9.ZVPxAA.5__jgoAV-rsqTFA8fQLK97odTrQ"
#define TAGGED                                                                           \
  "eyJ4Ijp7IiB0IjpbMSwyXX0sIl91c2VyX2lkIjoiYXxiIn0.ZVPxAA.9cmsI-XXSsa3Dc5aQwXo1qpo-rY"
#define BOMB /* 100,000 bytes */                                                         \
  ".eJztxrEJgDAABMBdvk4lqbJMEJLCVhEEcXcdw-Kuujv9PObet5GWuqTk-"                           \
  "rICAAAAAAAAAAAAAAAAAAAAAAAA"                                                          \
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAv5XnBQG0Eh0.ZVPxAA.c01Gl0sCzhB1Wae3JzPW4WuGADs"
#define BAD_JSON "eyJfdXNlcl9pZCI6IjQyIix9.ZVPxAA.ra_H_iZpMvwU1YlbHMKGyeOfORM"
#define ARRAY "WyJfdXNlcl9pZCJd.ZVPxAA.s5RI_R6DdP9TsZrSNxea2e5hWhM"
#define EMPTY_NAME "eyJfdXNlcl9pZCI6IiJ9.ZVPxAA.OLysescYNufr9PfEsdF3rmovCXg"
#define NUL_NAME "eyJfdXNlcl9pZCI6ImFcdTAwMDBiIn0.ZVPxAA.QtYInFklP2xt0XmBGrdaLowg1aQ"
#define LATE "eyJfdXNlcl9pZCI6IjQyIn0.ZVPxAQ.UpcXcfaQzM10ztcVIWD0DO1DgT8"
#define ROLES                                                                            \
  "eyJfdXNlcl9pZCI6IjQyIiwicm9sZXMiOlsib3BlcmF0b3IiLCJ4Il19.ZVP"                         \
  "xAA.xlsQtW7q-XO7S22Rq7aWkJ5l0vQ"
#define NOBODYS_ROLES                                                                    \
  "eyJyb2xlcyI6Im9wZXJhdG9yIn0.ZVPxAA.Qo0RbF6C2h5NgfDCQy3YXFXE1"                         \
  "bk"
#define OTHER_KEY "eyJfdXNlcl9pZCI6IjQyIn0.ZVPxAA.gUWobOX7t1bk6xbsK_41kzQExQg"
#define REMEMBER                                                                         \
  "42|"                                                                                  \
  "dd4d1da6d01498d3105b0d9811c6fdff12537f7a6bec80103bee15b6908003c01aac57fa3a105587a057" \
  "9ac4065acb94990b95c43d7a9fcaa2223b70accc63d4"
#define REMEMBER_BAR                                                                     \
  "\xc3\xa4|b|"                                                                          \
  "543389a393c9d27bfb4823cda2c7e250dfb65e9ae5d31a4e7c2a753d66e5b7f35855150558d8a6a7770e" \
  "0ee1e7229fdde5171a12b8fc4a537a3f1cb05e523374"
#define REMEMBER_NEWLINE                                                                 \
  "x\n|"                                                                                 \
  "a5b99307501f7e8a87b2683996c795c75a99e3a9ceca9b7f77f2f7f9103b89912ce2c638481c76fa43ca" \
  "bfa64b13419dbd5c303033e6572a706f6d6ea7390472"

static const char *const one_key[] = { "test-secret", NULL };

static TideFlaskSession *
make (const char *const *secrets)
{
  TideFlaskSettings settings = { .secrets = (char **) secrets,
                                 .max_age_s = 1000,
                                 .max_inflated_bytes = 10000,
                                 .roles_member = "roles" };

  return tide_flask_session_new (&settings);
}

/* Gives the user, and the roles if there are any. */
static char *
describe (TideIdentity *identity)
{
  g_auto (TideIdentity) user = *identity;
  g_autofree char *roles =
      user.roles != NULL ? g_strjoinv (",", user.roles) : g_strdup ("");

  if (*roles == '\0')
    return g_strdup (user.user_name);
  return g_strdup_printf ("%s as %s", user.user_name, roles);
}

/* Gives the user, or the word of the error. */
static char *
find (TideFlaskSession *self, const char *session, const char *remember, gint64 now_s)
{
  TideIdentity user = { 0 };
  g_autoptr (GError) error = NULL;

  if (tide_flask_session_find_user (self, session, remember, now_s, &user, &error))
    {
      g_assert_no_error (error);
      return describe (&user);
    }
  g_assert_null (user.user_name);
  g_assert_null (user.roles);
  return g_strdup (tide_error_get_nick (error));
}

static void
assert_user (const char *session, const char *remember, const char *expected)
{
  g_autoptr (TideFlaskSession) self = make (one_key);
  g_autofree char *found = find (self, session, remember, NOW);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_session (void)
{
  g_test_summary ("The user is that of Flask-Login, of any version, compressed or not");

  assert_user (GOOD, NULL, "42");
  assert_user (COMPRESSED, NULL, "42");
  assert_user (NUMBER, NULL, "42");
  assert_user (OLD_LOGIN, NULL, "7");
  assert_user (OWN_FIELD, NULL, "login_required");
  assert_user (TAGGED, NULL, "a|b");
  assert_user (NOBODY, NULL, "login_required");
  assert_user (NUL_NAME, NULL, "login_required");
  assert_user (NO_PAYLOAD_DOT, NULL, "login_refused");
}

static void
test_roles (void)
{
  g_test_summary ("Roles are those of a session that names the user");

  assert_user (ROLES, NULL, "42 as operator,x");
  assert_user (ROLES, REMEMBER, "42 as operator,x");
  assert_user (NOBODYS_ROLES, REMEMBER, "42");
  assert_user (NOBODYS_ROLES, NULL, "login_required");
}

static void
test_age (void)
{
  static const struct
  {
    const char *cookie;
    gint64 now_s;
    const char *expected;
  } cases[] = {
    { GOOD, NOW, "42" },
    { GOOD, NOW + 1000, "42" },
    { GOOD, NOW + 1001, "login_expired" },
    { GOOD, NOW - 1, "login_refused" },
    { LATE, NOW, "login_refused" },
    { LATE, NOW + 1, "42" },
  };
  g_autoptr (TideFlaskSession) self = make (one_key);

  g_test_summary ("A cookie is good from its signing on until it is too old");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = find (self, cases[i].cookie, NULL, cases[i].now_s);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "",       ".",   "..",       "...",     "a.b.c",  GOOD "A", "x" GOOD,         BOMB,
    BAD_JSON, ARRAY, EMPTY_NAME, OTHER_KEY, GOOD ".", "." GOOD, "\xff.\xff.\xff",
  };

  g_test_summary ("What is not signed, too large, or no session, is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_user (cases[i], NULL, "login_refused");
}

/* Whatever single character is changed, nobody is found. */
static void
test_mutations (void)
{
  static const char *const cookies[] = { GOOD, COMPRESSED, REMEMBER };
  g_autoptr (TideFlaskSession) self = make (one_key);

  g_test_summary ("Any changed character is noticed");

  for (gsize i = 0; i < G_N_ELEMENTS (cookies); i++)
    for (gsize at = 0; at < strlen (cookies[i]); at++)
      {
        g_autofree char *cookie = g_strdup (cookies[i]);
        g_autofree char *found = NULL;

        cookie[at] = cookie[at] == 'A' ? 'B' : 'A';
        found = find (self, i < 2 ? cookie : NULL, i < 2 ? NULL : cookie, NOW);
        g_assert_cmpstr (found, ==, "login_refused");
      }
}

static void
test_rotation (void)
{
  static const char *const new_first[] = { "new", "older", "test-secret", NULL };
  static const char *const new_only[] = { "new", NULL };
  g_autoptr (TideFlaskSession) both = make (new_first);
  g_autoptr (TideFlaskSession) one = make (new_only);
  g_autofree char *by_second = find (both, OTHER_KEY, NULL, NOW);
  g_autofree char *by_third = find (both, GOOD, NULL, NOW);
  g_autofree char *remembered = find (both, NULL, REMEMBER, NOW);
  g_autofree char *gone = find (one, GOOD, NULL, NOW);

  g_test_summary ("Each key is good as long as it is there");

  g_assert_cmpstr (by_second, ==, "42");
  g_assert_cmpstr (by_third, ==, "42");
  g_assert_cmpstr (remembered, ==, "42");
  g_assert_cmpstr (gone, ==, "login_refused");
}

static void
test_remember (void)
{
  g_test_summary ("The remember cookie counts when the session names nobody, unless the "
                  "log-out is under way");

  assert_user (NULL, REMEMBER, "42");
  assert_user (NOBODY, REMEMBER, "42");
  assert_user ("broken", REMEMBER, "42");
  assert_user (OLD_LOGIN, REMEMBER, "7");
  assert_user (CLEARED, REMEMBER, "login_required");
  assert_user (NULL, REMEMBER_BAR, "\xc3\xa4|b");
  assert_user (NULL, REMEMBER_NEWLINE, "login_refused");
  assert_user (NULL, "42", "login_refused");
  assert_user (NULL, "42|", "login_refused");
  assert_user (NULL, NULL, "login_required");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/flask-session/session", test_session);
  g_test_add_func ("/auth/flask-session/roles", test_roles);
  g_test_add_func ("/auth/flask-session/age", test_age);
  g_test_add_func ("/auth/flask-session/refused", test_refused);
  g_test_add_func ("/auth/flask-session/mutations", test_mutations);
  g_test_add_func ("/auth/flask-session/rotation", test_rotation);
  g_test_add_func ("/auth/flask-session/remember", test_remember);
  return g_test_run ();
}
