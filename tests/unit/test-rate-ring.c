/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-rate-ring.h"

static void
test_limit (void)
{
  TideRateRing ring = { 0 };
  gint64 now_us = 5 * G_USEC_PER_SEC + 99999;

  g_test_summary (
      "There is room for as many as the limit, and again when steps are over");

  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, now_us), ==, 10);
  tide_rate_ring_take (&ring, 7, now_us);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, now_us), ==, 3);
  tide_rate_ring_take (&ring, 3, now_us + 1);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, now_us + 1), ==, 0);
  g_assert_cmpint (tide_rate_ring_get_next_us (&ring, 10, now_us + 1), ==, 6100000);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, 6099999), ==, 0);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, 6100000), ==, 7);
  g_assert_cmpint (tide_rate_ring_get_next_us (&ring, 10, 6100000), ==, 6100000);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 10, 6200000), ==, 10);
}

static void
test_no_limit (void)
{
  TideRateRing ring = { 0 };

  g_test_summary ("Without a limit there is always room, and what goes out is counted");

  tide_rate_ring_take (&ring, 1000, 1000);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 0, 1000), ==, G_MAXUINT);
  g_assert_cmpint (tide_rate_ring_get_next_us (&ring, 0, 1000), ==, 1000);
  g_assert_cmpuint (tide_rate_ring_get_room (&ring, 999, 1000), ==, 0);
  g_assert_cmpint (tide_rate_ring_get_next_us (&ring, 1000, 1000), ==, 1100000);
}

static void
test_random (void)
{
  g_test_summary ("Whoever keeps to it is within the limit in every rolling second");

  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
      TideRateRing ring = { 0 };
      guint limit = g_rand_int_range (rand, 1, 40);
      gint64 now_us = 0;

      for (guint i = 0; i < 400; i++)
        {
          guint room = tide_rate_ring_get_room (&ring, limit, now_us);
          guint n = g_rand_int_range (rand, 0, MIN (room, 5) + 1);
          gint64 next_us = tide_rate_ring_get_next_us (&ring, limit, now_us);

          if (room == 0)
            {
              TideRateRing copy = ring;

              g_assert_cmpint (next_us, >, now_us);
              g_assert_cmpuint (
                  tide_rate_ring_get_room (&copy, limit, next_us - 1), ==, 0);
              g_assert_cmpuint (tide_rate_ring_get_room (&copy, limit, next_us), >, 0);
            }
          tide_rate_ring_take (&ring, n, now_us);
          for (guint j = 0; j < n; j++)
            g_array_append_val (times, now_us);
          /* Edges of steps are where a mistake would be. */
          if (g_rand_boolean (rand))
            now_us += g_rand_int_range (rand, 0, 90000);
          else
            now_us = (now_us / 100000 + g_rand_int_range (rand, 1, 12)) * 100000 -
                     g_rand_int_range (rand, 0, 2);
        }
      for (guint first = 0, last = 0; last < times->len; last++)
        {
          while (g_array_index (times, gint64, last) -
                     g_array_index (times, gint64, first) >=
                 G_USEC_PER_SEC)
            first++;
          g_assert_cmpuint (last - first + 1, <=, limit);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/rate-ring/limit", test_limit);
  g_test_add_func ("/delivery/rate-ring/no-limit", test_no_limit);
  g_test_add_func ("/delivery/rate-ring/random", test_random);
  return g_test_run ();
}
