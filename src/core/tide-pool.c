/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory of what comes and goes by the thousand each second. What was freed last is given
 * out first, since it is still in the processor's cache. The C library does that for
 * seven pieces of a size; those behind are merged, and cut again elsewhere. */

#include "tide-pool.h"

#include <string.h>

/* Sizes are multiples of it. */
#define STEP 32
/* What is larger than so many steps is the C library's. */
#define N_SIZES 64
/* Bytes of each size that are kept, and one piece more at most. */
#define MAX_SPARE (16 * 1024)

typedef struct _Spare Spare;

struct _Spare
{
  Spare *next;
};

typedef struct
{
  Spare *first;
  gsize n_bytes;
} Size;

/* One row for the whole process, which only the main thread uses: what it is for has no
 * object in common. */
static Size sizes[N_SIZES];

static inline Size *
find_size (gsize n_bytes)
{
  gsize i = (n_bytes - 1) / STEP;

  return TIDE_POOL_KEEPS && i < N_SIZES ? &sizes[i] : NULL;
}

static inline gsize
round_up (gsize n_bytes)
{
  return (n_bytes + STEP - 1) / STEP * STEP;
}

/**
 * tide_pool_alloc:
 * @n_bytes: size, at least 1
 *
 * Takes memory, of which nothing is known. Only for the main thread.
 *
 * Returns: (transfer full): memory, to be given back by tide_pool_free()
 */
gpointer
tide_pool_alloc (gsize n_bytes)
{
  Size *size = find_size (n_bytes);
  Spare *spare;

  if (size == NULL)
    return g_malloc (n_bytes);
  spare = size->first;
  if (spare == NULL)
    return g_malloc (round_up (n_bytes));
  size->first = spare->next;
  size->n_bytes -= round_up (n_bytes);
  /* Who asks for one asks for more, and would wait for each. */
  __builtin_prefetch (size->first, 1);
  return spare;
}

/**
 * tide_pool_alloc0:
 * @n_bytes: size, at least 1
 *
 * As tide_pool_alloc(), with zeros.
 *
 * Returns: (transfer full): memory, to be given back by tide_pool_free()
 */
gpointer
tide_pool_alloc0 (gsize n_bytes)
{
  return memset (tide_pool_alloc (n_bytes), 0, n_bytes);
}

/**
 * tide_pool_free:
 * @memory: (transfer full): what tide_pool_alloc() gave
 * @n_bytes: the size that was asked for
 *
 * Gives memory back. Only for the main thread.
 */
void
tide_pool_free (gpointer memory, gsize n_bytes)
{
  Size *size = find_size (n_bytes);
  Spare *spare = memory;

  if (size == NULL || size->n_bytes >= MAX_SPARE)
    {
      g_free (memory);
      return;
    }
  spare->next = size->first;
  size->first = spare;
  size->n_bytes += round_up (n_bytes);
}

/**
 * tide_pool_clear:
 *
 * Gives what is spare to the C library.
 *
 * Returns: how many bytes that was
 */
gsize
tide_pool_clear (void)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < N_SIZES; i++)
    {
      while (sizes[i].first != NULL)
        {
          Spare *spare = sizes[i].first;

          sizes[i].first = spare->next;
          g_free (spare);
        }
      n_bytes += sizes[i].n_bytes;
      sizes[i].n_bytes = 0;
    }
  return n_bytes;
}
