/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-clock.h"

static void
test_manual (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_manual (0);
  TideClock *same = tide_clock_ref (clock);

  g_test_summary ("A manual clock stands still until it is turned");

  g_assert_cmpint (tide_clock_now_us (clock), ==, 0);
  tide_clock_advance (clock, 5);
  tide_clock_advance (same, 0);
  g_assert_cmpint (tide_clock_now_us (same), ==, 5);
  tide_clock_unref (same);
  tide_clock_advance (clock, 100 * G_USEC_PER_SEC);
  g_assert_cmpint (tide_clock_now_us (clock), ==, 100 * G_USEC_PER_SEC + 5);
}

static void
test_monotonic (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_monotonic ();
  gint64 before_us = g_get_monotonic_time ();
  gint64 now_us = tide_clock_now_us (clock);

  g_test_summary ("A monotonic clock shows the time that main loops go by");

  g_assert_cmpint (now_us, >=, before_us);
  g_assert_cmpint (now_us, <=, g_get_monotonic_time ());
}

static void
test_wall (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_wall ();
  gint64 before_us = g_get_real_time ();

  g_test_summary ("A wall clock shows the time of day");

  g_assert_cmpint (tide_clock_now_us (clock), >=, before_us);
  g_assert_cmpint (tide_clock_now_us (clock), <=, g_get_real_time ());
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/clock/manual", test_manual);
  g_test_add_func ("/core/clock/monotonic", test_monotonic);
  g_test_add_func ("/core/clock/wall", test_wall);
  return g_test_run ();
}
