/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane-facts.h"

#include "delivery-fixture.h"

static void
test_waiting (void)
{
  Delivery delivery;
  TideRoute *news;
  TideUserRef ann;
  TideUserRef found = { 0 };
  TideLaneFacts facts;

  g_test_summary ("What waits, alone or with others in a room, and what came of late");

  delivery_open (&delivery);
  news = delivery_make_route (&delivery, "n", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  g_assert_false (tide_lane_facts_get (delivery.broadcaster, 0, &facts));
  g_assert_false (tide_lane_facts_find_connected (delivery.broadcaster, 0, &found));
  ann = delivery_come (&delivery, "ann");
  g_assert_true (tide_lane_facts_find_connected (delivery.broadcaster, ann.slot, &found));
  g_assert_cmpuint (found.generation, ==, ann.generation);
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.user.generation, ==, ann.generation);
  g_assert_true (facts.is_connected);
  g_assert_cmpuint (facts.n_pending, ==, 0);
  g_assert_cmpuint (tide_lane_facts_get_n_slots (delivery.broadcaster), ==, ann.slot + 1);

  delivery_push (&delivery, news, "a", ann);
  delivery_push (&delivery, news, "a", ann);
  delivery_push (&delivery, news, "a", ann);
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.n_last_second, ==, 1);
  g_assert_cmpuint (facts.n_pending, ==, 2);
  g_assert_cmpuint (facts.n_pending_bytes, >, 0);
  delivery_pass (&delivery, 104);
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.n_last_second, ==, 3);
  g_assert_cmpuint (facts.n_pending, ==, 0);

  delivery_push_all (&delivery, news, "a");
  delivery_push_all (&delivery, news, "a");
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.n_pending, >=, 1);
  delivery_pass (&delivery, 2000);
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.n_last_second, ==, 0);
  g_assert_cmpuint (facts.n_pending, ==, 0);
  delivery_close (&delivery);
}

static void
test_rate (void)
{
  Delivery delivery;
  TideRoute *news;
  TideUserRef ann;
  TideLaneFacts facts;
  TideLaneKinds kinds;

  g_test_summary (
      "Who is at its rate is shown so, and urgent events are counted besides");

  delivery_open (&delivery);
  delivery.settings.limits.events_per_second = 5;
  delivery.settings.limits.batch_window_us = 0;
  delivery_reload (&delivery);
  news = delivery_make_route (&delivery, "n", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  ann = delivery_come (&delivery, "ann");
  for (guint i = 0; i < 8; i++)
    delivery_push (&delivery, news, "a", ann);
  delivery_push (
      &delivery,
      delivery_make_route (&delivery, "u", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH),
      "b",
      ann);
  g_assert_true (tide_lane_facts_get (delivery.broadcaster, ann.slot, &facts));
  g_assert_cmpuint (facts.n_last_second, ==, 5);
  g_assert_cmpuint (facts.n_pending, ==, 3);
  g_assert_cmpuint (facts.n_urgent_last_second, ==, 1);
  g_assert_true (facts.is_at_rate);
  tide_lane_facts_count_kinds (delivery.broadcaster, ann.slot, &kinds);
  g_assert_cmpuint (kinds.n_of_priority[TIDE_PRIORITY_MEDIUM], ==, 3);
  g_assert_cmpuint (kinds.n_of_class[TIDE_CLASS_LOSSLESS], ==, 3);
  delivery_close (&delivery);
}

static void
assert_kinds (Delivery *delivery, TideUserRef user, const TideLaneKinds *wanted)
{
  TideLaneKinds kinds;
  TideLaneFacts facts;
  guint n = 0;

  tide_lane_facts_count_kinds (delivery->broadcaster, user.slot, &kinds);
  g_assert_cmpmem (&kinds, sizeof kinds, wanted, sizeof *wanted);
  g_assert_true (tide_lane_facts_get (delivery->broadcaster, user.slot, &facts));
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    n += kinds.n_of_priority[i];
  g_assert_cmpuint (facts.n_pending, ==, n);
}

static void
test_kinds (void)
{
  Delivery delivery;
  TideRoute *news;
  TideRoute *ticks;
  TideUserRef ann;
  TideUserRef bob;
  TideLaneKinds wanted = { { 0 }, { 0 } };
  TideLaneKinds of_bob;
  guint n_of_bob = 0;

  g_test_summary ("What waits is told by priority and class, wherever it waits");

  delivery_open (&delivery);
  news = delivery_make_route (&delivery, "n", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  ticks = delivery_make_route (&delivery, "t", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW);
  tide_lane_facts_count_kinds (delivery.broadcaster, 0, &wanted);
  ann = delivery_come (&delivery, "ann");
  assert_kinds (&delivery, ann, &wanted);
  delivery_push (&delivery, news, "first", ann);
  for (guint i = 1; i <= 3; i++)
    {
      delivery_push (&delivery, news, "a", ann);
      wanted.n_of_priority[TIDE_PRIORITY_MEDIUM]++;
      wanted.n_of_class[TIDE_CLASS_LOSSLESS]++;
      delivery_push (&delivery, ticks, "b", ann);
      wanted.n_of_priority[TIDE_PRIORITY_LOW]++;
      wanted.n_of_class[TIDE_CLASS_CONFLATE]++;
      assert_kinds (&delivery, ann, &wanted);
    }
  bob = delivery_come (&delivery, "bob");
  for (guint i = 1; i <= 3; i++)
    {
      /* It waits for one with what waits already, for the other in the room. */
      delivery_push_all (&delivery, news, "c");
      wanted.n_of_priority[TIDE_PRIORITY_MEDIUM]++;
      wanted.n_of_class[TIDE_CLASS_LOSSLESS]++;
      assert_kinds (&delivery, ann, &wanted);
      tide_lane_facts_count_kinds (delivery.broadcaster, bob.slot, &of_bob);
      n_of_bob = MAX (n_of_bob, of_bob.n_of_class[TIDE_CLASS_LOSSLESS]);
    }
  g_assert_cmpuint (n_of_bob, >=, 2);
  delivery_pass (&delivery, 2000);
  memset (&wanted, 0, sizeof wanted);
  assert_kinds (&delivery, ann, &wanted);
  delivery_push_all (&delivery, news, "c");
  delivery_push_all (&delivery, news, "c");
  wanted.n_of_priority[TIDE_PRIORITY_MEDIUM] = 1;
  wanted.n_of_class[TIDE_CLASS_LOSSLESS] = 1;
  assert_kinds (&delivery, ann, &wanted);
  delivery_close (&delivery);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/lane-facts/waiting", test_waiting);
  g_test_add_func ("/delivery/lane-facts/rate", test_rate);
  g_test_add_func ("/delivery/lane-facts/kinds", test_kinds);
  return g_test_run ();
}
