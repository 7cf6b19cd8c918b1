/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

/* Routes that most tests here have. */
typedef struct
{
  Delivery delivery;
  TideRoute *alert;   /* lossless, high */
  TideRoute *note;    /* lossless, medium */
  TideRoute *tick;    /* conflating, medium */
  TideRoute *gauge;   /* latest, low */
  TideRoute *chatter; /* droppable, low */
  TideUserRef user;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  delivery_open (d);
  self->alert = delivery_make_route (d, "alert", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH);
  self->note = delivery_make_route (d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->tick = delivery_make_route (d, "tick", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_MEDIUM);
  self->gauge = delivery_make_route (d, "gauge", TIDE_CLASS_LATEST, TIDE_PRIORITY_LOW);
  self->chatter =
      delivery_make_route (d, "chatter", TIDE_CLASS_DROPPABLE, TIDE_PRIORITY_LOW);
  self->user = delivery_come (d, "ann");
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  delivery_close (&self->delivery);
}

#define PUSH(route, key) delivery_push (&self->delivery, self->route, key, self->user)
#define GOT(text) delivery_assert_got (&self->delivery, self->user, text)
#define BATCHES(text) delivery_assert_batches (&self->delivery, self->user, text)
#define PASS(ms) delivery_pass (&self->delivery, ms)
#define BOOK(class) (&self->delivery.counters.books[TIDE_CLASS_##class])
#define LIMITS (&self->delivery.settings.limits)

static void
test_leading (Fixture *self, gconstpointer data)
{
  g_test_summary ("The first event does not wait, the next opens a window");

  PUSH (tick, "a");
  GOT ("1");
  PUSH (tick, "a");
  PUSH (tick, "b");
  PASS (99);
  GOT ("1");
  PASS (1);
  GOT ("1 2 3");
  BATCHES ("1 2");
  PASS (50);
  PUSH (tick, "a");
  PASS (50);
  GOT ("1 2 3");
  PASS (50); /* between two turns of the wheel: it is the one before */
  GOT ("1 2 3 4");
  PASS (100);
  PUSH (tick, "a");
  GOT ("1 2 3 4 5");
}

static void
test_window (Fixture *self, gconstpointer data)
{
  g_test_summary ("In window mode every event waits for the end of its window");

  LIMITS->is_leading = FALSE;
  delivery_reload (&self->delivery);
  PUSH (tick, "a");
  PASS (60);
  PUSH (tick, "b");
  PASS (39);
  GOT ("");
  PASS (1);
  GOT ("1 2");
  BATCHES ("2");
}

static void
test_no_window (Fixture *self, gconstpointer data)
{
  g_test_summary ("Without a window each event leaves by itself");

  LIMITS->batch_window_us = 0;
  delivery_reload (&self->delivery);
  PUSH (tick, "a");
  PUSH (chatter, "a");
  PUSH (tick, "a");
  GOT ("1 2 3");
  BATCHES ("1 1 1");
}

static void
test_full (Fixture *self, gconstpointer data)
{
  g_test_summary ("A full batch leaves at once, by number and by size");

  LIMITS->is_leading = FALSE;
  LIMITS->batch_max_events = 3;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 7; i++)
    PUSH (note, "a");
  BATCHES ("3 3");
  PASS (100);
  BATCHES ("3 3 1");

  LIMITS->batch_max_events = 0;
  self->delivery.settings.batch_max_bytes = 100;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 3; i++)
    delivery_push_sized (&self->delivery, self->note, "a", self->user, 40);
  /* With the third one a batch would be too large. */
  BATCHES ("3 3 1 2");
  delivery_push_sized (&self->delivery, self->note, "a", self->user, 900);
  BATCHES ("3 3 1 2 1 1");
}

static void
test_no_limits (Fixture *self, gconstpointer data)
{
  g_test_summary ("A limit of 0 is none");

  *LIMITS = (TideDeliveryLimits){ .batch_window_us = 100 * DELIVERY_MS };
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 1000; i++)
    PUSH (tick, "a");
  g_assert_cmpuint (delivery_count (&self->delivery, self->user), ==, 0);
  PASS (100);
  BATCHES ("1000");
  for (guint i = 0; i < 1000; i++)
    PUSH (alert, "a");
  g_assert_cmpuint (delivery_count (&self->delivery, self->user), ==, 2000);
  g_assert_cmpuint (self->delivery.counters.rate_limited, ==, 0);
}

