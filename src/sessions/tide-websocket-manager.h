/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-connection.h"
#include "tide-counters.h"
#include "tide-identity.h"
#include "tide-sink.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideSessionSettings:
 *
 * The limits of the sessions.
 */
typedef struct
{
  TideProtocolSettings protocol;
  guint max_connections_per_user; /* 0: no limit */
  guint
      client_events_per_second; /* messages from one client, at most 10000; 0: no limit */
  char **open_rooms; /* (nullable) (array zero-terminated=1), that clients may join */
  gsize outbox_soft_bytes; /* who has more waiting reads too slowly; 0: nobody does */
  gboolean is_durable;     /* what a client has not taken at the end is not lost */
  gint64 idle_timeout_us;  /* who sends nothing for so long is closed; 0: nobody is */
} TideSessionSettings;

/**
 * TideNewcomer:
 *
 * Who opens a connection, and how it wants its events.
 */
typedef struct
{
  TideWireForm form;     /* what the client speaks */
  const char *user_name; /* (unowned) (nullable), the user as the server authenticated it,
                            NULL for an anonymous one, who is a user of its own */
  gboolean is_guest;     /* an anonymous one who gets what is for the public only */
  gint64 lifetime_us;    /* how long the log-in is good; 0: without an end */
  const GError *refusal; /* (unowned) (nullable), why it is not known who it is: that will
                            be asked again when the client connects */
  TideWishes wishes;     /* by its first request */
  gpointer visitor;      /* (nullable), what the server counts the client by; given back
                            to #TideVisitorLeftFunc */
} TideNewcomer;

/**
 * TideVisitorLeftFunc:
 * @visitor: as a newcomer brought it along
 * @user_data: as given
 *
 * What is called when a connection is gone.
 */
typedef void (*TideVisitorLeftFunc) (gpointer visitor, gpointer user_data);

/**
 * TideUserFilter:
 * @user_slot: a user
 * @user_data: as given with the function
 *
 * Returns: whether the user is one of those that are meant
 */
typedef gboolean (*TideUserFilter) (guint32 user_slot, gpointer user_data);

/**
 * TideSessionStats:
 *
 * What the mission's managers tell of themselves.
 */
typedef struct
{
  guint64 total_connections;  /* opened so far */
  guint64 active_connections; /* open now */
  guint64 messages_sent;      /* events that connections have taken */
} TideSessionStats;

/**
 * TideWebSocketManager:
 *
 * Users, connections and rooms: who is here, and by which tabs.
 */
#define TIDE_TYPE_WEBSOCKET_MANAGER (tide_websocket_manager_get_type ())
G_DECLARE_FINAL_TYPE (
    TideWebSocketManager, tide_websocket_manager, TIDE, WEBSOCKET_MANAGER, GObject)

TideWebSocketManager *tide_websocket_manager_new (TideUserTable *users,
                                                  TideTimerWheel *wheel,
                                                  TideCounters *counters,
                                                  const TideSessionSettings *settings);
void tide_websocket_manager_reload (TideWebSocketManager *self,
                                    const TideSessionSettings *settings);
void tide_websocket_manager_add_observer (TideWebSocketManager *self,
                                          TideUserObserver *observer);
void tide_websocket_manager_set_routes (TideWebSocketManager *self,
                                        TideRouteTable *routes);
void tide_websocket_manager_set_command_handler (TideWebSocketManager *self,
                                                 TideCommandHandler *handler);
void tide_websocket_manager_answer (TideWebSocketManager *self,
                                    guint64 ticket,
                                    const char *event,
                                    const GString *payload,
                                    const GError *error);
void tide_websocket_manager_set_visitor_left_func (TideWebSocketManager *self,
                                                   TideVisitorLeftFunc func,
                                                   gpointer user_data);
void tide_websocket_manager_set_raw_funcs (TideWebSocketManager *self,
                                           const TideProtocolRawFuncs *funcs);

void tide_websocket_manager_set_login_funcs (TideWebSocketManager *self,
                                             const TideLoginFuncs *funcs);

gboolean tide_websocket_manager_has_room_for (TideWebSocketManager *self,
                                              const char *user_name);
TideConnection *tide_websocket_manager_register_user (TideWebSocketManager *self,
                                                      TideTransport *transport,
                                                      const TideNewcomer *newcomer);
guint tide_websocket_manager_log_out (TideWebSocketManager *self, const char *user_name);
gboolean tide_websocket_manager_restart_connection (TideWebSocketManager *self,
                                                    guint64 connection_id);
guint tide_websocket_manager_restart_user (TideWebSocketManager *self, guint32 user_slot);
void tide_websocket_manager_begin_drain (TideWebSocketManager *self, guint spread_ms);
void tide_websocket_manager_end_drain (TideWebSocketManager *self);
void tide_websocket_manager_close_settled (TideWebSocketManager *self,
                                           TideCloseReason reason,
                                           TideUserFilter has_more,
                                           gpointer user_data);
void tide_websocket_manager_close_all (TideWebSocketManager *self,
                                       TideCloseReason reason);
void tide_websocket_manager_tell_all (TideWebSocketManager *self,
                                      const char *name,
                                      const char *payload);
void tide_websocket_manager_set_notice (TideWebSocketManager *self,
                                        const char *name,
                                        const char *payload);

void tide_websocket_manager_set_thin (TideWebSocketManager *self, gboolean is_thin);
gsize tide_websocket_manager_close_largest (TideWebSocketManager *self, gsize n_bytes);

gboolean tide_websocket_manager_is_user_connected (TideWebSocketManager *self,
                                                   const char *user_name);
void tide_websocket_manager_trim (TideWebSocketManager *self);
GArray *tide_websocket_manager_get_user_connections (TideWebSocketManager *self,
                                                     const char *user_name);
TideConnection *tide_websocket_manager_get_connection (TideWebSocketManager *self,
                                                       guint64 connection_id);

gboolean tide_websocket_manager_enter_room (TideWebSocketManager *self,
                                            guint64 connection_id,
                                            const char *room);
gboolean tide_websocket_manager_leave_room (TideWebSocketManager *self,
                                            guint64 connection_id,
                                            const char *room);
gboolean tide_websocket_manager_is_user_in_room (TideWebSocketManager *self,
                                                 guint32 user_slot,
                                                 const char *room);
gboolean tide_websocket_manager_has_room (TideWebSocketManager *self, const char *room);
guint tide_websocket_manager_cleanup_stale_connections (TideWebSocketManager *self,
                                                        gint64 max_idle_us);
TideSessionStats tide_websocket_manager_get_stats (TideWebSocketManager *self);

G_END_DECLS
