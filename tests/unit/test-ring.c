/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ring.h"

static void
test_order (void)
{
  TideRing ring = { 0 };

  g_test_summary ("What goes in first comes out first");

  for (guint i = 1; i <= 100; i++)
    tide_ring_push (&ring, GUINT_TO_POINTER (i));
  g_assert_cmpuint (ring.length, ==, 100);
  for (guint i = 1; i <= 100; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (tide_ring_pop (&ring)), ==, i);
  g_assert_cmpuint (ring.length, ==, 0);
  tide_ring_clear (&ring, NULL);
}

static void
test_trim (void)
{
  TideRing ring = { 0 };

  g_test_summary ("An empty ring gives its memory back; one item alone takes none");

  tide_ring_trim (&ring);
  for (guint i = 0; i < 3; i++)
    {
      tide_ring_push (&ring, &ring);
      g_assert_cmpuint (ring.n_bits, ==, 0);
      tide_ring_trim (&ring);
      g_assert_cmpuint (ring.length, ==, 1);
      g_assert_true (tide_ring_pop (&ring) == &ring);
    }
  tide_ring_trim (&ring);

  for (guint i = 0; i < 100; i++)
    tide_ring_push (&ring, GUINT_TO_POINTER (i));
  tide_ring_trim (&ring);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (tide_ring_pop (&ring)), ==, i);
  tide_ring_trim (&ring);
  g_assert_cmpuint (ring.n_bits, ==, 0);
  g_assert_null (ring.items);
  tide_ring_clear (&ring, NULL);
}

static void
test_clear (void)
{
  TideRing ring = { 0 };

  g_test_summary ("Clearing frees what is inside, and the ring can be used again");

  tide_ring_clear (&ring, g_free);
  for (guint i = 0; i < 10; i++)
    tide_ring_push (&ring, g_strdup ("item"));
  g_free (tide_ring_pop (&ring));
  tide_ring_clear (&ring, g_free);
  g_assert_cmpuint (ring.length, ==, 0);
  g_assert_null (ring.items);
  tide_ring_push (&ring, &ring);
  g_assert_true (tide_ring_peek (&ring, 0) == &ring);
  tide_ring_clear (&ring, NULL);
}

static void
test_random (void)
{
  g_test_summary ("A ring holds what a list would");

  for (guint seed = 0; seed < 50; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GQueue) queue = g_queue_new ();
      TideRing ring = { 0 };
      /* Mostly filled, mostly emptied, or in balance. */
      guint n_pushes = 1 + seed % 3;

      for (guint i = 1; i < 2000; i++)
        {
          if (g_rand_int_range (rand, 0, 4) < (gint32) n_pushes)
            {
              tide_ring_push (&ring, GUINT_TO_POINTER (i));
              g_queue_push_tail (queue, GUINT_TO_POINTER (i));
            }
          else if (queue->length > 0)
            g_assert_true (tide_ring_pop (&ring) == g_queue_pop_head (queue));
          if (g_rand_int_range (rand, 0, 10) == 0)
            tide_ring_trim (&ring);

          g_assert_cmpuint (ring.length, ==, queue->length);
          if (queue->length > 0)
            {
              guint place = g_rand_int_range (rand, 0, queue->length);

              g_assert_true (tide_ring_peek (&ring, place) ==
                             g_queue_peek_nth (queue, place));
            }
        }
      tide_ring_clear (&ring, NULL);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/ring/order", test_order);
  g_test_add_func ("/core/ring/trim", test_trim);
  g_test_add_func ("/core/ring/clear", test_clear);
  g_test_add_func ("/core/ring/random", test_random);
  return g_test_run ();
}
