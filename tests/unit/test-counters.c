/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-counters.h"

#include <string.h>

static void
test_infos (void)
{
  TideCounters counters = { 0 };
  gsize n_infos = 0;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  g_test_summary ("Every counter is named once, and read from its own place");

  g_assert_cmpuint (
      n_infos * sizeof (guint64), ==, G_STRUCT_OFFSET (TideCounters, latency));
  for (gsize i = 0; i < n_infos; i++)
    {
      g_assert_cmpuint (tide_counters_get (&counters, &infos[i]), ==, 0);
      G_STRUCT_MEMBER (guint64, &counters, infos[i].offset) = i + 1;
      g_assert_cmpuint (infos[i].meaning[0], !=, '\0');
      for (gsize j = 0; j < i; j++)
        {
          g_assert_cmpstr (infos[i].name, !=, infos[j].name);
          g_assert_cmpstr (infos[i].key, !=, infos[j].key);
        }
    }
  for (gsize i = 0; i < n_infos; i++)
    g_assert_cmpuint (tide_counters_get (&counters, &infos[i]), ==, i + 1);
}

static void
test_names (void)
{
  gsize n_infos = 0;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  g_test_summary ("The name on the bus is the key in camel case, units as systemd "
                  "writes them");

  for (gsize i = 0; i < n_infos; i++)
    {
      g_autoptr (GString) camel = g_string_new (NULL);

      for (const char *at = infos[i].key; *at != '\0'; at++)
        if (*at == '_')
          continue;
        else if (at == infos[i].key || at[-1] == '_')
          g_string_append_c (camel, g_ascii_toupper (*at));
        else
          g_string_append_c (camel, *at);
      g_string_replace (camel, "Usec", "USec", 1);
      g_string_replace (camel, "Nsec", "NSec", 1);
      g_assert_cmpstr (camel->str, ==, infos[i].name);
    }
}

static void
test_reset (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);
  TideBook *book = &counters->books[TIDE_CLASS_LOSSLESS];

  g_test_summary (
      "After a reset gauges are as they were, and the books balance with what "
      "waits");

  counters->connections = 3;
  counters->index_lookup_nsec = 70;
  counters->largest_batch = 9;
  counters->batches = 4;
  counters->batched_events = 20;
  counters->events_received = counters->events_routed = 50;
  counters->frames_made = 30;
  counters->frames_delivered = 25;
  counters->frames_queued = 5;
  counters->deliveries = 40;
  counters->deliveries_taken = 33;
  counters->offline_queued = 12;
  *book = (TideBook){ .offered = 20,
                      .delivered = 8,
                      .conflated = 1,
                      .dropped_left = 1,
                      .in_lanes = 5,
                      .in_outboxes = 3,
                      .in_offline = 2 };
  tide_histogram_add (&counters->latency[TIDE_PRIORITY_HIGH], 1000, 1);
  tide_counters_refresh (counters);
  g_assert_cmpuint (counters->balance_error, ==, 0);
  g_assert_cmpuint (counters->latency_high_p50_usec, >, 0);

  tide_counters_reset (counters);
  g_assert_cmpuint (counters->balance_error, ==, 0);
  g_assert_cmpuint (counters->connections, ==, 3);
  g_assert_cmpuint (counters->index_lookup_nsec, ==, 70);
  g_assert_cmpuint (counters->largest_batch, ==, 0);
  g_assert_cmpuint (counters->mean_batch_hundredths, ==, 0);
  g_assert_cmpuint (counters->events_received, ==, 0);
  g_assert_cmpuint (counters->frames_made, ==, 5);
  g_assert_cmpuint (counters->frames_queued, ==, 5);
  g_assert_cmpuint (counters->deliveries, ==, 7);
  g_assert_cmpuint (counters->offline_queued, ==, 0);
  g_assert_cmpuint (book->offered, ==, 10);
  g_assert_cmpuint (book->delivered, ==, 0);
  g_assert_cmpuint (book->in_lanes, ==, 5);
  g_assert_cmpuint (counters->latency_high_p50_usec, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/counters/infos", test_infos);
  g_test_add_func ("/core/counters/names", test_names);
  g_test_add_func ("/core/counters/reset", test_reset);
  return g_test_run ();
}
