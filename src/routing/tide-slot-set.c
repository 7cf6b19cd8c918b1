/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-slot-set.h"

#include <string.h>

/**
 * tide_slot_set_init:
 * @self: memory for a set
 *
 * Makes an empty set.
 */
void
tide_slot_set_init (TideSlotSet *self)
{
  self->slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->stamps = g_array_new (FALSE, TRUE, sizeof (guint32));
  self->stamp = 1;
}

/**
 * tide_slot_set_clear:
 * @self: a set
 *
 * Frees what the set holds; it is to be made anew before it is used again.
 */
void
tide_slot_set_clear (TideSlotSet *self)
{
  g_clear_pointer (&self->slots, g_array_unref);
  g_clear_pointer (&self->stamps, g_array_unref);
}

/**
 * tide_slot_set_empty:
 * @self: a set
 *
 * Takes all slots out. Costs the same whatever their number.
 */
void
tide_slot_set_empty (TideSlotSet *self)
{
  g_array_set_size (self->slots, 0);
  if (++self->stamp > 0)
    return;
  /* Once in 2^32 times stamps would come again. */
  memset (self->stamps->data, 0, self->stamps->len * sizeof (guint32));
  self->stamp = 1;
}

/**
 * tide_slot_set_add:
 * @self: a set
 * @slot: a user's slot
 *
 * Puts a slot in.
 *
 * Returns: %FALSE when it was there already
 */
gboolean
tide_slot_set_add (TideSlotSet *self, guint32 slot)
{
  guint32 *stamp;

  if (slot >= self->stamps->len)
    g_array_set_size (self->stamps, slot + 1);
  stamp = &g_array_index (self->stamps, guint32, slot);
  if (*stamp == self->stamp)
    return FALSE;
  *stamp = self->stamp;
  g_array_append_val (self->slots, slot);
  return TRUE;
}

/**
 * tide_slot_set_contains:
 * @self: a set
 * @slot: a user's slot
 *
 * Returns: whether the slot is in the set
 */
gboolean
tide_slot_set_contains (const TideSlotSet *self, guint32 slot)
{
  return slot < self->stamps->len &&
         g_array_index (self->stamps, guint32, slot) == self->stamp;
}
