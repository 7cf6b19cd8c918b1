/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-timer-wheel.h"

#define MS 1000
#define SLOT_US (4 * MS)
#define ROUND_US (16384 * (gint64) SLOT_US)
#define N_TIMERS 60

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->clock = tide_clock_new_manual (1234567);
  self->wheel = tide_timer_wheel_new (self->clock);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
}

static void
count_call (TideTimer *timer, gint64 now_us)
{
  ++*(guint *) timer->user_data;
}

static void
advance (Fixture *self, gint64 by_us)
{
  tide_clock_advance (self->clock, by_us);
  tide_timer_wheel_run (self->wheel);
}

static void
note_call (TideTimer *timer, gint64 now_us)
{
  g_string_append (timer->user_data, timer->due_us % 2 == 0 ? "even " : "odd ");
}

static void
test_order (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock) / SLOT_US * SLOT_US;
  g_autoptr (GString) calls = g_string_new (NULL);
  TideTimer first = { .func = note_call, .user_data = calls };
  TideTimer last = { .func = note_call, .user_data = calls };

  g_test_summary ("Of timers of the same step what was armed last is called first");

  tide_timer_wheel_arm (self->wheel, &first, start_us + 10 * SLOT_US - 4);
  tide_timer_wheel_arm (self->wheel, &last, start_us + 10 * SLOT_US - 1);
  advance (self, 11 * SLOT_US);
  g_assert_cmpstr (calls->str, ==, "odd even ");
}

