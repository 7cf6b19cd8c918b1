/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history-harness.h"

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
  ADD ("last", test_last);
  return g_test_run ();
}
