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
  GArray *slots;  /* (owned) (element-type guint32), each once, in the order of adding */
  GArray *stamps; /* (owned) (element-type guint32), by slot: @stamp for those in it */
  guint32 stamp;  /* goes up with each emptying; never 0 */
} TideSlotSet;

void tide_slot_set_init (TideSlotSet *self);
void tide_slot_set_clear (TideSlotSet *self);
void tide_slot_set_empty (TideSlotSet *self);
gboolean tide_slot_set_add (TideSlotSet *self, guint32 slot);
gboolean tide_slot_set_contains (const TideSlotSet *self, guint32 slot);

G_END_DECLS
