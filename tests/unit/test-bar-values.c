/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-values.h"

#include <math.h>
#include <string.h>

#define NOW_S G_GINT64_CONSTANT (1709164800) /* a midnight */

static void
assert_problem (const TideBarValues *values, TideTimeframe timeframe, const char *part)
{
  const char *problem = tide_bar_values_check (values, timeframe, NOW_S);

  if (part == NULL)
    g_assert_cmpstr (problem, ==, NULL);
  else
    {
      g_assert_nonnull (problem);
      g_assert_nonnull (strstr (problem, part));
    }
}

static void
test_times (void)
{
  static const struct
  {
    gint64 start_s;
    TideTimeframe timeframe;
    const char *part;
  } cases[] = {
    { NOW_S, TIDE_TIMEFRAME_1D, NULL },
    { NOW_S + 60, TIDE_TIMEFRAME_1M, NULL },
    { NOW_S + 120, TIDE_TIMEFRAME_1M, "future" },
    { NOW_S - 60, TIDE_TIMEFRAME_5M, "begins" },
    { NOW_S - 59, TIDE_TIMEFRAME_1M, "begins" },
    { NOW_S - 3600, TIDE_TIMEFRAME_1D, "begins" },
    { NOW_S * 1000, TIDE_TIMEFRAME_1M, "milliseconds" },
    { 86400, TIDE_TIMEFRAME_1D, NULL },
    { 86340, TIDE_TIMEFRAME_1M, "1970" },
    { -86400, TIDE_TIMEFRAME_1D, "1970" },
    { G_MININT64, TIDE_TIMEFRAME_1D, "1970" },
    { G_MAXINT64, TIDE_TIMEFRAME_1D, "milliseconds" },
  };

  g_test_summary ("A bar begins at a multiple of its length, in seconds, not in the "
                  "future");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideBarValues values = { cases[i].start_s, 1, 1, 1, 1, 0 };

      assert_problem (&values, cases[i].timeframe, cases[i].part);
    }
}

static void
test_values (void)
{
  static const struct
  {
    TideBarValues values;
    const char *part;
  } cases[] = {
    { { NOW_S, 2, 3, 1, 2, 5 }, NULL },
    { { NOW_S, 1, 1, 1, 1, 0 }, NULL },
    { { NOW_S, 1e15, 1e15, 1e-9, 1, 1e15 }, NULL },
    { { NOW_S, 4, 3, 1, 2, 5 }, "high" },
    { { NOW_S, 2, 3, 1, 4, 5 }, "high" },
    { { NOW_S, 2, 3, 2.5, 3, 5 }, "low" },
    { { NOW_S, 3, 3, 2.5, 2, 5 }, "low" },
    { { NOW_S, 0, 3, 1, 2, 5 }, "over 0" },
    { { NOW_S, 2, INFINITY, 1, 2, 5 }, "over 0" },
    { { NOW_S, 2, 3, -1, 2, 5 }, "over 0" },
    { { NOW_S, 2, 3, 1, NAN, 5 }, "over 0" },
    { { NOW_S, 2, 3, 1, 2, -1 }, "volume" },
    { { NOW_S, 2, 3, 1, 2, NAN }, "volume" },
    { { NOW_S, 2, 3, 1, 2, 2e15 }, "volume" },
  };

  g_test_summary ("Prices are over 0 and between low and high, a volume is not below 0");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_problem (&cases[i].values, TIDE_TIMEFRAME_1M, cases[i].part);
}

static void
test_symbols (void)
{
  g_test_summary ("A symbol is 1 to 32 printable ASCII characters");

  g_assert_null (tide_bar_values_check_symbol ("BRK.B", 5));
  g_assert_null (tide_bar_values_check_symbol ("12345678901234567890123456789012", 32));
  g_assert_nonnull (tide_bar_values_check_symbol ("", 0));
  g_assert_nonnull (
      tide_bar_values_check_symbol ("123456789012345678901234567890123", 33));
  g_assert_nonnull (tide_bar_values_check_symbol ("A\n", 2));
  g_assert_nonnull (tide_bar_values_check_symbol ("A\0B", 3));
  g_assert_nonnull (tide_bar_values_check_symbol ("\xc3\xa4", 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/bar-values/times", test_times);
  g_test_add_func ("/core/bar-values/values", test_values);
  g_test_add_func ("/core/bar-values/symbols", test_symbols);
  return g_test_run ();
}
