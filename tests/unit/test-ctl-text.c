/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-text.h"

#include <string.h>

static void
test_clean (void)
{
  static const struct
  {
    const char *text;
    const char *clean;
  } cases[] = {
    { "", "" },
    { "alice", "alice" },
    { "日本 é", "日本 é" },
    { "a\033[31mb", "a\\x1b[31mb" },
    { "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
    { "\x7f", "\\x7f" },
    { "\xc2\x9b", "\\x9b" },
    { "\xe2\x80\xae", "\\u202e" },
    { "\xe2\x81\xa6", "\\u2066" },
    { "a\xff", "a\xef\xbf\xbd" },
  };

  g_test_summary ("What a terminal would obey is written out, all else stays.");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = tide_ctl_text_clean (cases[i].text, -1);

      g_assert_cmpstr (clean, ==, cases[i].clean);
    }

  g_autofree char *part = tide_ctl_text_clean ("abc", 2);

  g_assert_cmpstr (part, ==, "ab");
}

static void
test_clean_random (void)
{
  char bytes[64];

  g_test_summary ("No control character is left of any bytes.");
  for (guint round = 0; round < 2000; round++)
    {
      for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (char) g_test_rand_int_range (1, 256);

      g_autofree char *clean = tide_ctl_text_clean (bytes, sizeof bytes);

      g_assert_true (g_utf8_validate (clean, -1, NULL));
      for (const char *at = clean; *at != '\0'; at = g_utf8_next_char (at))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
    }
}

static void
test_fit (void)
{
  static const struct
  {
    const char *text;
    guint width;
    const char *fitted;
  } cases[] = {
    { "alice", 5, "alice" }, { "alice", 4, "ali…" },    { "alice", 1, "…" },
    { "alice", 0, "" },      { "日本語", 6, "日本語" }, { "日本語", 5, "日本…" },
    { "日本語", 4, "日…" },  { "日本語", 2, "…" },
  };

  g_test_summary ("A text is cut to the cells there are, between characters.");
  g_assert_cmpuint (tide_ctl_text_get_width ("日本é"), ==, 5);
  g_assert_cmpuint (tide_ctl_text_get_width ("e\xcc\x81"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *fitted = tide_ctl_text_fit (cases[i].text, cases[i].width);

      g_assert_cmpstr (fitted, ==, cases[i].fitted);
      g_assert_cmpuint (tide_ctl_text_get_width (fitted), <=, cases[i].width);
    }
}

static void
check (char *text, const char *wanted)
{
  g_assert_cmpstr (text, ==, wanted);
  g_free (text);
}

static void
test_units (void)
{
  g_test_summary ("Numbers are written in a unit that suits them.");
  check (tide_ctl_text_from_bytes (0), "0 B");
  check (tide_ctl_text_from_bytes (1023), "1023 B");
  check (tide_ctl_text_from_bytes (1536), "1.5 KiB");
  check (tide_ctl_text_from_bytes (1 << 20), "1.0 MiB");
  check (tide_ctl_text_from_bytes (G_MAXUINT64), "16777216.0 TiB");
  check (tide_ctl_text_from_duration (0), "0 s");
  check (tide_ctl_text_from_duration (61 * G_TIME_SPAN_SECOND), "1 min 1 s");
  check (tide_ctl_text_from_duration (125 * G_TIME_SPAN_MINUTE), "2 h 5 min");
  check (tide_ctl_text_from_duration (50 * G_TIME_SPAN_HOUR), "2 d 2 h");
  check (tide_ctl_text_from_latency (999), "999 µs");
  check (tide_ctl_text_from_latency (4200), "4.2 ms");
  check (tide_ctl_text_from_latency (1500000), "1.5 s");
  check (tide_ctl_text_from_time (G_MAXUINT64), "?");
}

static void
test_json (void)
{
  g_test_summary ("JSON is made safe without changing what it says.");
  check (tide_ctl_text_make_json_safe ("{\"a\":\"\xc2\x9b\x7f\",\n\"b\":\"é\"}"),
         "{\"a\":\"\\u009b\\u007f\",\n\"b\":\"é\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/text/clean", test_clean);
  g_test_add_func ("/ctl/text/clean-random", test_clean_random);
  g_test_add_func ("/ctl/text/fit", test_fit);
  g_test_add_func ("/ctl/text/units", test_units);
  g_test_add_func ("/ctl/text/json", test_json);
  return g_test_run ();
}
