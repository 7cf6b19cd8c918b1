/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ring.h"

#define FIRST_SIZE 4 /* places, once there is more than one item */

static void
grow (TideRing *self)
{
  guint n_wanted = self->n_allocated == 0 ? FIRST_SIZE : self->n_allocated * 2;
  gpointer *items = g_new (gpointer, n_wanted);

  for (guint i = 0; i < self->length; i++)
    items[i] = tide_ring_peek (self, i);
  if (self->n_allocated > 0)
    g_free (self->items);
  self->items = items;
  self->n_allocated = n_wanted;
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
  if (self->length == 0 && self->n_allocated == 0)
    {
      self->only = item;
      self->length = 1;
      return;
    }
  if (self->length >= self->n_allocated)
    grow (self);
  self->items[(self->head + self->length) & (self->n_allocated - 1)] = item;
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
  if (self->n_allocated == 0)
    self->only = NULL;
  else
    self->head = (self->head + 1) & (self->n_allocated - 1);
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
  if (self->length > 0 || self->n_allocated == 0)
    return;
  g_clear_pointer (&self->items, g_free);
  self->n_allocated = 0;
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
