/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEBSOCKET_TEXT 0x1
#define WEBSOCKET_CLOSE 0x8
#define WEBSOCKET_PING 0x9
#define WEBSOCKET_PONG 0xA

/* A WebSocket client for tests that need thousands: no thread, no copy of a message that
 * came in one piece, one epoll descriptor for all. Embed it as the first member. */
typedef struct _WebSocketClient WebSocketClient;

/* A client may be dropped in any of them. */
typedef struct
{
  void (*opened) (WebSocketClient *self);
  /* Any frame, control frames too; @payload is gone after the call. */
  void (*message) (WebSocketClient *self,
                   guint8 opcode,
                   const char *payload,
                   gsize length);
  /* The socket has ended by itself, or the handshake was refused. */
  void (*closed) (WebSocketClient *self, const char *why);
} WebSocketClientFuncs;

struct _WebSocketClient
{
  const WebSocketClientFuncs *funcs; /* (unowned) */
  const char *path;                  /* (unowned), with its query */
  guint16 port;                      /* of 127.0.0.1 */
  int epoll_fd;
  int receive_bytes; /* SO_RCVBUF, 0 for the kernel's choice */
  int segment_bytes; /* TCP_MAXSEG, 0 for the kernel's choice */

  int fd; /* -1 when there is no socket */
  gboolean is_connected;
  gboolean is_open;    /* the handshake is through */
  GByteArray *partial; /* (owned) (nullable), an answer or frame not yet whole */
};

void websocket_client_connect (WebSocketClient *self);
void websocket_client_handle (WebSocketClient *self, guint32 events);
gboolean websocket_client_send (WebSocketClient *self,
                                guint8 opcode,
                                const char *payload,
                                gsize length);
void websocket_client_set_reading (WebSocketClient *self, gboolean is_reading);
void websocket_client_drop (WebSocketClient *self, gboolean with_reset);

G_END_DECLS
