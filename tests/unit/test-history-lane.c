/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history-harness.h"
#include <signal.h>
#include <sys/resource.h>

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
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (Taken));

  g_test_summary ("On a full disk charts go on, and when there is room again nothing is "
                  "missing and nothing is there twice");

  signal (SIGXFSZ, SIG_IGN);
  start (self);
  take_random (self, all);
  settle (self);
  limit_files (4096);
  take_random (self, all);
  wait_until_at_least (self, &self->counters.history_errors, 3);
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "degraded");
  g_assert_true (log_catcher_has (lines, "make room on the disk"));
  assert_charts (self, all);
  take_random (self, all);
  limit_files (RLIM_INFINITY);
  for (guint i = 0; i < 1000 && lines->len < 2; i++)
    settle (self);
  g_assert_true (log_catcher_has (lines, "again"));
  g_assert_cmpstr (tide_history_get_state (self->history), ==, "file");
  assert_charts (self, all);
  stop (self);
  start (self);
  assert_charts (self, all);
  g_assert_cmpuint (self->counters.history_lost, ==, 0);
  g_assert_cmpuint (lines->len, ==, 2);
}

/* Makes rubbish of most of the file. */
static void
damage (Fixture *self)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (self->path, &content, &length, NULL));
  g_assert_cmpuint (length, >, 100000);
  memset (content + 40000, 0xa5, length - 40000);
  g_assert_true (g_file_set_contents (self->path, content, length, NULL));
}

static void
test_damaged (Fixture *self, gconstpointer unused)
{
  g_autofree char *aside =
      g_strdup_printf ("%s.broken-%" G_GINT64_FORMAT, self->path, BASE_S + 10 * DAY_S);
  TideChartRequest request = make_request ("A", TIDE_TIMEFRAME_1M);
  TideTick tick = { BASE_S * G_USEC_PER_SEC, 1, 1 };

  g_test_summary ("When a part of the file is found to be rubbish it is moved aside, and "
                  "the history goes on with what is in memory");

  start (self);
  for (guint i = 0; i < 3000; i++, tick.time_us += 60 * G_USEC_PER_SEC)
    take (self, "A", &tick);
  wait_until_at_least (self, &self->counters.history_written, 2900);
  stop (self);
  damage (self);
  start (self);
  take (self, "B", &tick);
  ask (self, &request);
  for (guint i = 0; i < 1000 && !log_catcher_has (lines, aside); i++)
    settle (self);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  request.symbol = "B";
  ask (self, &request);
  g_assert_no_error (self->error);
  for (guint i = 0;
       i < 1000 && !g_str_equal (tide_history_get_state (self->history), "file");
       i++)
    settle (self);
  stop (self);
  start (self);
  ask (self, &request);
  g_assert_no_error (self->error);
}

#define ADD(name, function)                                                              \
  g_test_add ("/history/history-lane/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  ADD ("degraded", test_degraded);
  ADD ("broken", test_broken);
  ADD ("full", test_full);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
