/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRing:
 *
 * A queue of pointers that grows by doubling; one alone takes no memory besides.
 *
 * A zeroed ring is an empty one. Plain struct: one sits in every connection.
 */
typedef struct
{
  union
  {
    gpointer only;   /* while @n_allocated is 0 and there is one */
    gpointer *items; /* (owned), @n_allocated places */
  };
  guint n_allocated; /* 0 or a power of two */
  guint head;        /* place of the oldest */
  guint length;
} TideRing;

void tide_ring_push (TideRing *self, gpointer item);
gpointer tide_ring_pop (TideRing *self);
void tide_ring_trim (TideRing *self);
void tide_ring_clear (TideRing *self, GDestroyNotify free_func);

/**
 * tide_ring_peek:
 * @self: a ring
 * @index: 0 for the oldest, below the ring's length
 *
 * Returns: (transfer none): the item there
 */
static inline gpointer
tide_ring_peek (const TideRing *self, guint index)
{
  if (self->n_allocated == 0)
    return self->only;
  return self->items[(self->head + index) & (self->n_allocated - 1)];
}

G_END_DECLS
