/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-connection.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRoomTable:
 *
 * The named sets of connections. A room is there as long as it has a member.
 */
typedef struct _TideRoomTable TideRoomTable;

TideRoomTable *tide_room_table_new (void);
void tide_room_table_free (TideRoomTable *self);
gboolean
tide_room_table_enter (TideRoomTable *self, const char *room, TideConnection *connection);
gboolean
tide_room_table_leave (TideRoomTable *self, const char *room, TideConnection *connection);
void tide_room_table_leave_all (TideRoomTable *self, TideConnection *connection);
gboolean tide_room_table_has (const TideConnection *connection, const char *room);
const char *tide_room_table_get_some_room (const TideConnection *connection);
TideConnection *const *
tide_room_table_get_members (TideRoomTable *self, const char *room, guint *n_members);
GArray *
tide_room_table_list_rooms (TideRoomTable *self, const char *after, guint n_rooms);
GPtrArray *tide_room_table_list_rooms_of (const TideConnection *connection);
guint tide_room_table_get_n_rooms (TideRoomTable *self);

G_END_DECLS
