/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

typedef struct
{
  Delivery delivery;
  TideRoute *note;
  TideUserRef ann;
  TideUserRef bob;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  delivery_open (d);
  self->note = delivery_make_route (d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->ann = delivery_come (d, "ann");
  self->bob = delivery_come (d, "bob");
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  delivery_close (&self->delivery);
}

static guint
push (Fixture *self, TideRoute *route, const TideAudience *audience)
{
  g_autoptr (TideEvent) event = delivery_make_sized (&self->delivery, route, "a", 10);

  return tide_event_sink_push (
      TIDE_EVENT_SINK (self->delivery.broadcaster), event, audience);
}

static void
test_audiences (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideRoute *rooms =
      delivery_make_room_route (d, "rooms", TIDE_CLASS_LOSSLESS, "alpha", NULL);
  TideUserRef carl = delivery_come (d, "carl");
  TideUserRef away = delivery_come (d, "away");
  guint32 slots[] = { self->ann.slot, away.slot, 12345 };

  g_test_summary ("Those who are meant get it, and are counted");

  tide_user_table_set_kept (d->users, away.slot, TRUE);
  delivery_leave (d, away);
  delivery_enter (d, self->bob, "alpha");
  g_assert_cmpuint (
      push (self, self->note, &(TideAudience){ .is_everyone = TRUE }), ==, 3);
  g_assert_cmpuint (
      push (self, self->note, &(TideAudience){ .slots = slots, .n_slots = 2 }), ==, 2);
  g_assert_cmpuint (
      push (self,
            self->note,
            &(TideAudience){ .is_everyone = TRUE, .slots = slots, .n_slots = 2 }),
      ==,
      4);
  g_assert_cmpuint (
      push (self, rooms, &(TideAudience){ .rooms = (const char *const *) rooms->rooms }),
      ==,
      1);
  g_assert_cmpuint (
      push (self,
            self->note,
            &(TideAudience){ .rooms = (const char *const[]){ "nowhere", NULL } }),
      ==,
      0);
  delivery_pass (d, 200);
  delivery_assert_got (d, self->ann, "1 2 3");
  delivery_assert_got (d, self->bob, "1 3 4");
  delivery_assert_got (d, carl, "1 3");
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].in_offline, ==, 2);
}

static void
test_stranger (Fixture *self, gconstpointer data)
{
  guint32 slot = 100000;

  g_test_summary ("A slot that nobody has is nobody's");

  g_assert_cmpuint (
      push (self,
            delivery_make_route (
                &self->delivery, "tick", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW),
            &(TideAudience){ .slots = &slot, .n_slots = 1 }),
      ==,
      0);
}

static void
test_limits (Fixture *self, gconstpointer data)
{
  TideDeliveryLimits limits = { .batch_window_us = 7000, .batch_max_events = 3 };
  const TideDeliveryLimits *now;

  g_test_summary ("The limits in force are those that were set last");

  tide_scalable_broadcaster_set_limits (self->delivery.broadcaster, &limits);
  now = tide_scalable_broadcaster_get_limits (self->delivery.broadcaster);
  g_assert_cmpint (now->batch_window_us, ==, 7000);
  g_assert_cmpuint (now->batch_max_events, ==, 3);
  g_assert_cmpuint (now->events_per_second, ==, 0);
}

static void
test_pending (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary ("What waits for one user can be asked for, and flushed");

  for (guint i = 0; i < 3; i++)
    delivery_push (d, self->note, "a", self->ann);
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_n_pending (d->broadcaster, self->ann.slot), ==, 2);
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_n_pending (d->broadcaster, 4321), ==, 0);
  tide_scalable_broadcaster_flush (d->broadcaster);
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_n_pending (d->broadcaster, self->ann.slot), ==, 0);
  delivery_assert_got (d, self->ann, "1 2 3");
}

static void
test_end (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  g_test_summary (
      "A broadcaster that ends gives all slots back and leaves nothing behind");

  /* delivery_close() looks at the books. */
  tide_user_table_set_kept (d->users, self->ann.slot, TRUE);
  delivery_push (d, self->note, "a", self->ann);
  delivery_push (d, self->note, "a", self->ann);
  delivery_push_all (d, self->note, "a");
  delivery_leave (d, self->bob);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_LOSSLESS].in_lanes, ==, 2);
}

#define ADD(name, func)                                                                  \
  g_test_add (                                                                           \
      "/delivery/scalable-broadcaster/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("audiences", test_audiences);
  ADD ("stranger", test_stranger);
  ADD ("limits", test_limits);
  ADD ("pending", test_pending);
  ADD ("end", test_end);
  return g_test_run ();
}
