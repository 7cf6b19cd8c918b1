/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideUserRef:
 *
 * Names a user for as long as it lives: the slot is an index into arrays, the generation
 * tells its users over time apart. Compare the generation, by
 * tide_user_table_is_current(), before writing anything to what a kept reference names.
 */
typedef struct
{
  guint32 slot;
  guint32 generation; /* never 0 in a valid reference */
} TideUserRef;

/**
 * TideUserTable:
 *
 * Owns the users' slots. A slot is held by every stage that knows its user, and is used
 * again, with a new generation, only when all have let go.
 */
typedef struct _TideUserTable TideUserTable;

TideUserTable *tide_user_table_new (void);
void tide_user_table_free (TideUserTable *self);
TideUserRef tide_user_table_hold_name (TideUserTable *self, const char *name);
TideUserRef tide_user_table_hold_anonymous (TideUserTable *self);
TideUserRef tide_user_table_hold_guest (TideUserTable *self);
void tide_user_table_hold (TideUserTable *self, guint32 slot);
void tide_user_table_trim (TideUserTable *self);
void tide_user_table_release (TideUserTable *self, guint32 slot);
gboolean
tide_user_table_lookup (TideUserTable *self, const char *name, TideUserRef *user);
gboolean tide_user_table_is_current (const TideUserTable *self, TideUserRef user);
TideUserRef tide_user_table_get_ref (const TideUserTable *self, guint32 slot);
const char *tide_user_table_get_name (const TideUserTable *self, guint32 slot);
void tide_user_table_set_kept (TideUserTable *self, guint32 slot, gboolean is_kept);
gboolean tide_user_table_is_kept (const TideUserTable *self, guint32 slot);
gboolean tide_user_table_is_anonymous (const TideUserTable *self, guint32 slot);
gboolean tide_user_table_is_guest (const TideUserTable *self, guint32 slot);
guint32 tide_user_table_get_n_slots (const TideUserTable *self);
guint32 tide_user_table_get_n_users (const TideUserTable *self);
guint32 tide_user_table_get_n_guests (const TideUserTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideUserTable, tide_user_table_free)

G_END_DECLS
