/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "load-crowd.h"
#include "polling-client.h"
#include "websocket-client.h"

G_BEGIN_DECLS

struct _LoadConnection
{
  WebSocketClient ws;     /* its fd is -1 before it is opened */
  LoadCrowd *crowd;       /* (unowned) */
  LoadTrack *tracks;      /* (unowned), one for each slot */
  PollingClient *polling; /* (owned) (nullable) */
  char *ws_path;          /* (owned) (nullable), until the WebSocket is open */
  guint16 close_code;     /* of the close frame that came, or 0 */
  gboolean is_joined;     /* a Socket.IO CONNECT was answered, or none is needed */
  gboolean is_upgraded;   /* all goes by WebSocket from now on */
  gboolean has_subscribed;
  gboolean is_open; /* all of that is done */
  gboolean is_over;
};

void load_connection_open (LoadConnection *self);
void load_connection_leave (LoadConnection *self);
void load_connection_close (LoadConnection *self);

G_END_DECLS
