/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-store.h"
#include "tide-error.h"

#include <glib/gstdio.h>

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>

#define DAY_S (24 * 60 * 60)

typedef struct
{
  char *folder; /* (owned) */
  char *path;   /* (owned) */
  TideBarStore *store;
  TideBarJob job;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  self->folder = g_dir_make_tmp ("test-bar-store-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "history.db", NULL);
  self->job.fresh = tide_bar_rows_new ();
  self->job.closed = tide_bar_rows_new ();
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  const char *name;

  g_clear_pointer (&self->store, tide_bar_store_close);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->folder);
  g_array_unref (self->job.fresh);
  g_array_unref (self->job.closed);
  g_free (self->folder);
  g_free (self->path);
}

static void
open_store (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->store, tide_bar_store_close);
  self->store = tide_bar_store_open (self->path, &error);
  g_assert_no_error (error);
  g_assert_false (tide_bar_store_is_broken (self->store));
}

static void
add (GArray *rows, const char *symbol, gint64 start_s, double price)
{
  gint64 time_us = start_s * G_USEC_PER_SEC;
  TideBarRow row = { .bar = {
                         start_s, price, price, price, price, 1, time_us, time_us } };

  g_strlcpy (row.symbol, symbol, sizeof row.symbol);
  g_array_append_val (rows, row);
}

static gboolean
write_job (Fixture *self, GError **error)
{
  gboolean is_written = tide_bar_store_write (self->store, &self->job, error);

  g_array_set_size (self->job.fresh, 0);
  g_array_set_size (self->job.closed, 0);
  return is_written;
}

static void
write_good (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  write_job (self, &error);
  g_assert_no_error (error);
}

/* Reads the bars of A. */
static GArray *
read_bars (Fixture *self, TideTimeframe timeframe, guint limit)
{
  g_autoptr (GError) error = NULL;
  GArray *bars = g_array_new (FALSE, FALSE, sizeof (TideBar));
  TideChartRequest request = { 1, "A", timeframe, 0, 100 * DAY_S, limit };
  gboolean is_known = FALSE;

  tide_bar_store_read (self->store, &request, bars, &is_known, &error);
  g_assert_no_error (error);
  g_assert_true (is_known || bars->len == 0);
  return bars;
}

static void
assert_length (Fixture *self, TideTimeframe timeframe, guint n_bars)
{
  g_autoptr (GArray) bars = read_bars (self, timeframe, 5000);

  g_assert_cmpuint (bars->len, ==, n_bars);
}

