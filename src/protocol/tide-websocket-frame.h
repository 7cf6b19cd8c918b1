/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideWebSocketOpcode:
 * @TIDE_WEBSOCKET_CONTINUATION: goes on with the message before
 * @TIDE_WEBSOCKET_TEXT: begins a message of UTF-8
 * @TIDE_WEBSOCKET_BINARY: begins a message of bytes
 * @TIDE_WEBSOCKET_CLOSE: ends the connection
 * @TIDE_WEBSOCKET_PING: asks for a pong
 * @TIDE_WEBSOCKET_PONG: answers a ping
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

/**
 * TIDE_SPAN:
 * @literal: a string literal
 *
 * The initializer of a #TideSpan of the literal, without the NUL at its end.
 */
#define TIDE_SPAN(literal)                                                               \
  {                                                                                      \
    literal, sizeof (literal) - 1                                                        \
  }

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

G_END_DECLS