static void
test_priorities (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideRoute *low = delivery_make_route (d, "low", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW);

  g_test_summary ("In a batch the higher goes first, and the older of the same");

  LIMITS->is_leading = FALSE;
  delivery_reload (d);
  delivery_push (d, low, "a", self->user);
  PUSH (note, "a");
  delivery_push (d, low, "b", self->user);
  PUSH (tick, "a");
  PASS (100);
  GOT ("2 4 1 3");
}

static void
test_rate (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the rate lossless events wait in order, none is lost");

  LIMITS->events_per_second = 10;
  LIMITS->batch_window_us = 0;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 25; i++)
    PUSH (note, "a");
  g_assert_cmpuint (delivery_count (&self->delivery, self->user), ==, 10);
  g_assert_cmpuint (self->delivery.counters.rate_limited, ==, 1);
  PASS (1000);
  g_assert_cmpuint (delivery_count (&self->delivery, self->user), ==, 10);
  PASS (200);
  g_assert_cmpuint (delivery_count (&self->delivery, self->user), ==, 20);
  PASS (1200);
  GOT ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25");
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 25);
}

static void
test_rate_classes (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the rate streams wait with their last value, chatter is dropped");

  LIMITS->events_per_second = 2;
  LIMITS->batch_window_us = 0;
  delivery_reload (&self->delivery);
  PUSH (tick, "a");
  PUSH (tick, "a");
  for (guint i = 0; i < 5; i++)
    {
      PUSH (tick, "a");
      PUSH (gauge, "a");
      PUSH (chatter, "a");
      PUSH (tick, "b");
    }
  GOT ("1 2");
  g_assert_cmpuint (BOOK (CONFLATE)->conflated, ==, 8);
  g_assert_cmpuint (BOOK (LATEST)->conflated, ==, 4);
  g_assert_cmpuint (BOOK (DROPPABLE)->dropped_rate, ==, 5);
  PASS (2500);
  GOT ("1 2 19 22 20");
}

static void
test_no_pressure (Fixture *self, gconstpointer data)
{
  g_test_summary (
      "Without pressure a stream's every value leaves, of the latest only one");

  PUSH (note, "a");
  for (guint i = 0; i < 3; i++)
    {
      PUSH (tick, "a");
      PUSH (gauge, "a");
      PUSH (chatter, "a");
    }
  PASS (100);
  GOT ("1 2 5 8 9 4 7 10");
}

static void
test_latest (Fixture *self, gconstpointer data)
{
  g_test_summary ("Of class latest only the newest of a window leaves");

  PUSH (gauge, "a");
  PUSH (gauge, "a");
  PUSH (gauge, "b");
  PUSH (gauge, "a");
  PASS (100);
  GOT ("1 4 3");
  g_assert_cmpuint (BOOK (LATEST)->conflated, ==, 1);
}

static void
test_urgent (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is urgent does not wait within its budget, beyond it goes first");

  LIMITS->urgent_events_per_second = 2;
  delivery_reload (&self->delivery);
  PUSH (note, "a");
  PUSH (note, "b");
  PUSH (alert, "x");
  PUSH (alert, "y");
  GOT ("1 3 4");
  PUSH (alert, "z");
  GOT ("1 3 4");
  PASS (100);
  GOT ("1 3 4 5 2");
}

static void
test_urgent_rate (Fixture *self, gconstpointer data)
{
  g_test_summary ("A user at its rate still gets what is urgent, out of its own budget");

  LIMITS->events_per_second = 3;
  LIMITS->batch_window_us = 0;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 5; i++)
    PUSH (note, "a");
  PUSH (alert, "x");
  GOT ("1 2 3 6");
}

