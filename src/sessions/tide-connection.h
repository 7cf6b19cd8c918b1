/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-client-rate.h"
#include "tide-protocol.h"
#include "tide-timer-wheel.h"
#include "tide-transport.h"
#include "tide-user-table.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TideConnection TideConnection;
/**
 * TideConnectionLogin:
 *
 * What few connections have: one that is not known yet, or whose log-in has an end.
 */
typedef struct _TideConnectionLogin TideConnectionLogin;
typedef struct _TideWebSocketManager TideWebSocketManager;

/**
 * TideConnection:
 *
 * One browser tab. Plain struct, owned by the [class@WebSocketManager]; it lives until
 * its transport or the manager closes it.
 */
struct _TideConnection
{
  TideProtocol protocol; /* first, so that one pointer is both */
  /* What each delivery looks at stands together, in few lines of the processor's cache.
   */
  TideTransport *transport;      /* (unowned) (nullable), NULL once it is closed */
  TideWebSocketManager *manager; /* (unowned) */
  TideConnection *next_of_user;  /* (unowned) (nullable) */
  TideUserRef user;
  TideWireShape shape;          /* of its batches */
  guint n_flights;              /* frames that other connections of the user have, too */
  guint8 n_calls;               /* calls into the protocol under way: it must stay */
  guint8 doom;                  /* 1 + the #TideCloseReason to close it for soon, or 0 */
  guint is_ready : 1;           /* it gets events, and its commands are done */
  guint is_slow : 1;            /* more waits than the soft limit, or did of late */
  guint is_over_rate : 1;       /* the message that is being taken is one too many */
  guint32 place;                /* in the manager's list of all connections */
  TideConnection *prev_of_user; /* (unowned) (nullable) */
  TideTimer timer;              /* the protocol's next tick */
  guint64 id;                   /* never used twice, never 0 */
  gint64 opened_us;             /* monotonic time */
  gpointer visitor;             /* (nullable), the server's: see #TideNewcomer */
  GPtrArray *left_over;         /* (owned) (nullable) (element-type TideFrame), what found
                                   no room any more; it is to be closed soon */
  TideClientRate rate;          /* of what the client sends */
  GArray *rooms;                /* (owned) (nullable), kept by the room table */
  TideConnectionLogin *login;   /* (owned) (nullable), of tide-session-login.c */
};

TideConnection *tide_connection_new (TideWebSocketManager *manager,
                                     TideWireForm form,
                                     TideTransport *transport);
void tide_connection_free (TideConnection *self);
void tide_connection_start (TideConnection *self);
const char *tide_connection_get_user_name (TideConnection *self);
gboolean tide_connection_send (TideConnection *self, TideFrame *frame);
void tide_connection_receive_text (TideConnection *self, const char *text, gsize length);
void tide_connection_receive_binary (TideConnection *self, GBytes *message);
gboolean tide_connection_take_control (TideConnection *self);
void tide_connection_tick (TideConnection *self);
void tide_connection_heard (TideConnection *self);
void tide_connection_transport_closed (TideConnection *self, TideCloseReason reason);
void tide_connection_change_transport (TideConnection *self, TideTransport *transport);
void tide_connection_send_away (TideConnection *self, const char *text);
void
tide_connection_close (TideConnection *self, TideCloseReason reason, const char *text);

G_END_DECLS
