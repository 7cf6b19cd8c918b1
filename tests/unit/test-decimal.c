/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-decimal.h"

#include <string.h>

/* To the last bit. */
static void
assert_same (double value, double expected)
{
  g_assert_cmpmem (&value, sizeof value, &expected, sizeof expected);
}

static void
test_good (void)
{
  static const char *const good[] = {
    "0",
    "-0",
    "7",
    "187.25",
    "0.1",
    "1e3",
    "-2.5E-3",
    "1E+2",
    "1e-400",
    "123456789012345",
    "0.000001",
    "1234567890123456789",
    "999999999999999.9",
    "0.12345678901234567",
  };

  g_test_summary ("Numbers are read as the C library reads them");

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      double value = -1;

      g_assert_true (tide_decimal_parse (good[i], strlen (good[i]), &value));
      assert_same (value, g_ascii_strtod (good[i], NULL));
    }
}

static void
test_length (void)
{
  double value = 0;

  g_test_summary ("What stands behind a number is none of it");

  g_assert_true (tide_decimal_parse ("187.2599", 6, &value));
  assert_same (value, 187.25);
  g_assert_true (tide_decimal_parse ("1234567890123456789", 17, &value));
  assert_same (value, 12345678901234567.0);
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    "-",
    "+1",
    " 1",
    "1 ",
    "1.",
    ".5",
    "01",
    "-01",
    "1e",
    "1e+",
    "0x10",
    "nan",
    "NaN",
    "inf",
    "1e999",
    "1,5",
    "1.2.3",
    "--1",
    "1e5.0",
    "12a",
    "-inf",
    "1_0",
    "\xc2\xa0 7",
    "1000000000000000000000000000000000000000000000000000000000000000000",
  };
  double value = 42;

  g_test_summary ("What is no number of JSON is none, whatever the C library says");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    if (tide_decimal_parse (bad[i], strlen (bad[i]), &value))
      g_error ("\"%s\" is %g", bad[i], value);
  g_assert_false (tide_decimal_parse ("1\0"
                                      "2",
                                      3,
                                      &value));
  assert_same (value, 42);
}

static void
test_random (void)
{
  g_test_summary ("Random numbers come out to the last bit");

  for (guint i = 0; i < 20000; i++)
    {
      char text[80];
      double value = 0;

      if (g_test_rand_bit ())
        g_snprintf (text,
                    sizeof text,
                    "%s%u.%0*u",
                    g_test_rand_bit () ? "-" : "",
                    g_test_rand_int_range (0, 1000000),
                    g_test_rand_int_range (1, 12),
                    g_test_rand_int_range (0, 1000000));
      else
        g_ascii_formatd (text,
                         sizeof text,
                         g_test_rand_bit () ? "%.17g" : "%.5g",
                         g_test_rand_double_range (-1e9, 1e9));
      if (strchr (text, '+') != NULL && strchr (text, 'e') == NULL)
        continue;
      g_assert_true (tide_decimal_parse (text, strlen (text), &value));
      assert_same (value, g_ascii_strtod (text, NULL));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/decimal/good", test_good);
  g_test_add_func ("/history/decimal/length", test_length);
  g_test_add_func ("/history/decimal/bad", test_bad);
  g_test_add_func ("/history/decimal/random", test_random);
  return g_test_run ();
}
