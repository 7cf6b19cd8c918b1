/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-group.h"

/**
 * tide_user_group_new:
 *
 * Returns: (transfer full): an empty group
 */
TideUserGroup *
tide_user_group_new (void)
{
  TideUserGroup *self = g_new0 (TideUserGroup, 1);

  self->slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->places = g_hash_table_new (NULL, NULL);
  return self;
}

/**
 * tide_user_group_free:
 * @self: (transfer full): a group
 *
 * Frees @self.
 */
void
tide_user_group_free (TideUserGroup *self)
{
  g_array_unref (self->slots);
  g_hash_table_unref (self->places);
  g_free (self);
}

/**
 * tide_user_group_add:
 * @self: a group
 * @slot: a user
 *
 * Puts a user into the group.
 *
 * Returns: %FALSE when it was there already
 */
gboolean
tide_user_group_add (TideUserGroup *self, guint32 slot)
{
  if (tide_user_group_contains (self, slot))
    return FALSE;
  g_hash_table_insert (
      self->places, GUINT_TO_POINTER (slot), GUINT_TO_POINTER (self->slots->len));
  g_array_append_val (self->slots, slot);
  return TRUE;
}

/**
 * tide_user_group_remove:
 * @self: a group
 * @slot: a user
 *
 * Takes a user out of the group.
 *
 * Returns: %FALSE when it was not there
 */
gboolean
tide_user_group_remove (TideUserGroup *self, guint32 slot)
{
  gpointer place;

  if (!g_hash_table_steal_extended (self->places, GUINT_TO_POINTER (slot), NULL, &place))
    return FALSE;
  g_array_remove_index_fast (self->slots, GPOINTER_TO_UINT (place));
  if (GPOINTER_TO_UINT (place) < self->slots->len)
    {
      guint32 moved = g_array_index (self->slots, guint32, GPOINTER_TO_UINT (place));

      g_hash_table_insert (self->places, GUINT_TO_POINTER (moved), place);
    }
  return TRUE;
}

/**
 * tide_user_group_contains:
 * @self: a group
 * @slot: a user
 *
 * Returns: whether the user is in the group
 */
gboolean
tide_user_group_contains (TideUserGroup *self, guint32 slot)
{
  return g_hash_table_contains (self->places, GUINT_TO_POINTER (slot));
}
