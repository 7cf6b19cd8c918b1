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
    gpointer only;   /* while there are no places, and there is one */
    gpointer *items; /* (owned), 2 ^ @n_bits places */
  };
  guint n_bits : 5; /* 0: there are no places */
  guint head : 27;  /* place of the oldest */
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
  if (self->n_bits == 0)
    return self->only;
  return self->items[(self->head + index) & ((1u << self->n_bits) - 1)];
}

G_END_DECLS
