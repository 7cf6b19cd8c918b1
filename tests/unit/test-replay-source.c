/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-replay-source.h"

#include <glib/gstdio.h>

#include "log-catcher.h"

#define MS G_GINT64_CONSTANT (1000)

static GPtrArray *lines; /* what was logged */

typedef struct
{
  char *folder;
  char *path;
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideSource *source;
  GString *got; /* "channel=payload;" of each message */
  guint n_got;
  guint stop_after; /* stop the source from within this message */
  guint drop_after; /* stop and let go of the source from within this message */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_ptr_array_set_size (lines, 0);
  fixture->folder = g_dir_make_tmp ("tide-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "replay", NULL);
  fixture->clock = tide_clock_new_manual (1000 * MS);
  fixture->wheel = tide_timer_wheel_new (fixture->clock);
  fixture->got = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_clear_object (&fixture->source);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  g_assert_false (g_main_context_pending (NULL));
  tide_timer_wheel_free (fixture->wheel);
  tide_clock_unref (fixture->clock);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
  g_string_free (fixture->got, TRUE);
}

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_got++;
  g_string_append_len (fixture->got, channel, channel_length);
  g_string_append_c (fixture->got, '=');
  g_string_append_len (fixture->got, payload, payload_length);
  g_string_append_c (fixture->got, ';');
  if (fixture->n_got == fixture->stop_after)
    tide_source_stop (fixture->source);
  if (fixture->n_got == fixture->drop_after)
    {
      tide_source_stop (fixture->source);
      g_clear_object (&fixture->source);
    }
}

static void
make_source (Fixture *fixture, double speed, gboolean should_loop)
{
  const TideSourceOutlet outlet = {
    .wheel = fixture->wheel,
    .counters = &fixture->counters,
    .func = on_message,
    .user_data = fixture,
  };
  const TideReplaySettings settings = {
    .path = fixture->path,
    .speed = speed,
    .should_loop = should_loop,
  };
  g_autoptr (GError) error = NULL;

  fixture->source = TIDE_SOURCE (tide_replay_source_new (&outlet, &settings, &error));
  g_assert_no_error (error);
}

static void
start (Fixture *fixture, const char *content, double speed, gboolean should_loop)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (fixture->path, content, -1, NULL));
  make_source (fixture, speed, should_loop);
  g_assert_true (tide_source_start (fixture->source, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->n_got, ==, 0);
}

static void
run_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
pass_ms (Fixture *fixture, guint n_ms)
{
  run_loop ();
  tide_clock_advance (fixture->clock, n_ms * MS);
  tide_timer_wheel_run (fixture->wheel);
  run_loop ();
}

/* Returns: what has come since the last call */
static const char *
take_got (Fixture *fixture)
{
  static char text[512];

  g_strlcpy (text, fixture->got->str, sizeof text);
  g_string_truncate (fixture->got, 0);
  return text;
}

static const char three[] = "{\"t_ms\":0,\"channel\":\"a\",\"payload\":{\"n\":1}}\n"
                            "{\"t_ms\":100,\"channel\":\"b\",\"payload\":{\"n\":2}}\n"
                            "{\"t_ms\":200.5,\"channel\":\"a\",\"payload\":{\"n\":3}}\n";

static void
test_pace (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("each message comes at its time, then the source is idle");

  start (fixture, three, 1.0, FALSE);
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_CONNECTED);
  run_loop ();
  g_assert_cmpstr (take_got (fixture), ==, "a={\"n\":1};");
  pass_ms (fixture, 96);
  g_assert_cmpstr (take_got (fixture), ==, "");
  pass_ms (fixture, 8);
  g_assert_cmpstr (take_got (fixture), ==, "b={\"n\":2};");
  pass_ms (fixture, 92);
  g_assert_cmpstr (take_got (fixture), ==, "");
  pass_ms (fixture, 12);
  g_assert_cmpstr (take_got (fixture), ==, "a={\"n\":3};");
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_IDLE);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
}

