/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-chart.h"

static TideBar
make (gint64 start_s, double price)
{
  return (TideBar){ start_s,
                    price,
                    price,
                    price,
                    price,
                    1,
                    start_s * G_USEC_PER_SEC,
                    start_s * G_USEC_PER_SEC };
}

static GArray *
bars_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (TideBar));
}

static void
test_merge (void)
{
  TideChartRequest request = { 1, "A", TIDE_TIMEFRAME_5M, 0, 9000, 10 };
  g_autoptr (GArray) stored = bars_new ();
  g_autoptr (GArray) minutes = bars_new ();
  TideBar in_file[] = { make (300, 1), make (900, 2), make (1500, 3) };
  TideBar in_memory[] = {
    make (0, 4), make (360, 5), make (960, 6), make (1020, 7), make (2100, 8)
  };

  g_test_summary ("Minutes become bars, and are put to those that the file has");

  g_array_append_vals (stored, in_file, G_N_ELEMENTS (in_file));
  g_array_append_vals (minutes, in_memory, G_N_ELEMENTS (in_memory));

  g_autoptr (GArray) bars = tide_chart_merge (&request, stored, minutes);
  static const gint64 starts[] = { 0, 300, 900, 1500, 2100 };
  static const double volumes[] = { 1, 2, 3, 1, 1 };
  static const double closes[] = { 4, 5, 7, 3, 8 };

  g_assert_cmpuint (bars->len, ==, G_N_ELEMENTS (starts));
  for (guint i = 0; i < bars->len; i++)
    {
      g_assert_cmpint (g_array_index (bars, TideBar, i).start_s, ==, starts[i]);
      g_assert_cmpfloat_with_epsilon (
          g_array_index (bars, TideBar, i).volume, volumes[i], 1e-9);
      g_assert_cmpfloat_with_epsilon (
          g_array_index (bars, TideBar, i).close, closes[i], 1e-9);
    }
  g_assert_cmpfloat_with_epsilon (g_array_index (bars, TideBar, 2).open, 2, 1e-9);

  request.limit = 2;

  g_autoptr (GArray) newest = tide_chart_merge (&request, stored, minutes);

  g_assert_cmpuint (newest->len, ==, 2);
  g_assert_cmpint (g_array_index (newest, TideBar, 0).start_s, ==, 1500);
}

static void
test_empty (void)
{
  TideChartRequest request = { 1, "A\"", TIDE_TIMEFRAME_1D, 0, 9000, 10 };
  g_autoptr (GArray) none = bars_new ();
  g_autoptr (GArray) bars = tide_chart_merge (&request, none, none);
  g_autoptr (GString) json = tide_chart_to_json (&request, bars);

  g_test_summary ("No bars are an empty list");

  g_assert_cmpstr (
      json->str, ==, "{\"symbol\":\"A\\\"\",\"timeframe\":\"1d\",\"chart_data\":[]}");
}

static void
test_json (void)
{
  TideChartRequest request = { 1, "A", TIDE_TIMEFRAME_1M, 0, 9000, 10 };
  g_autoptr (GArray) bars = bars_new ();
  TideBar two[] = { make (60, 1), make (180, 2.5) };
  g_autoptr (GString) json = NULL;

  g_test_summary ("A chart is its bars, oldest first");

  g_array_append_vals (bars, two, 2);
  json = tide_chart_to_json (&request, bars);
  g_assert_cmpstr (
      json->str,
      ==,
      "{\"symbol\":\"A\",\"timeframe\":\"1m\",\"chart_data\":["
      "{\"time\":60,\"open\":1,\"high\":1,\"low\":1,\"close\":1,\"volume\":1},"
      "{\"time\":180,\"open\":2.5,\"high\":2.5,\"low\":2.5,\"close\":2.5,"
      "\"volume\":1}]}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/chart/merge", test_merge);
  g_test_add_func ("/history/chart/empty", test_empty);
  g_test_add_func ("/history/chart/json", test_json);
  return g_test_run ();
}
