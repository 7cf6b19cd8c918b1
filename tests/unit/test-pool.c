/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-pool.h"

#include <string.h>

#define N_BYTES 200
#define N_PIECES 1000

static void
test_last_first (void)
{
  gpointer one = tide_pool_alloc (N_BYTES);
  gpointer two = tide_pool_alloc (N_BYTES);

  g_test_summary ("What was freed last is given out first, to who needs about as much");

  tide_pool_free (one, N_BYTES);
  tide_pool_free (two, N_BYTES);
  if (TIDE_POOL_KEEPS)
    {
      g_assert_true (tide_pool_alloc (N_BYTES + 1) == two);
      g_assert_true (tide_pool_alloc (N_BYTES) == one);
      tide_pool_free (one, N_BYTES);
      tide_pool_free (two, N_BYTES + 1);
    }
  tide_pool_clear ();
}

static void
test_sizes (void)
{
  gpointer pieces[3000];

  g_test_summary ("All of a size can be written to, and is nobody else's");

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        memset (pieces[i] = tide_pool_alloc (i + 1), i & 0xff, i + 1);
      for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        {
          const guint8 *bytes = pieces[i];

          for (guint j = 0; j <= i; j++)
            g_assert_cmpuint (bytes[j], ==, i & 0xff);
          tide_pool_free (pieces[i], i + 1);
        }
    }
  tide_pool_clear ();
}

static void
test_zeros (void)
{
  static const guint8 zeros[N_BYTES];
  guint8 *bytes = tide_pool_alloc (N_BYTES);

  g_test_summary ("Zeros are zeros, also where there was something before");

  memset (bytes, 1, N_BYTES);
  tide_pool_free (bytes, N_BYTES);
  bytes = tide_pool_alloc0 (N_BYTES);
  g_assert_cmpmem (bytes, N_BYTES, zeros, N_BYTES);
  tide_pool_free (bytes, N_BYTES);
  tide_pool_clear ();
}

static gsize
count_kept (gsize n_bytes)
{
  gpointer pieces[N_PIECES];

  for (guint i = 0; i < N_PIECES; i++)
    pieces[i] = tide_pool_alloc (n_bytes);
  for (guint i = 0; i < N_PIECES; i++)
    tide_pool_free (pieces[i], n_bytes);
  return tide_pool_clear ();
}

static void
test_bound (void)
{
  g_test_summary (
      "Only so much is kept, of what is large nothing, and after a clear too");

  g_assert_cmpuint (tide_pool_clear (), ==, 0);
  if (TIDE_POOL_KEEPS)
    {
      g_assert_cmpuint (count_kept (N_BYTES), >=, 16 * 1024);
      g_assert_cmpuint (count_kept (N_BYTES), <, 17 * 1024);
    }
  g_assert_cmpuint (count_kept (64 * 1024), ==, 0);
  g_assert_cmpuint (tide_pool_clear (), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/pool/last-first", test_last_first);
  g_test_add_func ("/core/pool/sizes", test_sizes);
  g_test_add_func ("/core/pool/zeros", test_zeros);
  g_test_add_func ("/core/pool/bound", test_bound);
  return g_test_run ();
}
