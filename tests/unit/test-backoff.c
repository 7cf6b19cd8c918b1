/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-backoff.h"

static void
test_steps (void)
{
  const gint64 steps_ms[] = { 50, 100, 200, 400, 800, 900, 900, 900 };

  g_test_summary ("the steps double from 50 ms up to 900 ms, and half of each is chance");

  for (guint seed = 0; seed < 200; seed++)
    {
      TideBackoff backoff;

      tide_backoff_init (&backoff, seed);
      for (gsize i = 0; i < G_N_ELEMENTS (steps_ms); i++)
        {
          gint64 wait_us = tide_backoff_next_us (&backoff);

          g_assert_cmpint (wait_us, >=, steps_ms[i] * 500);
          g_assert_cmpint (wait_us, <=, steps_ms[i] * 1000);
        }
    }
}

static void
test_reset (void)
{
  TideBackoff backoff;

  g_test_summary ("after a success the first wait is short again");

  tide_backoff_init (&backoff, 7);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpint (tide_backoff_next_us (&backoff), <=, TIDE_BACKOFF_LAST_US);
  tide_backoff_reset (&backoff);

  g_assert_cmpint (tide_backoff_next_us (&backoff), <=, TIDE_BACKOFF_FIRST_US);
}

static void
test_jitter (void)
{
  TideBackoff one, other;
  guint n_same = 0;

  g_test_summary ("two with different seeds do not keep in step");

  tide_backoff_init (&one, 1);
  tide_backoff_init (&other, 2);
  for (guint i = 0; i < 100; i++)
    if (tide_backoff_next_us (&one) == tide_backoff_next_us (&other))
      n_same++;

  g_assert_cmpuint (n_same, <, 5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/backoff/steps", test_steps);
  g_test_add_func ("/sources/backoff/reset", test_reset);
  g_test_add_func ("/sources/backoff/jitter", test_jitter);
  return g_test_run ();
}