static void
test_speed (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("at speed 10 a tenth of the time is enough");

  start (fixture, three, 10.0, FALSE);
  pass_ms (fixture, 12);
  g_assert_cmpuint (fixture->n_got, ==, 2);
  pass_ms (fixture, 12);
  g_assert_cmpuint (fixture->n_got, ==, 3);
}

static void
test_late (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("what became due meanwhile comes in one go, in order");

  start (fixture, three, 1.0, FALSE);
  pass_ms (fixture, 60000);
  g_assert_cmpstr (take_got (fixture), ==, "a={\"n\":1};b={\"n\":2};a={\"n\":3};");
}

static void
test_loop (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a looping source begins again where the file ended, without drift");

  start (fixture, three, 1.0, TRUE);
  run_loop ();
  for (guint i = 0; i < 2005 / 4 * 10; i++)
    pass_ms (fixture, 4);
  /* 20.04 s hold 99 whole passes of 200.5 ms, and the first message of the next. */
  g_assert_cmpuint (fixture->n_got, >=, 99 * 3 + 1);
  g_assert_cmpuint (fixture->n_got, <=, 100 * 3 + 1);
  tide_source_stop (fixture->source);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
}

static void
test_loop_at_once (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a file without any span of time does not loop without a pause");

  start (fixture, "{\"t_ms\":0,\"channel\":\"a\",\"payload\":1}\n", 1.0, TRUE);
  run_loop ();
  g_assert_cmpuint (fixture->n_got, ==, 1);
  pass_ms (fixture, 104);
  g_assert_cmpuint (fixture->n_got, ==, 2);
}

static void
test_loop_of_nothing (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a file without a message is not looped");

  start (fixture, "\n\nx\n", 0, TRUE);
  run_loop ();
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_IDLE);
}

static void
test_fast (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GString) content = g_string_new (NULL);

  g_test_summary ("speed 0 does not wait, but gives the loop a turn each 256 messages");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (
        content, "{\"t_ms\":%u,\"channel\":\"a\",\"payload\":%u}\n", i * 1000, i);
  start (fixture, content->str, 0, FALSE);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->n_got, ==, 256);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->n_got, ==, 512);
  run_loop ();
  g_assert_cmpuint (fixture->n_got, ==, 1000);
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_IDLE);
}

static void
test_bytes (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a payload passes byte for byte, a string as its text");

  start (fixture,
         "{\"payload\": { \"n\" : 12345678901234567890.00 , \"s\":\"\\u00e9\\/\" } ,"
         "\"x\":[{\"channel\":1}],\"channel\":\"c\\u002ed\",\"t_ms\":1e0}\r\n"
         "{\"t_ms\":0,\"channel\":\"c\",\"payload\":\"no \\\"JSON\\\"\"}\n"
         "{\"t_ms\":0,\"channel\":\"c\",\"payload\":[ ]}",
         0,
         FALSE);
  run_loop ();
  g_assert_cmpstr (take_got (fixture),
                   ==,
                   "c.d={ \"n\" : 12345678901234567890.00 , \"s\":\"\\u00e9\\/\" };"
                   "c=no \"JSON\";c=[ ];");
  g_assert_cmpuint (
      tide_replay_source_get_n_bad_lines (TIDE_REPLAY_SOURCE (fixture->source)), ==, 0);
}

