/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-console-access.h"
#include "tide-error.h"

/* Ways to come by. */
static const TideReach straight = { .is_by_local = TRUE };
static const TideReach proxied = { .is_by_local = TRUE, .is_proxied = TRUE };
static const TideReach foreign = { .is_public = TRUE };
static const TideReach admin = { TRUE, TRUE, FALSE, TRUE, TRUE };
static const TideReach admin_by_proxy = { TRUE, TRUE, TRUE, TRUE, TRUE };
static const TideReach admin_from_afar = { TRUE, FALSE, FALSE, TRUE, TRUE };
static const TideReach beside_admin = { FALSE, TRUE, FALSE, TRUE, FALSE };

static void
test_there (void)
{
  static const struct
  {
    TideConsoleServe serve;
    TideAuthMode mode;
    const TideReach *reach;
    gboolean is_there;
  } cases[] = {
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_NONE, &straight, TRUE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_NONE, &proxied, FALSE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_NONE, &foreign, FALSE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_NONE, &beside_admin, FALSE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_NONE, &admin, TRUE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_JWT, &straight, TRUE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_JWT, &proxied, FALSE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_JWT, &foreign, FALSE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_JWT, &admin_by_proxy, TRUE },
    { TIDE_CONSOLE_LOCAL, TIDE_AUTH_JWT, &admin_from_afar, TRUE },
    { TIDE_CONSOLE_EVERYWHERE, TIDE_AUTH_JWT, &foreign, TRUE },
    { TIDE_CONSOLE_EVERYWHERE, TIDE_AUTH_HEADER, &proxied, TRUE },
    { TIDE_CONSOLE_EVERYWHERE, TIDE_AUTH_NONE, &foreign, FALSE },
    { TIDE_CONSOLE_EVERYWHERE, TIDE_AUTH_DEVELOPMENT, &proxied, FALSE },
    { TIDE_CONSOLE_EVERYWHERE, TIDE_AUTH_NONE, &straight, TRUE },
    { TIDE_CONSOLE_OFF, TIDE_AUTH_JWT, &straight, FALSE },
    { TIDE_CONSOLE_OFF, TIDE_AUTH_NONE, &admin, FALSE },
  };

  g_test_summary (
      "The console is where figures are, everywhere with a log-in, or nowhere");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideConsoleSettings settings = { .serve = cases[i].serve };
      TideConsoleVisit visit = { &settings, cases[i].mode, *cases[i].reach };

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (tide_console_access_is_there (&visit), ==, cases[i].is_there);
    }
}

static void
test_hosts (void)
{
  static const char *const origins[] = { "https://desk.example", NULL };
  TideConsoleSettings settings = { 0 };
  TideConsoleVisit visit = { &settings, TIDE_AUTH_NONE, straight };

  g_test_summary ("Where nobody logs in, no name that others can give away is taken");

  g_assert_true (tide_console_access_takes_host (&visit, "127.0.0.1:5000", origins));
  g_assert_true (tide_console_access_takes_host (&visit, "desk.example", origins));
  g_assert_false (tide_console_access_takes_host (&visit, "desk.example", NULL));
  g_assert_false (tide_console_access_takes_host (&visit, NULL, origins));
  g_assert_false (tide_console_access_takes_host (&visit, "evil.example", origins));
  visit.mode = TIDE_AUTH_DEVELOPMENT;
  g_assert_false (tide_console_access_takes_host (&visit, "evil.example", origins));
  visit.mode = TIDE_AUTH_JWT;
  g_assert_true (tide_console_access_takes_host (&visit, "evil.example", origins));
  g_assert_true (tide_console_access_takes_host (&visit, NULL, origins));
}

static void
test_users (void)
{
  static const char *const operators[] = { "anna", "ben", NULL };
  static const char *const roles[] = { "reader", "operator", NULL };
  static const char *const other_roles[] = { "reader", "anna", NULL };
  static const struct
  {
    TideAuthMode mode;
    const TideReach *reach;
    const char *user;
    const char *const *roles;
    gboolean is_operator;
  } cases[] = {
    { TIDE_AUTH_NONE, &straight, NULL, NULL, TRUE },
    { TIDE_AUTH_NONE, &admin, NULL, NULL, TRUE },
    { TIDE_AUTH_NONE, &admin_by_proxy, NULL, NULL, FALSE },
    { TIDE_AUTH_NONE, &admin_from_afar, NULL, NULL, FALSE },
    { TIDE_AUTH_DEVELOPMENT, &straight, "carl", NULL, TRUE },
    { TIDE_AUTH_JWT, &admin_by_proxy, "anna", NULL, TRUE },
    { TIDE_AUTH_JWT, &foreign, "ben", other_roles, TRUE },
    { TIDE_AUTH_JWT, &straight, "carl", NULL, FALSE },
    { TIDE_AUTH_JWT, &straight, "carl", roles, TRUE },
    { TIDE_AUTH_JWT, &straight, "carl", other_roles, FALSE },
    { TIDE_AUTH_FLASK_SESSION, &straight, "operator", other_roles, FALSE },
    { TIDE_AUTH_HEADER, &proxied, "anna", NULL, TRUE },
    { TIDE_AUTH_HEADER, &proxied, "Anna", NULL, FALSE },
  };
  TideConsoleSettings settings = { .operators = (char **) operators,
                                   .operator_role = (char *) "operator" };

  g_test_summary ("An operator is named, or has the role, or is alone with the machine");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideConsoleVisit visit = { &settings, cases[i].mode, *cases[i].reach };
      TideIdentity identity = { .user_name = (char *) cases[i].user,
                                .roles = (char **) cases[i].roles };
      g_autoptr (GError) error = NULL;

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (tide_console_access_check_user (&visit, &identity, &error),
                       ==,
                       cases[i].is_operator);
      if (!cases[i].is_operator)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_FORBIDDEN);
      if (!cases[i].is_operator && cases[i].mode == TIDE_AUTH_JWT)
        g_assert_nonnull (strstr (error->message, cases[i].user));
    }
}

static void
test_nobody_is_named (void)
{
  static const char *const roles[] = { "", "operator", NULL };
  TideConsoleSettings settings = { 0 };
  TideConsoleVisit visit = { &settings, TIDE_AUTH_JWT, straight };
  TideIdentity identity = { .user_name = (char *) "anna", .roles = (char **) roles };

  g_test_summary ("With no operators and no role nobody is one");

  g_assert_false (tide_console_access_check_user (&visit, &identity, NULL));
}

static void
test_guest (void)
{
  TideConsoleSettings settings = { .operator_role = (char *) "operator" };
  TideConsoleVisit visit = { &settings, TIDE_AUTH_JWT, straight };
  TideIdentity identity = { .is_guest = TRUE };
  g_autoptr (GError) error = NULL;

  g_test_summary ("A guest is told to log in");

  g_assert_false (tide_console_access_check_user (&visit, &identity, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LOGIN_REQUIRED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/console-access/there", test_there);
  g_test_add_func ("/server/console-access/hosts", test_hosts);
  g_test_add_func ("/server/console-access/users", test_users);
  g_test_add_func ("/server/console-access/nobody-is-named", test_nobody_is_named);
  g_test_add_func ("/server/console-access/guest", test_guest);
  return g_test_run ();
}
