/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-recording.h"

static void
test_good (void)
{
  static const struct
  {
    const char *line;
    gint64 time_us;
    const char *payload;
  } cases[] = {
    { "{\"t_ms\":1.5,\"channel\":\"a\",\"payload\":{\"n\": 1}}", 1500, "{\"n\": 1}" },
    { "{\"payload\":\"{\\\"n\\\":2}\",\"channel\":\"a\",\"t_ms\":0}", 0, "{\"n\":2}" },
    { "{\"t_ms\":0,\"channel\":\"\\u0061\",\"payload\":null,\"more\":1}", 0, "null" },
  };

  g_test_summary ("A line gives its time, channel and payload, as text or as JSON.");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (TideCtlRecord) record = { 0 };

      g_assert_true (tide_ctl_recording_parse (cases[i].line, &record));
      g_assert_cmpint (record.time_us, ==, cases[i].time_us);
      g_assert_cmpstr (record.channel, ==, "a");
      g_assert_cmpstr (record.payload, ==, cases[i].payload);
    }
}

static void
test_bad (void)
{
  const char *const lines[] = {
    "",
    "[]",
    "rubbish",
    "{\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":\"0\",\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":-1,\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":1e99,\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":0,\"channel\":1,\"payload\":{}}",
    "{\"t_ms\":0,\"channel\":\"a\"}",
    "{\"t_ms\":0,\"channel\":\"a\\u0000b\",\"payload\":{}}",
  };

  g_test_summary ("What is no line of a recording is refused.");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_auto (TideCtlRecord) record = { 0 };

      g_assert_false (tide_ctl_recording_parse (lines[i], &record));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/recording/good", test_good);
  g_test_add_func ("/ctl/recording/bad", test_bad);
  return g_test_run ();
}
