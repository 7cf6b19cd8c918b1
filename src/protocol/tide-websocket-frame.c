/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* WebSocket frames of RFC 6455, as a server writes them. */

#include "tide-websocket-frame.h"

#include "tide-websocket-header.h"

#include <string.h>

/**
 * tide_websocket_header_size:
 * @payload_length: size of a payload
 *
 * Returns: the size of the header that a server puts before the payload, 2, 4 or 10 bytes
 */
gsize
tide_websocket_header_size (gsize payload_length)
{
  return payload_length < LENGTH_IS_16_BIT ? 2 : payload_length <= G_MAXUINT16 ? 4 : 10;
}

/**
 * tide_websocket_write_header:
 * @out: room for tide_websocket_header_size() bytes
 * @opcode: what the frame is
 * @payload_length: size of its payload
 *
 * Writes the header of a whole, unmasked message.
 *
 * Returns: (transfer none): the place behind it
 */
guint8 *
tide_websocket_write_header (guint8 *out,
                             TideWebSocketOpcode opcode,
                             gsize payload_length)
{
  gsize size = tide_websocket_header_size (payload_length);

  out[0] = FIN_BIT | opcode;
  out[1] = size == 2 ? payload_length : size == 4 ? LENGTH_IS_16_BIT : LENGTH_IS_64_BIT;
  for (gsize i = 2; i < size; i++)
    out[i] = (guint64) payload_length >> (8 * (size - 1 - i));
  return out + size;
}

/**
 * tide_websocket_frame_new:
 * @opcode: what the frame is
 * @spans: (array length=n_spans): the payload, in pieces
 * @n_spans: how many, may be 0
 * @n_events: how many events of producers are in it
 *
 * Makes a frame that holds one WebSocket message.
 *
 * Returns: (transfer full): a frame
 */
TideFrame *
tide_websocket_frame_new (TideWebSocketOpcode opcode,
                          const TideSpan *spans,
                          guint n_spans,
                          guint n_events)
{
  gsize length = 0;

  for (guint i = 0; i < n_spans; i++)
    length += spans[i].length;

  TideFrame *frame =
      tide_frame_new (tide_websocket_header_size (length) + length, n_events);
  guint8 *out = tide_websocket_write_header (frame->bytes, opcode, length);

  for (guint i = 0; i < n_spans; i++)
    if (spans[i].length > 0)
      {
        memcpy (out, spans[i].bytes, spans[i].length);
        out += spans[i].length;
      }
  return frame;
}

/**
 * tide_websocket_frame_next:
 * @cursor: (inout): the bytes of a #TideFrame, or where the last call left it
 * @end: the end of them
 * @opcode: (out): what the next WebSocket frame is
 * @payload: (out): where its payload is
 *
 * Takes the WebSocket frames out of a #TideFrame, one by one; long-polling sends only
 * what is in them.
 *
 * Returns: %FALSE when there are no more, or what is there is no whole, unmasked frame
 */
gboolean
tide_websocket_frame_next (const guint8 **cursor,
                           const guint8 *end,
                           TideWebSocketOpcode *opcode,
                           TideSpan *payload)
{
  const guint8 *at = *cursor;
  gsize n_left = end - at;

  if (n_left < 2 || (at[1] & MASK_BIT) != 0)
    return FALSE;

  gsize header_size = 2 + tide_websocket_get_long_length_size (at[1] & LENGTH_BITS);

  if (n_left < header_size)
    return FALSE;

  guint64 length = tide_websocket_read_length (at);

  if (n_left - header_size < length)
    return FALSE;
  *opcode = at[0] & OPCODE_BITS;
  payload->bytes = at + header_size;
  payload->length = length;
  *cursor = at + header_size + length;
  return TRUE;
}
