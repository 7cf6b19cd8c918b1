/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-bars.h"
#include "tide-ctl-error.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT (1769783460)
#define GOOD_CSV "AAPL,1769783400,187.25,187.4,187.2,187.33,5300"

static const TideCtlBarRules csv_rules = {
  .format = TIDE_CTL_BARS_CSV,
  .timeframe = TIDE_TIMEFRAME_1M,
  .now_s = NOW_S,
  .columns = { 0, 1, 2, 3, 4, 5, 6 },
};

static const TideCtlBarRules json_rules = {
  .format = TIDE_CTL_BARS_NDJSON,
  .timeframe = TIDE_TIMEFRAME_1M,
  .now_s = NOW_S,
};

/* The same bits, whatever is to be said of them as numbers. */
static void
assert_equal (const TideCtlBar *bar, const TideCtlBar *other)
{
  g_assert_cmpstr (bar->symbol, ==, other->symbol);
  g_assert_cmpmem (
      &bar->values, sizeof bar->values, &other->values, sizeof other->values);
}

static void
assert_good (const TideCtlBarRules *rules, const char *line)
{
  static const TideCtlBar expected = {
    "AAPL", { 1769783400, 187.25, 187.4, 187.2, 187.33, 5300 }
  };
  g_autoptr (GError) error = NULL;
  TideCtlBar bar;

  tide_ctl_bars_parse (rules, line, strlen (line), &bar, &error);
  g_assert_no_error (error);
  assert_equal (&bar, &expected);
}

static void
assert_bad (const TideCtlBarRules *rules, const char *line, const char *part)
{
  g_autoptr (GError) error = NULL;
  TideCtlBar bar;

  g_assert_false (tide_ctl_bars_parse (rules, line, strlen (line), &bar, &error));
  g_assert_error (error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_REFUSED);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”, of: %s", part, error->message, line);
}

static void
test_good (void)
{
  g_test_summary ("Bars are read however their numbers, times and quotes are written");

  assert_good (&csv_rules, GOOD_CSV);
  assert_good (&csv_rules, GOOD_CSV ",more,\"and \"\"more\"\"\"");
  assert_good (
      &csv_rules,
      "\"AAPL\", 2026-01-30T14:30:00Z ,\"187.25\",1.874e2,187.20,187.33,+5300.0");
  assert_good (&csv_rules,
               "AAPL,2026-01-30T15:30:00+01:00,187.25,187.4,187.2,187.33,5300");
  assert_good (&csv_rules, "AAPL,2026-01-30 14:30,187.25,187.4,187.2,187.33,5300");
  assert_good (&json_rules,
               "{\"symbol\":\"AAPL\",\"time\":1769783400,\"open\":187.25,\"high\":187.4,"
               "\"low\":187.2,\"close\":187.33,\"volume\":5300}");
  assert_good (&json_rules,
               " {\"time\":\"2026-01-30T14:30:00Z\",\"open\":\"187.25\",\"high\":1874e-1,"
               "\"low\":187.2,\"close\":187.33,\"volume\":5300,\"more\":{\"open\":1},"
               "\"symbol\":\"\\u0041APL\"} ");
}

static void
test_bad (void)
{
  static const char *const parts[][2] = {
    { "", "symbol is missing" },
    { ",1769783400,1,1,1,1,1", "symbol is missing" },
    { "AAPL,1769783400,1,1,1,1", "volume is missing" },
    { "AAPL,1769783400,1,,1,1,1", "high is missing" },
    { "AAPL,1769783400000,1,1,1,1,1", "milliseconds" },
    { "AAPL,1769783400.5,1,1,1,1,1", "whole second" },
    { "AAPL,1e300,1,1,1,1,1", "neither" },
    { "AAPL,2026-02-30,1,1,1,1,1", "neither" },
    { "AAPL,2026-01-30T14:30:00.5Z,1,1,1,1,1", "neither" },
    { "AAPL,0x10,1,1,1,1,1", "neither" },
    { "AAPL,1769783401,1,1,1,1,1", "timeframe" },
    { "AAPL,1769783400,0x1,1,1,1,1", "open is “0x1”" },
    { "AAPL,1769783400,1,inf,1,1,1", "high is “inf”" },
    { "AAPL,1769783400,1,1,nan,1,1", "low is “nan”" },
    { "AAPL,1769783400,1,1,1,1e999,1", "close is “1e999”" },
    { "AAPL,1769783400,1,1,1,1,\"1,000\"", "volume is “1,000”" },
    { "AAPL,1769783400,3,3,2,1,1", "low is not" },
    { "\"AAPL,1769783400,1,1,1,1,1", "not closed" },
    { "\"AAPL\"x,1769783400,1,1,1,1,1", "whole field" },
    { "AA\"PL,1769783400,1,1,1,1,1", "whole field" },
    { "\xff,1769783400,1,1,1,1,1", "UTF-8" },
    { "ä,1769783400,1,1,1,1,1", "printable ASCII" },
  };
  static const char *const json_parts[][2] = {
    { "", "no JSON object" },
    { "[]", "no JSON object" },
    { "{\"symbol\":\"A\"", "no JSON object" },
    { "{\"symbol\":\"A\"}", "time is missing" },
    { "{\"symbol\":null,\"time\":1}", "symbol is missing" },
    { "{\"symbol\":\"A\",\"time\":1769783400,\"open\":true}", "open is missing" },
    { "{\"symbol\":\"A\\u0000\",\"time\":1769783400,\"open\":1,\"high\":1,\"low\":1,"
      "\"close\":1,\"volume\":1}",
      "printable ASCII" },
    { "{\"symbol\":\"A\",\"time\":\"1769783400\\u0000\",\"open\":1,\"high\":1,\"low\":1,"
      "\"close\":1,\"volume\":1}",
      "neither" },
    { "{\"symbol\":\"A\",\"time\":1769783400,\"open\":\"1\\u00002\",\"high\":1,\"low\":1,"
      "\"close\":1,\"volume\":1}",
      "open is" },
  };
  g_autoptr (GError) error = NULL;
  TideCtlBar bar;

  g_test_summary ("A line that is no bar is told what is wrong with it");

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_bad (&csv_rules, parts[i][0], parts[i][1]);
  for (gsize i = 0; i < G_N_ELEMENTS (json_parts); i++)
    assert_bad (&json_rules, json_parts[i][0], json_parts[i][1]);
  g_assert_false (tide_ctl_bars_parse (
      &csv_rules, GOOD_CSV "\0x", sizeof GOOD_CSV + 1, &bar, &error));
  g_assert_error (error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_REFUSED);
}

