/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-visitors.h"

#include <arpa/inet.h>

static TideAddress
make_address (const char *text)
{
  TideAddress address = { 0 };

  g_assert_cmpint (inet_pton (AF_INET6, text, &address.ip), ==, 1);
  return address;
}

static void
test_connections (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  TideAddress a = make_address ("::ffff:192.0.2.1"),
              b = make_address ("::ffff:192.0.2.2");
  TideVisitor *first, *second;

  g_test_summary ("An address may have so many connections, and others have theirs");

  tide_visitors_set_limits (visitors, (TideVisitorLimits){ .max_connections = 2 });
  first = tide_visitors_enter (visitors, &a);
  second = tide_visitors_enter (visitors, &a);
  g_assert_nonnull (first);
  g_assert_true (first == second);
  g_assert_null (tide_visitors_enter (visitors, &a));
  tide_visitors_leave (visitors, tide_visitors_enter (visitors, &b));
  tide_visitors_leave (visitors, first);
  g_assert_true (tide_visitors_enter (visitors, &a) == second);
  g_assert_null (tide_visitors_enter (visitors, &a));
  /* Who is here stays when the limit sinks, and comes back under it only. */
  tide_visitors_set_limits (visitors, (TideVisitorLimits){ .max_connections = 1 });
  tide_visitors_leave (visitors, second);
  g_assert_null (tide_visitors_enter (visitors, &a));
  tide_visitors_leave (visitors, second);
  g_assert_cmpuint (tide_visitors_get_n (visitors), ==, 0);
  tide_visitors_leave (visitors, NULL);
}

static void
test_sockets (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  TideAddress a = make_address ("::ffff:192.0.2.1");
  TideVisitor *visitor;

  g_test_summary (
      "Sockets and connections are counted apart; nobody is kept for nothing");

  g_assert_true (tide_visitors_add_socket (visitors, &a));
  g_assert_true (tide_visitors_add_socket (visitors, &a));
  tide_visitors_set_limits (visitors, (TideVisitorLimits){ .max_connections = 2 });
  g_assert_false (tide_visitors_add_socket (visitors, &a));
  visitor = tide_visitors_enter (visitors, &a);
  g_assert_nonnull (visitor);
  tide_visitors_remove_socket (visitors, &a);
  tide_visitors_remove_socket (visitors, &a);
  g_assert_cmpuint (tide_visitors_get_n (visitors), ==, 1);
  tide_visitors_leave (visitors, visitor);
  g_assert_cmpuint (tide_visitors_get_n (visitors), ==, 0);
}

static void
test_ipv6 (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  TideAddress a = make_address ("2001:db8:1:2::1");
  TideAddress same = make_address ("2001:db8:1:2:ffff::9");
  TideAddress other = make_address ("2001:db8:1:3::1");

  g_test_summary ("Of IPv6 the net of 64 bits counts, of IPv4 the whole address");

  tide_visitors_set_limits (visitors, (TideVisitorLimits){ 1, 1 });
  g_assert_true (tide_visitors_add_socket (visitors, &a));
  g_assert_false (tide_visitors_add_socket (visitors, &same));
  g_assert_true (tide_visitors_add_socket (visitors, &other));
  g_assert_true (tide_visitors_take_one (visitors, &a, 5));
  g_assert_false (tide_visitors_take_one (visitors, &same, 5));
  g_assert_true (tide_visitors_take_one (visitors, &other, 5));
}

static void
test_per_second (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  TideAddress a = make_address ("::ffff:192.0.2.1"),
              b = make_address ("::ffff:192.0.2.2");
  TideAddress local = { 0 };
  gint64 now_us = 100 * G_USEC_PER_SEC;

  g_test_summary ("An address may come so often in a second; by Unix sockets anybody");

  for (guint i = 0; i < 1000; i++)
    g_assert_true (tide_visitors_take_one (visitors, &a, now_us));
  tide_visitors_set_limits (visitors, (TideVisitorLimits){ .max_per_second = 3 });
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (tide_visitors_take_one (visitors, &a, now_us + i), ==, i < 3);
  g_assert_true (tide_visitors_take_one (visitors, &b, now_us + 10));
  g_assert_false (tide_visitors_take_one (visitors, &a, now_us + G_USEC_PER_SEC - 1));
  g_assert_true (tide_visitors_take_one (visitors, &a, now_us + G_USEC_PER_SEC));
  for (guint i = 0; i < 100; i++)
    g_assert_true (tide_visitors_take_one (visitors, &local, now_us + G_USEC_PER_SEC));
}

static void
test_random (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  guint n_sockets[8] = { 0 }, n_connections[8] = { 0 };
  TideVisitor *who[8] = { NULL };

  g_test_summary ("After any coming and going the books are those of simple counting");

  tide_visitors_set_limits (visitors, (TideVisitorLimits){ .max_connections = 3 });
  for (guint i = 0; i < 20000; i++)
    {
      guint n = g_test_rand_int_range (0, 8), n_present = 0;
      g_autofree char *text = g_strdup_printf ("::ffff:192.0.2.%u", n);
      TideAddress address = make_address (text);
      TideVisitor *visitor;

      switch (g_test_rand_int_range (0, 4))
        {
        case 0:
          g_assert_cmpint (
              tide_visitors_add_socket (visitors, &address), ==, n_sockets[n] < 3);
          n_sockets[n] = MIN (n_sockets[n] + 1, 3);
          break;
        case 1:
          if (n_sockets[n] > 0 && n_sockets[n]-- > 0)
            tide_visitors_remove_socket (visitors, &address);
          break;
        case 2:
          visitor = tide_visitors_enter (visitors, &address);
          g_assert_cmpint (visitor != NULL, ==, n_connections[n] < 3);
          who[n] = visitor != NULL ? visitor : who[n];
          n_connections[n] = MIN (n_connections[n] + 1, 3);
          break;
        default:
          if (n_connections[n] > 0 && n_connections[n]-- > 0)
            tide_visitors_leave (visitors, who[n]);
        }
      for (guint j = 0; j < 8; j++)
        n_present += n_sockets[j] + n_connections[j] > 0;
      g_assert_cmpuint (tide_visitors_get_n (visitors), ==, n_present);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/visitors/connections", test_connections);
  g_test_add_func ("/server/visitors/sockets", test_sockets);
  g_test_add_func ("/server/visitors/ipv6", test_ipv6);
  g_test_add_func ("/server/visitors/per-second", test_per_second);
  g_test_add_func ("/server/visitors/random", test_random);
  return g_test_run ();
}
