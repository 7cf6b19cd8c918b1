/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-symbol-table.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)

static TideTaking
take (TideSymbolTable *table, const char *symbol, gint64 time_us, double price)
{
  TideSymbolTick tick = { symbol, { time_us, price, 1 }, NULL };

  return tide_symbol_table_take (table, &tick);
}

static void
assert_rows (GArray *rows, guint n_rows)
{
  g_assert_cmpuint (rows->len, ==, n_rows);
  g_array_set_size (rows, 0);
}

static void
test_late (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (10, 100);
  const TideSymbol *symbol;

  g_test_summary ("A tick goes into the minute in which it happened, and is late when "
                  "that is before the newest");

  g_assert_cmpint (take (table, "A", 5 * MINUTE_US, 1), ==, TIDE_TAKING_DONE);
  g_assert_cmpint (take (table, "A", 5 * MINUTE_US + 9, 2), ==, TIDE_TAKING_DONE);
  g_assert_cmpint (take (table, "A", 5 * MINUTE_US + 2, 3), ==, TIDE_TAKING_DONE);
  g_assert_cmpint (take (table, "A", 3 * MINUTE_US, 4), ==, TIDE_TAKING_LATE);
  g_assert_cmpint (take (table, "A", 6 * MINUTE_US - 1, 2), ==, TIDE_TAKING_DONE);
  symbol = tide_symbol_table_lookup (table, "A");
  g_assert_cmpuint (tide_bar_series_get_length (&symbol->minutes), ==, 2);
  g_assert_cmpint (symbol->newest_us, ==, 6 * MINUTE_US - 1);
  g_assert_null (tide_symbol_table_lookup (table, "B"));
}

static void
test_limits (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (2, 3);

  g_test_summary ("Symbols over the limit are refused; of minutes the oldest go");

  take (table, "A", 1 * MINUTE_US, 1);
  take (table, "B", 1 * MINUTE_US, 1);
  g_assert_cmpint (take (table, "C", MINUTE_US, 1), ==, TIDE_TAKING_REFUSED);
  g_assert_null (tide_symbol_table_lookup (table, "C"));
  take (table, "A", 2 * MINUTE_US, 1);
  g_assert_cmpuint (tide_symbol_table_get_n_dropped (table), ==, 0);
  take (table, "A", 3 * MINUTE_US, 1);
  g_assert_cmpuint (tide_symbol_table_get_n_dropped (table), ==, 1);
  g_assert_cmpuint (tide_symbol_table_get_n_minutes (table), ==, 3);
  g_assert_null (
      tide_bar_series_find (&tide_symbol_table_lookup (table, "A")->minutes, 60));
  tide_symbol_table_set_limits (table, 3, 3);
  g_assert_cmpint (take (table, "C", MINUTE_US, 1), ==, TIDE_TAKING_DONE);
}

static void
test_fresh (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (10, 100);
  g_autoptr (GArray) rows = tide_bar_rows_new ();

  g_test_summary ("A minute is given once each time that it has changed, and again when "
                  "it did not reach the file");

  take (table, "A", 1 * MINUTE_US, 1);
  take (table, "B", 1 * MINUTE_US, 1);
  tide_symbol_table_collect_fresh (table, 1, rows);
  g_assert_cmpstr (g_array_index (rows, TideBarRow, 0).symbol, ==, "A");
  assert_rows (rows, 1);
  g_assert_true (tide_symbol_table_has_fresh (table));
  tide_symbol_table_collect_fresh (table, 10, rows);
  assert_rows (rows, 1);
  g_assert_false (tide_symbol_table_has_fresh (table));
  take (table, "A", 1 * MINUTE_US + 1, 5);
  take (table, "A", 1 * MINUTE_US + 2, 6);
  tide_symbol_table_collect_fresh (table, 10, rows);
  g_assert_cmpfloat_with_epsilon (g_array_index (rows, TideBarRow, 0).bar.close, 6, 1e-9);
  assert_rows (rows, 1);
  tide_symbol_table_refresh (table, "B", 60);
  tide_symbol_table_refresh (table, "B", 120);
  tide_symbol_table_refresh (table, "C", 60);
  tide_symbol_table_collect_fresh (table, 10, rows);
  assert_rows (rows, 1);
  tide_symbol_table_mark_fresh (table);
  tide_symbol_table_collect_fresh (table, 10, rows);
  assert_rows (rows, 2);
}

