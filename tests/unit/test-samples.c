/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"
#include "tide-samples.h"

#include <string.h>

static TideCounters counters;

static char *
write_down (const TideSamples *samples)
{
  GString *text = g_string_new (NULL);

  tide_samples_append (samples, text);
  g_assert_cmpint (
      tide_json_scan (text->str, text->len, NULL, 0, NULL), ==, TIDE_JSON_OK);
  return g_string_free (text, FALSE);
}

/* What the samples have as the numbers of connections. */
static GArray *
get_connections (const TideSamples *samples)
{
  g_autofree char *text = write_down (samples);
  const char *at = strstr (text, "\"rows\":[") + strlen ("\"rows\":[");
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint64));

  while (*at != ']')
    {
      guint64 number = g_ascii_strtoull (strchr (at, ',') + 1, NULL, 10);

      g_array_append_val (numbers, number);
      at = strchr (at, ']') + 1;
      if (*at == ',')
        at++;
    }
  return numbers;
}

static void
test_ring (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (TideSamples) samples = tide_samples_new (wheel, &counters);
  g_autoptr (GArray) none = NULL;

  g_test_summary ("A sample is taken each 5 s, and the last hour of them is kept, in "
                  "order");

  memset (&counters, 0, sizeof counters);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (wheel), ==, -1);
  tide_samples_want (samples);
  for (guint turn = 1; turn <= 2 * TIDE_SAMPLES_MAX + 10; turn++)
    {
      g_autoptr (GArray) numbers = NULL;

      if (turn % 100 == 1 || turn == TIDE_SAMPLES_MAX || turn == TIDE_SAMPLES_MAX + 1)
        {
          numbers = get_connections (samples);
          g_assert_cmpuint (numbers->len, ==, MIN (turn, TIDE_SAMPLES_MAX));
          for (guint i = 0; i < numbers->len; i++)
            g_assert_cmpuint (
                g_array_index (numbers, guint64, i), ==, turn - numbers->len + i);
        }
      tide_samples_want (samples);
      counters.connections++;
      tide_clock_advance (clock, TIDE_SAMPLES_INTERVAL_US);
      tide_timer_wheel_run (wheel);
    }
  tide_samples_forget (samples);
  none = get_connections (samples);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (wheel), ==, -1);
}

static void
test_unwanted (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (TideSamples) samples = tide_samples_new (wheel, &counters);
  g_autoptr (GArray) last = NULL;
  g_autoptr (GArray) none = NULL;

  g_test_summary ("Samples are taken for an hour after somebody looked, then forgotten");

  tide_samples_want (samples);
  for (guint turn = 1; turn < TIDE_SAMPLES_MAX; turn++)
    {
      tide_clock_advance (clock, TIDE_SAMPLES_INTERVAL_US);
      tide_timer_wheel_run (wheel);
    }
  last = get_connections (samples);
  g_assert_cmpuint (last->len, ==, TIDE_SAMPLES_MAX);
  tide_clock_advance (clock, TIDE_SAMPLES_INTERVAL_US);
  tide_timer_wheel_run (wheel);
  none = get_connections (samples);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (wheel), ==, -1);
}

static void
test_columns (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (TideSamples) samples = tide_samples_new (wheel, &counters);
  g_autofree char *text = NULL;

  g_test_summary ("Each value stands below its column; what was dropped is summed up");

  memset (&counters, 0, sizeof counters);
  counters.connections = 1;
  counters.users = 2;
  counters.slow_users = 3;
  counters.events_received = 4;
  counters.events_routed = 5;
  counters.deliveries_taken = 6;
  counters.bytes_sent = 7;
  counters.outbox_bytes = 8;
  counters.events_dropped_not_json = 100;
  counters.events_dropped_no_route = 200;
  counters.books[TIDE_CLASS_LATEST].dropped_slow = 1000;
  counters.books[TIDE_CLASS_LOSSLESS].expired = 2000;
  counters.books[TIDE_CLASS_LOSSLESS].conflated = 9;
  tide_samples_want (samples);
  text = write_down (samples);
  g_assert_nonnull (
      strstr (text,
              "\"connections\",\"users\",\"slow_users\",\"events_received\","
              "\"events_routed\",\"deliveries_taken\",\"dropped\",\"bytes_sent\","
              "\"outbox_bytes\",\"resident_bytes\"],"));
  g_assert_nonnull (strstr (text, ",1,2,3,4,5,6,3300,7,8,"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/samples/ring", test_ring);
  g_test_add_func ("/daemon/samples/columns", test_columns);
  g_test_add_func ("/daemon/samples/unwanted", test_unwanted);
  return g_test_run ();
}
