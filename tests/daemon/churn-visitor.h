/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "polling-client.h"
#include "websocket-client.h"

G_BEGIN_DECLS

typedef enum
{
  CHURN_WAY_PLAIN,    /* /ws */
  CHURN_WAY_SOCKETIO, /* by WebSocket from the beginning */
  CHURN_WAY_POLLING,
  CHURN_WAY_UPGRADE, /* by long-polling, then WebSocket */
  N_CHURN_WAYS,
} ChurnWay;

/* What all visitors share. */
typedef struct
{
  guint16 port; /* of 127.0.0.1 */
  int epoll_fd;
  int http_epoll_fd; /* its events come as one of the other's, with no visitor */
  gboolean is_mixed; /* all ways, some with names, and they stay */
  guint n_done;
  guint n_failed;
} ChurnParty;

/* Somebody who is there once at a time, and may come again. Zeroed but for `party` it is
 * ready. */
typedef struct
{
  WebSocketClient ws; /* first: its callbacks get us */
  PollingClient polling;
  ChurnParty *party; /* (unowned) */
  ChurnWay way;
  guint visit;             /* counted from 0 */
  char *path;              /* (owned) (nullable) */
  char *polling_path;      /* (owned) (nullable) */
  gboolean is_in;          /* a visit is going on */
  gboolean is_answered;    /* and got what it asked for */
  gboolean has_polling;    /* `polling` is in use */
  gboolean is_upgraded;    /* all goes by WebSocket */
  gboolean has_said_leave; /* by polling; the session's end is waited for */
  gint64 leave_us;         /* when it goes, once it is answered */
} ChurnVisitor;

gboolean churn_party_open (ChurnParty *self, guint16 port);
void churn_party_handle_http (ChurnParty *self);

void churn_visitor_come (ChurnVisitor *self, guint visit);
void churn_visitor_leave_in_time (ChurnVisitor *self);
void churn_visitor_clear (ChurnVisitor *self);

G_END_DECLS
