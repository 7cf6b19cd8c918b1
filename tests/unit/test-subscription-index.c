/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-subscription-index.h"

#include <string.h>

static gboolean
has_user (TideSubscriptionIndex *index, const char *value, guint32 slot)
{
  guint n_users;
  const guint32 *slots =
      tide_subscription_index_lookup (index, value, strlen (value), &n_users);

  for (guint i = 0; i < n_users; i++)
    if (slots[i] == slot)
      return TRUE;
  return FALSE;
}

static void
hold (TideSubscriptionIndex *index, guint32 slot, const char *value)
{
  tide_subscription_index_hold (index, slot, value, strlen (value));
}

static gboolean
release (TideSubscriptionIndex *index, guint32 slot, const char *value)
{
  return tide_subscription_index_release (index, slot, value, strlen (value));
}

static void
test_empty (void)
{
  g_autoptr (TideSubscriptionIndex) index = tide_subscription_index_new ();
  guint n_users = 7;

  g_test_summary ("In a new index nobody holds anything");

  g_assert_null (tide_subscription_index_lookup (index, "A", 1, &n_users));
  g_assert_cmpuint (n_users, ==, 0);
  g_assert_cmpuint (tide_subscription_index_count_values (index, 99), ==, 0);
  g_assert_cmpuint (tide_subscription_index_get_n_values (index), ==, 0);
  g_assert_false (release (index, 99, "A"));
}

static void
test_holds (void)
{
  g_autoptr (TideSubscriptionIndex) index = tide_subscription_index_new ();

  g_test_summary ("Who holds a value twice is found until both holds are gone");

  hold (index, 5, "A");
  hold (index, 5, "A");
  hold (index, 2, "A");
  g_assert_cmpuint (tide_subscription_index_count_values (index, 5), ==, 1);
  g_assert_true (release (index, 5, "A"));
  g_assert_true (has_user (index, "A", 5));
  g_assert_true (release (index, 5, "A"));
  g_assert_false (has_user (index, "A", 5));
  g_assert_true (has_user (index, "A", 2));
  g_assert_false (release (index, 5, "A"));
  g_assert_false (release (index, 3, "A"));
  g_assert_true (release (index, 2, "A"));
  g_assert_cmpuint (tide_subscription_index_get_n_values (index), ==, 0);
}

static void
test_values (void)
{
  g_autoptr (TideSubscriptionIndex) index = tide_subscription_index_new ();
  guint n_users;

  g_test_summary ("A value is its bytes: length, case and NULs count");

  tide_subscription_index_hold (index, 0, "AB\0C", 4);
  g_assert_null (tide_subscription_index_lookup (index, "AB", 2, &n_users));
  g_assert_null (tide_subscription_index_lookup (index, "AB\0D", 4, &n_users));
  g_assert_null (tide_subscription_index_lookup (index, "ab\0C", 4, &n_users));
  g_assert_nonnull (tide_subscription_index_lookup (index, "AB\0CX", 4, &n_users));
  g_assert_cmpuint (n_users, ==, 1);
}

#define N_USERS 12
#define N_VALUES 9

/* The oracle: how often each user holds each value. */
static void
check (TideSubscriptionIndex *index, guint holds[N_USERS][N_VALUES])
{
  guint n_values = 0;

  for (guint value = 0; value < N_VALUES; value++)
    {
      char name[2] = { 'A' + value, 0 };
      guint n_holders = 0;
      guint n_users;

      tide_subscription_index_lookup (index, name, 1, &n_users);
      for (guint user = 0; user < N_USERS; user++)
        {
          n_holders += holds[user][value] > 0;
          g_assert_cmpint (has_user (index, name, user), ==, holds[user][value] > 0);
        }
      /* With the same number, nobody is in it twice. */
      g_assert_cmpuint (n_users, ==, n_holders);
      n_values += n_holders > 0;
    }
  g_assert_cmpuint (tide_subscription_index_get_n_values (index), ==, n_values);
  for (guint user = 0; user < N_USERS; user++)
    {
      guint n = 0;

      for (guint value = 0; value < N_VALUES; value++)
        n += holds[user][value] > 0;
      g_assert_cmpuint (tide_subscription_index_count_values (index, user), ==, n);
    }
}

static void
test_random (void)
{
  guint n_seeds = g_test_slow () ? 20000 : 2000;

  g_test_summary ("An index finds what a table of all users and values would");

  for (guint seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (TideSubscriptionIndex) index = tide_subscription_index_new ();
      guint holds[N_USERS][N_VALUES] = { { 0 } };
      guint n_steps = g_rand_int_range (rand, 1, 120);
      /* More holding than letting go, or the other way round. */
      double balance = g_rand_double_range (rand, 0.3, 0.8);

      for (guint i = 0; i < n_steps; i++)
        {
          guint user = g_rand_int_range (rand, 0, N_USERS);
          guint value = g_rand_int_range (rand, 0, N_VALUES);
          char name[2] = { 'A' + value, 0 };

          if (g_rand_double (rand) < balance)
            {
              hold (index, user, name);
              holds[user][value]++;
            }
          else
            {
              g_assert_cmpint (release (index, user, name), ==, holds[user][value] > 0);
              holds[user][value] -= holds[user][value] > 0;
            }
          if (i % 16 == 0)
            check (index, holds);
        }
      check (index, holds);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-index/empty", test_empty);
  g_test_add_func ("/routing/subscription-index/holds", test_holds);
  g_test_add_func ("/routing/subscription-index/values", test_values);
  g_test_add_func ("/routing/subscription-index/random", test_random);
  return g_test_run ();
}