static void
test_once (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  guint n_calls = 0;
  TideTimer timer = { .func = count_call, .user_data = &n_calls };

  g_test_summary (
      "A timer is called once, not before its time and at most 4 ms after it");

  tide_timer_wheel_arm (self->wheel, &timer, start_us + 100 * MS);
  advance (self, 100 * MS - 1);
  g_assert_cmpuint (n_calls, ==, 0);
  advance (self, 1 + 4 * MS);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_null (timer.pprev);
  advance (self, ROUND_US);
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_past (Fixture *self, gconstpointer data)
{
  guint n_calls = 0;
  TideTimer timers[] = { { .func = count_call, .user_data = &n_calls },
                         { .func = count_call, .user_data = &n_calls },
                         { .func = count_call, .user_data = &n_calls } };

  g_test_summary ("A time that has passed means at once: within 4 ms");

  advance (self, 10 * MS);
  tide_timer_wheel_arm (self->wheel, &timers[0], 0);
  tide_timer_wheel_arm (self->wheel, &timers[1], G_MININT64);
  tide_timer_wheel_arm (self->wheel, &timers[2], tide_clock_now_us (self->clock));
  advance (self, 4 * MS);
  g_assert_cmpuint (n_calls, ==, 3);
}

static void
test_never (Fixture *self, gconstpointer data)
{
  guint n_calls = 0;
  TideTimer timer = { .func = count_call, .user_data = &n_calls };

  g_test_summary ("The end of time is a time like any other");

  tide_timer_wheel_arm (self->wheel, &timer, G_MAXINT64);
  for (guint i = 0; i < 10; i++)
    advance (self, ROUND_US);
  g_assert_cmpuint (n_calls, ==, 0);
  tide_timer_wheel_disarm (self->wheel, &timer);
}

static void
test_rearm (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  guint n_calls = 0;
  TideTimer timer = { .func = count_call, .user_data = &n_calls };

  g_test_summary ("Arming anew moves a timer, disarming takes it off, both at any time");

  tide_timer_wheel_disarm (self->wheel, &timer);
  tide_timer_wheel_arm (self->wheel, &timer, start_us + 10 * MS);
  tide_timer_wheel_arm (self->wheel, &timer, start_us + 50 * MS);
  advance (self, 40 * MS);
  g_assert_cmpuint (n_calls, ==, 0);
  tide_timer_wheel_arm (self->wheel, &timer, start_us + 44 * MS);
  advance (self, 8 * MS);
  g_assert_cmpuint (n_calls, ==, 1);

  tide_timer_wheel_arm (self->wheel, &timer, start_us + 100 * MS);
  tide_timer_wheel_disarm (self->wheel, &timer);
  tide_timer_wheel_disarm (self->wheel, &timer);
  advance (self, 100 * MS);
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_later_round (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  guint n_calls = 0;
  TideTimer timer = { .func = count_call, .user_data = &n_calls };

  g_test_summary ("A timer of a later round is passed over until then");

  tide_timer_wheel_arm (self->wheel, &timer, start_us + 3 * ROUND_US + 20 * MS);
  for (guint i = 0; i < 6; i++)
    advance (self, ROUND_US / 2);
  g_assert_cmpuint (n_calls, ==, 0);
  advance (self, 19 * MS);
  g_assert_cmpuint (n_calls, ==, 0);
  advance (self, 5 * MS);
  g_assert_cmpuint (n_calls, ==, 1);
}

static void
test_stall (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  guint n_calls = 0;
  TideTimer timers[200] = { { NULL } };

  g_test_summary (
      "After a stall of more than a round all that is due is called, no more");

  for (guint i = 0; i < 200; i++)
    {
      timers[i].func = count_call;
      timers[i].user_data = &n_calls;
      tide_timer_wheel_arm (self->wheel, &timers[i], start_us + i * G_USEC_PER_SEC);
    }
  advance (self, 150 * G_USEC_PER_SEC + 4 * MS);
  g_assert_cmpuint (n_calls, ==, 151);
  advance (self, 50 * G_USEC_PER_SEC);
  g_assert_cmpuint (n_calls, ==, 200);
}

static void
test_next_due (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  gint64 due_us = start_us + 100 * MS;
  gint64 slot_us = (due_us + SLOT_US - 1) / SLOT_US * SLOT_US;
  guint n_calls = 0;
  TideTimer soon = { .func = count_call, .user_data = &n_calls };
  TideTimer later = { .func = count_call, .user_data = &n_calls };

  g_test_summary (
      "The next due time is the first timer's, and there is none without timers");

  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_timer_wheel_arm (self->wheel, &later, due_us + 10 * SLOT_US);
  tide_timer_wheel_arm (self->wheel, &soon, due_us);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, slot_us);
  tide_timer_wheel_disarm (self->wheel, &soon);
  g_assert_cmpint (
      tide_timer_wheel_get_next_due_us (self->wheel), ==, slot_us + 10 * SLOT_US);
  tide_timer_wheel_disarm (self->wheel, &later);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);

  /* The slots come round: the last one before the wheel's start is the farthest ahead. */
  tide_timer_wheel_arm (self->wheel, &later, start_us + ROUND_US - 2 * SLOT_US);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel),
                   >=,
                   start_us + ROUND_US - 2 * SLOT_US);
  advance (self, ROUND_US - SLOT_US);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
}

/* A timer on the heap that does something to another one when it is called. */
typedef struct
{
  TideTimer timer;
  TideTimerWheel *wheel;
  TideTimer *other;
  guint *n_calls;
} Actor;

static Actor *
actor_new (Fixture *self, TideTimerFunc func, guint *n_calls, gint64 due_us)
{
  Actor *actor = g_new0 (Actor, 1);

  actor->timer.func = func;
  actor->timer.user_data = actor;
  actor->wheel = self->wheel;
  actor->n_calls = n_calls;
  tide_timer_wheel_arm (self->wheel, &actor->timer, due_us);
  return actor;
}

static void
free_both (TideTimer *timer, gint64 now_us)
{
  Actor *self = timer->user_data;
  Actor *other = self->other->user_data;

  ++*self->n_calls;
  tide_timer_wheel_disarm (self->wheel, self->other);
  g_free (other);
  g_free (self);
}

