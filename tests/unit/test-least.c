/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-least.h"

#define N_ROUNDS 2000
#define N_MAX 40

/* Whether a value would be one of the first, behind those that are equal. */
static gboolean
is_among (GArray *values, guint n_wanted, guint64 value)
{
  guint n_before = 0;

  for (guint i = 0; i < values->len; i++)
    n_before += g_array_index (values, guint64, i) <= value;
  return n_before < n_wanted;
}

static void
test_random (void)
{
  g_test_summary ("The first few are those that sorting all of them gives");

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      guint n = g_test_rand_int_range (0, N_MAX);
      guint n_wanted = g_test_rand_int_range (0, N_MAX);
      TideLeast *least =
          tide_least_new (sizeof (guint64), n_wanted, tide_least_compare_ids);
      g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_autoptr (GArray) found = NULL;

      for (guint i = 0; i < n; i++)
        {
          guint64 value = g_test_rand_int_range (0, 30);

          gboolean is_wanted = tide_least_wants (least, &value);

          g_assert_cmpint (is_wanted, ==, is_among (all, n_wanted, value));
          g_array_append_val (all, value);
          if (is_wanted || g_test_rand_bit ())
            tide_least_offer (least, &value);
        }
      found = tide_least_finish (least);
      g_array_sort (all, tide_least_compare_ids);
      g_assert_cmpmem (found->data,
                       found->len * sizeof (guint64),
                       all->data,
                       MIN (n, n_wanted) * sizeof (guint64));
    }
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
test_texts (void)
{
  static const char *const texts[] = { "d", "a", "c", "e", "b" };
  TideLeast *least = tide_least_new (sizeof (char *), 3, compare_texts);
  g_autoptr (GArray) found = NULL;

  g_test_summary ("Any elements in any order, and all of them when there are few");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    tide_least_offer (least, &texts[i]);
  found = tide_least_finish (least);
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_cmpstr (g_array_index (found, char *, 0), ==, "a");
  g_assert_cmpstr (g_array_index (found, char *, 2), ==, "c");
}

static void
test_ids (void)
{
  const guint64 small = 1;
  const guint64 large = G_MAXUINT64;

  g_test_summary ("Ids compare over their whole range");

  g_assert_cmpint (tide_least_compare_ids (&small, &large), <, 0);
  g_assert_cmpint (tide_least_compare_ids (&large, &small), >, 0);
  g_assert_cmpint (tide_least_compare_ids (&large, &large), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/least/random", test_random);
  g_test_add_func ("/core/least/texts", test_texts);
  g_test_add_func ("/core/least/ids", test_ids);
  return g_test_run ();
}