static void
test_bars (Fixture *self, gconstpointer unused)
{
  static const guint lengths[TIDE_N_TIMEFRAMES] = { 4, 3, 2, 2, 2 };

  g_test_summary ("A minute that is done with goes into a bar of each timeframe, also "
                  "when it comes in parts");

  open_store (self);
  g_assert_true (tide_bar_store_is_new (self->store));
  add (self->job.closed, "A", 2 * DAY_S, 1);
  add (self->job.closed, "A", 2 * DAY_S + 60, 3);
  add (self->job.closed, "A", 2 * DAY_S + 300, 2);
  add (self->job.closed, "B", 2 * DAY_S, 9);
  write_good (self);
  add (self->job.closed, "A", 2 * DAY_S - 60, 5);
  add (self->job.closed, "A", 2 * DAY_S + 60, 7);
  write_good (self);
  open_store (self);
  g_assert_false (tide_bar_store_is_new (self->store));
  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    assert_length (self, i, lengths[i]);

  g_autoptr (GArray) days = read_bars (self, TIDE_TIMEFRAME_1D, 1);
  const TideBar *day = &g_array_index (days, TideBar, 0);

  g_assert_cmpuint (days->len, ==, 1);
  g_assert_cmpint (day->start_s, ==, 2 * DAY_S);
  g_assert_cmpfloat_with_epsilon (day->open, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (day->high, 7, 1e-9);
  g_assert_cmpfloat_with_epsilon (day->low, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (day->close, 2, 1e-9);
  g_assert_cmpfloat_with_epsilon (day->volume, 4, 1e-9);
}

static void
test_minutes (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = tide_bar_rows_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Minutes that are not done with are kept as they were last");

  open_store (self);
  add (self->job.fresh, "A", 120, 1);
  add (self->job.fresh, "B", 60, 2);
  write_good (self);
  add (self->job.fresh, "A", 120, 3);
  add (self->job.closed, "B", 60, 2);
  write_good (self);
  open_store (self);
  g_assert_true (tide_bar_store_load (self->store, rows, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpstr (g_array_index (rows, TideBarRow, 0).symbol, ==, "A");
  g_assert_cmpfloat_with_epsilon (g_array_index (rows, TideBarRow, 0).bar.close, 3, 1e-9);
  assert_length (self, TIDE_TIMEFRAME_1M, 0);
}

static void
test_keep (Fixture *self, gconstpointer unused)
{
  TideChartRequest request = { 1, "B", TIDE_TIMEFRAME_1D, 0, 100 * DAY_S, 9 };
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (TideBar));
  gboolean is_known = TRUE;

  g_test_summary ("What is too old goes, timeframe by timeframe, and symbols of which "
                  "nothing is left");

  open_store (self);
  add (self->job.closed, "A", 10 * DAY_S, 1);
  add (self->job.closed, "A", 12 * DAY_S, 1);
  add (self->job.closed, "B", 10 * DAY_S, 1);
  write_good (self);
  self->job.keep_s[TIDE_TIMEFRAME_1M] = DAY_S;
  self->job.keep_s[TIDE_TIMEFRAME_1D] = 3 * DAY_S;
  self->job.now_s = 12 * DAY_S;
  write_good (self);
  assert_length (self, TIDE_TIMEFRAME_1M, 1);
  assert_length (self, TIDE_TIMEFRAME_1H, 2);
  assert_length (self, TIDE_TIMEFRAME_1D, 2);
  /* A late minute goes into the bars that are still kept. */
  add (self->job.closed, "A", 10 * DAY_S, 5);
  write_good (self);
  assert_length (self, TIDE_TIMEFRAME_1M, 1);
  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    self->job.keep_s[i] = DAY_S;
  write_good (self);
  assert_length (self, TIDE_TIMEFRAME_1D, 1);
  g_assert_true (tide_bar_store_read (self->store, &request, none, &is_known, NULL));
  g_assert_false (is_known);
  add (self->job.closed, "B", 12 * DAY_S, 1);
  write_good (self);
  g_assert_true (tide_bar_store_read (self->store, &request, none, &is_known, NULL));
  g_assert_true (is_known);
}

static void
test_lock (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A file that is open can't be opened by another service, until it is "
                  "closed");

  open_store (self);
  g_assert_null (tide_bar_store_open (self->path, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "another tidewired"));
  add (self->job.closed, "A", 60, 1);
  write_good (self);
  open_store (self);
  assert_length (self, TIDE_TIMEFRAME_1M, 1);
}

/* Lets files get no longer than @n_bytes: the disk is full. */
static void
limit_files (rlim_t n_bytes)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = MIN (n_bytes, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_full (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("On a full disk a write changes nothing, and works once there is room");

  open_store (self);
  add (self->job.closed, "A", 60, 1);
  write_good (self);
  signal (SIGXFSZ, SIG_IGN);
  limit_files (256 * 1024);
  for (guint i = 0; i < 20000; i++)
    add (self->job.closed, i % 2 == 0 ? "A" : "C", 600 + 60 * i, 1);
  g_assert_false (write_job (self, &error));
  limit_files (RLIM_INFINITY);
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, self->path));
  g_assert_false (tide_bar_store_is_broken (self->store));
  assert_length (self, TIDE_TIMEFRAME_1M, 1);
  add (self->job.closed, "C", 120, 1);
  add (self->job.closed, "A", 120, 1);
  write_good (self);
  assert_length (self, TIDE_TIMEFRAME_1M, 2);
}

static void
test_broken (Fixture *self, gconstpointer unused)
{
  static const char rubbish[] = "This is a letter to my grandmother, and no database.";
  g_autoptr (GError) error = NULL;
  g_autofree char *aside = NULL;
  g_autofree char *content = NULL;

  g_test_summary ("A file that is no database is moved aside as it is");

  g_file_set_contents (self->path, rubbish, -1, NULL);
  self->store = tide_bar_store_open (self->path, &error);
  g_assert_true (tide_bar_store_is_broken (self->store));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  g_clear_pointer (&self->store, tide_bar_store_close);
  aside = tide_bar_store_move_aside (self->path, 1234, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (aside, "history.db.broken-1234"));
  g_assert_true (g_file_get_contents (aside, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, rubbish);
  open_store (self);
  g_assert_true (tide_bar_store_is_new (self->store));
}

static void
test_damaged (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = tide_bar_rows_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;
  gsize length;

  g_test_summary ("A file whose pages are rubbish is found to be broken");

  open_store (self);
  for (guint i = 0; i < 2000; i++)
    add (self->job.fresh, "A", 60 * i, 1);
  write_good (self);
  g_clear_pointer (&self->store, tide_bar_store_close);
  g_assert_true (g_file_get_contents (self->path, &content, &length, NULL));
  g_assert_cmpuint (length, >, 40000);
  memset (content + 20000, 0xa5, length - 20000);
  g_assert_true (g_file_set_contents (self->path, content, length, NULL));
  open_store (self);
  g_assert_false (tide_bar_store_load (self->store, rows, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_true (tide_bar_store_is_broken (self->store));
}

/* Runs SQL on the file. */
static void
run_sql (Fixture *self, const char *sql)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (self->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
assert_not_ours (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (tide_bar_store_open (self->path, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_nonnull (strstr (error->message, "[history] file="));
}

static void
test_foreign (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A database of somebody else's, or of a later version, is left alone");

  run_sql (self, "CREATE TABLE bar (x); INSERT INTO bar VALUES (1)");
  assert_not_ours (self);
  run_sql (self, "UPDATE bar SET x = 2");
  g_unlink (self->path);
  open_store (self);
  g_clear_pointer (&self->store, tide_bar_store_close);
  run_sql (self, "PRAGMA user_version = 2");
  assert_not_ours (self);
}

static void
test_no_folder (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (self->folder, "no", "history.db", NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without its folder there is no file");

  g_assert_null (tide_bar_store_open (path, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, path));
}

#define ADD(name, function)                                                              \
  g_test_add ("/history/bar-store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("bars", test_bars);
  ADD ("minutes", test_minutes);
  ADD ("keep", test_keep);
  ADD ("lock", test_lock);
  ADD ("full", test_full);
  ADD ("broken", test_broken);
  ADD ("damaged", test_damaged);
  ADD ("foreign", test_foreign);
  ADD ("no-folder", test_no_folder);
  return g_test_run ();
}
