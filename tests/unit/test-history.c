/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar.h"
#include "tide-error.h"
#include "tide-history.h"

#include <glib/gstdio.h>

#include "log-catcher.h"
#include <string.h>

#define DAY_S G_GINT64_CONSTANT (86400)
#define BASE_S G_GINT64_CONSTANT (1709164800) /* 2024-02-29, a leap day, at midnight */
#define N_SYMBOLS 3

static GPtrArray *lines; /* what was logged since a test began */

typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  TideClock *clock;
  TideClock *wall;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideRoute *route;
  TideHistorySettings settings;
  TideHistory *history;
  guint n_answers;
  char *answer;  /* (owned) (nullable), the last */
  GError *error; /* (owned) (nullable), the last */
  guint n_changes;
} Fixture;

static void
on_answer (guint64 ticket, const GString *payload, const GError *error, gpointer data)
{
  Fixture *self = data;

  g_assert_cmpuint (ticket, ==, 77);
  g_assert_true ((payload != NULL) != (error != NULL));
  g_clear_pointer (&self->answer, g_free);
  g_clear_error (&self->error);
  self->answer = payload != NULL ? g_strdup (payload->str) : NULL;
  self->error = error != NULL ? g_error_copy (error) : NULL;
  self->n_answers++;
}

static void
on_changed (gpointer data)
{
  ((Fixture *) data)->n_changes++;
}

static void
start (Fixture *self)
{
  TideHistoryFuncs funcs = { on_answer, on_changed, self };

  self->history = tide_history_new (
      self->wheel, self->wall, &self->counters, &self->settings, &funcs);
  tide_history_start (self->history);
}

static void
stop (Fixture *self)
{
  tide_history_stop (self->history);
  g_clear_object (&self->history);
}

