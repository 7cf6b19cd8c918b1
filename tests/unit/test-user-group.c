/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-group.h"

#define N_SLOTS 40

static void
test_random (void)
{
  g_test_summary ("A group is what an array of booleans says, each member once");

  for (guint seed = 0; seed < 100; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (TideUserGroup) group = tide_user_group_new ();
      gboolean model[N_SLOTS] = { FALSE };
      guint n = 0;

      for (guint i = 0; i < 300; i++)
        {
          guint32 slot = g_rand_int_range (rand, 0, N_SLOTS);

          if (g_rand_boolean (rand))
            {
              g_assert_cmpint (tide_user_group_add (group, slot), ==, !model[slot]);
              n += !model[slot];
              model[slot] = TRUE;
            }
          else
            {
              g_assert_cmpint (tide_user_group_remove (group, slot), ==, model[slot]);
              n -= model[slot];
              model[slot] = FALSE;
            }
          g_assert_cmpuint (group->slots->len, ==, n);
          for (guint32 j = 0; j < N_SLOTS; j++)
            g_assert_cmpint (tide_user_group_contains (group, j), ==, model[j]);
          for (guint j = 0; j < n; j++)
            g_assert_true (model[g_array_index (group->slots, guint32, j)]);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/user-group/random", test_random);
  return g_test_run ();
}
