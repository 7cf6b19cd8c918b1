/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-user-table.h"

#include <glib.h>

G_BEGIN_DECLS

guint64 tide_user_id_from_ref (TideUserRef user);
guint32 tide_user_id_get_slot (guint64 id);
char *tide_user_id_describe (const TideUserTable *users, TideUserRef user);
gboolean tide_user_id_find (TideUserTable *users, const char *text, TideUserRef *user);

G_END_DECLS
