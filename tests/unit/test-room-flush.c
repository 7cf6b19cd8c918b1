/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

typedef struct
{
  Delivery delivery;
  TideRoute *news;  /* lossless, for everyone */
  TideRoute *alpha; /* lossless, for the room */
  TideRoute *both;  /* lossless, for the rooms alpha and beta */
  TideRoute *own;   /* lossless, for users */
  TideUserRef ann;
  TideUserRef bob;
  GPtrArray *batches; /* (element-type TideBatch), as they left */
} Fixture;

static void
note_batch (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  g_ptr_array_add (((Fixture *) sink->user_data)->batches, tide_batch_ref (batch));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  delivery_open (d);
  d->settings.limits.is_leading = FALSE;
  delivery_reload (d);
  self->news = delivery_make_route (d, "news", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->own = delivery_make_route (d, "own", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->alpha = delivery_make_room_route (d, "alpha", TIDE_CLASS_LOSSLESS, "alpha", NULL);
  self->both = delivery_make_room_route (d, "both", TIDE_CLASS_LOSSLESS, "alpha", "beta");
  self->ann = delivery_come (d, "ann");
  self->bob = delivery_come (d, "bob");
  self->batches = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_batch_unref);
  d->sink->delivered = note_batch;
  d->sink->user_data = self;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  delivery_close (&self->delivery);
  g_ptr_array_unref (self->batches);
}

#define ALL(route) delivery_push_all (&self->delivery, self->route, "a")
#define OWN(user) delivery_push (&self->delivery, self->own, "a", self->user)
#define GOT(user, text) delivery_assert_got (&self->delivery, self->user, text)
#define BATCHES(user, text) delivery_assert_batches (&self->delivery, self->user, text)
#define PASS(ms) delivery_pass (&self->delivery, ms)
#define BOOK(class) (&self->delivery.counters.books[TIDE_CLASS_##class])

static void
test_window (Fixture *self, gconstpointer data)
{
  g_test_summary ("The first event does not wait, the next opens a window");

  self->delivery.settings.limits.is_leading = TRUE;
  delivery_reload (&self->delivery);
  ALL (news);
  GOT (ann, "1");
  PASS (80);
  ALL (news);
  PASS (40);
  ALL (news);
  PASS (40);
  GOT (ann, "1");
  PASS (20);
  GOT (ann, "1 2 3");
  BATCHES (bob, "1 2");
}

static void
test_shared (Fixture *self, gconstpointer data)
{
  g_test_summary ("Users in step are given the same batch");

  ALL (news);
  ALL (news);
  PASS (100);
  GOT (ann, "1 2");
  GOT (bob, "1 2");
  g_assert_cmpuint (self->batches->len, ==, 2);
  g_assert_true (self->batches->pdata[0] == self->batches->pdata[1]);
  g_assert_cmpuint (self->delivery.counters.batches, ==, 1);
}

static void
test_apart (Fixture *self, gconstpointer data)
{
  g_test_summary (
      "Who has an event of its own gets all in order, alone, then shares again");

  ALL (news);
  PASS (50);
  OWN (ann);
  ALL (news);
  PASS (50);
  GOT (ann, "1 2 3");
  GOT (bob, "1 3");
  PASS (100);
  g_ptr_array_set_size (self->batches, 0);
  ALL (news);
  PASS (100);
  g_assert_cmpuint (self->batches->len, ==, 2);
  g_assert_true (self->batches->pdata[0] == self->batches->pdata[1]);
}

static void
test_joining (Fixture *self, gconstpointer data)
{
  TideUserRef carl;

  g_test_summary ("Who comes does not get what waited before");

  ALL (news);
  carl = delivery_come (&self->delivery, "carl");
  ALL (news);
  PASS (200);
  GOT (ann, "1 2");
  delivery_assert_got (&self->delivery, carl, "2");
}

static void
test_leaving_room (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("Who leaves a room does not get what waited for the room alone");

  delivery_enter (d, self->ann, "alpha");
  delivery_enter (d, self->ann, "beta");
  delivery_enter (d, self->bob, "alpha");
  ALL (alpha);
  ALL (both);
  OWN (ann);
  tide_user_observer_left_room (delivery_get_observer (d), self->ann, "alpha");
  g_assert_cmpuint (BOOK (LOSSLESS)->dropped_left, ==, 1);
  PASS (200);
  GOT (ann, "2 3");
  GOT (bob, "1 2");
  ALL (alpha);
  PASS (200);
  GOT (ann, "2 3");
}

static void
assert_by_room (Fixture *self, guint index, gboolean is_by_room)
{
  TideBatch *batch = g_ptr_array_index (self->batches, index);

  g_assert_cmpuint (batch->n_by_room, ==, is_by_room ? batch->n_events : 0);
}

static void
test_union (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  g_autoptr (TideEvent) event = delivery_make_sized (d, self->both, "a", 10);
  TideAudience audience = { .rooms = (const char *const *) self->both->rooms,
                            .slots = &self->bob.slot,
                            .n_slots = 1 };

  g_test_summary ("Who is meant by two rooms, or a room and by name, gets it once");

  delivery_enter (d, self->ann, "alpha");
  delivery_enter (d, self->ann, "beta");
  delivery_enter (d, self->bob, "beta");
  g_assert_cmpuint (
      tide_event_sink_push (TIDE_EVENT_SINK (d->broadcaster), event, &audience), ==, 2);
  PASS (100);
  GOT (ann, "1");
  GOT (bob, "1");
  for (guint i = 0; i < 2; i++)
    {
      TideBatch *batch = g_ptr_array_index (self->batches, i);

      g_assert_cmpuint (batch->n_events, ==, 1);
    }
  g_assert_cmpuint (((TideBatch *) self->batches->pdata[0])->n_by_room +
                        ((TideBatch *) self->batches->pdata[1])->n_by_room,
                    ==,
                    1);
  g_ptr_array_set_size (self->batches, 0);
  audience = (TideAudience){ .is_everyone = TRUE,
                             .rooms = (const char *const *) self->both->rooms,
                             .slots = &self->bob.slot,
                             .n_slots = 1 };
  g_assert_cmpuint (
      tide_event_sink_push (TIDE_EVENT_SINK (d->broadcaster), event, &audience), ==, 2);
  PASS (200);
  g_assert_cmpuint (self->batches->len, ==, 2);
  assert_by_room (self, 0, FALSE);
  assert_by_room (self, 1, FALSE);
  g_ptr_array_set_size (self->batches, 0);
  ALL (alpha);
  PASS (200);
  assert_by_room (self, 0, TRUE);
}

static void
test_window_of_two (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("Nothing waits longer than a window because of what waits elsewhere");

  delivery_enter (d, self->ann, "alpha");
  ALL (alpha);
  PASS (52);
  ALL (news);
  PASS (28);
  OWN (ann);
  PASS (20);
  GOT (ann, "1 2 3");
  GOT (bob, "");
  PASS (52);
  GOT (bob, "2");
}

static void
test_two_rooms (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary (
      "Who is in two rooms where something waits gets both in order, in time");

  delivery_enter (d, self->ann, "alpha");
  ALL (alpha);
  PASS (52);
  ALL (news);
  PASS (48);
  GOT (ann, "1 2");
  PASS (52);
  GOT (ann, "1 2");
  GOT (bob, "2");
}

static void
test_bytes (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("A shared batch never exceeds the limits");

  d->settings.batch_max_bytes = 100;
  d->settings.limits.batch_max_events = 4;
  delivery_reload (d);
  delivery_push_sized_all (d, self->news, "a", 60);
  delivery_push_sized_all (d, self->news, "a", 60);
  BATCHES (ann, "1");
  delivery_push_sized_all (d, self->news, "a", 40);
  BATCHES (ann, "1 2");
  for (guint i = 0; i < 5; i++)
    delivery_push_sized_all (d, self->news, "a", 1);
  BATCHES (ann, "1 2 4");
  delivery_push_sized_all (d, self->news, "a", 500);
  BATCHES (ann, "1 2 4 1 1");
  PASS (200);
  GOT (bob, "1 2 3 4 5 6 7 8 9");
}

static void
test_urgent (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("An urgent event for all leaves at once with those of its topic");

  d->settings.limits.urgent_events_per_second = 3;
  delivery_reload (d);
  ALL (news);
  delivery_push_all (d, self->news, "b");
  self->news->priority = TIDE_PRIORITY_HIGH;
  ALL (news);
  GOT (ann, "1 3");
  GOT (bob, "1 3");
  g_assert_true (self->batches->pdata[0] == self->batches->pdata[1]);
  delivery_push_all (d, self->news, "c");
  delivery_push_all (d, self->news, "d");
  GOT (ann, "1 3 4");
  PASS (100);
  GOT (ann, "1 3 4 5 2");
  GOT (bob, "1 3 4 5 2");
}

static void
test_slow (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideUserObserver *observer = delivery_get_observer (d);
  TideRoute *tick =
      delivery_make_route (d, "tick", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_MEDIUM);

  g_test_summary ("A slow user in a room holds nobody up");

  tide_user_observer_slow (observer, self->ann);
  for (guint i = 0; i < 3; i++)
    delivery_push_all (d, tick, "a");
  PASS (100);
  GOT (bob, "1 2 3");
  GOT (ann, "");
  tide_user_observer_fast_again (observer, self->ann);
  PASS (4);
  GOT (ann, "3");
}

static void
test_rate (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("Who has no room in its rate for a shared batch goes on alone");

  d->settings.limits.events_per_second = 4;
  delivery_reload (d);
  for (guint i = 0; i < 3; i++)
    OWN (ann);
  PASS (100);
  for (guint i = 0; i < 3; i++)
    ALL (news);
  PASS (100);
  GOT (ann, "1 2 3 4");
  GOT (bob, "4 5 6");
  PASS (1200);
  GOT (ann, "1 2 3 4 5 6");
}

static void
test_stuck (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("Who takes nothing keeps what waits, the others get theirs");

  delivery_get_user (d, self->ann)->is_deaf = TRUE;
  ALL (news);
  PASS (100);
  GOT (bob, "1");
  self->news->priority = TIDE_PRIORITY_CRITICAL;
  delivery_push_all (d, self->news, "b");
  GOT (bob, "1 2");
  g_assert_cmpuint (BOOK (LOSSLESS)->in_lanes, ==, 2);
  delivery_get_user (d, self->ann)->is_deaf = FALSE;
  PASS (252);
  GOT (ann, "2 1");
}

static void
test_reload (Fixture *self, gconstpointer data)
{
  g_test_summary ("What waits for a room leaves when limits change, and on demand");

  ALL (news);
  delivery_reload (&self->delivery);
  GOT (ann, "1");
  ALL (news);
  tide_scalable_broadcaster_flush (self->delivery.broadcaster);
  GOT (ann, "1 2");
  GOT (bob, "1 2");
}

static void
test_latest (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideRoute *gauge =
      delivery_make_route (d, "gauge", TIDE_CLASS_LATEST, TIDE_PRIORITY_LOW);

  g_test_summary ("Of class latest only the newest of a window leaves, for all");

  for (guint i = 0; i < 3; i++)
    delivery_push_all (d, gauge, "a");
  g_assert_cmpuint (BOOK (LATEST)->conflated, ==, 4);
  PASS (100);
  GOT (ann, "3");
  GOT (bob, "3");
}

#define N_ROOMS 16
#define ROOM_USERS 5

static void
test_spread (Fixture *self, gconstpointer data)
{
  g_test_summary (
      "Windows of many rooms that begin at once come apart, those of one do not");

  Delivery *d = &self->delivery;
  TideRoute *routes[N_ROOMS];
  guint n_steps = 0;

  for (guint i = 0; i < N_ROOMS; i++)
    {
      g_autofree char *name = g_strdup_printf ("room-%u", i);

      routes[i] = delivery_make_room_route (d, name, TIDE_CLASS_LOSSLESS, name, NULL);
      for (guint j = 0; j < ROOM_USERS; j++)
        delivery_enter (d, delivery_come (d, NULL), name);
    }
  for (guint i = 0; i < N_ROOMS; i++)
    delivery_push_all (d, routes[i], "a");
  for (guint i = 0; i < 25; i++)
    {
      g_ptr_array_set_size (self->batches, 0);
      PASS (4);
      g_assert_cmpuint (self->batches->len, <=, N_ROOMS * ROOM_USERS / 3);
      g_assert_cmpuint (self->batches->len % ROOM_USERS, ==, 0);
      n_steps += self->batches->len > 0;
    }
  g_assert_cmpuint (n_steps, >=, N_ROOMS / 3);
  g_assert_cmpuint (d->counters.batches, ==, N_ROOMS);

  /* Without a silence before, windows are of full length. */
  delivery_push_all (d, routes[0], "a");
  PASS (96);
  g_assert_cmpuint (d->counters.batches, ==, N_ROOMS);
  PASS (4);
  g_assert_cmpuint (d->counters.batches, ==, N_ROOMS + 1);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/room-flush/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("window", test_window);
  ADD ("shared", test_shared);
  ADD ("apart", test_apart);
  ADD ("joining", test_joining);
  ADD ("leaving-room", test_leaving_room);
  ADD ("union", test_union);
  ADD ("window-of-two", test_window_of_two);
  ADD ("two-rooms", test_two_rooms);
  ADD ("bytes", test_bytes);
  ADD ("urgent", test_urgent);
  ADD ("slow", test_slow);
  ADD ("rate", test_rate);
  ADD ("stuck", test_stuck);
  ADD ("reload", test_reload);
  ADD ("latest", test_latest);
  ADD ("spread", test_spread);
  return g_test_run ();
}
