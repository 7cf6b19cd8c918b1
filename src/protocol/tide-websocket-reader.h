/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-deflater.h"
#include "tide-websocket-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideWebSocketReader:
 *
 * Takes messages out of what a client sends, cut anywhere. A zeroed one is ready, and
 * owns nothing but while a message or a control frame is unfinished.
 */
typedef struct
{
  guint8 header[14];        /* the header being collected, or that of the present frame */
  guint8 n_header;          /* bytes of it so far */
  gboolean is_in_frame : 1; /* the header is complete, its payload is not */
  gboolean is_compressed : 1; /* the unfinished data message is */
  guint8 opcode;              /* of the unfinished data message, 0 when there is none */
  guint32 n_fragments;        /* of it so far */
  guint64 payload_left;       /* of the present frame */
  guint64 payload_taken;      /* of the present frame */
  GByteArray *message;        /* (owned) (nullable), the unfinished data message */
  GByteArray *control;        /* (owned) (nullable), the unfinished control frame */
} TideWebSocketReader;

/**
 * TideWebSocketCloseCode:
 * @TIDE_WEBSOCKET_PROTOCOL_ERROR: the peer broke the protocol
 * @TIDE_WEBSOCKET_NO_CODE: the peer gave none
 * @TIDE_WEBSOCKET_BAD_DATA: a text is not UTF-8
 * @TIDE_WEBSOCKET_TOO_LARGE: a message is over the limit
 *
 * Codes of RFC 6455, section 7.4, that reading ends with; no code in a close frame is
 * 1005.
 */
typedef enum
{
  TIDE_WEBSOCKET_PROTOCOL_ERROR = 1002,
  TIDE_WEBSOCKET_NO_CODE = 1005,
  TIDE_WEBSOCKET_BAD_DATA = 1007,
  TIDE_WEBSOCKET_TOO_LARGE = 1009,
} TideWebSocketCloseCode;

/**
 * TideWebSocketRules:
 *
 * What a client may send.
 */
typedef struct
{
  gsize max_message_bytes; /* of one message, over all its fragments, and of what is in it
                              when it is compressed */
  guint32 max_fragments;   /* of one message, at least 1 */
  TideInflater *inflater;  /* (unowned) (nullable), NULL: no message may be compressed */
} TideWebSocketRules;

/**
 * TideWebSocketMessage:
 *
 * A whole message or control frame, or why there will be none.
 */
typedef struct
{
  TideWebSocketOpcode opcode; /* no continuation */
  GByteArray *payload;        /* (owned), unmasked and decompressed, with a NUL behind its
                                 last byte */
  guint16 close_code;         /* what to close with when reading has failed, else 0 */
  const char *reason;         /* (nullable), static, in words */
} TideWebSocketMessage;

gboolean tide_websocket_reader_next (TideWebSocketReader *self,
                                     TideSpan *input,
                                     const TideWebSocketRules *rules,
                                     TideWebSocketMessage *message);
gboolean tide_websocket_reader_is_unfinished (const TideWebSocketReader *self);
void tide_websocket_reader_clear (TideWebSocketReader *self);
guint16 tide_websocket_get_close_code (const GByteArray *payload);

G_END_DECLS
