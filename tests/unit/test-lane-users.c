/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

#define KEEP_LANE_US (10 * G_USEC_PER_SEC)

typedef struct
{
  Delivery delivery;
  TideRoute *note;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  delivery_open (&self->delivery);
  self->note = delivery_make_route (
      &self->delivery, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  delivery_close (&self->delivery);
}

static void
advance (Delivery *d, gint64 us)
{
  tide_clock_advance (d->clock, us);
  tide_timer_wheel_run (d->wheel);
}

static TideUserRef
come_kept (Delivery *d, const char *name)
{
  TideUserRef user = delivery_come (d, name);

  tide_user_table_set_kept (d->users, user.slot, TRUE);
  return user;
}

static void
test_rate_survives (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann;

  g_test_summary ("A user who comes back at once has no new rate, and its lane is kept");

  d->settings.limits.events_per_second = 2;
  delivery_reload (d);
  ann = delivery_come (d, "ann");
  delivery_push (d, self->note, "a", ann);
  delivery_push (d, self->note, "a", ann);
  delivery_pass (d, 100);
  delivery_assert_got (d, ann, "1 2");
  delivery_leave (d, ann);
  g_assert_cmpuint (d->counters.lanes, ==, 1);
  ann = delivery_come (d, "ann");
  g_assert_cmpuint (d->counters.lanes, ==, 1);
  delivery_push (d, self->note, "a", ann);
  delivery_pass (d, 500);
  delivery_assert_got (d, ann, "1 2");
  delivery_pass (d, 1000);
  delivery_assert_got (d, ann, "1 2 3");
}

static void
test_lane_is_freed (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann = delivery_come (d, "ann");

  g_test_summary (
      "The lane of a user who has gone is freed after ten seconds, with its slot");

  delivery_leave (d, ann);
  advance (d, KEEP_LANE_US - G_USEC_PER_SEC);
  g_assert_cmpuint (d->counters.lanes, ==, 1);
  g_assert_true (tide_user_table_is_current (d->users, ann));
  advance (d, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (d->counters.lanes, ==, 0);
  g_assert_false (tide_user_table_is_current (d->users, ann));
}

static void
test_anonymous (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef user = delivery_come (d, NULL);

  g_test_summary ("The lane of an anonymous user is freed when it goes");

  delivery_push (d, self->note, "a", user);
  delivery_push (d, self->note, "a", user);
  delivery_leave (d, user);
  g_assert_cmpuint (d->counters.lanes, ==, 0);
  g_assert_false (tide_user_table_is_current (d->users, user));
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].dropped_left, ==, 1);
}

static guint seen_attempts[32];
static guint n_seen;

static void
note_attempts (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  for (guint i = 0; i < batch->n_events; i++)
    seen_attempts[n_seen++] = batch->items[i].n_attempts;
}

static void
test_replay (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann;

  g_test_summary ("What was kept comes first, in order, paced, with its attempts");

  d->settings.limits.batch_max_events = 2;
  delivery_reload (d);
  ann = come_kept (d, "ann");
  delivery_get_user (d, ann)->is_unread = TRUE;
  delivery_push (d, self->note, "a", ann);
  delivery_push (d, self->note, "b", ann);
  delivery_leave (d, ann);
  for (guint i = 0; i < 3; i++)
    delivery_push (d, self->note, "c", ann);
  n_seen = 0;
  d->sink->delivered = note_attempts;
  come_kept (d, "ann");
  delivery_assert_got (d, ann, "1 2");
  self->note->priority = TIDE_PRIORITY_CRITICAL;
  delivery_push (d, self->note, "d", ann);
  delivery_assert_got (d, ann, "1 2");
  delivery_pass (d, 100);
  delivery_assert_got (d, ann, "1 2 3 4");
  delivery_pass (d, 100);
  delivery_assert_got (d, ann, "1 2 3 4 5 6");
  g_assert_cmpuint (n_seen, ==, 6);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpuint (seen_attempts[i], ==, i == 0 ? 1 : 0);
  g_assert_cmpuint (d->counters.offline_delivered, ==, 5);
}

static void
test_stuck_leaves (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann = come_kept (d, "ann");
  FakeUser *fake = delivery_get_user (d, ann);

  g_test_summary ("What nobody took waits behind what came back");

  fake->is_unread = TRUE;
  delivery_push (d, self->note, "a", ann);
  fake->is_deaf = TRUE;
  for (guint i = 0; i < 3; i++)
    delivery_push (d, self->note, "a", ann);
  delivery_pass (d, 150);
  delivery_leave (d, ann);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].in_offline, ==, 4);
  ann = come_kept (d, "ann");
  delivery_assert_got (d, ann, "1 2 3 4");
}

static void
test_forgotten (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann = come_kept (d, "ann");

  g_test_summary ("Of a user who is forgotten nothing is kept, not even the slot");

  delivery_leave (d, ann);
  delivery_push (d, self->note, "a", ann);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].in_offline, ==, 1);
  tide_user_observer_forgotten (delivery_get_observer (d), ann);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].dropped_left, ==, 1);
  g_assert_cmpuint (d->counters.lanes, ==, 0);
  g_assert_false (tide_user_table_is_current (d->users, ann));
}

static void
test_slot_is_held (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann = delivery_come (d, "ann");
  TideUserRef bob;

  g_test_summary ("No other user gets the slot of one who has a lane");

  delivery_leave (d, ann);
  bob = delivery_come (d, "bob");
  g_assert_cmpuint (bob.slot, !=, ann.slot);
  delivery_push (d, self->note, "a", bob);
  delivery_assert_got (d, bob, "1");
  delivery_assert_got (d, ann, "");
}

static void
test_not_kept (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserRef ann = delivery_come (d, "ann");

  g_test_summary ("For a user who has not asked for it nothing is kept");

  delivery_leave (d, ann);
  delivery_push (d, self->note, "a", ann);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].offered, ==, 0);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/lane-users/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rate-survives", test_rate_survives);
  ADD ("lane-is-freed", test_lane_is_freed);
  ADD ("anonymous", test_anonymous);
  ADD ("replay", test_replay);
  ADD ("stuck-leaves", test_stuck_leaves);
  ADD ("forgotten", test_forgotten);
  ADD ("slot-is-held", test_slot_is_held);
  ADD ("not-kept", test_not_kept);
  return g_test_run ();
}
