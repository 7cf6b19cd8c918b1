/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the history costs: nanoseconds a tick, and milliseconds a chart of 500 bars with
 * many symbols in the file. Takes the number of symbols as its argument. */

#include "tide-bar-store.h"
#include "tide-decoder.h"
#include "tide-event-router.h"
#include "tide-history.h"

#include <glib/gstdio.h>

#include <stdlib.h>
#include <string.h>

#define N_SYMBOLS 5000
#define N_BARS 500
#define N_CHARTS 2000
#define N_TICKS 1000000
#define N_ROUNDS 5
#define CHANNEL "tickstock.all_ticks"

typedef struct
{
  guint n_symbols;
  char *path; /* (owned) */
  TideClock *clock;
  TideClock *wall;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideRouteTable *routes;
  TideDecoder *decoder;
  TideSubscriptionManager *subscriptions;
  TideEventRouter *router;
  TideHistory *history; /* (nullable) */
  GPtrArray *payloads;  /* (owned) (element-type utf8) */
  guint n_answers;
  gsize n_bytes; /* of the last answer */
} Bench;

/* --- a sink for nobody --- */

#define BENCH_TYPE_SINK (bench_sink_get_type ())
G_DECLARE_FINAL_TYPE (BenchSink, bench_sink, BENCH, SINK, GObject)

struct _BenchSink
{
  GObject parent_instance;
};

static void
bench_sink_sink_init (TideEventSinkInterface *iface)
{
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BenchSink,
                               bench_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_EVENT_SINK,
                                                      bench_sink_sink_init))

static void
bench_sink_class_init (BenchSinkClass *klass)
{
}

static void
bench_sink_init (BenchSink *self)
{
}

static void
on_answer (guint64 ticket,
           const GString *payload,
           const GError *error,
           gpointer user_data)
{
  Bench *self = user_data;

  g_assert_no_error (error);
  self->n_answers++;
  self->n_bytes = payload->len;
}

static void
on_changed (gpointer user_data)
{
}

static void
make_payloads (Bench *self)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;

  g_ptr_array_set_size (self->payloads, 0);
  for (guint i = 0; i < self->n_symbols; i++)
    g_ptr_array_add (
        self->payloads,
        g_strdup_printf ("{\"symbol\":\"S%u\",\"price\":%u.%02u,\"volume\":%u,"
                         "\"change\":1.25,\"sequence\":%u,\"timestamp\":%" G_GINT64_FORMAT
                         ".25}",
                         i,
                         100 + i % 400,
                         i % 100,
                         i % 1000,
                         i,
                         now_s));
}

static void
start_history (Bench *self, const char *path)
{
  TideHistorySettings settings = { path, 10000, 500000, { 0 } };
  TideHistoryFuncs funcs = { on_answer, on_changed, self };

  self->history =
      tide_history_new (self->wheel, self->wall, &self->counters, &settings, &funcs);
  tide_history_start (self->history);
}

static void
stop_history (Bench *self)
{
  tide_history_stop (self->history);
  g_clear_object (&self->history);
}

static void
take (Bench *self, guint i)
{
  const char *payload = g_ptr_array_index (self->payloads, i % self->payloads->len);
  g_autoptr (TideEvent) event = tide_decoder_decode (
      self->decoder, CHANNEL, strlen (CHANNEL), payload, strlen (payload));

  if (event->route->price_field >= 0 && self->history != NULL)
    tide_history_take (self->history, event);
  tide_event_router_route (self->router, event);
}

/* Nanoseconds a tick, of the best round. */
static double
measure_ticks (Bench *self)
{
  gint64 best_us = G_MAXINT64;

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      gint64 start_us = g_get_monotonic_time ();

      for (guint i = 0; i < N_TICKS; i++)
        {
          take (self, i);
          if (i % 256 == 0)
            g_main_context_iteration (NULL, FALSE);
        }
      best_us = MIN (best_us, g_get_monotonic_time () - start_us);
    }
  return best_us * 1000.0 / N_TICKS;
}

static void
bench_ticks (Bench *self)
{
  double without, memory, file;

  make_payloads (self);
  without = measure_ticks (self);
  start_history (self, NULL);
  memory = measure_ticks (self);
  stop_history (self);
  start_history (self, self->path);
  file = measure_ticks (self);
  stop_history (self);
  g_unlink (self->path);
  g_print ("a tick for nobody, decoded and routed: %.0f ns; with the history in memory "
           "%.0f ns, in a file %.0f ns\n",
           without,
           memory,
           file);
}

/* A quarter of an hour of a few symbols, as the history writes them. */
static void
write_some (Bench *self, TideBarStore *store, gint64 start_s, guint first)
{
  TideBarJob job = { tide_bar_rows_new (), tide_bar_rows_new (), 0, { 0 } };
  g_autoptr (GError) error = NULL;

  for (guint i = first; i < MIN (first + 33, self->n_symbols); i++)
    {
      g_autofree char *name = g_strdup_printf ("S%u", i);

      for (guint j = 0; j < 15; j++)
        {
          TideTick tick = { (start_s + 60 * j) * G_USEC_PER_SEC,
                            100 + (j * 7 + i) % 997 / 100.0,
                            i };
          TideBarRow row = { .bar = tide_bar_new (TIDE_TIMEFRAME_1M, &tick) };

          g_strlcpy (row.symbol, name, sizeof row.symbol);
          g_array_append_val (job.closed, row);
        }
    }
  tide_bar_store_write (store, &job, &error);
  g_assert_no_error (error);
  g_array_unref (job.fresh);
  g_array_unref (job.closed);
}

