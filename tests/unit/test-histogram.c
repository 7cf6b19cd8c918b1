/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-histogram.h"

static int
compare (gconstpointer a, gconstpointer b)
{
  guint64 one = *(const guint64 *) a;
  guint64 other = *(const guint64 *) b;

  return one < other ? -1 : one > other;
}

static void
test_random (void)
{
  static TideHistogram histogram;
  static const double percentiles[] = { 0, 1, 50, 90, 99, 99.9, 100 };

  g_test_summary ("A percentile is that of the sorted values, at most a sixteenth above");

  for (guint round = 0; round < 200; round++)
    {
      guint n_values = g_test_rand_int_range (1, 2000);
      g_autofree guint64 *values = g_new (guint64, n_values);

      tide_histogram_clear (&histogram);
      for (guint i = 0; i < n_values; i++)
        {
          values[i] = (guint32) g_test_rand_int () >> g_test_rand_int_range (0, 32);
          tide_histogram_add (&histogram, values[i], 1);
        }
      qsort (values, n_values, sizeof *values, compare);
      for (guint i = 0; i < G_N_ELEMENTS (percentiles); i++)
        {
          guint place = MAX (1, (guint) (-(int) (-(percentiles[i] * n_values / 100))));
          guint64 found = tide_histogram_get_percentile (&histogram, percentiles[i]);
          guint64 exact;

          if (place < percentiles[i] * n_values / 100)
            place++;
          exact = values[place - 1];
          g_assert_cmpuint (found, >=, exact);
          g_assert_cmpuint (found, <=, exact + exact / 16);
        }
    }
}

static void
test_below (void)
{
  static TideHistogram histogram;

  g_test_summary (
      "Where buckets begin, it is known how many values are less; and the sum");

  for (guint64 value = 0; value < 5000; value++)
    tide_histogram_add (&histogram, value, 2);
  for (guint64 bound = 2; bound <= 4096; bound *= 2)
    {
      g_assert_cmpuint (tide_histogram_get_n_below (&histogram, bound), ==, 2 * bound);
      if (bound * 3 / 2 < 5000)
        g_assert_cmpuint (
            tide_histogram_get_n_below (&histogram, bound * 3 / 2), ==, 3 * bound);
    }
  g_assert_cmpuint (tide_histogram_get_n_below (&histogram, 0), ==, 0);
  g_assert_cmpuint (tide_histogram_get_n_below (&histogram, 1 << 20), ==, 10000);
  g_assert_cmpuint (histogram.sum, ==, 4999 * 5000);
}

static void
test_edges (void)
{
  static TideHistogram histogram;

  g_test_summary ("Nothing has no percentile, the largest numbers have one");

  g_assert_cmpuint (tide_histogram_get_percentile (&histogram, 50), ==, 0);
  tide_histogram_add (&histogram, 0, 3);
  g_assert_cmpuint (tide_histogram_get_percentile (&histogram, 100), ==, 0);
  tide_histogram_add (&histogram, G_MAXUINT64, 1);
  g_assert_cmpuint (tide_histogram_get_percentile (&histogram, 75), ==, 0);
  g_assert_cmpuint (tide_histogram_get_percentile (&histogram, 100), >, G_MAXUINT32);
  g_assert_cmpuint (histogram.n_values, ==, 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/histogram/random", test_random);
  g_test_add_func ("/core/histogram/below", test_below);
  g_test_add_func ("/core/histogram/edges", test_edges);
  return g_test_run ();
}
