/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-reach.h"

static void
test_admin (void)
{
  static const struct
  {
    TideReach reach; /* admin's, local, proxied, there are admin's, public */
    gboolean is_admin;
    gboolean is_straight;
  } cases[] = {
    { { FALSE, TRUE, FALSE, FALSE, FALSE }, TRUE, TRUE },
    { { FALSE, TRUE, TRUE, FALSE, FALSE }, FALSE, FALSE },
    { { FALSE, TRUE, FALSE, FALSE, TRUE }, FALSE, TRUE },
    { { FALSE, FALSE, FALSE, FALSE, TRUE }, FALSE, FALSE },
    { { FALSE, TRUE, FALSE, TRUE, FALSE }, FALSE, TRUE },
    { { FALSE, FALSE, FALSE, TRUE, TRUE }, FALSE, FALSE },
    { { TRUE, TRUE, FALSE, TRUE, FALSE }, TRUE, TRUE },
    { { TRUE, TRUE, FALSE, TRUE, TRUE }, TRUE, TRUE },
    { { TRUE, FALSE, FALSE, TRUE, TRUE }, TRUE, FALSE },
    { { TRUE, TRUE, TRUE, TRUE, TRUE }, TRUE, FALSE },
  };

  g_test_summary ("A listener for it, or else straight from a machine that is alone");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (tide_reach_is_admin (&cases[i].reach), ==, cases[i].is_admin);
      g_assert_cmpint (
          tide_reach_is_straight (&cases[i].reach), ==, cases[i].is_straight);
    }
}

static void
test_own_host (void)
{
  static const char *const origins[] = {
    "https://desk.example", "http://b.example:8080", "*", NULL
  };
  static const char *const good[] = {
    "127.0.0.1",    "127.0.0.1:5000", "[::1]:5000",        "[2001:db8::1]", "192.0.2.7",
    "localhost:80", "LOCALHOST",      "desk.example:5000", "DESK.example",  "b.example",
  };
  static const char *const bad[] = {
    "",
    "evil.example",
    "evil.example:5000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "[evil.example]",
    "notdesk.example",
    "*",
  };
  g_autofree char *own = g_ascii_strup (g_get_host_name (), -1);
  g_autofree char *own_with_port = g_strconcat (own, ":5000", NULL);
  g_autofree char *below_another = g_strconcat (own, ".evil.example", NULL);

  g_test_summary ("No name that others can give away is this machine's");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (tide_reach_is_own_host (good[i], origins));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (tide_reach_is_own_host (bad[i], origins));
  g_assert_false (tide_reach_is_own_host ("desk.example", NULL));
  g_assert_true (tide_reach_is_own_host (own, NULL));
  g_assert_true (tide_reach_is_own_host (own_with_port, NULL));
  g_assert_false (tide_reach_is_own_host (below_another, NULL));
}

static void
test_hosts (void)
{
  static const char *const origins[] = { "https://desk.example", NULL };
  static const TideReach loopback = { .is_by_local = TRUE, .is_plain_loopback = TRUE };
  static const TideReach admin = {
    .is_by_admin = TRUE,
    .is_by_local = TRUE,
    .is_proxied = TRUE,
    .has_admin_listener = TRUE,
    .is_plain_loopback = TRUE,
  };
  static const TideReach unix_or_tls = { .is_by_local = TRUE };
  static const TideReach admin_from_afar = { .is_by_admin = TRUE };

  g_test_summary ("On plain loopback alone, names that are not known are not taken");

  g_assert_true (tide_reach_takes_host (&loopback, "127.0.0.1:5000", NULL));
  g_assert_true (tide_reach_takes_host (&loopback, "desk.example", origins));
  g_assert_true (tide_reach_takes_host (&loopback, NULL, NULL));
  g_assert_false (tide_reach_takes_host (&loopback, "", NULL));
  g_assert_false (tide_reach_takes_host (&loopback, "desk.example", NULL));
  g_assert_false (tide_reach_takes_host (&admin, "evil.example:5001", origins));
  g_assert_true (tide_reach_takes_host (&admin, "localhost:5001", origins));
  g_assert_true (tide_reach_takes_host (&unix_or_tls, "evil.example", NULL));
  g_assert_true (tide_reach_takes_host (&admin_from_afar, "feed-3.example", NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/reach/admin", test_admin);
  g_test_add_func ("/server/reach/own-host", test_own_host);
  g_test_add_func ("/server/reach/hosts", test_hosts);
  return g_test_run ();
}