static void
test_closed (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (10, 100);
  g_autoptr (GArray) rows = tide_bar_rows_new ();

  g_test_summary ("Minutes that have ended are taken out, and what comes for them later "
                  "is put below what is put back");

  take (table, "A", 1 * MINUTE_US, 1);
  take (table, "A", 2 * MINUTE_US, 2);
  g_assert_false (tide_symbol_table_has_closed (table, 119));
  tide_symbol_table_take_closed (table, 119, 119, 10, rows);
  assert_rows (rows, 0);
  tide_symbol_table_take_closed (table, 120, 120, 10, rows);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpuint (tide_symbol_table_get_n_minutes (table), ==, 1);
  g_assert_cmpint (take (table, "A", 1 * MINUTE_US, 9), ==, TIDE_TAKING_LATE);
  g_assert_true (tide_symbol_table_merge (
      table, "A", &g_array_index (rows, TideBarRow, 0).bar, FALSE));
  g_assert_true (tide_symbol_table_has_fresh (table));

  const TideBar *bar =
      tide_bar_series_find (&tide_symbol_table_lookup (table, "A")->minutes, 60);

  g_assert_cmpfloat_with_epsilon (bar->open, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->close, 9, 1e-9);
  g_assert_cmpfloat_with_epsilon (bar->volume, 2, 1e-9);
}

static void
test_together (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (10, 100);
  g_autoptr (GArray) rows = tide_bar_rows_new ();

  g_test_summary ("When a minute of a symbol is due all of its closed ones go with it, "
                  "and no more symbols than there is room for");

  for (guint i = 0; i < 4; i++)
    {
      take (table, "A", (1 + i) * MINUTE_US, 1);
      take (table, "B", (1 + i) * MINUTE_US, 1);
    }
  tide_symbol_table_take_closed (table, 119, 240, 10, rows);
  assert_rows (rows, 0);
  tide_symbol_table_take_closed (table, 120, 240, 2, rows);
  for (guint i = 0; i < rows->len; i++)
    {
      g_assert_cmpstr (g_array_index (rows, TideBarRow, i).symbol, ==, "A");
      g_assert_cmpint (g_array_index (rows, TideBarRow, i).bar.start_s, ==, 60 + 60 * i);
    }
  assert_rows (rows, 3);
  tide_symbol_table_take_closed (table, 120, 240, 2, rows);
  assert_rows (rows, 3);
  tide_symbol_table_take_closed (table, 120, 240, 2, rows);
  assert_rows (rows, 0);
  g_assert_cmpuint (tide_symbol_table_get_n_minutes (table), ==, 2);
}

static void
test_idle (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (2, 100);
  g_autoptr (GArray) rows = tide_bar_rows_new ();

  g_test_summary ("A symbol without minutes of which nothing comes is forgotten, and its "
                  "place is free");

  take (table, "A", 1 * MINUTE_US, 1);
  take (table, "B", 9 * MINUTE_US, 1);
  tide_symbol_table_forget_idle (table, 5 * MINUTE_US);
  g_assert_nonnull (tide_symbol_table_lookup (table, "A"));
  tide_symbol_table_take_closed (table, 1000, 1000, 10, rows);
  tide_symbol_table_forget_idle (table, 5 * MINUTE_US);
  g_assert_null (tide_symbol_table_lookup (table, "A"));
  g_assert_nonnull (tide_symbol_table_lookup (table, "B"));
  g_assert_cmpint (take (table, "C", MINUTE_US, 1), ==, TIDE_TAKING_DONE);
}

static void
test_last (void)
{
  g_autoptr (TideSymbolTable) table = tide_symbol_table_new (2, 100);
  const char *const key[] = { "s", NULL };
  g_autoptr (TideRoute) route = tide_route_new ("c", "e", key, TIDE_AUDIENCE_EVERYONE);
  g_autofree char *large = g_strnfill (5000, ' ');
  g_autoptr (TideEvent) older = tide_event_new (route, "{}", 2, "A", 1, 0);
  g_autoptr (TideEvent) newer = tide_event_new (route, "{} ", 3, "A", 1, 0);
  g_autoptr (TideEvent) huge = tide_event_new (route, large, 5000, "A", 1, 0);
  TideSymbolTick tick = { "A", { 2 * MINUTE_US, 1, 1 }, newer };
  const TideSymbol *symbol;
  g_autoptr (TideEvent) last = NULL;

  g_test_summary ("The last tick is the newest by when it happened, if it is not huge");

  tide_symbol_table_take (table, &tick);
  tick.event = older;
  tick.tick.time_us = 2 * MINUTE_US - 1;
  tide_symbol_table_take (table, &tick);
  symbol = tide_symbol_table_lookup (table, "A");
  last = tide_last_tick_make_event (symbol->last, "A", 7);
  g_assert_cmpstr (last->payload, ==, newer->payload);
  tick.event = huge;
  tick.tick.time_us = 3 * MINUTE_US;
  tide_symbol_table_take (table, &tick);
  g_assert_null (symbol->last);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/symbol-table/late", test_late);
  g_test_add_func ("/history/symbol-table/limits", test_limits);
  g_test_add_func ("/history/symbol-table/fresh", test_fresh);
  g_test_add_func ("/history/symbol-table/closed", test_closed);
  g_test_add_func ("/history/symbol-table/together", test_together);
  g_test_add_func ("/history/symbol-table/idle", test_idle);
  g_test_add_func ("/history/symbol-table/last", test_last);
  return g_test_run ();
}
