/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config.h"
#include "tide-error.h"

typedef struct
{
  const char *settings; /* as GROUP.KEY=VALUE, one a line */
  const char *expected; /* (nullable), the whole message; NULL when all is well */
} Case;

static void
check_cases (const Case *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_auto (GStrv) lines = g_strsplit (cases[i].settings, "\n", -1);
      g_autoptr (GError) error = NULL;
      g_autoptr (TideConfig) config =
          tide_config_load_data ("t.conf", "", 0, (const char *const *) lines, &error);

      g_test_message ("%s", cases[i].settings);
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, cases[i].expected);
      g_assert_true ((config != NULL) == (cases[i].expected == NULL));
    }
}

static void
test_listeners (void)
{
  static const Case cases[] = {
    { "server.listen=0.0.0.0:5000\nserver.admin-listen=127.0.0.1:5001", NULL },
    { "server.listen=127.0.0.1:0\nserver.admin-listen=127.0.0.1:0", NULL },
    { "server.listen=systemd\nserver.admin-listen=systemd:admin", NULL },
    { "server.listen=127.0.0.1:1\nserver.admin-listen=unix:/run/a;127.0.0.1:1",
      "--set: [server] admin-listen=127.0.0.1:1 is in listen as well; give those who run "
      "the service an address of their own" },
    { "server.admin-listen=tls:systemd\nserver.listen=systemd\n"
      "server.tls-certificate=/a\nserver.tls-private-key=/b",
      "--set: [server] admin-listen=tls:systemd is in listen as well; give those who run "
      "the service an address of their own, such as systemd:admin for a socket of that "
      "name" },
    { "server.admin-listen=tls:127.0.0.1:1",
      "--set: [server] admin-listen has an address with tls:, which needs a certificate; "
      "name its files with tls-certificate=PATH and tls-private-key=PATH" },
    { "server.admin-listen=tls:127.0.0.1:1\nserver.tls-certificate=/a\n"
      "server.tls-private-key=/b",
      NULL },
    { "auth.mode=development\nserver.admin-listen=10.0.0.1:1",
      "--set: [auth] mode=development is refused with [server] admin-listen=10.0.0.1:1 "
      "(--set): whoever reaches that address could take any user's name; every address "
      "must be TCP on 127.0.0.0/8, [::1] or localhost" },
  };

  g_test_summary ("Listeners of those who run the service are no others' as well");

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_roles (void)
{
  static const Case cases[] = {
    { "auth.roles-claim=", NULL },
    { "auth.roles-claim=https://example.org/roles", NULL },
    { "auth.roles-claim=sub",
      "--set: [auth] roles-claim=sub is jwt-user-claim as well; a claim names the user "
      "or "
      "has the roles, or roles-claim= is empty for none" },
    { "auth.jwt-user-claim=roles",
      "--set: [auth] roles-claim=roles is jwt-user-claim as well; a claim names the user "
      "or has the roles, or roles-claim= is empty for none" },
    { "auth.roles-claim=aud",
      "--set auth.roles-claim=aud: [auth] roles-claim=aud is not what roles are in: it "
      "has "
      "a meaning of its own" },
  };

  g_test_summary ("Roles are in a claim of their own");

  check_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_console (void)
{
  static const Case cases[] = {
    { "console.serve=off\nserver.listen=0.0.0.0:1\nserver.admin-listen=10.0.0.1:2",
      NULL },
    { "server.listen=0.0.0.0:1\nserver.admin-listen=127.0.0.1:2;unix:/run/a;[::1]:3",
      NULL },
    { "server.admin-listen=systemd:admin", NULL },
    { "console.serve=everywhere\nauth.mode=header\nserver.trusted-proxies=unix\n"
      "server.admin-listen=10.0.0.1:2",
      NULL },
    { "console.serve=everywhere",
      "--set: [console] serve=everywhere is refused with [auth] mode=none: anybody could "
      "look; choose serve=local or off, or a mode that logs users in: flask-session, jwt "
      "or header" },
    { "console.serve=everywhere\nauth.mode=development",
      "--set: [console] serve=everywhere is refused with [auth] mode=development: "
      "anybody "
      "could look; choose serve=local or off, or a mode that logs users in: "
      "flask-session, jwt or header" },
    { "server.admin-listen=127.0.0.1:1;10.0.0.1:2",
      "--set: [server] admin-listen=10.0.0.1:2 is for other machines, too, and with "
      "[auth] "
      "mode=none nobody logs in: set [console] serve=off, or a mode that logs users in: "
      "flask-session, jwt or header" },
  };

  g_test_summary ("Where others can connect, operators log in");

  check_cases (cases, G_N_ELEMENTS (cases));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/config-rules-admin/listeners", test_listeners);
  g_test_add_func ("/daemon/config-rules-admin/roles", test_roles);
  g_test_add_func ("/daemon/config-rules-admin/console", test_console);
  return g_test_run ();
}
