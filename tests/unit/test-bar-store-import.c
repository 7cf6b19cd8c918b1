/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-store.h"
#include "tide-error.h"

#include <glib/gstdio.h>

#include <string.h>

#define DAY_S G_GINT64_CONSTANT (86400)
#define BASE_S (10000 * DAY_S)
#define N_MINUTES (2 * 24 * 60)

typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  TideBarStore *store;
  TideBarImport import;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("test-bar-store-import-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "history.db", NULL);
  self->store = tide_bar_store_open (self->path, &error);
  g_assert_no_error (error);
  self->import.rows = tide_bar_rows_new ();
  self->import.now_s = BASE_S + 2 * DAY_S;
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char *name;

  tide_bar_store_close (self->store);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->folder);
  g_array_unref (self->import.rows);
  g_free (self->folder);
  g_free (self->path);
}

static void
add (GArray *rows, const char *symbol, gint64 start_s, double price, double volume)
{
  TideBarRow row = { .bar = { start_s,
                              price,
                              price + 2,
                              price / 2,
                              price + 1,
                              volume,
                              start_s * G_USEC_PER_SEC,
                              (start_s + 60) * G_USEC_PER_SEC - 1 } };

  g_strlcpy (row.symbol, symbol, sizeof row.symbol);
  g_array_append_val (rows, row);
}

static void
import (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  tide_bar_store_import (self->store, &self->import, &error);
  g_assert_no_error (error);
  g_array_set_size (self->import.rows, 0);
}

static GArray *
read_bars (Fixture *self, const char *symbol, TideTimeframe timeframe)
{
  g_autoptr (GError) error = NULL;
  GArray *bars = g_array_new (FALSE, FALSE, sizeof (TideBar));
  TideChartRequest request = { 1, symbol, timeframe, 0, BASE_S * 2, 100000 };

  tide_bar_store_read_oldest (self->store, &request, bars, &error);
  g_assert_no_error (error);
  return bars;
}

/* The one bar of a day of A. */
static TideBar
read_day (Fixture *self)
{
  g_autoptr (GArray) bars = read_bars (self, "A", TIDE_TIMEFRAME_1D);

  g_assert_cmpuint (bars->len, ==, 1);
  return g_array_index (bars, TideBar, 0);
}

/* Compares with bars that are made one by one of the minutes that came last. */
static void
assert_bars (Fixture *self, const char *symbol, const TideBarRow *last)
{
  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    {
      g_autoptr (GArray) bars = read_bars (self, symbol, i);
      gint64 length_s = tide_timeframe_get_seconds (i);
      guint n = 0;

      for (gint64 start_s = BASE_S; start_s < BASE_S + 2 * DAY_S; start_s += length_s)
        {
          double high = 0, low = G_MAXDOUBLE, volume = 0, open = 0, close = 0;
          const TideBar *bar = &g_array_index (bars, TideBar, n);

          for (gint64 s = start_s; s < start_s + length_s; s += 60)
            {
              const TideBar *minute = &last[(s - BASE_S) / 60].bar;

              if (minute->start_s == 0)
                continue;
              open = open > 0 ? open : minute->open;
              high = MAX (high, minute->high);
              low = MIN (low, minute->low);
              close = minute->close;
              volume += minute->volume;
            }
          if (open <= 0)
            continue;
          g_assert_cmpuint (n, <, bars->len);
          n++;
          g_assert_cmpint (bar->start_s, ==, start_s);
          g_assert_cmpfloat_with_epsilon (bar->open, open, 1e-9);
          g_assert_cmpfloat_with_epsilon (bar->high, high, 1e-9);
          g_assert_cmpfloat_with_epsilon (bar->low, low, 1e-9);
          g_assert_cmpfloat_with_epsilon (bar->close, close, 1e-9);
          g_assert_cmpfloat_with_epsilon (bar->volume, volume, 1e-9);
        }
      g_assert_cmpuint (n, ==, bars->len);
    }
}

static void
test_random (Fixture *self, gconstpointer unused)
{
  static const char *const names[] = { "A", "B" };
  TideBarRow *last[] = { g_new0 (TideBarRow, N_MINUTES), g_new0 (TideBarRow, N_MINUTES) };

  g_test_summary ("Minutes in any order, some of them twice, come to the bars of those "
                  "that came last");

  for (guint i = 0; i < 40; i++)
    {
      gint minute = g_test_rand_int_range (0, N_MINUTES);

      for (guint j = g_test_rand_int_range (1, 60); j > 0; j--)
        {
          guint symbol = g_test_rand_int_range (0, 8) == 0;
          gint64 start_s;

          minute += g_test_rand_int_range (-3, 9);
          minute = CLAMP (minute, 0, N_MINUTES - 1);
          start_s = BASE_S + 60 * minute;
          add (self->import.rows,
               names[symbol],
               start_s,
               g_test_rand_int_range (1, 100),
               g_test_rand_int_range (0, 100));
          last[symbol][minute] =
              g_array_index (self->import.rows, TideBarRow, self->import.rows->len - 1);
        }
      import (self);
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      assert_bars (self, names[i], last[i]);
      g_free (last[i]);
    }
}

