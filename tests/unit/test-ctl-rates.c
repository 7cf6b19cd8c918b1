/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-rates.h"

static void
take (TideCtlRates *rates, const char *text, gint64 now_us)
{
  g_autoptr (GVariant) counters = g_variant_ref_sink (g_variant_new_parsed (text));

  tide_ctl_rates_take (rates, counters, now_us);
}

static void
test_rates (void)
{
  g_auto (TideCtlRates) rates = { 0 };

  g_test_summary ("A rate is made of two readings; what was set back has none.");
  g_assert_cmpuint (tide_ctl_rates_get (&rates, "A"), ==, 0);
  take (&rates, "{'A': uint64 100, 'B': 50}", 1000000);
  g_assert_cmpuint (tide_ctl_rates_get (&rates, "A"), ==, 100);
  g_assert_cmpfloat_with_epsilon (tide_ctl_rates_get_per_second (&rates, "A"), 0, 0.001);
  take (&rates, "{'A': uint64 150, 'B': 10}", 1500000);
  g_assert_cmpfloat_with_epsilon (
      tide_ctl_rates_get_per_second (&rates, "A"), 100, 0.001);
  g_assert_cmpfloat_with_epsilon (tide_ctl_rates_get_per_second (&rates, "B"), 0, 0.001);
  g_assert_cmpfloat_with_epsilon (tide_ctl_rates_get_per_second (&rates, "C"), 0, 0.001);
  take (&rates, "{'A': uint64 200}", 1500000);
  g_assert_cmpfloat_with_epsilon (tide_ctl_rates_get_per_second (&rates, "A"), 0, 0.001);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/rates/readings", test_rates);
  return g_test_run ();
}
