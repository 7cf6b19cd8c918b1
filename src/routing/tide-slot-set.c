/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-slot-set.h"

#include <string.h>

#define MIN_PLACES 16

/**
 * tide_slot_set_init:
 * @self: memory for a set
 *
 * Makes an empty set.
 */
void
tide_slot_set_init (TideSlotSet *self)
{
  *self = (TideSlotSet){ .stamp = 1 };
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
  g_clear_pointer (&self->slots, g_free);
  g_clear_pointer (&self->stamps, g_free);
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
  self->n_slots = 0;
  if (++self->stamp > 0)
    return;
  /* Once in 2^32 times stamps would come again. */
  memset (self->stamps, 0, self->n_places * sizeof (guint32));
  self->stamp = 1;
}

/**
 * tide_slot_set_grow:
 * @self: a set
 * @slot: a user's slot for which there is no place yet
 *
 * Makes room for that slot, and for all below. Each is in the set once at most, so that
 * there is a place for all of them then.
 */
void
tide_slot_set_grow (TideSlotSet *self, guint32 slot)
{
  guint n_places = MAX (MAX (2 * self->n_places, MIN_PLACES), slot + 1);

  self->slots = g_renew (guint32, self->slots, n_places);
  self->stamps = g_renew (guint32, self->stamps, n_places);
  memset (
      self->stamps + self->n_places, 0, (n_places - self->n_places) * sizeof (guint32));
  self->n_places = n_places;
}
