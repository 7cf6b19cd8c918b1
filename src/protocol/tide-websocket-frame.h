/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideWebSocketOpcode:
 *
 * The opcodes of RFC 6455, section 5.2.
 */
typedef enum
{
  TIDE_WEBSOCKET_CONTINUATION = 0x0,
  TIDE_WEBSOCKET_TEXT = 0x1,
  TIDE_WEBSOCKET_BINARY = 0x2,
  TIDE_WEBSOCKET_CLOSE = 0x8,
  TIDE_WEBSOCKET_PING = 0x9,
  TIDE_WEBSOCKET_PONG = 0xA,
} TideWebSocketOpcode;

/**
 * TideSpan:
 *
 * Some bytes that somebody else owns.
 */
typedef struct
{
  gconstpointer bytes; /* (unowned) */
  gsize length;
} TideSpan;

gsize tide_websocket_header_size (gsize payload_length);
guint8 *tide_websocket_write_header (guint8 *out,
                                     TideWebSocketOpcode opcode,
                                     gsize payload_length);
TideFrame *tide_websocket_frame_new (TideWebSocketOpcode opcode,
                                     const TideSpan *spans,
                                     guint n_spans,
                                     guint n_events);
gboolean tide_websocket_frame_next (const guint8 **cursor,
                                    const guint8 *end,
                                    TideWebSocketOpcode *opcode,
                                    TideSpan *payload);

/**
 * TideWebSocketMeter:
 *
 * Follows the frame headers in what a client sends, so that a message in many fragments
 * meets a limit on its total: libsoup 3.2 has one per frame only. A zeroed one is ready.
 */
typedef struct
{
  guint8 header[14];     /* the header being collected */
  guint8 n_header;       /* bytes of it so far */
  guint64 payload_left;  /* of the present frame */
  guint64 message_bytes; /* payload of the unfinished data message, all fragments */
  guint32
      message_fragments; /* data frames of the unfinished message so far, 0 for none */
} TideWebSocketMeter;

gboolean tide_websocket_meter_feed (TideWebSocketMeter *self,
                                    const guint8 *bytes,
                                    gsize n_bytes,
                                    guint64 max_message_bytes,
                                    guint32 max_fragments);

G_END_DECLS