static void
fill_file (Bench *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideBarStore) store = tide_bar_store_open (self->path, &error);
  gint64 first_s = (g_get_real_time () / G_USEC_PER_SEC / 60 - N_BARS - 20) * 60;
  gint64 start_us = g_get_monotonic_time ();

  g_assert_no_error (error);
  for (guint i = 0; i < N_BARS; i += 15)
    for (guint j = 0; j < self->n_symbols; j += 33)
      write_some (self, store, first_s + 60 * i, j);
  g_print ("%u bars of %u symbols, with those of longer times: %.1f us a minute of a "
           "symbol to write\n",
           N_BARS,
           self->n_symbols,
           (double) (g_get_monotonic_time () - start_us) / N_BARS / self->n_symbols);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *) a, second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

/* Asks for chart after chart; ticks come between them, as many as @ticks_per_second. */
static void
bench_charts (Bench *self, guint ticks_per_second)
{
  g_autoptr (GArray) took = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 begin_us = g_get_monotonic_time ();
  guint n_ticks = 0;

  for (guint i = 0; i < N_CHARTS; i++)
    {
      g_autofree char *symbol =
          g_strdup_printf ("S%d", g_random_int_range (0, self->n_symbols));
      TideChartRequest request = { 1, symbol, TIDE_TIMEFRAME_1M, 0, G_MAXINT32, N_BARS };
      gint64 start_us = g_get_monotonic_time ();
      guint n_before = self->n_answers;
      gint64 us;

      tide_chart_source_request (TIDE_CHART_SOURCE (self->history), &request, NULL);
      while (self->n_answers == n_before)
        g_main_context_iteration (NULL, TRUE);
      us = g_get_monotonic_time () - start_us;
      g_array_append_val (took, us);
      while (n_ticks < (g_get_monotonic_time () - begin_us) * ticks_per_second / 1e6)
        take (self, n_ticks++);
      if (ticks_per_second > 0)
        g_usleep (3000);
      g_main_context_iteration (NULL, FALSE);
    }
  g_array_sort (took, compare);
  g_print ("a chart of %u bars (%" G_GSIZE_FORMAT " bytes), %u ticks a second beside it: "
           "median %.2f ms, 99 %% %.2f ms, longest %.2f ms\n",
           N_BARS,
           self->n_bytes,
           ticks_per_second,
           g_array_index (took, gint64, N_CHARTS / 2) / 1000.0,
           g_array_index (took, gint64, N_CHARTS * 99 / 100) / 1000.0,
           g_array_index (took, gint64, N_CHARTS - 1) / 1000.0);
}

int
main (int argc, char *argv[])
{
  TideSubscriptionSettings settings = { 10, 10, 10, 10, 0, 0 };
  g_autofree char *folder = g_dir_make_tmp ("bench-history-XXXXXX", NULL);
  g_autoptr (BenchSink) sink = g_object_new (BENCH_TYPE_SINK, NULL);
  Bench self = { .n_symbols = argc > 1 ? atoi (argv[1]) : N_SYMBOLS };
  g_autoptr (TideUserTable) users = tide_user_table_new ();

  self.path = g_build_filename (folder, "history.db", NULL);
  self.clock = tide_clock_new_monotonic ();
  self.wall = tide_clock_new_wall ();
  self.wheel = tide_timer_wheel_new (self.clock);
  tide_timer_wheel_attach (self.wheel, NULL);
  self.routes = tide_route_table_new_tickstock ();
  self.payloads = g_ptr_array_new_with_free_func (g_free);
  self.decoder = tide_decoder_new (self.routes, &self.counters, self.clock, 65536);
  self.subscriptions = tide_subscription_manager_new (
      users, self.wheel, &self.counters, self.routes, &settings);
  self.router =
      tide_event_router_new (self.subscriptions, TIDE_EVENT_SINK (sink), &self.counters);
  bench_ticks (&self);
  fill_file (&self);
  make_payloads (&self);
  start_history (&self, self.path);
  bench_charts (&self, 0);
  bench_charts (&self, self.n_symbols);
  stop_history (&self);
  g_unlink (self.path);
  g_rmdir (folder);
  g_object_unref (self.router);
  g_object_unref (self.subscriptions);
  tide_decoder_free (self.decoder);
  tide_route_table_unref (self.routes);
  tide_timer_wheel_free (self.wheel);
  tide_clock_unref (self.wall);
  tide_clock_unref (self.clock);
  g_ptr_array_unref (self.payloads);
  g_free (self.path);
  return EXIT_SUCCESS;
}
