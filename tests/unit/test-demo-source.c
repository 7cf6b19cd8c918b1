/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-demo-source.h"

#include <string.h>

#define MS G_GINT64_CONSTANT (1000)
#define TICKS "tickstock.all_ticks"

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideSource *source;
  guint n_got;
  guint n_ticks;
  guint n_changes;
  guint drop_after; /* stop and let go of the source from within this message */
  GString *payloads;
} Fixture;

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_got++;
  fixture->n_ticks +=
      channel_length == strlen (TICKS) && memcmp (channel, TICKS, channel_length) == 0;
  g_string_append_len (fixture->payloads, payload, payload_length);
  if (fixture->n_got == fixture->drop_after)
    {
      tide_source_stop (fixture->source);
      g_clear_object (&fixture->source);
    }
}

static void
on_state_changed (TideSource *source, gpointer user_data)
{
  ((Fixture *) user_data)->n_changes++;
}

static TideSource *
make_source (Fixture *fixture, guint ticks_per_second)
{
  const TideSourceOutlet outlet = {
    .wheel = fixture->wheel,
    .counters = &fixture->counters,
    .func = on_message,
    .user_data = fixture,
  };
  const TideDemoSettings settings = {
    .seed = 1,
    .ticks_per_second = ticks_per_second,
    .epoch_us = 1700000000 * (1000 * MS),
  };

  return TIDE_SOURCE (tide_demo_source_new (&outlet, &settings));
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->clock = tide_clock_new_manual (1000 * MS);
  fixture->wheel = tide_timer_wheel_new (fixture->clock);
  fixture->payloads = g_string_new (NULL);
  fixture->source = make_source (fixture, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_clear_object (&fixture->source);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  tide_timer_wheel_free (fixture->wheel);
  tide_clock_unref (fixture->clock);
  g_string_free (fixture->payloads, TRUE);
}

static void
pass_ms (Fixture *fixture, guint n_ms)
{
  for (guint i = 0; i < n_ms; i += 4)
    {
      tide_clock_advance (fixture->clock, 4 * MS);
      tide_timer_wheel_run (fixture->wheel);
    }
}

static void
test_pace (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("by default about 100 ticks come each second, and other things too");

  g_signal_connect (
      fixture->source, "state-changed", G_CALLBACK (on_state_changed), fixture);
  pass_ms (fixture, 1000);
  g_assert_cmpuint (fixture->n_got, ==, 0);
  g_assert_true (tide_source_start (fixture->source, NULL));
  g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_CONNECTED);
  g_assert_cmpuint (fixture->n_got, ==, 0);
  pass_ms (fixture, 20000);
  g_assert_cmpuint (fixture->n_ticks, >, 1900);
  g_assert_cmpuint (fixture->n_ticks, <, 2100);
  g_assert_cmpuint (fixture->n_got, >, fixture->n_ticks + 20);
  g_assert_nonnull (strstr (tide_source_get_description (fixture->source), "demo"));
  g_assert_cmpuint (fixture->n_changes, ==, 1);
}

static void
test_stop (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GString) whole = NULL;

  g_test_summary ("a stopped market stands still and goes on without a gap");

  tide_source_start (fixture->source, NULL);
  pass_ms (fixture, 4000);
  whole = g_string_new (fixture->payloads->str);

  g_clear_object (&fixture->source);
  g_string_truncate (fixture->payloads, 0);
  fixture->source = make_source (fixture, 0);
  for (guint i = 0; i < 4; i++)
    {
      tide_source_start (fixture->source, NULL);
      pass_ms (fixture, 900);
      tide_source_stop (fixture->source);
      g_assert_cmpint (tide_source_get_state (fixture->source), ==, TIDE_SOURCE_IDLE);
      g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
      pass_ms (fixture, 10000);
    }
  g_assert_cmpuint (fixture->payloads->len, >, 1000);
  g_assert_true (g_str_has_prefix (whole->str, fixture->payloads->str) ||
                 g_str_has_prefix (fixture->payloads->str, whole->str));
}

static void
test_asleep (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("after the process stood still there is no flood");

  tide_source_start (fixture->source, NULL);
  pass_ms (fixture, 1000);
  fixture->n_got = 0;
  tide_clock_advance (fixture->clock, 3600 * 1000 * MS);
  pass_ms (fixture, 1000);
  g_assert_cmpuint (fixture->n_got, >, 50);
  g_assert_cmpuint (fixture->n_got, <, 200);
}

static void
test_fast (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a fast market keeps its pace");

  g_clear_object (&fixture->source);
  fixture->source = make_source (fixture, 20000);
  tide_source_start (fixture->source, NULL);
  pass_ms (fixture, 1000);
  g_assert_cmpuint (fixture->n_ticks, >, 19000);
  g_assert_cmpuint (fixture->n_ticks, <, 21000);
}

static void
test_drop_inside (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a source may be stopped and let go of from within a message");

  fixture->drop_after = 5;
  tide_source_start (fixture->source, NULL);
  pass_ms (fixture, 1000);
  g_assert_cmpuint (fixture->n_got, ==, 5);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/demo-source/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("pace", test_pace);
  ADD ("stop", test_stop);
  ADD ("asleep", test_asleep);
  ADD ("fast", test_fast);
  ADD ("drop-inside", test_drop_inside);
  return g_test_run ();
}
