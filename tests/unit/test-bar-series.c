/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-series.h"

static void
assert_range (const TideBarSeries *series, GHashTable *all, gint64 from_s, gint64 to_s)
{
  g_autoptr (GArray) bars = g_array_new (FALSE, FALSE, sizeof (TideBar));
  guint next = 0;

  tide_bar_series_copy (series, from_s, to_s, bars);
  for (gint64 start_s = MAX (from_s, 0); start_s < MIN (to_s, 100); start_s++)
    if (g_hash_table_contains (all, GSIZE_TO_POINTER (start_s)))
      {
        g_assert_cmpuint (next, <, bars->len);
        g_assert_cmpint (g_array_index (bars, TideBar, next).start_s, ==, start_s);
        next++;
      }
  g_assert_cmpuint (next, ==, bars->len);
}

static void
test_random (void)
{
  g_test_summary (
      "Bars put in and taken out in any order are found, and copied in theirs");

  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (GHashTable) all = g_hash_table_new_full (NULL, NULL, NULL, g_free);
      TideBarSeries series = { 0 };

      for (guint i = 0; i < 400; i++)
        {
          gint64 start_s = g_test_rand_int_range (0, 100);
          TideBar *bar = g_hash_table_lookup (all, GSIZE_TO_POINTER (start_s));

          g_assert_true (tide_bar_series_find (&series, start_s) == bar);
          if (bar == NULL)
            {
              bar = g_new0 (TideBar, 1);
              bar->start_s = start_s;
              tide_bar_series_insert (&series, bar);
              g_hash_table_insert (all, GSIZE_TO_POINTER (start_s), bar);
            }
          else
            {
              tide_bar_series_remove (&series, bar);
              g_hash_table_remove (all, GSIZE_TO_POINTER (start_s));
            }
          g_assert_cmpuint (
              tide_bar_series_get_length (&series), ==, g_hash_table_size (all));
        }
      assert_range (&series, all, 0, 100);
      assert_range (&series, all, 17, 60);
      assert_range (&series, all, 60, 17);
      tide_bar_series_clear (&series);
      g_assert_cmpuint (tide_bar_series_get_length (&series), ==, 0);
    }
}

static void
test_queue (void)
{
  TideBar bars[64] = { { 0 } };
  TideBarSeries series = { 0 };

  g_test_summary ("A series that grows at its end and shrinks at its front stays small");

  for (guint i = 0; i < 10000; i++)
    {
      TideBar *bar = &bars[i % G_N_ELEMENTS (bars)];

      if (i >= 8)
        tide_bar_series_remove (&series, &bars[(i - 8) % G_N_ELEMENTS (bars)]);
      bar->start_s = i;
      tide_bar_series_insert (&series, bar);
    }
  g_assert_cmpuint (tide_bar_series_get_length (&series), ==, 8);
  g_assert_cmpuint (series.n_allocated, <=, 32);
  tide_bar_series_clear (&series);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/bar-series/random", test_random);
  g_test_add_func ("/history/bar-series/queue", test_queue);
  return g_test_run ();
}