static void
assert_header (TideCtlBarRules *rules, const char *line, const char *part)
{
  g_autoptr (GError) error = NULL;

  if (tide_ctl_bars_parse_header (rules, line, strlen (line), &error))
    g_assert_null (part);
  else
    {
      g_assert_nonnull (part);
      g_assert_nonnull (strstr (error->message, part));
    }
}

static void
test_header (void)
{
  TideCtlBarRules rules = csv_rules;

  g_test_summary ("Columns are found by their names, in any order; each has to be there");

  assert_header (&rules, "x,Volume,\"close\",low, HIGH ,open,time,symbol", NULL);
  assert_good (&rules, "77,5300,187.33,187.2,187.4,187.25,1769783400,AAPL");
  assert_header (&rules, "symbol,time,open,high,low,close", "volume");
  assert_header (&rules, "symbol,time,open,high,low,close,volume,Time", "time");
  assert_header (&rules, "time,open,high,low,close,volume", "symbol");
  assert_header (&rules, "", "symbol, time, open");
  assert_header (&rules, "\"symbol", "not closed");
  rules.symbol = "AAPL";
  assert_header (&rules, "time,open,high,low,close,volume", NULL);
  assert_good (&rules, "1769783400,187.25,187.4,187.2,187.33,5300");
}

/* A number of any size and any bits that can be in a bar. */
static double
draw_number (void)
{
  guint64 bits = ((guint64) g_test_rand_int () << 32) | (guint32) g_test_rand_int ();
  double number;

  if (g_test_rand_bit ())
    return g_test_rand_int_range (1, 100000) / 100.0;
  memcpy (&number, &bits, sizeof number);
  return number > 0 && number <= 1e15 ? number : g_test_rand_double_range (1e-9, 1e15);
}

static void
draw_bar (TideCtlBar *bar)
{
  TideBarValues *values = &bar->values;
  guint length = g_test_rand_int_range (1, TIDE_CTL_SYMBOL_MAX_BYTES + 1);

  memset (bar, 0, sizeof *bar);
  for (guint i = 0; i < length; i++)
    bar->symbol[i] = (char) g_test_rand_int_range (' ', '\x7f');
  values->start_s = 60 * g_test_rand_int_range (1440, NOW_S / 60);
  values->open = draw_number ();
  values->high = values->low = draw_number ();
  values->close = draw_number ();
  values->high = MAX (values->high, MAX (values->open, values->close));
  values->low = MIN (values->low, MIN (values->open, values->close));
  values->volume = g_test_rand_int_range (0, 4) == 0 ? 0 : draw_number ();
}

static void
test_round_trip (void)
{
  g_test_summary ("What is written is read again, each bit of it");

  for (guint i = 0; i < 20000; i++)
    {
      TideCtlBarFormat format = i % 2 == 0 ? TIDE_CTL_BARS_CSV : TIDE_CTL_BARS_NDJSON;
      const TideCtlBarRules *rules = i % 2 == 0 ? &csv_rules : &json_rules;
      g_autoptr (GString) line = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      TideCtlBar bar, back;

      draw_bar (&bar);
      tide_ctl_bars_append (line, format, &bar);
      g_assert_cmpint (line->str[line->len - 1], ==, '\n');
      tide_ctl_bars_parse (rules, line->str, line->len - 1, &back, &error);
      g_assert_no_error (error);
      assert_equal (&bar, &back);
    }
}

static void
test_short (void)
{
  static const TideCtlBar bar = { "BRK \"B\"", { 86400, 0.1, 1e15, 0.1, 187.25, 0 } };
  g_autoptr (GString) text = g_string_new (NULL);

  g_test_summary (
      "Numbers are written short, and symbols in quotes where they need them");

  tide_ctl_bars_append_header (text, TIDE_CTL_BARS_CSV);
  tide_ctl_bars_append (text, TIDE_CTL_BARS_CSV, &bar);
  g_assert_cmpstr (text->str,
                   ==,
                   "symbol,time,open,high,low,close,volume\n"
                   "\"BRK \"\"B\"\"\",86400,0.1,1e+15,0.1,187.25,0\n");
  g_string_truncate (text, 0);
  tide_ctl_bars_append_header (text, TIDE_CTL_BARS_NDJSON);
  tide_ctl_bars_append (text, TIDE_CTL_BARS_NDJSON, &bar);
  g_assert_cmpstr (text->str,
                   ==,
                   "{\"symbol\":\"BRK \\\"B\\\"\",\"time\":86400,\"open\":0.1,"
                   "\"high\":1e+15,\"low\":0.1,\"close\":187.25,\"volume\":0}\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/bars/good", test_good);
  g_test_add_func ("/ctl/bars/bad", test_bad);
  g_test_add_func ("/ctl/bars/header", test_header);
  g_test_add_func ("/ctl/bars/round-trip", test_round_trip);
  g_test_add_func ("/ctl/bars/short", test_short);
  return g_test_run ();
}
