/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/**
 * TideConnectionFacts:
 *
 * How a connection is at the moment. What is not owned is there until the main loop runs.
 */
typedef struct
{
  guint64 id;
  TideUserRef user;
  const char *transport;  /* (unowned): `websocket`, `socketio` or `polling` */
  gpointer visitor;       /* (nullable), the server's: see #TideNewcomer */
  gint64 opened_us;       /* monotonic time */
  gint64 last_heard_us;   /* monotonic time of the last byte that came from the client */
  gint64 login_end_us;    /* monotonic time; 0: the log-in has no end */
  gsize n_unread_bytes;   /* that it has not taken yet */
  gboolean is_ready;      /* it gets events */
  gboolean is_slow;       /* it reads too slowly */
  gboolean takes_batches; /* it asked for `event_batch` */
} TideConnectionFacts;

/**
 * TideConnectionFilter:
 * @facts: a connection
 * @user_data: as given with the function
 *
 * Returns: whether the connection is one of those that are looked for
 */
typedef gboolean (*TideConnectionFilter) (const TideConnectionFacts *facts,
                                          gpointer user_data);

/**
 * TideConnectionSearch:
 *
 * Which connections are looked for, and which of these are given.
 */
typedef struct
{
  TideConnectionFilter filter;
  gpointer user_data; /* (unowned), for @filter */
  guint64 after_id;   /* the id of a connection, which need not be here any more, or 0 */
  guint limit;        /* how many at most */
} TideConnectionSearch;

guint tide_session_list_connections (TideWebSocketManager *self,
                                     guint64 after_id,
                                     TideConnectionFacts *facts,
                                     guint n_facts);
GArray *tide_session_find_connections (TideWebSocketManager *self,
                                       const TideConnectionSearch *search,
                                       guint *n_found);
gboolean tide_session_get_connection_facts (TideWebSocketManager *self,
                                            guint64 id,
                                            TideConnectionFacts *facts);
guint tide_session_count_unread_events (TideWebSocketManager *self, guint64 id);
GArray *tide_session_list_user_connections (TideWebSocketManager *self,
                                            guint32 user_slot);
gsize tide_session_get_unread_bytes (TideWebSocketManager *self, guint32 user_slot);
guint tide_session_count_connections (TideWebSocketManager *self, guint32 user_slot);
GPtrArray *tide_session_list_rooms_of (TideWebSocketManager *self, guint64 id);
GArray *
tide_session_list_rooms (TideWebSocketManager *self, const char *after, guint n_rooms);
guint tide_session_count_members (TideWebSocketManager *self, const char *room);
GArray *tide_session_list_members (TideWebSocketManager *self,
                                   const char *room,
                                   guint64 after_id,
                                   guint n_members);

G_END_DECLS
