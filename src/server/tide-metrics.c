/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The counters in the text format of Prometheus, named by its rules: the unit at the end,
 * in seconds and bytes, `_total` for what only grows, and one metric with a label for
 * what belongs together. https://prometheus.io/docs/practices/naming/ */

#include "tide-metrics.h"

#include <string.h>

#define PREFIX "tidewire_"
#define NSEC_PER_SEC 1e9

/* Of latencies: two to each power of two, from 64 us to 12.6 s. Values are whole
 * microseconds, rounded down, so what is below a bound was below it in truth, too. */
#define FIRST_POWER 6
#define LAST_POWER 23

/* Counters that are called otherwise here. */
static const struct
{
  const char *key;
  const char *metric; /* (nullable), NULL: others say it better */
  const char *labels; /* (nullable) */
} names[] = {
  { "bytes_received", "received_bytes_total", NULL },
  { "bytes_sent", "sent_bytes_total", NULL },
  { "events_conflate", "events_by_class_total", "class=\"conflate\"" },
  { "events_critical", "events_by_priority_total", "priority=\"critical\"" },
  { "events_droppable", "events_by_class_total", "class=\"droppable\"" },
  { "events_high", "events_by_priority_total", "priority=\"high\"" },
  { "events_latest", "events_by_class_total", "class=\"latest\"" },
  { "events_lossless", "events_by_class_total", "class=\"lossless\"" },
  { "events_low", "events_by_priority_total", "priority=\"low\"" },
  { "events_medium", "events_by_priority_total", "priority=\"medium\"" },
  { "index_lookup_nsec", "index_lookup_seconds", NULL },
  { "mean_batch_hundredths", NULL, NULL }, /* batched_events_total by batches_total */
};

/* Counters that are one metric: what follows the prefix is the reason. */
static const struct
{
  const char *prefix;
  const char *metric;
  const char *help;
} reasons[] = {
  { "connections_closed_",
    "connections_closed_total",
    "connections that the service closed, besides time-outs and log-outs" },
  { "events_dropped_",
    "events_dropped_total",
    "messages of the source that are no event" },
  { "handshakes_refused_", "handshakes_refused_total", "requests refused" },
  { "sockets_refused_", "sockets_refused_total", "sockets closed at once" },
};

/* One metric, as a counter has it. */
typedef struct
{
  char *name;       /* (owned) (nullable), NULL: not shown */
  char *labels;     /* (owned) (nullable) */
  const char *help; /* (unowned) */
} Metric;

static void
metric_clear (Metric *self)
{
  g_free (self->name);
  g_free (self->labels);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Metric, metric_clear)

static gboolean
is_gauge (const TideCounterInfo *info)
{
  return info->offset <= G_STRUCT_OFFSET (TideCounters, balance_error);
}

/* The books and the latencies are shown by themselves. */
static gboolean
is_elsewhere (const TideCounterInfo *info)
{
  return info->offset >= G_STRUCT_OFFSET (TideCounters, books) ||
         (info->offset >= G_STRUCT_OFFSET (TideCounters, latency_low_p50_usec) &&
          info->offset <= G_STRUCT_OFFSET (TideCounters, latency_critical_p999_usec));
}

static Metric
name_counter (const TideCounterInfo *info)
{
  Metric metric = { .help = info->meaning };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (info->key, names[i].key))
      {
        metric.name = g_strdup (names[i].metric);
        metric.labels = g_strdup (names[i].labels);
        return metric;
      }
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_str_has_prefix (info->key, reasons[i].prefix))
      {
        metric.name = g_strdup (reasons[i].metric);
        metric.labels =
            g_strdup_printf ("reason=\"%s\"", info->key + strlen (reasons[i].prefix));
        metric.help = reasons[i].help;
        return metric;
      }
  metric.name = g_strconcat (info->key, is_gauge (info) ? NULL : "_total", NULL);
  return metric;
}

static void
append_head (GString *text, const char *name, const char *type, const char *help)
{
  g_string_append_printf (text,
                          "# HELP " PREFIX "%s %c%s.\n# TYPE " PREFIX "%s %s\n",
                          name,
                          g_ascii_toupper (*help),
                          help + 1,
                          name,
                          type);
}

static void
append_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, "%.9g", value));
}

/* Those of one metric stand behind each other in the table of counters. */
static void
append_counters (GString *text, const TideCounters *counters)
{
  g_autofree char *last_name = NULL;
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  for (gsize i = 0; i < n_infos; i++)
    {
      g_auto (Metric) metric = name_counter (&infos[i]);
      guint64 value = tide_counters_get (counters, &infos[i]);

      if (metric.name == NULL || is_elsewhere (&infos[i]))
        continue;
      if (g_strcmp0 (metric.name, last_name) != 0)
        append_head (
            text, metric.name, is_gauge (&infos[i]) ? "gauge" : "counter", metric.help);
      g_string_append (text, PREFIX);
      g_string_append (text, metric.name);
      if (metric.labels != NULL)
        g_string_append_printf (text, "{%s}", metric.labels);
      g_string_append_c (text, ' ');
      if (g_str_has_suffix (metric.name, "_seconds"))
        append_number (text, value / NSEC_PER_SEC);
      else
        g_string_append_printf (text, "%" G_GUINT64_FORMAT, value);
      g_string_append_c (text, '\n');
      g_free (last_name);
      last_name = g_steal_pointer (&metric.name);
    }
}

