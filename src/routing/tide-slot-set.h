/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSlotSet:
 *
 * A set of user slots that is emptied in constant time and is an audience as it stands.
 */
typedef struct
{
  guint32 *slots;  /* (owned) (array length=n_slots), each once, in the order of adding */
  guint n_slots;   /* in the set */
  guint n_places;  /* that there are in @slots and in @stamps */
  guint32 *stamps; /* (owned) (array length=n_places), by slot: @stamp for those in it */
  guint32 stamp;   /* goes up with each emptying; never 0 */
} TideSlotSet;

void tide_slot_set_init (TideSlotSet *self);
void tide_slot_set_clear (TideSlotSet *self);
void tide_slot_set_empty (TideSlotSet *self);
void tide_slot_set_grow (TideSlotSet *self, guint32 slot);

/**
 * tide_slot_set_add:
 * @self: a set
 * @slot: a user's slot
 *
 * Puts a slot in.
 *
 * Returns: %FALSE when it was there already
 */
static inline gboolean
tide_slot_set_add (TideSlotSet *self, guint32 slot)
{
  if (G_UNLIKELY (slot >= self->n_places))
    tide_slot_set_grow (self, slot);
  if (self->stamps[slot] == self->stamp)
    return FALSE;
  self->stamps[slot] = self->stamp;
  self->slots[self->n_slots++] = slot;
  return TRUE;
}

/**
 * tide_slot_set_contains:
 * @self: a set
 * @slot: a user's slot
 *
 * Returns: whether the slot is in the set
 */
static inline gboolean
tide_slot_set_contains (const TideSlotSet *self, guint32 slot)
{
  return slot < self->n_places && self->stamps[slot] == self->stamp;
}

G_END_DECLS
