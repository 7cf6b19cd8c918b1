/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-history-transfer.h"

#include "history-harness.h"

/* What a request came to. */
typedef struct
{
  guint n_calls;
  GError *error; /* (owned) (nullable) */
  guint n_taken;
  guint n_old;
  GArray *bars;  /* (owned) (nullable) */
  GArray *spans; /* (owned) (nullable) */
} Answer;

static void
answer_clear (Answer *self)
{
  g_clear_error (&self->error);
  g_clear_pointer (&self->bars, g_array_unref);
  g_clear_pointer (&self->spans, g_array_unref);
  *self = (Answer){ 0 };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
on_done (const TideHistoryResult *result, const GError *error, gpointer user_data)
{
  Answer *self = user_data;

  g_assert_true ((result != NULL) != (error != NULL));
  self->n_calls++;
  if (error != NULL)
    {
      self->error = g_error_copy (error);
      return;
    }
  self->n_taken = result->n_taken;
  self->n_old = result->n_old;
  self->bars = result->bars != NULL ? g_array_ref (result->bars) : NULL;
  self->spans = result->spans != NULL ? g_array_ref (result->spans) : NULL;
}

static void
wait_for (const Answer *answer)
{
  g_assert_cmpuint (answer->n_calls, ==, 0);
  while (answer->n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (answer->n_calls, ==, 1);
}

static void
add (GArray *rows, const char *symbol, gint64 start_s, double price)
{
  TideBarRow row = { .bar = { start_s,
                              price,
                              price,
                              price,
                              price,
                              1,
                              start_s * G_USEC_PER_SEC,
                              (start_s + 60) * G_USEC_PER_SEC - 1 } };

  g_strlcpy (row.symbol, symbol, sizeof row.symbol);
  g_array_append_val (rows, row);
}

static void
import (Fixture *self, TideTimeframe timeframe, GArray *rows, Answer *answer)
{
  answer_clear (answer);
  tide_history_import (self->history, timeframe, rows, on_done, answer);
  wait_for (answer);
}

/* Brings @n_bars minutes of A. */
static void
import_minutes (Fixture *self, gint64 start_s, guint n_bars, Answer *answer)
{
  GArray *rows = tide_bar_rows_new ();

  for (guint i = 0; i < n_bars; i++)
    add (rows, "A", start_s + 60 * i, 100 + i);
  import (self, TIDE_TIMEFRAME_1M, rows, answer);
}

static void
export_bars (
    Fixture *self, TideTimeframe timeframe, gint64 from_s, guint limit, Answer *answer)
{
  TideChartRequest request = { 0, "A", timeframe, from_s, BASE_S + 100 * DAY_S, limit };

  answer_clear (answer);
  tide_history_export (self->history, &request, on_done, answer);
  wait_for (answer);
  g_assert_no_error (answer->error);
}

static TideBar
get_bar (Fixture *self, TideTimeframe timeframe, gint64 start_s)
{
  g_auto (Answer) answer = { 0 };

  export_bars (self, timeframe, start_s, 1, &answer);
  g_assert_cmpuint (answer.bars->len, ==, 1);
  g_assert_cmpint (g_array_index (answer.bars, TideBar, 0).start_s, ==, start_s);
  return g_array_index (answer.bars, TideBar, 0);
}

static void
tick (Fixture *self, gint64 time_s, double price)
{
  TideTick one = { time_s * G_USEC_PER_SEC, price, 10 };

  take (self, "A", &one);
}

/* In a file, and then in memory. */
static void
test_replaces (Fixture *self, gconstpointer in_memory)
{
  g_auto (Answer) answer = { 0 };

  g_test_summary ("A bar that is brought replaces the ticks that came, and those that "
                  "come later add to it; longer bars have it too");

  if (in_memory != NULL)
    self->settings.path = NULL;
  start (self);
  tick (self, BASE_S, 7);
  tick (self, BASE_S + 61, 8);
  settle (self);
  tick (self, BASE_S + 1, 9);
  import_minutes (self, BASE_S, 1, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.n_taken, ==, 1);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1M, BASE_S).volume, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1D, BASE_S).volume, 11, 1e-9);
  tick (self, BASE_S + 2, 50);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1M, BASE_S).volume, 11, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1M, BASE_S).low, 50, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1M, BASE_S).close, 100, 1e-9);
  if (in_memory != NULL)
    return;
  stop (self);
  start (self);
  settle (self);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1M, BASE_S).volume, 11, 1e-9);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1H, BASE_S).volume, 21, 1e-9);
}

static void
test_pages (Fixture *self, gconstpointer unused)
{
  g_auto (Answer) answer = { 0 };
  gint64 from_s = 0;
  guint n = 0;

  g_test_summary ("Pages, one behind the other, have each bar once, those in the file "
                  "and those in memory");

  start (self);
  import_minutes (self, BASE_S, 250, &answer);
  for (guint i = 0; i < 500; i += 2)
    tick (self, BASE_S + 60 * (g_test_rand_int_range (0, 2) + i), 5);
  do
    {
      export_bars (self, TIDE_TIMEFRAME_1M, from_s, 1 + n % 70, &answer);
      for (guint i = 0; i < answer.bars->len; i++)
        {
          gint64 start_s = g_array_index (answer.bars, TideBar, i).start_s;

          g_assert_cmpint (start_s, >=, from_s);
          from_s = start_s + 1;
          n++;
        }
    }
  while (answer.bars->len > 0);
  g_assert_cmpuint (n, ==, 250 + 125);
  export_bars (self, TIDE_TIMEFRAME_1H, 0, 1000, &answer);
  g_assert_cmpuint (answer.bars->len, ==, 9);
}