static void
set_up (Fixture *self, gconstpointer unused)
{
  const char *const key[] = { "symbol", NULL };
  const char *const price[] = { "price", NULL };
  const char *const volume[] = { "volume", NULL };

  g_ptr_array_set_size (lines, 0);
  self->folder = g_dir_make_tmp ("test-history-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "history.db", NULL);
  self->clock = tide_clock_new_manual (0);
  self->wall = tide_clock_new_manual ((BASE_S + 10 * DAY_S) * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->route = tide_route_new ("c", "tick_data", key, TIDE_AUDIENCE_EVERYONE);
  self->route->price_field = tide_route_add_field (self->route, price);
  self->route->volume_field = tide_route_add_field (self->route, volume);
  self->settings = (TideHistorySettings){ self->path, 10, 10000, { 0 } };
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char *name;

  if (self->history != NULL)
    stop (self);
  /* What was under way may still have to be freed. */
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->path);
  g_free (self->answer);
  g_clear_error (&self->error);
  tide_route_unref (self->route);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  tide_clock_unref (self->wall);
}

static void
take_text (
    Fixture *self, const char *symbol, gint64 time_us, const char *price, const char *vol)
{
  TideEventValue values[] = { { symbol, strlen (symbol) },
                              { price, price != NULL ? strlen (price) : 0 },
                              { vol, vol != NULL ? strlen (vol) : 0 } };
  TideEventFacts facts = { .route = self->route,
                           .payload = "{}",
                           .payload_length = 2,
                           .values = values,
                           .timestamp_us = time_us };
  g_autoptr (TideEvent) event = tide_event_new_full (&facts);

  tide_history_take (self->history, event);
}

static void
take (Fixture *self, const char *symbol, const TideTick *tick)
{
  g_autofree char *price = g_strdup_printf ("%.2f", tick->price);
  g_autofree char *volume = g_strdup_printf ("%.0f", tick->volume);

  take_text (self, symbol, tick->time_us, price, volume);
}

/* Lets all be written that has come, as far as it can. */
static void
settle (Fixture *self)
{
  tide_clock_advance (self->clock, G_USEC_PER_SEC);
  tide_timer_wheel_run (self->wheel);
  for (guint i = 0; i < 20; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
}

static void
wait_until_at_least (Fixture *self, const guint64 *counter, guint64 n)
{
  for (guint i = 0; i < 1000 && *counter < n; i++)
    settle (self);
  g_assert_cmpuint (*counter, >=, n);
}

static void
ask (Fixture *self, const TideChartRequest *request)
{
  g_autoptr (GError) error = NULL;
  guint n_before = self->n_answers;

  tide_chart_source_request (TIDE_CHART_SOURCE (self->history), request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->n_answers, ==, n_before);
  while (self->n_answers == n_before)
    g_main_context_iteration (NULL, TRUE);
}

static TideChartRequest
make_request (const char *symbol, TideTimeframe timeframe)
{
  return (TideChartRequest){ 77, symbol, timeframe, 0, BASE_S + 100 * DAY_S, 5000 };
}

/* --- an oracle --- */

typedef struct
{
  guint symbol;
  TideTick tick;
} Taken;

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const TideBar *first = a, *second = b;

  return (first->start_s > second->start_s) - (first->start_s < second->start_s);
}

/* The bars of all ticks of a symbol, made one by one. */
static char *
make_plainly (const GArray *all, guint symbol, const TideChartRequest *request)
{
  g_autoptr (GArray) bars = g_array_new (FALSE, FALSE, sizeof (TideBar));
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 length_s = tide_timeframe_get_seconds (request->timeframe);

  for (guint i = 0; i < all->len; i++)
    {
      const Taken *taken = &g_array_index (all, Taken, i);
      gint64 start_s = taken->tick.time_us / G_USEC_PER_SEC / length_s * length_s;
      TideBar *bar = NULL;

      if (taken->symbol != symbol || start_s < request->from_s ||
          start_s >= request->to_s)
        continue;
      for (guint j = 0; j < bars->len && bar == NULL; j++)
        if (g_array_index (bars, TideBar, j).start_s == start_s)
          bar = &g_array_index (bars, TideBar, j);
      if (bar != NULL)
        tide_bar_add (bar, &taken->tick);
      else
        {
          TideBar one = tide_bar_new (request->timeframe, &taken->tick);

          g_array_append_val (bars, one);
        }
    }
  g_array_sort (bars, compare_starts);
  g_string_append_printf (out,
                          "{\"symbol\":\"%s\",\"timeframe\":\"%s\",\"chart_data\":[",
                          request->symbol,
                          tide_timeframe_get_nick (request->timeframe));
  for (guint i = bars->len > request->limit ? bars->len - request->limit : 0;
       i < bars->len;
       i++)
    {
      tide_bar_append_json (&g_array_index (bars, TideBar, i), out);
      g_string_append (out, i + 1 < bars->len ? "," : "");
    }
  g_string_append (out, "]}");
  return g_strdup (out->str);
}

static void
assert_charts (Fixture *self, const GArray *all)
{
  static const char *const names[N_SYMBOLS] = { "A", "BRK.B", "C" };

  for (guint i = 0; i < N_SYMBOLS; i++)
    for (TideTimeframe j = 0; j < TIDE_N_TIMEFRAMES; j++)
      {
        TideChartRequest request = make_request (names[i], j);
        g_autofree char *expected = NULL;

        if (g_test_rand_bit ())
          {
            request.from_s = BASE_S + g_test_rand_int_range (-DAY_S, 2 * DAY_S);
            request.to_s = request.from_s + g_test_rand_int_range (0, 2 * DAY_S);
            request.limit = g_test_rand_int_range (1, 40);
          }
        expected = make_plainly (all, i, &request);
        ask (self, &request);
        g_assert_no_error (self->error);
        g_assert_cmpstr (self->answer, ==, expected);
      }
}

/* A time near the one before, now and then far away; around both ends of a leap day. */
static gint64
draw_time (gint64 last_us)
{
  gint64 span_us = g_test_rand_int_range (0, 8) == 0 ? DAY_S * G_USEC_PER_SEC / 2
                                                     : 200 * G_USEC_PER_SEC;

  return CLAMP (last_us + (gint64) g_test_rand_double_range (-0.8 * span_us, span_us),
                (BASE_S - DAY_S) * G_USEC_PER_SEC,
                (BASE_S + 2 * DAY_S) * G_USEC_PER_SEC);
}

static void
take_random (Fixture *self, GArray *all)
{
  static const char *const names[N_SYMBOLS] = { "A", "BRK.B", "C" };
  gint64 time_us = (BASE_S - 3600) * G_USEC_PER_SEC;

  for (guint i = 0; i < 1500; i++)
    {
      Taken taken = { g_test_rand_int_range (0, N_SYMBOLS),
                      { time_us = draw_time (time_us),
                        g_test_rand_int_range (1, 1000) / 4.0,
                        g_test_rand_int_range (0, 500) } };

      take (self, names[taken.symbol], &taken.tick);
      g_array_append_val (all, taken);
      if (g_test_rand_int_range (0, 50) == 0)
        settle (self);
    }
}

static void
test_random (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Taken));

  g_test_summary ("Ticks in any order, over days, written and not, before restarts and "
                  "after them: each chart is that of all ticks");

  /* Each symbol has one at least. */
  start (self);
  for (guint i = 0; i < 3; i++)
    {
      take_random (self, all);
      assert_charts (self, all);
      stop (self);
      start (self);
      assert_charts (self, all);
    }
  g_assert_cmpuint (self->counters.ticks_taken, ==, all->len);
  g_assert_cmpuint (self->counters.ticks_late, >, 0);
  g_assert_cmpuint (self->counters.ticks_refused, ==, 0);
  g_assert_cmpuint (self->counters.history_written, >, 0);
  g_assert_cmpuint (self->counters.history_errors, ==, 0);
  g_assert_cmpuint (self->counters.charts_sent, ==, self->n_answers);
}