static void
arm_again (TideTimer *timer, gint64 now_us)
{
  Actor *self = timer->user_data;

  ++*self->n_calls;
  tide_timer_wheel_arm (self->wheel, timer, now_us);
}

typedef struct
{
  TideTimerWheel *wheel;
  TideTimer timers[3];
  guint n_calls;
} Row;

/* The ones to come are those that have not been called, without the one taken off. */
static void
check_coming (TideTimer *timer, gint64 now_us)
{
  Row *row = timer->user_data;
  guint n_coming = 0;

  row->n_calls++;
  if (row->n_calls == 1)
    tide_timer_wheel_disarm (row->wheel, &row->timers[1]);
  for (const TideTimer *next = tide_timer_wheel_get_coming (row->wheel); next != NULL;
       next = next->next)
    {
      g_assert_true (next == &row->timers[0] || next == &row->timers[2]);
      g_assert_true (next != timer);
      n_coming++;
    }
  g_assert_cmpuint (n_coming, ==, 2 - row->n_calls);
}

static void
test_coming (Fixture *self, gconstpointer data)
{
  Row row = { .wheel = self->wheel };

  g_test_summary ("A timer's function can see which timers of its slot come after it");

  for (guint i = 0; i < G_N_ELEMENTS (row.timers); i++)
    {
      row.timers[i] = (TideTimer){ .func = check_coming, .user_data = &row };
      tide_timer_wheel_arm (self->wheel, &row.timers[i], 2000000);
    }
  g_assert_null (tide_timer_wheel_get_coming (self->wheel));
  advance (self, ROUND_US);
  g_assert_cmpuint (row.n_calls, ==, 2);
  g_assert_null (tide_timer_wheel_get_coming (self->wheel));
}

static void
test_free_inside (Fixture *self, gconstpointer data)
{
  gint64 due_us = tide_clock_now_us (self->clock) + 20 * MS;
  guint n_calls = 0;

  g_test_summary ("A function may free its own timer and one that is due with it");

  /* Whichever is called first frees both, so the pairs hang in the slot in any order. */
  for (guint i = 0; i < 50; i++)
    {
      Actor *one = actor_new (self, free_both, &n_calls, due_us + i % 3);
      Actor *two = actor_new (self, free_both, &n_calls, due_us + i % 7 * MS);

      one->other = &two->timer;
      two->other = &one->timer;
    }
  advance (self, 100 * MS);
  g_assert_cmpuint (n_calls, ==, 50);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
}

static void
test_arm_inside (Fixture *self, gconstpointer data)
{
  guint n_calls = 0;
  Actor *actor =
      actor_new (self, arm_again, &n_calls, tide_clock_now_us (self->clock) + 20 * MS);

  g_test_summary ("A function that arms its timer for now is not called for ever");

  advance (self, 40 * MS);
  g_assert_cmpuint (n_calls, >=, 1);
  g_assert_cmpuint (n_calls, <=, 10);
  g_assert_nonnull (actor->timer.pprev);

  tide_timer_wheel_disarm (self->wheel, &actor->timer);
  g_free (actor);
}

static void
arm_other_late (TideTimer *timer, gint64 now_us)
{
  Actor *self = timer->user_data;

  tide_timer_wheel_arm (self->wheel, self->other, now_us - 2 * SLOT_US);
}

static void
test_arm_after_stall (Fixture *self, gconstpointer data)
{
  gint64 start_us = tide_clock_now_us (self->clock);
  guint n_calls = 0;
  TideTimer late = { .func = count_call, .user_data = &n_calls };
  TideTimer far = { .func = count_call, .user_data = &n_calls };
  g_autofree Actor *actor =
      actor_new (self, arm_other_late, NULL, start_us + 16000 * SLOT_US);

  g_test_summary (
      "What is armed after a stall, for a place that was passed, is not lost");

  /* The run goes round once: past the far timer, then the actor, then the far one again.
   */
  tide_timer_wheel_arm (self->wheel, &far, start_us + 10 * ROUND_US + 100 * SLOT_US);
  actor->other = &late;
  advance (self, 3 * ROUND_US + 202 * SLOT_US);
  advance (self, SLOT_US);
  g_assert_cmpuint (n_calls, ==, 1);
  tide_timer_wheel_disarm (self->wheel, &far);
}

