/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-metrics.h"

#include <string.h>

/* Returns: (transfer full): the text, of counters each of which has another value */
static char *
write_text (TideCounters *counters)
{
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 0);
  GString *text = g_string_new (NULL);
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  for (gsize i = 0; i < n_infos; i++)
    G_STRUCT_MEMBER (guint64, counters, infos[i].offset) = 1000000 + i;
  tide_status_set_state (status, TIDE_STATE_DEGRADED);
  tide_metrics_append (text, counters, status);
  return g_string_free (text, FALSE);
}

static guint
count (const char *text, const char *what)
{
  guint n = 0;

  for (const char *at = strstr (text, what); at != NULL; at = strstr (at + 1, what))
    n++;
  return n;
}

static void
test_all (void)
{
  static TideCounters counters;
  g_autofree char *text = write_text (&counters);
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  g_test_summary ("Every counter is shown once, but for those that histograms show");

  for (gsize i = 0; i < n_infos; i++)
    {
      g_autofree char *value = g_strdup_printf (" %" G_GSIZE_FORMAT "\n", 1000000 + i);
      gboolean is_hidden = g_str_has_prefix (infos[i].key, "latency_") ||
                           g_str_equal (infos[i].key, "mean_batch_hundredths") ||
                           g_str_equal (infos[i].key, "index_lookup_nsec") ||
                           g_str_equal (infos[i].key, "balance_error");

      g_test_message ("%s", infos[i].key);
      g_assert_cmpuint (count (text, value), ==, is_hidden ? 0 : 1);
    }
  g_assert_nonnull (strstr (text, "\ntidewire_index_lookup_seconds 0.001000"));
  g_assert_nonnull (strstr (text, "\ntidewire_balance_error "));
}

static void
test_names (void)
{
  static TideCounters counters;
  g_autofree char *text = write_text (&counters);

  g_test_summary ("What belongs together is one metric, with its type before it");

  g_assert_cmpuint (
      count (text, "# TYPE tidewire_events_dropped_total counter\n"), ==, 1);
  g_assert_nonnull (strstr (text, "tidewire_events_dropped_total{reason=\"bad_utf8\"} "));
  g_assert_nonnull (strstr (text, "\n# TYPE tidewire_outbox_bytes gauge\n"));
  g_assert_nonnull (strstr (text, "\n# TYPE tidewire_sent_bytes_total counter\n"));
  g_assert_nonnull (strstr (
      text, "\ntidewire_pairs_total{class=\"latest\",outcome=\"dropped_rate\"} "));
  g_assert_nonnull (
      strstr (text, "\ntidewire_pairs_waiting{class=\"lossless\",place=\"offline\"} "));
  g_assert_nonnull (strstr (text, "\ntidewire_state{state=\"degraded\"} 1\n"));
  g_assert_nonnull (strstr (text, "\ntidewire_state{state=\"running\"} 0\n"));
  g_assert_nonnull (strstr (text, "\ntidewire_build_info{version=\"1.2.3\"} 1\n"));
  g_assert_null (strstr (text, "offered\"}"));
}

static void
test_latency (void)
{
  static TideCounters counters;
  g_autofree char *text = NULL;

  g_test_summary (
      "Latencies are histograms in seconds, each bucket with those before it");

  tide_histogram_add (&counters.latency[TIDE_PRIORITY_HIGH], 10, 2);
  tide_histogram_add (&counters.latency[TIDE_PRIORITY_HIGH], 1024, 1);
  tide_histogram_add (&counters.latency[TIDE_PRIORITY_HIGH], 60 * G_USEC_PER_SEC, 1);
  text = write_text (&counters);
#define LINE(rest) "\ntidewire_delivery_latency_seconds" rest
  g_assert_nonnull (
      strstr (text, LINE ("_bucket{priority=\"high\",le=\"6.4e-05\"} 2\n")));
  g_assert_nonnull (
      strstr (text, LINE ("_bucket{priority=\"high\",le=\"0.001024\"} 2\n")));
  g_assert_nonnull (
      strstr (text, LINE ("_bucket{priority=\"high\",le=\"0.001536\"} 3\n")));
  g_assert_nonnull (
      strstr (text, LINE ("_bucket{priority=\"high\",le=\"12.582912\"} 3\n")));
  g_assert_nonnull (strstr (text, LINE ("_bucket{priority=\"high\",le=\"+Inf\"} 4\n")));
  g_assert_nonnull (strstr (text, LINE ("_sum{priority=\"high\"} 60.001044\n")));
  g_assert_nonnull (strstr (text, LINE ("_count{priority=\"high\"} 4\n")));
  g_assert_nonnull (strstr (text, LINE ("_count{priority=\"low\"} 0\n")));
#undef LINE
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/metrics/all", test_all);
  g_test_add_func ("/server/metrics/names", test_names);
  g_test_add_func ("/server/metrics/latency", test_latency);
  return g_test_run ();
}
