/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)

static void
assert_same (const TideBar *bar, const TideBar *expected)
{
  g_assert_cmpint (bar->start_s, ==, expected->start_s);
  g_assert_cmpfloat_with_epsilon (bar->open, expected->open, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->high, expected->high, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->low, expected->low, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->close, expected->close, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->volume, expected->volume, 1e-9);
  g_assert_cmpint (bar->first_us, ==, expected->first_us);
  g_assert_cmpint (bar->last_us, ==, expected->last_us);
}

static void
test_order (void)
{
  TideTick first = { 10 * MINUTE_US + 30, 5, 1 };
  TideTick early = { 10 * MINUTE_US + 10, 7, 2 };
  TideTick late = { 10 * MINUTE_US + 50, 3, 0 };
  TideTick same = { 10 * MINUTE_US + 50, 4, 0.5 };
  TideBar bar = tide_bar_new (TIDE_TIMEFRAME_1M, &first);

  g_test_summary ("Open and close go by when ticks happened, not by when they came; of "
                  "two at once the last to come is the close");

  tide_bar_add (&bar, &late);
  tide_bar_add (&bar, &same);
  tide_bar_add (&bar, &early);
  assert_same (
      &bar, &(TideBar){ 600, 7, 7, 3, 4, 3.5, 10 * MINUTE_US + 10, 10 * MINUTE_US + 50 });
}

/* The bar of ticks as one would say it. */
static TideBar
make_plainly (const TideTick *ticks, guint n_ticks)
{
  TideBar bar = { 0, ticks[0].price,   ticks[0].price,  ticks[0].price, ticks[0].price,
                  0, ticks[0].time_us, ticks[0].time_us };

  for (guint i = 0; i < n_ticks; i++)
    {
      gboolean is_first = TRUE, is_last = TRUE;

      for (guint j = 0; j < n_ticks; j++)
        {
          if (ticks[j].time_us < ticks[i].time_us ||
              (ticks[j].time_us == ticks[i].time_us && j < i))
            is_first = FALSE;
          if (ticks[j].time_us > ticks[i].time_us ||
              (ticks[j].time_us == ticks[i].time_us && j > i))
            is_last = FALSE;
        }
      if (is_first)
        bar.open = ticks[i].price;
      if (is_last)
        bar.close = ticks[i].price;
      bar.first_us = MIN (bar.first_us, ticks[i].time_us);
      bar.last_us = MAX (bar.last_us, ticks[i].time_us);
      bar.high = MAX (bar.high, ticks[i].price);
      bar.low = MIN (bar.low, ticks[i].price);
      bar.volume += ticks[i].volume;
    }
  bar.start_s = tide_timeframe_floor (TIDE_TIMEFRAME_1H, bar.first_us / G_USEC_PER_SEC);
  return bar;
}

static void
test_random (void)
{
  g_test_summary ("However ticks of an hour are put into bars, and those together, the "
                  "hour comes to the same");

  for (guint round = 0; round < 500; round++)
    {
      TideTick ticks[12];
      guint n_ticks = g_test_rand_int_range (1, G_N_ELEMENTS (ticks) + 1);
      TideBar whole, expected;
      guint next = 0;

      for (guint i = 0; i < n_ticks; i++)
        ticks[i] =
            (TideTick){ 7200 * (gint64) G_USEC_PER_SEC + g_test_rand_int_range (0, 20),
                        g_test_rand_int_range (1, 50) / 4.0,
                        g_test_rand_int_range (0, 9) };
      expected = make_plainly (ticks, n_ticks);
      while (next < n_ticks)
        {
          gboolean is_whole = next == 0;
          guint end = g_test_rand_int_range (next + 1, n_ticks + 1);
          TideBar part = tide_bar_new (TIDE_TIMEFRAME_1H, &ticks[next++]);

          while (next < end)
            tide_bar_add (&part, &ticks[next++]);
          if (is_whole)
            whole = part;
          else
            tide_bar_merge (&whole, &part);
        }
      assert_same (&whole, &expected);
    }
}

static void
test_json (void)
{
  TideBar bar = { 1704205800, 187.25, 188, 0.1, 1e15, 0.1 + 0.2, 0, 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  g_test_summary ("Browsers get numbers as they were written, without binary dust");

  tide_bar_append_json (&bar, out);
  g_assert_cmpstr (out->str,
                   ==,
                   "{\"time\":1704205800,\"open\":187.25,\"high\":188,\"low\":0.1,"
                   "\"close\":1e+15,\"volume\":0.3}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/bar/order", test_order);
  g_test_add_func ("/history/bar/random", test_random);
  g_test_add_func ("/history/bar/json", test_json);
  return g_test_run ();
}
