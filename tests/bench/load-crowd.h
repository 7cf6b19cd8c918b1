/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "load-events.h"
#include "load-memo.h"
#include "load-symbols.h"
#include "load-tally.h"

G_BEGIN_DECLS

typedef struct _LoadConnection LoadConnection;

typedef enum
{
  LOAD_WAY_WS,       /* plain WebSocket */
  LOAD_WAY_SOCKETIO, /* Socket.IO, by WebSocket from the beginning */
  LOAD_WAY_POLLING,  /* Socket.IO by long-polling */
  LOAD_WAY_UPGRADE,  /* by long-polling, then WebSocket, as the official clients do */
} LoadWay;

/* All connections, what they do and what they have seen. */
typedef struct
{
  LoadWay way;
  guint16 port;     /* of 127.0.0.1 */
  const char *path; /* (unowned); SYMBOLS in it stands for the connection's symbols */
  const char *subscribe; /* (unowned) (nullable), the message; SYMBOLS as a JSON list */
  gboolean has_batches;
  LoadSymbols symbols;
  int n_connections;
  int n_stalled; /* the first of them, which are to read no more once all are open */
  int n_opening_at_once;

  int epoll_fd;
  int http_epoll_fd; /* its events come as one of the other's, with no connection */
  LoadConnection *connections; /* (owned) */
  LoadTrack *tracks;           /* (owned), of each connection one for each slot */
  LoadEvents events;
  LoadMemo memo;
  char *polling_path; /* (owned) */

  int n_started;
  int n_open;    /* those that were, also when they have ended */
  int n_refused; /* ended before they were open */
  int n_lost;    /* ended by themselves later */
  gboolean is_leaving;
  gint64 now_us;    /* just before what is looked at was read */
  gint64 first_us;  /* when something came first since load_crowd_forget(), or 0 */
  gint64 last_us;   /* and last */
  guint64 n_frames; /* messages that may have events */
  LoadTally tally;
  GHashTable *close_codes; /* (owned) (element-type uint uint), how often which came */
} LoadCrowd;

void load_crowd_init (LoadCrowd *self);
void load_crowd_open (LoadCrowd *self, double max_seconds);
void load_crowd_stall (LoadCrowd *self);
void load_crowd_run (LoadCrowd *self, double seconds);
void load_crowd_forget (LoadCrowd *self);
void load_crowd_warm_up (LoadCrowd *self, double max_seconds, double seconds);
void load_crowd_count (LoadCrowd *self, double max_seconds, double quiet_seconds);
gboolean load_crowd_await (LoadCrowd *self, double max_seconds, double quiet_seconds);
void load_crowd_leave (LoadCrowd *self);
guint64 load_crowd_get_n_received (const LoadCrowd *self);
guint64 load_crowd_get_n_polls (const LoadCrowd *self);
void load_crowd_clear (LoadCrowd *self);

G_END_DECLS
