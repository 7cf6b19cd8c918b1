/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-probe.h"

#include <string.h>

#define MS G_GINT64_CONSTANT (1000)

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideRedisProbe probe;
  char *sent; /* the last one */
  guint n_sent;
  guint n_dead;
  gboolean can_send;
} Fixture;

static gboolean
on_send (const char *text, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (!fixture->can_send)
    return FALSE;
  g_free (fixture->sent);
  fixture->sent = g_strdup (text);
  fixture->n_sent++;
  return TRUE;
}

static void
on_dead (gpointer user_data)
{
  ((Fixture *) user_data)->n_dead++;
}

static const TideRedisProbeFuncs funcs = { .send = on_send, .dead = on_dead };

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->clock = tide_clock_new_manual (1000 * MS);
  fixture->wheel = tide_timer_wheel_new (fixture->clock);
  fixture->can_send = TRUE;
  tide_redis_probe_init (&fixture->probe, fixture->wheel, &funcs, fixture);
  tide_redis_probe_set_times (&fixture->probe, 1000 * MS, 3000 * MS);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  tide_redis_probe_clear (&fixture->probe);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture->wheel), ==, -1);
  tide_timer_wheel_free (fixture->wheel);
  tide_clock_unref (fixture->clock);
  g_free (fixture->sent);
}

/* Turns the clock as a loop that does not stand still would. */
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
bring_back (Fixture *fixture, const char *channel, const char *text)
{
  TideRedisMessage message = { channel, strlen (channel), text, strlen (text) };

  tide_redis_probe_hear (&fixture->probe);
  tide_redis_probe_take (&fixture->probe, &message);
}

static void
test_rhythm (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("as long as probes come back, one is sent each interval");

  tide_redis_probe_expect (&fixture->probe);
  tide_redis_probe_send (&fixture->probe);
  for (guint i = 1; i <= 20; i++)
    {
      g_assert_cmpuint (fixture->n_sent, ==, i);
      pass_ms (fixture, 100);
      bring_back (fixture, fixture->probe.channel, fixture->sent);
      g_assert_cmpint (fixture->probe.trip_us, ==, 100 * MS);
      pass_ms (fixture, 900);
    }
  g_assert_cmpuint (fixture->n_dead, ==, 0);
}

static void
test_dead (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a probe that does not come back in time is noticed, once");

  tide_redis_probe_send (&fixture->probe);
  pass_ms (fixture, 2992);
  g_assert_cmpuint (fixture->n_dead, ==, 0);
  pass_ms (fixture, 12);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
  bring_back (fixture, fixture->probe.channel, fixture->sent);
  pass_ms (fixture, 60000);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
  g_assert_cmpuint (fixture->n_sent, ==, 1);
}

static void
test_never_sent (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a probe that can't be sent proves nothing either");

  fixture->can_send = FALSE;
  tide_redis_probe_expect (&fixture->probe);
  pass_ms (fixture, 3004);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
  tide_redis_probe_send (&fixture->probe);
  pass_ms (fixture, 3004);
  g_assert_cmpuint (fixture->n_dead, ==, 2);
}

static void
test_foreign (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("others' probes and older ones do not count");

  tide_redis_probe_send (&fixture->probe);
  g_autofree char *old = g_strdup (fixture->sent);

  tide_redis_probe_send (&fixture->probe);
  bring_back (fixture, TIDE_REDIS_PROBE_PREFIX "other", fixture->sent);
  bring_back (fixture, fixture->probe.channel, old);
  bring_back (fixture, fixture->probe.channel, "");
  bring_back (fixture, fixture->probe.channel, "12");
  g_assert_cmpint (fixture->probe.trip_us, ==, -1);
  bring_back (fixture, fixture->probe.channel, fixture->sent);
  g_assert_cmpint (fixture->probe.trip_us, ==, 0);
}

static void
test_busy (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("while messages come in the limit is put off, but not for ever");

  tide_redis_probe_send (&fixture->probe);
  for (guint i = 0; i < 29; i++)
    {
      tide_redis_probe_hear (&fixture->probe);
      pass_ms (fixture, 1000);
      g_assert_cmpuint (fixture->n_dead, ==, 0);
    }
  tide_redis_probe_hear (&fixture->probe);
  pass_ms (fixture, 3000);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
}

static void
test_falls_silent (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("silence counts from the last message, not from the last look");

  tide_redis_probe_send (&fixture->probe);
  pass_ms (fixture, 1000);
  tide_redis_probe_hear (&fixture->probe);
  pass_ms (fixture, 2992);
  g_assert_cmpuint (fixture->n_dead, ==, 0);
  pass_ms (fixture, 12);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
}

static void
test_sent_again (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("sending again and again does not put the limit off");

  tide_redis_probe_send (&fixture->probe);
  for (guint i = 0; i < 29; i++)
    {
      pass_ms (fixture, 100);
      tide_redis_probe_send (&fixture->probe);
    }
  g_assert_cmpuint (fixture->n_dead, ==, 0);
  pass_ms (fixture, 104);
  g_assert_cmpuint (fixture->n_dead, ==, 1);
}

static void
test_proven (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("what came back proves all up to when it was sent");

  g_assert_cmpint (fixture->probe.proven_us, ==, 0);
  tide_redis_probe_send (&fixture->probe);
  gint64 sent_us = tide_clock_now_us (fixture->clock);

  pass_ms (fixture, 100);
  g_assert_cmpint (fixture->probe.proven_us, ==, 0);
  bring_back (fixture, fixture->probe.channel, fixture->sent);
  g_assert_cmpint (fixture->probe.proven_us, ==, sent_us);
}

static void
test_asleep (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("a process that stood still gives the answer time to be read");

  tide_redis_probe_send (&fixture->probe);
  for (guint sleep_ms = 3000; sleep_ms < 60000; sleep_ms += 500)
    {
      tide_clock_advance (fixture->clock, sleep_ms * MS);
      tide_timer_wheel_run (fixture->wheel);
      g_assert_cmpuint (fixture->n_dead, ==, 0);
      bring_back (fixture, fixture->probe.channel, fixture->sent);
      pass_ms (fixture, 1000);
      g_assert_cmpuint (fixture->n_dead, ==, 0);
    }
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/redis-probe/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rhythm", test_rhythm);
  ADD ("dead", test_dead);
  ADD ("never-sent", test_never_sent);
  ADD ("foreign", test_foreign);
  ADD ("busy", test_busy);
  ADD ("falls-silent", test_falls_silent);
  ADD ("sent-again", test_sent_again);
  ADD ("proven", test_proven);
  ADD ("asleep", test_asleep);
  return g_test_run ();
}