static void
test_urgent_topic (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("An urgent event takes the older ones of its topic with it");

  PUSH (chatter, "z");
  PUSH (note, "a");
  PUSH (note, "b");
  PUSH (tick, "a");
  self->note->priority = TIDE_PRIORITY_CRITICAL;
  PUSH (note, "a");
  GOT ("1 2 5");
  self->tick->priority = TIDE_PRIORITY_CRITICAL;
  PUSH (tick, "a");
  GOT ("1 2 5 6");
  g_assert_cmpuint (BOOK (CONFLATE)->conflated, ==, 1);
  PASS (100);
  GOT ("1 2 5 6 3");
  delivery_check_books (d);
}

static void
test_slow (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserObserver *observer = delivery_get_observer (d);

  g_test_summary ("A slow user gets lossless events a batch at a time, streams wait");

  LIMITS->batch_max_events = 2;
  delivery_reload (d);
  tide_user_observer_slow (observer, self->user);
  for (guint i = 0; i < 5; i++)
    {
      PUSH (note, "a");
      PUSH (tick, "a");
      PUSH (chatter, "a");
    }
  GOT ("");
  g_assert_cmpuint (BOOK (DROPPABLE)->dropped_slow, ==, 5);
  g_assert_cmpuint (BOOK (CONFLATE)->conflated, ==, 4);
  PASS (100);
  GOT ("1 4");
  PASS (100);
  GOT ("1 4 7 10");
  PASS (1000);
  GOT ("1 4 7 10 13");
  tide_user_observer_fast_again (observer, self->user);
  PASS (4);
  GOT ("1 4 7 10 13 14");
}

/* What the sessions do when a batch comes over the soft limit, or leaves it. */
static void
become_slow (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  Fixture *self = sink->user_data;

  tide_user_observer_slow (delivery_get_observer (&self->delivery), self->user);
}

static void
become_slow_and_fast (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  Fixture *self = sink->user_data;

  become_slow (sink, batch, slot);
  tide_user_observer_fast_again (delivery_get_observer (&self->delivery), self->user);
}

static void
test_slow_within (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("A user may become slow, and fast again, while it is given a batch");

  LIMITS->batch_max_events = 2;
  LIMITS->is_leading = FALSE;
  delivery_reload (d);
  d->sink->user_data = self;
  PUSH (tick, "z");
  d->sink->delivered = become_slow;
  for (guint i = 0; i < 4; i++)
    PUSH (tick, "a");
  GOT ("1 2");
  PASS (1000);
  GOT ("1 2");
  d->sink->delivered = become_slow_and_fast;
  tide_user_observer_fast_again (delivery_get_observer (d), self->user);
  PASS (4);
  GOT ("1 2 5");
  PUSH (note, "a");
  PASS (100);
  GOT ("1 2 5 6");
}

static void
test_stuck (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  FakeUser *fake = delivery_get_user (d, self->user);

  g_test_summary ("What nobody takes stays, and is tried again in its order");

  fake->is_deaf = TRUE;
  PUSH (note, "a");
  PUSH (alert, "a");
  PUSH (note, "a");
  PUSH (tick, "a");
  PUSH (tick, "a");
  PASS (2000);
  GOT ("");
  g_assert_cmpuint (BOOK (LOSSLESS)->in_lanes, ==, 3);
  fake->is_deaf = FALSE;
  PASS (252);
  GOT ("1 2 3 5");
}

static void
test_bound (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("Over the bytes that may wait the oldest is dropped, and counted");

  d->settings.lane_max_bytes = 100;
  LIMITS->events_per_second = 1;
  delivery_reload (d);
  for (guint i = 0; i < 6; i++)
    delivery_push_sized (d, self->note, "a", self->user, 30);
  g_assert_cmpuint (BOOK (LOSSLESS)->dropped_full, ==, 2);
  LIMITS->events_per_second = 0;
  delivery_reload (d);
  GOT ("1 4 5 6");
}

static void
test_limits_change (Fixture *self, gconstpointer data)
{
  g_test_summary ("Nothing that waits is lost when limits change");

  LIMITS->events_per_second = 1;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 5; i++)
    PUSH (note, "a");
  GOT ("1");
  LIMITS->events_per_second = 3;
  LIMITS->batch_max_events = 1;
  tide_scalable_broadcaster_set_limits (self->delivery.broadcaster, LIMITS);
  GOT ("1 2 3");
  BATCHES ("1 1 1");
  PASS (1100);
  GOT ("1 2 3 4 5");
}

