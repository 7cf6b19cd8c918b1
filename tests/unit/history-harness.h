/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar.h"
#include "tide-error.h"
#include "tide-history.h"

#include <glib/gstdio.h>

#include "log-catcher.h"
#include <string.h>

/* A history with a folder of its own and clocks that stand still, and an oracle. */

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

static inline void
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

static inline void
on_changed (gpointer data)
{
  ((Fixture *) data)->n_changes++;
}

static inline void
start (Fixture *self)
{
  TideHistoryFuncs funcs = { on_answer, on_changed, self };

  self->history = tide_history_new (
      self->wheel, self->wall, &self->counters, &self->settings, &funcs);
  tide_history_start (self->history);
}

static inline void
stop (Fixture *self)
{
  tide_history_stop (self->history);
  g_clear_object (&self->history);
}

static inline void
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

static inline void
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

static inline void
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

static inline void
take (Fixture *self, const char *symbol, const TideTick *tick)
{
  g_autofree char *price = g_strdup_printf ("%.2f", tick->price);
  g_autofree char *volume = g_strdup_printf ("%.0f", tick->volume);

  take_text (self, symbol, tick->time_us, price, volume);
}

/* Lets all be written that has come, as far as it can. */
static inline void
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

static inline void
wait_until_at_least (Fixture *self, const guint64 *counter, guint64 n)
{
  for (guint i = 0; i < 1000 && *counter < n; i++)
    settle (self);
  g_assert_cmpuint (*counter, >=, n);
}

static inline void
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

static inline TideChartRequest
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

static inline int
compare_starts (gconstpointer a, gconstpointer b)
{
  const TideBar *first = a, *second = b;

  return (first->start_s > second->start_s) - (first->start_s < second->start_s);
}

/* The bars of all ticks of a symbol, made one by one. */
static inline char *
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

static inline void
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
static inline gint64
draw_time (gint64 last_us)
{
  gint64 span_us = g_test_rand_int_range (0, 8) == 0 ? DAY_S * G_USEC_PER_SEC / 2
                                                     : 200 * G_USEC_PER_SEC;

  return CLAMP (last_us + (gint64) g_test_rand_double_range (-0.8 * span_us, span_us),
                (BASE_S - DAY_S) * G_USEC_PER_SEC,
                (BASE_S + 2 * DAY_S) * G_USEC_PER_SEC);
}

static inline void
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
