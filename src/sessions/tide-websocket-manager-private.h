/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-flight-table.h"
#include "tide-room-table.h"
#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/* What a connection needs of its manager. Only for the files of this folder. */

/* The connections of a user. */
typedef struct
{
  TideConnection *first; /* (unowned) (nullable), the latest; linked by next_of_user */
  guint n_connections;
  guint n_ready; /* of these, how many get events: the user is connected when above 0 */
  guint n_slow;  /* of these, how many read too slowly */
} UserConnections;

struct _TideWebSocketManager
{
  GObject parent_instance;

  TideUserTable *users;         /* (unowned), outlives us */
  TideTimerWheel *wheel;        /* (unowned), outlives us */
  TideCounters *counters;       /* (unowned), outlives us */
  TideSessionSettings settings; /* its strings are owned */
  TideProtocolHost protocol_host;
  gboolean is_draining;
  guint drain_spread_ms;
  guint32 drain_offset;
  GPtrArray *observers;        /* (owned) (element-type TideUserObserver) */
  TideCommandHandler *handler; /* (owned) (nullable) */
  GPtrArray *connections;      /* (owned) (element-type TideConnection) */
  GHashTable *by_id;           /* (owned), id → connection */
  GArray *of_user;             /* (owned) (element-type UserConnections), by user slot */
  TideRoomTable *rooms;        /* (owned) */
  TideDeflater *deflater;      /* (owned) (nullable), once somebody wants it */
  TideFlightTable *flights;    /* (owned) */
  GHashTable *later;           /* (owned), of tide-session-later.c */
  guint64 last_ticket;
  TideRouteTable *routes; /* (owned) (nullable) */
  TideLoginFuncs login;
  TideVisitorLeftFunc visitor_left; /* (nullable) */
  gpointer visitor_left_data;       /* (unowned), for @visitor_left */
  gsize soft_bytes; /* who has more waiting reads too slowly, as things are; 0: nobody */
  gboolean is_thin; /* memory is short */
  const char *notice_name; /* (unowned) (nullable), static */
  char *notice;            /* (owned) (nullable), told to newcomers */
  guint64 last_id;
};

const TideProtocolHost *tide_connection_get_protocol_host (void);
UserConnections *tide_websocket_manager_get_user (TideWebSocketManager *self,
                                                  guint32 user_slot);
void tide_websocket_manager_identify (TideWebSocketManager *self,
                                      TideConnection *connection,
                                      const TideIdentity *identity);
void tide_websocket_manager_become_ready (TideWebSocketManager *self,
                                          TideConnection *connection);
void tide_websocket_manager_leave (TideWebSocketManager *self,
                                   TideConnection *connection,
                                   TideCloseReason reason);
void tide_websocket_manager_forget (TideWebSocketManager *self,
                                    TideConnection *connection);
void tide_websocket_manager_tell_taken (TideWebSocketManager *self,
                                        TideUserRef user,
                                        const TideBatch *batch);
void tide_websocket_manager_tell_asked (TideWebSocketManager *self, TideUserRef user);
void tide_websocket_manager_tell_slow (TideWebSocketManager *self,
                                       TideUserRef user,
                                       gboolean is_slow);
gboolean tide_websocket_manager_put_into_room (TideWebSocketManager *self,
                                               TideConnection *connection,
                                               const char *room);
gboolean tide_websocket_manager_take_out_of_room (TideWebSocketManager *self,
                                                  TideConnection *connection,
                                                  const char *room);
GHashTable *tide_session_later_new (void);
guint tide_session_later_count (TideWebSocketManager *self, guint64 connection_id);
void tide_session_later_add (TideWebSocketManager *self,
                             const TideConnection *connection,
                             const TideProtocolCommand *command,
                             guint64 ticket);
void tide_session_send_alone (TideConnection *connection, const GPtrArray *events);
void tide_session_update_soft_bytes (TideWebSocketManager *self);
void tide_websocket_manager_run_command (TideWebSocketManager *self,
                                         TideConnection *connection,
                                         const TideProtocolCommand *command);

G_END_DECLS