/* The oracle: for every timer when it was armed, and for when. */
typedef struct
{
  Fixture *fixture;
  GRand *rand;
  guint n_calls;
  struct
  {
    TideTimer timer;
    gboolean is_armed;
    gint64 due_us;
    gint64 latest_us; /* when it has to be called at the latest */
  } items[N_TIMERS];
} Model;

static void
model_arm (Model *self, guint index)
{
  static const gint64 spans_us[] = { 1, 10 * MS, 300 * MS, 60000 * MS, 4 * ROUND_US };
  gint64 span_us = spans_us[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (spans_us))];
  gint64 now_us = tide_clock_now_us (self->fixture->clock);
  gint64 due_us = now_us - 5 * MS + (gint64) (g_rand_double (self->rand) * span_us);

  self->items[index].is_armed = TRUE;
  self->items[index].due_us = due_us;
  self->items[index].latest_us = MAX (due_us, now_us) + SLOT_US;
  tide_timer_wheel_arm (self->fixture->wheel, &self->items[index].timer, due_us);
}

static void
model_disarm (Model *self, guint index)
{
  self->items[index].is_armed = FALSE;
  tide_timer_wheel_disarm (self->fixture->wheel, &self->items[index].timer);
}

static void
model_act (Model *self)
{
  guint index = g_rand_int_range (self->rand, 0, N_TIMERS);

  if (g_rand_int_range (self->rand, 0, 3) == 0)
    model_disarm (self, index);
  else
    model_arm (self, index);
}

static void
model_called (TideTimer *timer, gint64 now_us)
{
  Model *self = timer->user_data;
  guint index = 0;

  while (&self->items[index].timer != timer)
    index++;
  g_assert_true (self->items[index].is_armed);
  g_assert_cmpint (self->items[index].due_us, <=, now_us);
  g_assert_cmpint (now_us, ==, tide_clock_now_us (self->fixture->clock));
  self->items[index].is_armed = FALSE;
  self->n_calls++;
  if (g_rand_boolean (self->rand))
    model_act (self);
}

static void
model_check (Model *self)
{
  gint64 now_us = tide_clock_now_us (self->fixture->clock);
  gint64 next_us = tide_timer_wheel_get_next_due_us (self->fixture->wheel);
  gint64 first_us = G_MAXINT64;

  for (guint i = 0; i < N_TIMERS; i++)
    {
      g_assert_cmpint (self->items[i].is_armed, ==, self->items[i].timer.pprev != NULL);
      if (!self->items[i].is_armed)
        continue;
      g_assert_cmpint (now_us, <, self->items[i].latest_us);
      first_us = MIN (first_us, self->items[i].latest_us);
    }
  if (first_us == G_MAXINT64)
    g_assert_cmpint (next_us, ==, -1);
  else
    {
      g_assert_cmpint (next_us, >, now_us);
      g_assert_cmpint (next_us, <=, first_us);
    }
}

static void
test_random (Fixture *self, gconstpointer data)
{
  g_test_summary (
      "Timers armed, moved and disarmed at random, inside calls too, keep time");

  for (guint seed = 0; seed < 60; seed++)
    {
      static const gint64 steps_us[] = { 1, 3 * MS, 50 * MS, 5000 * MS, 3 * ROUND_US };
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autofree Model *model = g_new0 (Model, 1);

      model->fixture = self;
      model->rand = rand;
      for (guint i = 0; i < N_TIMERS; i++)
        {
          model->items[i].timer.func = model_called;
          model->items[i].timer.user_data = model;
        }
      for (guint i = 0; i < 500; i++)
        {
          guint n_acts = g_rand_int_range (rand, 0, 6);
          gint64 step_us = steps_us[g_rand_int_range (rand, 0, G_N_ELEMENTS (steps_us))];

          for (guint j = 0; j < n_acts; j++)
            model_act (model);
          tide_clock_advance (self->clock, g_rand_double (rand) * step_us);
          /* Now and then the loop is late: then more is armed before the wheel runs. */
          if (g_rand_int_range (rand, 0, 5) == 0)
            continue;
          tide_timer_wheel_run (self->wheel);
          model_check (model);
        }
      g_assert_cmpuint (model->n_calls, >, 100);
      for (guint i = 0; i < N_TIMERS; i++)
        model_disarm (model, i);
    }
}