/* Writes minutes as ticks make them, or has old ones go. */
static void
write_closed (Fixture *self, GArray *closed, gint64 keep_minutes_s)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) fresh = tide_bar_rows_new ();
  TideBarJob job = { fresh, closed, self->import.now_s, { keep_minutes_s } };

  tide_bar_store_write (self->store, &job, &error);
  g_assert_no_error (error);
}

static void
test_old (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) closed = tide_bar_rows_new ();
  g_autoptr (GArray) none = tide_bar_rows_new ();
  g_autoptr (GArray) minutes = NULL;
  TideBar day;

  g_test_summary ("A day whose minutes have gone keeps what they came to, however often "
                  "minutes of it are brought");

  add (closed, "A", BASE_S, 5, 10);
  add (closed, "A", BASE_S + 600, 9, 10);
  add (closed, "A", BASE_S + 1200, 7, 10);
  write_closed (self, closed, 0);
  write_closed (self, none, DAY_S);
  minutes = read_bars (self, "A", TIDE_TIMEFRAME_1M);
  g_assert_cmpuint (minutes->len, ==, 0);

  for (TideTimeframe i = 0; i < TIDE_TIMEFRAME_1D; i++)
    self->import.keep_s[i] = DAY_S;
  for (guint i = 0; i < 2; i++)
    {
      add (self->import.rows, "A", BASE_S + 600, 9, 10);
      add (self->import.rows, "A", BASE_S + 1800, 20, 5);
      import (self);
      day = read_day (self);
      g_assert_cmpfloat_with_epsilon (day.open, 5, 1e-9);
      g_assert_cmpfloat_with_epsilon (day.close, 21, 1e-9);
      g_assert_cmpfloat_with_epsilon (day.high, 22, 1e-9);
      g_assert_cmpfloat_with_epsilon (day.low, 2.5, 1e-9);
      g_assert_cmpfloat_with_epsilon (day.volume, 30, 1e-9);
    }
}

static void
test_longer (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) minutes = NULL;
  g_autoptr (GArray) hours = NULL;

  g_test_summary ("A longer bar is put in alone, in place of what is there");

  add (self->import.rows, "A", BASE_S, 5, 10);
  import (self);
  self->import.timeframe = TIDE_TIMEFRAME_1D;
  add (self->import.rows, "A", BASE_S, 100, 7);
  import (self);
  g_assert_cmpfloat_with_epsilon (read_day (self).volume, 7, 1e-9);
  g_assert_cmpfloat_with_epsilon (read_day (self).open, 100, 1e-9);
  minutes = read_bars (self, "A", TIDE_TIMEFRAME_1M);
  hours = read_bars (self, "A", TIDE_TIMEFRAME_1H);
  g_assert_cmpfloat_with_epsilon (g_array_index (minutes, TideBar, 0).volume, 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (g_array_index (hours, TideBar, 0).volume, 10, 1e-9);
}

static void
test_list (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (TideBarSpan));
  TideBarListing listing = { "A", TIDE_TIMEFRAME_5M, 2 };
  g_autoptr (GError) error = NULL;
  const TideBarSpan *span;

  g_test_summary ("Symbols are listed by name, behind one, with the first bar and the "
                  "last, also those without");

  add (self->import.rows, "A", BASE_S, 5, 10);
  add (self->import.rows, "D", BASE_S, 5, 10);
  add (self->import.rows, "B", BASE_S + 60, 5, 10);
  add (self->import.rows, "B", BASE_S + 660, 5, 10);
  import (self);
  self->import.timeframe = TIDE_TIMEFRAME_1D;
  add (self->import.rows, "C", BASE_S, 100, 7);
  import (self);
  tide_bar_store_list (self->store, &listing, spans, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (spans->len, ==, 2);
  span = &g_array_index (spans, TideBarSpan, 0);
  g_assert_cmpstr (span[0].symbol, ==, "B");
  g_assert_cmpint (span[0].first_s, ==, BASE_S);
  g_assert_cmpint (span[0].last_s, ==, BASE_S + 600);
  g_assert_cmpstr (span[1].symbol, ==, "C");
  g_assert_cmpint (span[1].first_s, ==, 0);
  g_assert_cmpint (span[1].last_s, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/history/bar-store-import/random", test_random);
  ADD ("/history/bar-store-import/old", test_old);
  ADD ("/history/bar-store-import/longer", test_longer);
  ADD ("/history/bar-store-import/list", test_list);
  return g_test_run ();
}