#define CROWD 200
#define CROWD_KEYS 50

typedef struct
{
  Delivery *delivery;
  TideUserRef users[CROWD];
  gint64 left_us[CROWD]; /* when something left for the user last */
} Crowd;

static void
note_time (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  Crowd *crowd = sink->user_data;

  for (guint i = 0; i < CROWD; i++)
    if (crowd->users[i].slot == slot)
      crowd->left_us[i] = tide_clock_now_us (crowd->delivery->clock);
}

static void
crowd_push (Crowd *self, TideRoute *route)
{
  for (guint i = 0; i < CROWD; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%u", i % CROWD_KEYS);

      delivery_push (self->delivery, route, key, self->users[i]);
    }
}

/* The most for whom something left in the same turn of the wheel. */
static guint
crowd_find_burst (const Crowd *self)
{
  guint n_most = 0;

  for (guint i = 0; i < CROWD; i++)
    {
      guint n = 0;

      for (guint j = 0; j < CROWD; j++)
        n += self->left_us[j] == self->left_us[i];
      n_most = MAX (n_most, n);
    }
  return n_most;
}

static void
crowd_come (Crowd *self, Fixture *fixture)
{
  Delivery *d = &fixture->delivery;

  self->delivery = d;
  d->settings.limits.is_leading = FALSE;
  delivery_reload (d);
  for (guint i = 0; i < CROWD; i++)
    self->users[i] = delivery_come (d, NULL);
  d->sink->delivered = note_time;
  d->sink->user_data = self;
}

static void
test_spread (Fixture *self, gconstpointer data)
{
  g_test_summary ("Windows of many users that begin at once come apart, by topic");

  Crowd crowd;
  gint64 first_us[CROWD];

  crowd_come (&crowd, self);
  for (guint round = 0; round < 2; round++)
    {
      gint64 began_us = tide_clock_now_us (self->delivery.clock);

      crowd_push (&crowd, self->note);
      for (guint i = 0; i < 26; i++)
        PASS (4);
      g_assert_cmpuint (crowd_find_burst (&crowd), <=, CROWD / 4);
      for (guint i = 0; i < CROWD; i++)
        {
          g_assert_cmpint (crowd.left_us[i], >, began_us);
          g_assert_cmpint (crowd.left_us[i] - began_us, <=, 100 * DELIVERY_MS);
          g_assert_cmpint (crowd.left_us[i], ==, crowd.left_us[i % CROWD_KEYS]);
        }
      PASS (2000);
    }

  /* What follows has windows of full length, from the first event that waits. */
  crowd_push (&crowd, self->note);
  for (guint i = 0; i < 26; i++)
    PASS (4);
  memcpy (first_us, crowd.left_us, sizeof first_us);
  crowd_push (&crowd, self->note);
  PASS (96);
  g_assert_cmpmem (first_us, sizeof first_us, crowd.left_us, sizeof crowd.left_us);
  PASS (4);
  g_assert_cmpuint (crowd_find_burst (&crowd), ==, CROWD);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/lane-flush/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("leading", test_leading);
  ADD ("window", test_window);
  ADD ("no-window", test_no_window);
  ADD ("full", test_full);
  ADD ("no-limits", test_no_limits);
  ADD ("priorities", test_priorities);
  ADD ("rate", test_rate);
  ADD ("rate-classes", test_rate_classes);
  ADD ("no-pressure", test_no_pressure);
  ADD ("latest", test_latest);
  ADD ("urgent", test_urgent);
  ADD ("urgent-rate", test_urgent_rate);
  ADD ("urgent-topic", test_urgent_topic);
  ADD ("slow", test_slow);
  ADD ("slow-within", test_slow_within);
  ADD ("stuck", test_stuck);
  ADD ("bound", test_bound);
  ADD ("limits-change", test_limits_change);
  ADD ("spread", test_spread);
  return g_test_run ();
}