static int
get_timeout_ms (GMainContext *context)
{
  GPollFD fds[4];
  int timeout_ms = 0;
  int priority;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  g_main_context_query (context, priority, &timeout_ms, fds, G_N_ELEMENTS (fds));
  g_main_context_release (context);
  return timeout_ms;
}

static void
test_source (void)
{
  g_autoptr (TideClock) clock = tide_clock_new_monotonic ();
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (GMainContext) context = g_main_context_new ();
  guint n_calls = 0;
  TideTimer timer = { .func = count_call, .user_data = &n_calls };

  g_test_summary ("A main context calls what is due, and sleeps with nothing armed");

  g_assert_true (tide_timer_wheel_get_clock (wheel) == clock);
  tide_timer_wheel_attach (wheel, context);
  g_assert_cmpint (get_timeout_ms (context), ==, -1);

  tide_timer_wheel_arm (wheel, &timer, tide_clock_now_us (clock));
  while (n_calls == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_cmpint (get_timeout_ms (context), ==, -1);

  tide_timer_wheel_arm (wheel, &timer, tide_clock_now_us (clock) + 30 * G_USEC_PER_SEC);
  g_assert_cmpint (get_timeout_ms (context), >, 20000);
  tide_timer_wheel_disarm (wheel, &timer);
}

static void
note_done (gpointer user_data)
{
  g_string_append (user_data, "done");
}

static void
test_done (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (TideClock) clock = tide_clock_new_monotonic ();
  g_autoptr (TideTimerWheel) wheel = tide_timer_wheel_new (clock);
  g_autoptr (GString) calls = g_string_new (NULL);
  TideTimer first = { .func = note_call, .user_data = calls };
  TideTimer last = { .func = note_call, .user_data = calls };

  g_test_summary (
      "Who waits for it is told in the same turn that all due timers were called");

  tide_timer_wheel_attach (wheel, context);
  tide_timer_wheel_set_done_func (wheel, note_done, calls);
  tide_timer_wheel_arm (wheel, &first, 2);
  tide_timer_wheel_arm (wheel, &last, 1);
  while (calls->len == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpstr (calls->str, ==, "odd even done");

  tide_timer_wheel_set_done_func (wheel, NULL, NULL);
  tide_timer_wheel_arm (wheel, &first, 4);
  g_string_truncate (calls, 0);
  while (calls->len == 0)
    g_main_context_iteration (context, TRUE);
  g_assert_cmpstr (calls->str, ==, "even ");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                  \
  g_test_add ("/core/timer-wheel/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("once", test_once);
  ADD ("order", test_order);
  ADD ("past", test_past);
  ADD ("never", test_never);
  ADD ("rearm", test_rearm);
  ADD ("later-round", test_later_round);
  ADD ("stall", test_stall);
  ADD ("next-due", test_next_due);
  ADD ("coming", test_coming);
  ADD ("free-inside", test_free_inside);
  ADD ("arm-inside", test_arm_inside);
  ADD ("arm-after-stall", test_arm_after_stall);
  ADD ("random", test_random);
#undef ADD
  g_test_add_func ("/core/timer-wheel/source", test_source);
  g_test_add_func ("/core/timer-wheel/done", test_done);
  return g_test_run ();
}
