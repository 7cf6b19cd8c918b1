/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-timeframe.h"

/* Seconds since 1970 of a time of UTC, by GLib's calendar. */
static gint64
utc (int year, int month, int day, int hour, int minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_utc (year, month, day, hour, minute, 0);

  return g_date_time_to_unix (time);
}

static void
test_nicks (void)
{
  static const char *const nicks[] = { "1m", "5m", "15m", "1h", "1d" };
  static const gint64 seconds[] = { 60, 300, 900, 3600, 86400 };
  TideTimeframe found = TIDE_TIMEFRAME_1M;

  g_test_summary ("The five timeframes are found by the names that clients use");

  g_assert_cmpuint (G_N_ELEMENTS (nicks), ==, TIDE_N_TIMEFRAMES);
  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    {
      g_assert_true (tide_timeframe_find (nicks[i], &found));
      g_assert_cmpuint (found, ==, i);
      g_assert_cmpstr (tide_timeframe_get_nick (i), ==, nicks[i]);
      g_assert_cmpint (tide_timeframe_get_seconds (i), ==, seconds[i]);
    }
  g_assert_false (tide_timeframe_find ("2m", &found));
  g_assert_false (tide_timeframe_find ("1D", &found));
  g_assert_false (tide_timeframe_find ("", &found));
  g_assert_cmpuint (found, ==, TIDE_TIMEFRAME_1D);
}

static void
test_floor (void)
{
  gint64 leap_day = utc (2024, 2, 29, 0, 0);

  g_test_summary ("A bar begins at a multiple of its length, a day at midnight of UTC");

  g_assert_cmpint (
      tide_timeframe_floor (TIDE_TIMEFRAME_1D, leap_day + 86399), ==, leap_day);
  g_assert_cmpint (tide_timeframe_floor (TIDE_TIMEFRAME_1D, leap_day + 86400),
                   ==,
                   utc (2024, 3, 1, 0, 0));
  g_assert_cmpint (tide_timeframe_floor (TIDE_TIMEFRAME_1D, leap_day - 1),
                   ==,
                   utc (2024, 2, 28, 0, 0));
  g_assert_cmpint (tide_timeframe_floor (TIDE_TIMEFRAME_15M, utc (2026, 12, 31, 23, 59)),
                   ==,
                   utc (2026, 12, 31, 23, 45));
  g_assert_cmpint (tide_timeframe_floor (TIDE_TIMEFRAME_1H, utc (2026, 3, 29, 1, 30)),
                   ==,
                   utc (2026, 3, 29, 1, 0));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/timeframe/nicks", test_nicks);
  g_test_add_func ("/core/timeframe/floor", test_floor);
  return g_test_run ();
}
