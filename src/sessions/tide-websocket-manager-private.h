/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-room-table.h"
#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/* What a connection needs of its manager. Only for the files of this folder. */

struct _TideWebSocketManager
{
  GObject parent_instance;

  TideUserTable *users;         /* (unowned), outlives us */
  TideTimerWheel *wheel;        /* (unowned), outlives us */
  TideCounters *counters;       /* (unowned), outlives us */
  TideSessionSettings settings; /* its strings are owned */
  TideProtocolHost protocol_host;
  TideUserObserver *observer;  /* (owned) (nullable) */
  TideCommandHandler *handler; /* (owned) (nullable) */
  GPtrArray *connections;      /* (owned) (element-type TideConnection) */
  GHashTable *by_id;           /* (owned), id → connection */
  GArray *of_user;             /* (owned) (element-type UserConnections), by user slot */
  TideRoomTable *rooms;        /* (owned) */
  guint64 last_id;
};

const TideProtocolHost *tide_connection_get_protocol_host (void);
void tide_websocket_manager_reset (TideWebSocketManager *self,
                                   TideConnection *connection);
void tide_websocket_manager_forget (TideWebSocketManager *self,
                                    TideConnection *connection);
void tide_websocket_manager_run_command (TideWebSocketManager *self,
                                         TideConnection *connection,
                                         const TideProtocolCommand *command);

G_END_DECLS