/* Appends what of the books begins with a word, as one metric. */
static void
append_book (GString *text,
             const TideCounters *counters,
             const char *metric,
             const char *label,
             gboolean (*takes) (const char *field, const char **value))
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const TideBook *book = &counters->books[i];
      const char *value;

#define APPEND(field, name, meaning)                                                     \
  if (takes (#field, &value))                                                            \
    g_string_append_printf (text,                                                        \
                            PREFIX "%s{class=\"%s\",%s=\"%s\"} %" G_GUINT64_FORMAT "\n", \
                            metric,                                                      \
                            tide_delivery_class_get_nick (i),                            \
                            label,                                                       \
                            value,                                                       \
                            book->field);
      TIDE_BOOK (APPEND)
#undef APPEND
    }
}

static gboolean
takes_waiting (const char *field, const char **value)
{
  *value = field + strlen ("in_");
  return g_str_has_prefix (field, "in_");
}

static gboolean
takes_outcome (const char *field, const char **value)
{
  *value = field;
  return !g_str_has_prefix (field, "in_") && !g_str_equal (field, "offered");
}

static void
append_books (GString *text, const TideCounters *counters)
{
  append_head (text,
               "pairs_offered_total",
               "counter",
               "pairs of an event and a user who is to get it");
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    g_string_append_printf (text,
                            PREFIX "pairs_offered_total{class=\"%s\"} %" G_GUINT64_FORMAT
                                   "\n",
                            tide_delivery_class_get_nick (i),
                            counters->books[i].offered);
  append_head (text, "pairs_total", "counter", "what became of the pairs offered");
  append_book (text, counters, "pairs_total", "outcome", takes_outcome);
  append_head (text, "pairs_waiting", "gauge", "pairs that wait now, by the place");
  append_book (text, counters, "pairs_waiting", "place", takes_waiting);
}

static void
append_bucket (GString *text,
               const TideHistogram *histogram,
               const char *nick,
               guint64 us)
{
  g_string_append_printf (
      text, PREFIX "delivery_latency_seconds_bucket{priority=\"%s\",le=\"", nick);
  append_number (text, us / (double) G_USEC_PER_SEC);
  g_string_append_printf (
      text, "\"} %" G_GUINT64_FORMAT "\n", tide_histogram_get_n_below (histogram, us));
}

static void
append_latency (GString *text, const TideHistogram *histogram, const char *nick)
{
  for (guint power = FIRST_POWER; power <= LAST_POWER; power++)
    {
      append_bucket (text, histogram, nick, (guint64) 1 << power);
      append_bucket (text, histogram, nick, (guint64) 3 << (power - 1));
    }
  g_string_append_printf (text,
                          PREFIX
                          "delivery_latency_seconds_bucket{priority=\"%s\",le=\"+Inf\"} "
                          "%" G_GUINT64_FORMAT "\n" PREFIX
                          "delivery_latency_seconds_sum{priority=\"%s\"} ",
                          nick,
                          histogram->n_values,
                          nick);
  append_number (text, histogram->sum / (double) G_USEC_PER_SEC);
  g_string_append_printf (text,
                          "\n" PREFIX "delivery_latency_seconds_count{priority=\"%s\"} "
                          "%" G_GUINT64_FORMAT "\n",
                          nick,
                          histogram->n_values);
}

static void
append_status (GString *text, TideStatus *status)
{
  TideState state = tide_status_get_state (status);

  append_head (text, "build_info", "gauge", "always 1; the version is a label");
  g_string_append_printf (
      text, PREFIX "build_info{version=\"%s\"} 1\n", tide_status_get_version (status));
  append_head (text, "state", "gauge", "1 for the state that the service is in");
  for (TideState i = TIDE_STATE_STARTING; i <= TIDE_STATE_DRAINING; i++)
    g_string_append_printf (
        text, PREFIX "state{state=\"%s\"} %d\n", tide_state_get_nick (i), i == state);
  append_head (text, "redis_connected", "gauge", "1 when messages can come from Redis");
  g_string_append_printf (
      text, PREFIX "redis_connected %d\n", tide_status_is_redis_connected (status));
}

/**
 * tide_metrics_append:
 * @text: where to append
 * @counters: what is counted; its gauges are worked out
 * @status: how the service is
 *
 * Appends all that the service counts in the text format of Prometheus, version 0.0.4.
 * The number of lines does not depend on how many clients or symbols there are.
 */
void
tide_metrics_append (GString *text, TideCounters *counters, TideStatus *status)
{
  tide_counters_refresh (counters);
  append_status (text, status);
  append_counters (text, counters);
  append_books (text, counters);
  append_head (text,
               "delivery_latency_seconds",
               "histogram",
               "from the source's taking an event to the kernel's taking it");
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    append_latency (text, &counters->latency[i], tide_priority_get_nick (i));
}