static void
test_list (Fixture *self, gconstpointer unused)
{
  g_auto (Answer) answer = { 0 };
  TideBarListing listing = { "A", TIDE_TIMEFRAME_5M, 10 };
  GArray *rows = tide_bar_rows_new ();
  const TideBarSpan *spans;

  g_test_summary ("Symbols of the file and of memory are listed together, by name");

  start (self);
  add (rows, "A", BASE_S, 1);
  add (rows, "B", BASE_S, 1);
  add (rows, "D", BASE_S, 1);
  import (self, TIDE_TIMEFRAME_1M, rows, &answer);
  take (self, "C", &(TideTick){ (BASE_S + 601) * G_USEC_PER_SEC, 1, 1 });
  take (self, "D", &(TideTick){ (BASE_S + 601) * G_USEC_PER_SEC, 1, 1 });
  answer_clear (&answer);
  tide_history_list (self->history, &listing, on_done, &answer);
  wait_for (&answer);
  spans = &g_array_index (answer.spans, TideBarSpan, 0);
  g_assert_cmpuint (answer.spans->len, ==, 3);
  g_assert_cmpstr (spans[0].symbol, ==, "B");
  g_assert_cmpstr (spans[1].symbol, ==, "C");
  g_assert_cmpint (spans[1].first_s, ==, BASE_S + 600);
  g_assert_cmpstr (spans[2].symbol, ==, "D");
  g_assert_cmpint (spans[2].first_s, ==, BASE_S);
  g_assert_cmpint (spans[2].last_s, ==, BASE_S + 600);
}

static void
test_old (Fixture *self, gconstpointer unused)
{
  g_auto (Answer) answer = { 0 };

  g_test_summary ("Bars that are older than any gets are counted, and not taken; old "
                  "minutes make longer bars, and go");

  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    self->settings.keep_s[i] = i < TIDE_TIMEFRAME_1D ? DAY_S : 30 * DAY_S;
  start (self);
  tick (self, BASE_S, 7);
  import_minutes (self, BASE_S - 31 * DAY_S, 10, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.n_old, ==, 10);
  g_assert_cmpuint (answer.n_taken, ==, 0);
  import_minutes (self, BASE_S - 10 * DAY_S, 10, &answer);
  tick (self, BASE_S + 1, 7);
  settle (self);
  import_minutes (self, BASE_S - 10 * DAY_S + 600, 10, &answer);
  g_assert_cmpuint (answer.n_taken, ==, 10);
  tide_clock_advance (self->clock, 31 * G_USEC_PER_SEC);
  tick (self, BASE_S + 2, 7);
  settle (self);
  for (guint i = 0; i < 500 && answer.bars == NULL; i++)
    {
      settle (self);
      export_bars (self, TIDE_TIMEFRAME_1M, 0, 1000, &answer);
      if (answer.bars->len > 1)
        g_clear_pointer (&answer.bars, g_array_unref);
      tick (self, BASE_S + 3, 7);
    }
  g_assert_nonnull (answer.bars);
  g_assert_cmpfloat_with_epsilon (
      get_bar (self, TIDE_TIMEFRAME_1D, BASE_S - 10 * DAY_S).volume, 20, 1e-9);
}

static void
test_refuses (Fixture *self, gconstpointer unused)
{
  g_auto (Answer) answer = { 0 };
  GArray *rows = tide_bar_rows_new ();

  g_test_summary ("Memory takes minutes alone, and as many as it may; a file that can't "
                  "be opened none");

  self->settings.path = NULL;
  self->settings.max_symbols = 1;
  self->settings.max_minutes = 5;
  start (self);
  add (rows, "A", BASE_S, 1);
  import (self, TIDE_TIMEFRAME_1D, rows, &answer);
  g_assert_error (answer.error, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  import_minutes (self, BASE_S, 6, &answer);
  g_assert_error (answer.error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  g_assert_nonnull (strstr (answer.error->message, "5 bars"));
  rows = tide_bar_rows_new ();
  add (rows, "B", BASE_S, 1);
  import (self, TIDE_TIMEFRAME_1M, rows, &answer);
  g_assert_error (answer.error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  stop (self);

  self->settings.path = "/nonexistent/history.db";
  start (self);
  import_minutes (self, BASE_S, 1, &answer);
  g_assert_error (answer.error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
}

static void
test_ends (Fixture *self, gconstpointer unused)
{
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  g_auto (Answer) third = { 0 };
  TideBarListing listing = { "", TIDE_TIMEFRAME_1M, 10 };

  g_test_summary ("Whoever waits when the history stops gets an error, and so does who "
                  "comes after that");

  start (self);
  settle (self);
  tide_history_list (self->history, &listing, on_done, &first);
  tide_history_list (self->history, &listing, on_done, &second);
  tide_history_stop (self->history);
  g_assert_cmpuint (first.n_calls, ==, 1);
  g_assert_cmpuint (second.n_calls, ==, 1);
  g_assert_error (second.error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  tide_history_list (self->history, &listing, on_done, &third);
  wait_for (&third);
  g_assert_error (third.error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
#define ADD(path, data, func) g_test_add (path, Fixture, data, set_up, func, tear_down)
  ADD ("/history/transfer/replaces", NULL, test_replaces);
  ADD ("/history/transfer/replaces-in-memory", "", test_replaces);
  ADD ("/history/transfer/pages", NULL, test_pages);
  ADD ("/history/transfer/list", NULL, test_list);
  ADD ("/history/transfer/old", NULL, test_old);
  ADD ("/history/transfer/refuses", NULL, test_refuses);
  ADD ("/history/transfer/ends", NULL, test_ends);
  return g_test_run ();
}
