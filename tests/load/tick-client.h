/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tick-ledger.h"
#include "websocket-client.h"

G_BEGIN_DECLS

#define TICK_CLOSE_CODES 5000

/* What all clients share. */
typedef struct
{
  guint16 port; /* of the service */
  int epoll_fd;
  TickLedger ledger;
  guint64 n_pings;                     /* that were answered */
  guint close_codes[TICK_CLOSE_CODES]; /* how often the server gave each one */
} TickCrowd;

/* One client: speaks its protocol, answers pings, asks for some symbols, and has the
 * ledger look at every tick. */
typedef struct
{
  WebSocketClient ws; /* first: its callbacks get us */
  TickCard card;
  TickCrowd *crowd; /* (unowned) */
  gboolean is_socketio;
  gboolean is_slow; /* asks for all symbols and stops reading when it has them */
  gboolean may_end; /* that its socket ends is no fault */
  gboolean has_sent_close;
} TickClient;

void tick_client_open (TickClient *client, gboolean is_socketio);
void tick_client_change (TickClient *client);
void tick_client_leave (TickClient *client);
gboolean tick_client_is_confirmed (const TickClient *client);

G_END_DECLS
