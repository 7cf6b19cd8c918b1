/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ring.h"

#define FIRST_BITS 2 /* places, once there is more than one item */

static inline guint
get_place (const TideRing *self, guint index)
{
  return (self->head + index) & ((1u << self->n_bits) - 1);
}

static void
grow (TideRing *self)
{
  guint n_bits = self->n_bits == 0 ? FIRST_BITS : self->n_bits + 1;
  gpointer *items = g_new (gpointer, (gsize) 1 << n_bits);

  for (guint i = 0; i < self->length; i++)
    items[i] = tide_ring_peek (self, i);
  if (self->n_bits > 0)
    g_free (self->items);
  self->items = items;
  self->n_bits = n_bits;
  self->head = 0;
}

/**
 * tide_ring_push:
 * @self: a ring
 * @item: (transfer full): what to add as the newest
 *
 * Adds @item, growing when needed.
 */
void
tide_ring_push (TideRing *self, gpointer item)
{
  if (self->length == 0 && self->n_bits == 0)
    {
      self->only = item;
      self->length = 1;
      return;
    }
  if (self->n_bits == 0 || self->length >> self->n_bits != 0)
    grow (self);
  self->items[get_place (self, self->length)] = item;
  self->length++;
}

/**
 * tide_ring_pop:
 * @self: a ring that is not empty
 *
 * Takes the oldest item out.
 *
 * Returns: (transfer full): the item
 */
gpointer
tide_ring_pop (TideRing *self)
{
  g_return_val_if_fail (self->length > 0, NULL);

  gpointer item = tide_ring_peek (self, 0);

  self->length--;
  if (self->n_bits == 0)
    self->only = NULL;
  else
    self->head = get_place (self, 1);
  return item;
}

/**
 * tide_ring_trim:
 * @self: a ring
 *
 * Gives the memory of an empty ring back; does nothing to one that holds items.
 */
void
tide_ring_trim (TideRing *self)
{
  if (self->length > 0 || self->n_bits == 0)
    return;
  g_clear_pointer (&self->items, g_free);
  self->n_bits = 0;
  self->head = 0;
}

/**
 * tide_ring_clear:
 * @self: a ring
 * @free_func: (nullable): what frees an item
 *
 * Empties the ring and gives all of its memory back.
 */
void
tide_ring_clear (TideRing *self, GDestroyNotify free_func)
{
  while (self->length > 0)
    {
      gpointer item = tide_ring_pop (self);

      if (free_func != NULL)
        free_func (item);
    }
  tide_ring_trim (self);
}
