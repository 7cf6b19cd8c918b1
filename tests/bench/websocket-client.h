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

/* Smaller frames never come in parts. */
#define WEBSOCKET_MIN_PARTED 1024

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
  /* (nullable) Data frames that are large and not yet whole: their bytes as they come,
   * instead of one message. Returns how many it is done with; the others come again in
   * front of the next ones, so let them be few. Those that are last do not come again. */
  gsize (*part) (WebSocketClient *self,
                 const char *bytes,
                 gsize n_bytes,
                 gboolean is_first,
                 gboolean is_last);
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
  guint64 n_parted;    /* what is to come of a frame that comes in parts */
  guint64 n_received;  /* bytes, with headers and all */
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
