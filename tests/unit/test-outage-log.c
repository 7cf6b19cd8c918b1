/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-outage-log.h"

#include "log-catcher.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)

static GPtrArray *lines; /* what was logged */

static void
test_once (void)
{
  TideOutageLog log = { 0 };

  g_test_summary ("each reason is told once an outage, the hint once");
  g_ptr_array_set_size (lines, 0);

  for (guint i = 0; i < 50; i++)
    {
      tide_outage_log_failure (&log, 1 + i, "it refuses", "do without");
      tide_outage_log_failure (&log, 1 + i, "it loads", "do without");
    }
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (lines, 0),
                   ==,
                   "it refuses. It is tried again and again; do without");
  g_assert_cmpstr (g_ptr_array_index (lines, 1), ==, "it loads");

  tide_outage_log_success (&log, 50, "redis");
  g_assert_cmpstr (g_ptr_array_index (lines, 2), ==, "connected to redis");
  tide_outage_log_failure (&log, SECOND_US, "it refuses", "do without");
  g_assert_cmpuint (lines->len, ==, 4);
  tide_outage_log_success (&log, 3 * SECOND_US, "redis");
  g_assert_cmpstr (
      g_ptr_array_index (lines, 4), ==, "connected to redis again, after 2.0 s");
  tide_outage_log_clear (&log);
}

static void
test_many_reasons (void)
{
  TideOutageLog log = { 0 };

  g_test_summary ("a server whose words always differ does not fill the journal");
  g_ptr_array_set_size (lines, 0);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("reason %u", i);

      tide_outage_log_failure (&log, 1 + i * SECOND_US, text, "do without");
    }
  g_assert_cmpuint (lines->len, ==, 8);
  tide_outage_log_clear (&log);
}

static void
test_flapping (void)
{
  TideOutageLog log = { 0 };

  g_test_summary ("nor does one that comes and goes, and after a while it is told again");
  g_ptr_array_set_size (lines, 0);

  for (guint i = 0; i < 590; i++)
    {
      tide_outage_log_failure (&log, 1 + i * SECOND_US / 10, "gone", "do without");
      tide_outage_log_success (&log, 1 + i * SECOND_US / 10, "redis");
    }
  g_assert_cmpuint (lines->len, ==, 20);
  tide_outage_log_failure (&log, 61 * SECOND_US, "gone", "do without");
  g_assert_cmpuint (lines->len, ==, 21);
  tide_outage_log_clear (&log);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  g_test_add_func ("/sources/outage-log/once", test_once);
  g_test_add_func ("/sources/outage-log/many-reasons", test_many_reasons);
  g_test_add_func ("/sources/outage-log/flapping", test_flapping);

  int result = g_test_run ();

  g_ptr_array_unref (lines);
  return result;
}
