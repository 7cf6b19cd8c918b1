/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-inherited-sockets.h"

static void
test_meant (void)
{
  g_test_summary ("The word systemd stands for its sockets, perhaps with a name and TLS");

  g_assert_true (tide_inherited_sockets_are_meant ("systemd"));
  g_assert_true (tide_inherited_sockets_are_meant ("systemd:web"));
  g_assert_true (tide_inherited_sockets_are_meant ("tls:systemd:web"));
  g_assert_false (tide_inherited_sockets_are_meant ("systemdish:1"));
  g_assert_false (tide_inherited_sockets_are_meant ("127.0.0.1:5000"));
  g_assert_false (tide_inherited_sockets_are_meant ("unix:/systemd"));
}

static void
test_others (void)
{
  static const char *const addresses[] = { "127.0.0.1:1", "unix:/x", NULL };
  static const char *const admin[] = { "127.0.0.1:2", NULL };
  static const char *const both[] = { "127.0.0.1:1", "unix:/x", "127.0.0.1:2", NULL };
  g_autoptr (GError) error = NULL;
  guint n = 0;
  g_auto (GStrv) expanded = tide_inherited_sockets_expand (addresses, admin, &n, &error);

  g_test_summary ("Other addresses stay as they are");

  g_assert_no_error (error);
  g_assert_true (g_strv_equal ((const char *const *) expanded, both));
  g_assert_cmpuint (n, ==, 2);
}

static void
test_none (void)
{
  static const char *const addresses[] = { "127.0.0.1:1", "systemd", NULL };
  g_autoptr (GError) error = NULL;
  guint n;

  g_test_summary ("Without a socket of systemd it is said what to do");

  g_unsetenv ("LISTEN_FDS");
  g_assert_null (tide_inherited_sockets_expand (addresses, NULL, &n, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_nonnull (g_strstr_len (error->message, -1, "tidewired.socket"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/inherited-sockets/meant", test_meant);
  g_test_add_func ("/server/inherited-sockets/others", test_others);
  g_test_add_func ("/server/inherited-sockets/none", test_none);
  return g_test_run ();
}