static void
test_memory (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Taken));

  g_test_summary ("Without a file all is in memory, as far as that reaches");

  self->settings.path = NULL;
  start (self);
  take_random (self, all);
  assert_charts (self, all);
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "memory");
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), <, 0);
  self->settings.max_minutes = 2;
  tide_history_reload (self->history, &self->settings);
  take_random (self, all);
  g_assert_cmpuint (self->counters.history_waiting, ==, 2);
  g_assert_cmpuint (self->counters.history_lost, ==, 0);
}

static void
test_refused (Fixture *self, gconstpointer unused)
{
  gint64 now_us = tide_clock_now_us (self->wall);
  guint64 n = 0;

  g_test_summary ("What can be no tick is counted and changes nothing");

  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    self->settings.keep_s[i] = DAY_S;
  start (self);
#define REFUSE(symbol, time_us, price, volume)                                           \
  take_text (self, symbol, time_us, price, volume);                                      \
  g_assert_cmpuint (self->counters.ticks_refused, ==, ++n)
  REFUSE ("A", now_us, NULL, "1");
  REFUSE ("A", now_us, "NaN", "1");
  REFUSE ("A", now_us, "0", "1");
  REFUSE ("A", now_us, "-3", "1");
  REFUSE ("A", now_us, "1e300", "1");
  REFUSE ("A", now_us, "12,5", "1");
  REFUSE ("A", now_us, "12", "-1");
  REFUSE ("A", now_us, "12", "many");
  REFUSE ("", now_us, "12", "1");
  REFUSE ("\xc3\xa4", now_us, "12", "1");
  REFUSE ("A2345678901234567890123456789012345", now_us, "12", "1");
  REFUSE ("A", 5, "12", "1");
  REFUSE ("A", now_us + 61 * G_USEC_PER_SEC, "12", "1");
  take_text (self, "A", now_us + 59 * G_USEC_PER_SEC, "12", NULL);
  REFUSE ("A", now_us - 2 * DAY_S * G_USEC_PER_SEC, "12", "1");
  take_text (self, "A", now_us - DAY_S * G_USEC_PER_SEC / 2, "12", "1");
  g_assert_cmpuint (self->counters.ticks_refused, ==, n);
  g_assert_cmpuint (self->counters.ticks_taken, ==, 2);
  g_assert_cmpuint (self->counters.ticks_late, ==, 1);
#undef REFUSE
}

static void
test_unknown (Fixture *self, gconstpointer unused)
{
  TideChartRequest request = make_request ("NONE", TIDE_TIMEFRAME_1M);
  TideTick tick = { BASE_S * G_USEC_PER_SEC, 1, 1 };

  g_test_summary (
      "A symbol of which nothing came is an error; no bars in a time are none");

  start (self);
  ask (self, &request);
  g_assert_error (self->error, TIDE_ERROR, TIDE_ERROR_UNKNOWN_SYMBOL);
  take (self, "A", &tick);
  request = make_request ("A", TIDE_TIMEFRAME_1M);
  request.from_s = BASE_S + 1;
  ask (self, &request);
  g_assert_cmpstr (
      self->answer, ==, "{\"symbol\":\"A\",\"timeframe\":\"1m\",\"chart_data\":[]}");
}

