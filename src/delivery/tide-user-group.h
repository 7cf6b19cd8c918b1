/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideUserGroup:
 *
 * A set of users, as an array of slots.
 */
typedef struct
{
  GArray *slots;      /* (owned) (element-type guint32), each once */
  GHashTable *places; /* (owned), slot → index in @slots */
} TideUserGroup;

TideUserGroup *tide_user_group_new (void);
void tide_user_group_free (TideUserGroup *self);
gboolean tide_user_group_add (TideUserGroup *self, guint32 slot);
gboolean tide_user_group_remove (TideUserGroup *self, guint32 slot);
gboolean tide_user_group_contains (TideUserGroup *self, guint32 slot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideUserGroup, tide_user_group_free)

G_END_DECLS
