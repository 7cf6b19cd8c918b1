/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the service counts and says of itself, as members of a JSON object that has others
 * before them. */

#include "tide-figures.h"

#include "tide-json-string.h"

/**
 * tide_figures_append_counters:
 * @out: where to append
 * @counters: what is counted; what is made of others is worked out
 *
 * Appends `counters`: every counter by its key.
 */
void
tide_figures_append_counters (GString *out, TideCounters *counters)
{
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  tide_counters_refresh (counters);
  g_string_append (out, ",\"counters\":{");
  for (gsize i = 0; i < n_infos; i++)
    g_string_append_printf (out,
                            "%s\"%s\":%" G_GUINT64_FORMAT,
                            i > 0 ? "," : "",
                            infos[i].key,
                            tide_counters_get (counters, &infos[i]));
  g_string_append_c (out, '}');
}

/**
 * tide_figures_append_percentiles:
 * @out: where to append
 * @counters: what is counted
 *
 * Appends `latency_usec`: from the source's taking an event to the kernel's taking it,
 * by priority.
 */
void
tide_figures_append_percentiles (GString *out, const TideCounters *counters)
{
  g_string_append (out, ",\"latency_usec\":{");
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    {
      const TideHistogram *latency = &counters->latency[i];

      g_string_append_printf (out,
                              "%s\"%s\":{\"p50\":%" G_GUINT64_FORMAT
                              ",\"p99\":%" G_GUINT64_FORMAT ",\"p999\":%" G_GUINT64_FORMAT
                              "}",
                              i > 0 ? "," : "",
                              tide_priority_get_nick (i),
                              tide_histogram_get_percentile (latency, 50),
                              tide_histogram_get_percentile (latency, 99),
                              tide_histogram_get_percentile (latency, 99.9));
    }
  g_string_append_c (out, '}');
}

static void
append_histogram (GString *out, const TideHistogram *histogram)
{
  const char *separator = "";

  g_string_append_printf (out,
                          "{\"count\":%" G_GUINT64_FORMAT ",\"sum\":%" G_GUINT64_FORMAT
                          ",\"buckets\":[",
                          histogram->n_values,
                          histogram->sum);
  for (guint i = 0; i < TIDE_HISTOGRAM_N_BUCKETS; i++)
    {
      if (histogram->buckets[i] == 0)
        continue;
      g_string_append_printf (out,
                              "%s[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]",
                              separator,
                              tide_histogram_get_bucket_end (i),
                              histogram->buckets[i]);
      separator = ",";
    }
  g_string_append (out, "]}");
}

/**
 * tide_figures_append_buckets:
 * @out: where to append
 * @counters: what is counted
 *
 * Appends `latency_usec` as tide_figures_append_percentiles() does, but all that is known
 * of it: the buckets that are not empty, each as its largest value and what is in it. Of
 * two such answers whoever asks can make the percentiles of the time between.
 */
void
tide_figures_append_buckets (GString *out, const TideCounters *counters)
{
  g_string_append (out, ",\"latency_usec\":{");
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    {
      g_string_append_printf (
          out, "%s\"%s\":", i > 0 ? "," : "", tide_priority_get_nick (i));
      append_histogram (out, &counters->latency[i]);
    }
  g_string_append_c (out, '}');
}

/* The books: what became of each pair of an event and a user. */
static void
append_classes (GString *out, const TideCounters *counters)
{
  g_string_append (out, ",\"classes\":{");
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const TideBook *book = &counters->books[i];

      g_string_append_printf (
          out, "%s\"%s\":{", i > 0 ? "," : "", tide_delivery_class_get_nick (i));
#define APPEND(field, name, meaning)                                                     \
  g_string_append_printf (out, "\"" #field "\":%" G_GUINT64_FORMAT ",", book->field);
      TIDE_BOOK (APPEND)
#undef APPEND
      out->str[out->len - 1] = '}';
    }
  g_string_append_c (out, '}');
}

static void
append_parts (GString *out, TideStatus *status)
{
  g_string_append (out, ",\"source\":{\"description\":");
  tide_json_append_string (out, tide_status_get_source_description (status), -1);
  g_string_append (out, ",\"state\":");
  tide_json_append_string (out, tide_status_get_source_state (status), -1);
  g_string_append_printf (out,
                          "},\"offline_store\":\"%s\",\"history\":\"%s\"",
                          tide_status_get_offline_store (status),
                          tide_status_get_history (status));
}

/**
 * tide_figures_append:
 * @out: where to append
 * @counters: what is counted; what is made of others is worked out
 * @status: what the service says of itself
 *
 * Appends how the source and the stores are, all counters, the books of the classes, and
 * the sizes of batches.
 */
void
tide_figures_append (GString *out, TideCounters *counters, TideStatus *status)
{
  append_parts (out, status);
  tide_figures_append_counters (out, counters);
  append_classes (out, counters);
  g_string_append_printf (out,
                          ",\"batch_events\":{\"mean\":%" G_GUINT64_FORMAT
                          ".%02u,\"largest\":%" G_GUINT64_FORMAT "}",
                          counters->mean_batch_hundredths / 100,
                          (guint) (counters->mean_batch_hundredths % 100),
                          counters->largest_batch);
}
