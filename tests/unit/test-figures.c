/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-figures.h"
#include "tide-json-scan.h"

#include <string.h>

static TideCounters counters;

/* What is appended, as an object; it has to be JSON. */
static char *
finish (GString *text)
{
  g_string_append_c (text, '}');
  g_assert_cmpint (
      tide_json_scan (text->str, text->len, NULL, 0, NULL), ==, TIDE_JSON_OK);
  return g_string_free (text, FALSE);
}

static void
assert_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("no %s in %s", part, text);
}

static void
test_all (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  GString *text = g_string_new ("{\"a\":1");
  g_autofree char *all = NULL;

  g_test_summary ("Counters, books and batches are those that were counted, and gauges "
                  "are worked out");

  memset (&counters, 0, sizeof counters);
  counters.events_received = G_MAXUINT64;
  counters.batches = 3;
  counters.batched_events = 4;
  counters.largest_batch = 2;
  counters.books[TIDE_CLASS_LATEST].conflated = 7;
  tide_status_set_source (status, "a \"redis\"", "connected", TRUE, TRUE);
  tide_figures_append (text, &counters, status);
  all = finish (text);
  assert_has (all,
              "{\"a\":1,\"source\":{\"description\":\"a \\\"redis\\\"\",\"state\":"
              "\"connected\"},\"offline_store\":\"");
  assert_has (all, "\"events_received\":18446744073709551615,");
  assert_has (all, "\"mean_batch_hundredths\":133,");
  assert_has (all, "\"latest_conflated\":7,");
  assert_has (all, "\"latest\":{\"offered\":0,\"delivered\":0,\"conflated\":7,");
  assert_has (all, "\"batch_events\":{\"mean\":1.33,\"largest\":2}");
}

static void
test_latencies (void)
{
  GString *text = g_string_new ("{\"a\":1");
  GString *buckets = g_string_new ("{\"a\":1");
  g_autofree char *percentiles = NULL;
  g_autofree char *all = NULL;

  g_test_summary ("Latencies are percentiles, or all buckets that hold something, each "
                  "with its largest value");

  memset (&counters, 0, sizeof counters);
  tide_histogram_add (&counters.latency[TIDE_PRIORITY_HIGH], 3, 98);
  tide_histogram_add (&counters.latency[TIDE_PRIORITY_HIGH], 100, 2);
  tide_figures_append_percentiles (text, &counters);
  percentiles = finish (text);
  assert_has (percentiles, "\"high\":{\"p50\":3,\"p99\":103,\"p999\":103}");
  assert_has (percentiles, "\"low\":{\"p50\":0,\"p99\":0,\"p999\":0}");
  tide_figures_append_buckets (buckets, &counters);
  all = finish (buckets);
  assert_has (all, "\"high\":{\"count\":100,\"sum\":494,\"buckets\":[[3,98],[103,2]]}");
  assert_has (all, "\"low\":{\"count\":0,\"sum\":0,\"buckets\":[]}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/figures/all", test_all);
  g_test_add_func ("/core/figures/latencies", test_latencies);
  return g_test_run ();
}
