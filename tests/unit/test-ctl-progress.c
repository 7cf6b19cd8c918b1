/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-progress.h"
#include "tide-ctl-text.h"

static void
test_text (void)
{
  static const struct
  {
    double fraction;
    guint64 n_bars;
    guint width;
    const char *expected;
  } cases[] = {
    { 0, 1, 30, "[                ]   0% 1 bar" },
    { 0.5, 1000, 30, "[======      ]  50% 1000 bars" },
    { 1, 1000, 30, "[============] 100% 1000 bars" },
    { 1, 1000, 22, "[====] 100% 1000 bars" },
    { 1, 1000, 21, "1000 bars" },
    { -1, 1000, 80, "1000 bars" },
  };

  g_test_summary ("The bar fills its line, and leaves it to the number without room");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = tide_ctl_progress_make_text (
          cases[i].fraction, cases[i].n_bars, cases[i].width);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_width (void)
{
  g_test_summary ("It is never as wide as the terminal");

  for (guint i = 0; i < 2000; i++)
    {
      guint width = g_test_rand_int_range (24, 300);
      g_autofree char *text = tide_ctl_progress_make_text (
          g_test_rand_double (), g_test_rand_int_range (0, 100000000), width);

      g_assert_cmpuint (tide_ctl_text_get_width (text), <, width);
      g_assert_cmpuint (tide_ctl_text_get_width (text), <, 80);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/progress/text", test_text);
  g_test_add_func ("/ctl/progress/width", test_width);
  return g_test_run ();
}
