/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

typedef struct
{
  Delivery delivery;
  TideRoute *note;  /* lossless, medium */
  TideRoute *alert; /* lossless, high */
  TideUserRef ann;
  TideUserRef bob;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;

  delivery_open (d);
  d->settings.limits.batch_window_us = 0;
  delivery_reload (d);
  self->note = delivery_make_route (d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->alert = delivery_make_route (d, "alert", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH);
  self->ann = delivery_come (d, "ann");
  self->bob = delivery_come (d, "bob");
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  delivery_close (&self->delivery);
}

static void
push_both (Fixture *self, TideRoute *route, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      delivery_push (&self->delivery, route, "k", self->ann);
      delivery_push (&self->delivery, route, "k", self->bob);
    }
}

static void
assert_counts (Fixture *self, guint ann, guint bob)
{
  g_assert_cmpuint (delivery_count (&self->delivery, self->ann), ==, ann);
  g_assert_cmpuint (delivery_count (&self->delivery, self->bob), ==, bob);
}

static void
limit (Fixture *self, guint normal, guint urgent)
{
  TideUserLimits limits = { normal, urgent };

  tide_scalable_broadcaster_limit_user (self->delivery.broadcaster, self->ann, &limits);
}

static void
test_one (Fixture *self, gconstpointer data)
{
  g_test_summary ("One user gets no more than its own limits say, the others as before");

  limit (self, 3, 100);
  push_both (self, self->note, 10);
  assert_counts (self, 3, 10);
  delivery_pass (&self->delivery, 1200);
  assert_counts (self, 6, 10);
  tide_scalable_broadcaster_limit_user (self->delivery.broadcaster, self->ann, NULL);
  assert_counts (self, 10, 10);
  push_both (self, self->note, 10);
  assert_counts (self, 20, 20);
}

static void
test_urgent (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is urgent has a limit of its own, for one user too");

  limit (self, 1, 2);
  push_both (self, self->alert, 5);
  assert_counts (self, 3, 5);
}

static void
test_none (Fixture *self, gconstpointer data)
{
  g_test_summary ("A user may have no limit where others have one");

  self->delivery.settings.limits.events_per_second = 2;
  delivery_reload (&self->delivery);
  limit (self, 0, 0);
  push_both (self, self->note, 10);
  assert_counts (self, 10, 2);
}

static void
test_rooms (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is for everyone counts against a user's own limits, too");

  limit (self, 3, 100);
  for (guint i = 0; i < 10; i++)
    delivery_push_all (&self->delivery, self->note, "k");
  assert_counts (self, 3, 10);
}

static void
test_stay (Fixture *self, gconstpointer data)
{
  TideDeliveryLimits limits = self->delivery.settings.limits;

  g_test_summary (
      "They outlive a reload and other limits for all, and the user's absence, "
      "as long as it is waited for");

  limit (self, 3, 100);
  delivery_reload (&self->delivery);
  tide_scalable_broadcaster_set_limits (self->delivery.broadcaster, &limits);
  tide_user_table_hold (self->delivery.users, self->ann.slot); /* as routing does */
  delivery_leave (&self->delivery, self->ann);
  delivery_pass (&self->delivery, 11000);
  g_assert_cmpuint (self->delivery.counters.lanes, ==, 1);
  delivery_come (&self->delivery, "ann");
  push_both (self, self->note, 10);
  assert_counts (self, 3, 10);
  delivery_leave (&self->delivery, self->ann);
  tide_user_observer_forgotten (delivery_get_observer (&self->delivery), self->ann);
  tide_user_table_release (self->delivery.users, self->ann.slot);
}

static void
test_gone (Fixture *self, gconstpointer data)
{
  guint32 slot = self->ann.slot;

  g_test_summary ("Who is gone takes them along: the next one in its place has none");

  limit (self, 3, 100);
  delivery_leave (&self->delivery, self->ann);
  delivery_pass (&self->delivery, 11000);
  g_assert_false (tide_user_table_is_current (self->delivery.users, self->ann));
  self->ann = delivery_come (&self->delivery, "carl");
  g_assert_cmpuint (self->ann.slot, ==, slot);
  push_both (self, self->note, 10);
  assert_counts (self, 10, 10);
}

static void
test_lifted (Fixture *self, gconstpointer data)
{
  g_test_summary ("They can be out of force for a while");

  limit (self, 3, 100);
  tide_scalable_broadcaster_lift_user_limits (self->delivery.broadcaster, TRUE);
  push_both (self, self->note, 10);
  assert_counts (self, 10, 10);
  tide_scalable_broadcaster_lift_user_limits (self->delivery.broadcaster, FALSE);
  push_both (self, self->note, 10);
  assert_counts (self, 10, 20);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/lane-limits/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("one", test_one);
  ADD ("urgent", test_urgent);
  ADD ("none", test_none);
  ADD ("rooms", test_rooms);
  ADD ("stay", test_stay);
  ADD ("gone", test_gone);
  ADD ("lifted", test_lifted);
  return g_test_run ();
}
