/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-slot-set.h"

static void
test_each_once (void)
{
  TideSlotSet set;

  g_test_summary ("A slot is in a set once, in the order of adding, until it is emptied");

  tide_slot_set_init (&set);
  g_assert_false (tide_slot_set_contains (&set, 0));
  g_assert_true (tide_slot_set_add (&set, 7));
  g_assert_true (tide_slot_set_add (&set, 0));
  g_assert_false (tide_slot_set_add (&set, 7));
  g_assert_cmpuint (set.n_slots, ==, 2);
  g_assert_cmpuint (set.slots[0], ==, 7);
  g_assert_true (tide_slot_set_contains (&set, 0));
  g_assert_false (tide_slot_set_contains (&set, 6));
  g_assert_false (tide_slot_set_contains (&set, 8));
  tide_slot_set_empty (&set);
  g_assert_cmpuint (set.n_slots, ==, 0);
  g_assert_false (tide_slot_set_contains (&set, 7));
  g_assert_true (tide_slot_set_add (&set, 7));
  tide_slot_set_clear (&set);
}

static void
test_wraps (void)
{
  TideSlotSet set;

  g_test_summary ("After 2^32 emptyings nothing of the first time is there again");

  tide_slot_set_init (&set);
  tide_slot_set_add (&set, 3);
  set.stamp = G_MAXUINT32;
  tide_slot_set_add (&set, 4);
  tide_slot_set_empty (&set);
  for (guint32 slot = 0; slot < 6; slot++)
    g_assert_false (tide_slot_set_contains (&set, slot));
  tide_slot_set_clear (&set);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/slot-set/each-once", test_each_once);
  g_test_add_func ("/routing/slot-set/wraps", test_wraps);
  return g_test_run ();
}
