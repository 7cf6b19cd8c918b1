/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-client-rate.h"

#define START_US (100 * G_USEC_PER_SEC)

static guint
count_fine (TideClientRate *rate, guint per_second, gint64 now_us, guint n)
{
  guint n_fine = 0;

  for (guint i = 0; i < n; i++)
    n_fine += tide_client_rate_take (rate, per_second, now_us) == TIDE_CLIENT_FINE;
  return n_fine;
}

static void
test_burst (void)
{
  static const guint rates[] = { 1, 3, 50, 800, 10000 };

  g_test_summary ("Twice the rate goes at once, then as much as time has given back");

  for (gsize i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      TideClientRate rate = { 0 };
      guint n = rates[i];

      g_assert_cmpuint (count_fine (&rate, n, START_US, 2 * n), ==, 2 * n);
      g_assert_cmpuint (tide_client_rate_take (&rate, n, START_US), ==, TIDE_CLIENT_OVER);
      g_assert_cmpuint (count_fine (&rate, n, START_US + G_USEC_PER_SEC, n + 5), ==, n);
      /* A long silence does not save up more than the burst. */
      g_assert_cmpuint (
          count_fine (&rate, n, START_US + 3600 * (gint64) G_USEC_PER_SEC, 2 * n + 9),
          ==,
          2 * n);
    }
}

static void
test_even (void)
{
  TideClientRate rate = { 0 };

  g_test_summary ("Who keeps to the rate is never refused");

  for (guint i = 0; i < 10000; i++)
    g_assert_cmpuint (
        tide_client_rate_take (&rate, 50, START_US + i * 20000), ==, TIDE_CLIENT_FINE);
}

static void
test_too_much (void)
{
  TideClientRate rate = { 0 };

  g_test_summary ("The eleventh refusal within 10 s is the last");

  count_fine (&rate, 1, START_US, 2);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (tide_client_rate_take (&rate, 1, START_US), ==, TIDE_CLIENT_OVER);
  g_assert_cmpuint (tide_client_rate_take (&rate, 1, START_US), ==, TIDE_CLIENT_TOO_MUCH);
}

static void
test_forgives (void)
{
  TideClientRate rate = { 0 };
  gint64 now_us = START_US;

  g_test_summary ("Who is refused now and then may stay");

  for (guint i = 0; i < 20; i++)
    {
      count_fine (&rate, 1, now_us, 2);
      for (guint j = 0; j < 10; j++)
        g_assert_cmpuint (tide_client_rate_take (&rate, 1, now_us), ==, TIDE_CLIENT_OVER);
      now_us += 10 * G_USEC_PER_SEC;
    }
}

static void
test_no_limit (void)
{
  TideClientRate rate = { 0 };

  g_test_summary ("Without a limit anything goes, and a limit set later starts afresh");

  g_assert_cmpuint (count_fine (&rate, 0, START_US, 100000), ==, 100000);
  g_assert_cmpuint (count_fine (&rate, 5, START_US, 20), ==, 10);
  g_assert_cmpuint (tide_client_rate_take (&rate, 0, START_US), ==, TIDE_CLIENT_FINE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/client-rate/burst", test_burst);
  g_test_add_func ("/sessions/client-rate/even", test_even);
  g_test_add_func ("/sessions/client-rate/too-much", test_too_much);
  g_test_add_func ("/sessions/client-rate/forgives", test_forgives);
  g_test_add_func ("/sessions/client-rate/no-limit", test_no_limit);
  return g_test_run ();
}