static void
test_bad_lines (Fixture *fixture, gconstpointer unused)
{
  static const char *const bad[] = {
    "x",
    "[]",
    "{}",
    "{\"t_ms\":0,\"channel\":\"a\"}",
    "{\"t_ms\":0,\"payload\":{}}",
    "{\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":\"0\",\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":-1,\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":1e300,\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":1e999,\"channel\":\"a\",\"payload\":{}}",
    "{\"t_ms\":0,\"channel\":7,\"payload\":{}}",
    "{\"t_ms\":0,\"channel\":\"a\",\"payload\":{}} x",
    "{\"t_ms\":0,\"channel\":\"a\",\"payload\":{\"n\":01}}",
    "{\"t_ms\":0,\"channel\":\"\xff\",\"payload\":{}}",
  };
  g_autoptr (GString) content =
      g_string_new ("{\"t_ms\":0,\"channel\":\"a\",\"payload\":1}\n");
  g_autofree char *number = g_strnfill (100, '1');

  g_test_summary ("bad lines are counted, the first is told with its number");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_string_append_printf (content, "%s\n", bad[i]);
  g_string_append_printf (
      content, "{\"t_ms\":%s,\"channel\":\"a\",\"payload\":1}\n", number);
  g_string_append (content, "\n{\"t_ms\":0,\"channel\":\"a\",\"payload\":2}");
  start (fixture, content->str, 0, FALSE);
  run_loop ();

  g_assert_cmpstr (take_got (fixture), ==, "a=1;a=2;");
  g_assert_cmpuint (
      tide_replay_source_get_n_bad_lines (TIDE_REPLAY_SOURCE (fixture->source)),
      ==,
      G_N_ELEMENTS (bad) + 1);
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_true (log_catcher_has (lines, "line 2:"));
  g_assert_true (log_catcher_has (lines, "15 bad lines"));
}

static void
test_backwards (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a line that goes back in time comes with the one before it");

  start (fixture,
         "{\"t_ms\":100,\"channel\":\"a\",\"payload\":1}\n"
         "{\"t_ms\":50,\"channel\":\"a\",\"payload\":2}\n"
         "{\"t_ms\":120,\"channel\":\"a\",\"payload\":3}\n",
         1.0,
         FALSE);
  pass_ms (fixture, 104);
  g_assert_cmpstr (take_got (fixture), ==, "a=1;a=2;");
  pass_ms (fixture, 20);
  g_assert_cmpstr (take_got (fixture), ==, "a=3;");
}

static void
test_stop_inside (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a source that is stopped from within a message passes on no other");

  fixture->stop_after = 2;
  start (fixture, three, 0, TRUE);
  run_loop ();
  g_assert_cmpuint (fixture->n_got, ==, 2);
  g_assert_true (tide_source_start (fixture->source, NULL));
  fixture->stop_after = 6;
  run_loop ();
  g_assert_cmpuint (fixture->n_got, ==, 6);
}

static void
test_drop_inside (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a source may be stopped and let go of from within a message");

  fixture->drop_after = 2;
  start (fixture, three, 1.0, TRUE);
  pass_ms (fixture, 60000);
  g_assert_cmpuint (fixture->n_got, ==, 2);
}

static void
test_settings (Fixture *fixture, gconstpointer unused)
{
  static const double bad_speeds[] = { -1, 0.0001, 1e9 };
  const TideSourceOutlet outlet = { .wheel = fixture->wheel };
  g_autoptr (GError) error = NULL;

  g_test_summary ("a missing file, no name and a wrong speed are errors");

  make_source (fixture, 1.0, FALSE);
  g_assert_false (tide_source_start (fixture->source, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_IDLE);
  g_clear_error (&error);

  g_assert_null (
      tide_replay_source_new (&outlet, &(TideReplaySettings){ .speed = 1.0 }, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_speeds); i++)
    {
      const TideReplaySettings settings = { .path = "x", .speed = bad_speeds[i] };

      g_clear_error (&error);
      g_assert_null (tide_replay_source_new (&outlet, &settings, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
    }
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/replay-source/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  ADD ("pace", test_pace);
  ADD ("speed", test_speed);
  ADD ("late", test_late);
  ADD ("loop", test_loop);
  ADD ("loop-at-once", test_loop_at_once);
  ADD ("loop-of-nothing", test_loop_of_nothing);
  ADD ("fast", test_fast);
  ADD ("bytes", test_bytes);
  ADD ("bad-lines", test_bad_lines);
  ADD ("backwards", test_backwards);
  ADD ("stop-inside", test_stop_inside);
  ADD ("drop-inside", test_drop_inside);
  ADD ("settings", test_settings);

  int result = g_test_run ();

  g_ptr_array_unref (lines);
  return result;
}
