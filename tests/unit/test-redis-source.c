/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the source does without a server; tests/integration/test-redis.c has the rest. */

#include "tide-error.h"
#include "tide-redis-source.h"

#include <glib/gstdio.h>

#include "log-catcher.h"

#define MS G_GINT64_CONSTANT (1000)

static GPtrArray *lines; /* what was logged */

typedef struct
{
  char *folder;
  char *uri; /* of a socket that is not there */
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  guint n_changes;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_ptr_array_set_size (lines, 0);
  fixture->folder = g_dir_make_tmp ("tide-XXXXXX", NULL);
  fixture->uri = g_strdup_printf ("unix:%s/redis", fixture->folder);
  fixture->clock = tide_clock_new_manual (1000 * MS);
  fixture->wheel = tide_timer_wheel_new (fixture->clock);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  tide_timer_wheel_free (fixture->wheel);
  tide_clock_unref (fixture->clock);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->uri);
}

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  g_assert_not_reached ();
}

static void
on_state_changed (TideSource *source, gpointer user_data)
{
  ((Fixture *) user_data)->n_changes++;
}

static TideSource *
make_source (Fixture *fixture, const char *password_file)
{
  const TideSourceOutlet outlet = {
    .wheel = fixture->wheel,
    .counters = &fixture->counters,
    .func = on_message,
  };
  const TideRedisSettings settings = {
    .uri = fixture->uri,
    .password_file = password_file,
    .probe_interval_ms = 1000,
  };
  g_autoptr (GError) error = NULL;
  TideRedisSource *source = tide_redis_source_new (&outlet, &settings, &error);

  g_assert_no_error (error);
  g_signal_connect (source, "state-changed", G_CALLBACK (on_state_changed), fixture);
  return TIDE_SOURCE (source);
}

static void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_absent (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TideSource) source = make_source (fixture, NULL);

  g_test_summary ("without a server: one line, one change of state, and tries for ever");

  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_IDLE);
  g_assert_true (tide_source_start (source, NULL));
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_CONNECTING);
  run_loop ();
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_DISCONNECTED);
  g_assert_cmpuint (fixture->n_changes, ==, 2);

  guint n_tries = 0;

  for (guint i = 0; i < 60 * 1000 / 4; i++)
    {
      gint64 due_us = tide_timer_wheel_get_next_due_us (fixture->wheel);

      g_assert_cmpint (due_us, >, 0);
      g_assert_cmpint (
          due_us, <=, tide_clock_now_us (fixture->clock) + 5000 * MS + 4 * MS);
      tide_clock_advance (fixture->clock, 4 * MS);
      tide_timer_wheel_run (fixture->wheel);
      n_tries += g_main_context_pending (NULL);
      run_loop ();
    }

  /* 5 doublings take 0.8 to 1.55 s, the rest of the minute 0.45 to 0.9 s each. */
  g_assert_cmpuint (n_tries, >=, 5 + 64);
  g_assert_cmpuint (n_tries, <=, 6 + 132);
  g_assert_cmpuint (fixture->n_changes, ==, 2);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, fixture->uri));
  g_assert_true (log_catcher_has (lines, "No such file"));
  g_assert_true (log_catcher_has (lines, "--set=source.type=demo"));
  g_assert_cmpuint (fixture->counters.source_reconnects, ==, 0);
}

static void
test_stop (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TideSource) source = make_source (fixture, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("a stopped source leaves no timer, and can be started again");

  tide_source_stop (source);
  tide_source_start (source, NULL);
  tide_source_stop (source);
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_IDLE);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  run_loop ();
  tide_source_start (source, NULL);
  run_loop ();
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_DISCONNECTED);
  tide_source_stop (source);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  g_assert_false (
      tide_redis_source_publish (TIDE_REDIS_SOURCE (source), "c", "p", 1, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
  g_assert_cmpint (tide_redis_source_get_probe_us (TIDE_REDIS_SOURCE (source)), ==, -1);
}

static void
test_password_file (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TideSource) source = make_source (fixture, "/nowhere/password");

  g_test_summary ("an unreadable password file is told once and tried again");

  tide_source_start (source, NULL);
  g_assert_cmpint (tide_source_get_state (source), ==, TIDE_SOURCE_DISCONNECTED);
  for (guint i = 0; i < 100; i++)
    {
      tide_clock_advance (fixture->clock, 1000 * MS);
      tide_timer_wheel_run (fixture->wheel);
    }
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), >, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, "/nowhere/password"));
}

static void
test_bad_uri (Fixture *fixture, gconstpointer unused)
{
  const TideSourceOutlet outlet = { .wheel = fixture->wheel };
  const TideRedisSettings settings = { .uri = "rediss://h" };
  g_autoptr (GError) error = NULL;

  g_test_summary ("an address that can't be used fails at construction");

  g_assert_null (tide_redis_source_new (&outlet, &settings, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/redis-source/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  ADD ("absent", test_absent);
  ADD ("stop", test_stop);
  ADD ("password-file", test_password_file);
  ADD ("bad-uri", test_bad_uri);

  int result = g_test_run ();

  g_ptr_array_unref (lines);
  return result;
}
