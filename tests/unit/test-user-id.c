/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-id.h"

static void
test_back_and_forth (void)
{
  g_autoptr (TideUserTable) users = tide_user_table_new ();
  TideUserRef ann = tide_user_table_hold_name (users, "ann");
  TideUserRef nobody = tide_user_table_hold_anonymous (users);
  TideUserRef colon = tide_user_table_hold_name (users, ":7");
  const TideUserRef all[] = { ann, nobody, colon };

  g_test_summary ("Every user is found by what it is called");

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autofree char *text = tide_user_id_describe (users, all[i]);
      TideUserRef found = { 0 };

      g_assert_true (tide_user_id_find (users, text, &found));
      g_assert_cmpuint (found.slot, ==, all[i].slot);
      g_assert_cmpuint (found.generation, ==, all[i].generation);
      g_assert_cmpuint (tide_user_id_from_ref (all[i]), ==, i + 1);
      g_assert_cmpuint (tide_user_id_get_slot (i + 1), ==, all[i].slot);
    }
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    tide_user_table_release (users, all[i].slot);
}

static void
test_wrong (void)
{
  static const char *const wrong[] = { "",
                                       "ann",
                                       ":",
                                       ":0",
                                       ":2",
                                       ":-1",
                                       ":1x",
                                       ": 1",
                                       ":+1",
                                       ":999",
                                       ":18446744073709551615",
                                       ":18446744073709551616" };
  g_autoptr (TideUserTable) users = tide_user_table_new ();
  TideUserRef bob = tide_user_table_hold_name (users, "bob");
  TideUserRef found = { 0 };

  g_test_summary (
      "What is not there is not found: a number of a user with a name neither");

  g_assert_false (tide_user_id_find (users, ":1", &found));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (tide_user_id_find (users, wrong[i], &found));
  g_assert_cmpuint (found.generation, ==, 0);
  tide_user_table_release (users, bob.slot);
}

static void
test_never_again (void)
{
  g_autoptr (TideUserTable) users = tide_user_table_new ();
  TideUserRef first = tide_user_table_hold_anonymous (users);
  g_autofree char *text = tide_user_id_describe (users, first);
  TideUserRef second;
  TideUserRef found;

  g_test_summary ("The next one in a slot has another number");

  tide_user_table_release (users, first.slot);
  g_assert_false (tide_user_id_find (users, text, &found));
  second = tide_user_table_hold_anonymous (users);
  g_assert_cmpuint (second.slot, ==, first.slot);
  g_assert_cmpuint (tide_user_id_from_ref (second), !=, tide_user_id_from_ref (first));
  g_assert_false (tide_user_id_find (users, text, &found));
  tide_user_table_release (users, second.slot);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/user-id/back-and-forth", test_back_and_forth);
  g_test_add_func ("/core/user-id/wrong", test_wrong);
  g_test_add_func ("/core/user-id/never-again", test_never_again);
  return g_test_run ();
}