static void
test_many_requests (Fixture *self, gconstpointer unused)
{
  TideChartRequest request = make_request ("A", TIDE_TIMEFRAME_1M);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_test_summary ("Requests wait for each other, and too many are refused");

  start (self);
  while (tide_chart_source_request (TIDE_CHART_SOURCE (self->history), &request, &error))
    n++;
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (n, >=, 100);
  while (self->n_answers < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_degraded (Fixture *self, gconstpointer unused)
{
  g_autofree char *folder = g_build_filename (self->folder, "later", NULL);
  g_autofree char *path = g_build_filename (folder, "history.db", NULL);
  TideTick tick = { BASE_S * G_USEC_PER_SEC, 1, 1 };
  TideTick newer = { (BASE_S + 1200) * G_USEC_PER_SEC, 1, 1 };
  TideChartRequest request = make_request ("A", TIDE_TIMEFRAME_1M);

  g_test_summary ("Without its folder the history is in memory, says so once, and all of "
                  "it goes into the file once there is one");

  self->settings.path = path;
  start (self);
  take (self, "A", &tick);
  take (self, "A", &newer);
  wait_until_at_least (self, &self->counters.history_errors, 2);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, "in memory only for now"));
  g_assert_true (log_catcher_has (lines, path));
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "degraded");
  g_assert_cmpuint (self->n_changes, ==, 1);
  ask (self, &request);
  g_assert_nonnull (strstr (self->answer, "\"time\":1709164800,"));
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  wait_until_at_least (self, &self->counters.history_written, 1);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_true (log_catcher_has (lines, "again"));
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "file");
  g_assert_cmpuint (self->n_changes, ==, 2);
  stop (self);
  start (self);
  ask (self, &request);
  g_assert_nonnull (strstr (self->answer, "\"time\":1709164800,"));
  g_assert_nonnull (strstr (self->answer, "\"time\":1709166000,"));
  stop (self);
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_broken (Fixture *self, gconstpointer unused)
{
  TideTick tick = { BASE_S * G_USEC_PER_SEC, 1, 1 };
  g_autofree char *aside =
      g_strdup_printf ("%s.broken-%" G_GINT64_FORMAT, self->path, BASE_S + 10 * DAY_S);

  g_test_summary ("A broken file is moved aside, which is said, and a new one is begun");

  g_file_set_contents (self->path, "no database, far from it", -1, NULL);
  start (self);
  take (self, "A", &tick);
  tick.time_us += 1200 * G_USEC_PER_SEC;
  take (self, "A", &tick);
  wait_until_at_least (self, &self->counters.history_written, 1);
  g_assert_true (log_catcher_has (lines, aside));
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "file");
}

static void
test_last (Fixture *self, gconstpointer unused)
{
  TideTick tick = { BASE_S * G_USEC_PER_SEC, 1, 1 };
  g_autoptr (TideEvent) last = NULL;
  TideChartSource *source;

  g_test_summary ("The newest tick of a symbol is there as it came");

  start (self);
  source = TIDE_CHART_SOURCE (self->history);
  g_assert_null (tide_chart_source_make_last (source, "A", 5));
  take (self, "A", &tick);
  last = tide_chart_source_make_last (source, "A", 5);
  g_assert_cmpint (last->timestamp_us, ==, tick.time_us);
  g_assert_cmpint (last->received_us, ==, 5);
  g_assert_cmpstr (last->payload, ==, "{}");
}

#define ADD(name, function)                                                              \
  g_test_add ("/history/history/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  ADD ("random", test_random);
  ADD ("memory", test_memory);
  ADD ("refused", test_refused);
  ADD ("unknown", test_unknown);
  ADD ("many-requests", test_many_requests);
  ADD ("degraded", test_degraded);
  ADD ("broken", test_broken);
  ADD ("last", test_last);
  return g_test_run ();
}
