/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* WebSocket frames of RFC 6455, as a server writes them and as a client's are measured.
 */

#include "tide-websocket-frame.h"

#include <string.h>

#define FIN_BIT 0x80
#define OPCODE_BITS 0x0f
#define CONTROL_BIT 0x08
#define MASK_BIT 0x80
#define LENGTH_BITS 0x7f
#define LENGTH_IS_16_BIT 126
#define LENGTH_IS_64_BIT 127
#define MASK_SIZE 4

/* Size of the length that follows the first two bytes of a header. */
static inline gsize
get_long_length_size (guint8 short_length)
{
  return short_length == LENGTH_IS_64_BIT ? 8 : short_length == LENGTH_IS_16_BIT ? 2 : 0;
}

/* The payload's length as a header tells it; all of the header must be there. */
static inline guint64
read_length (const guint8 *header)
{
  guint8 short_length = header[1] & LENGTH_BITS;
  gsize size = get_long_length_size (short_length);
  guint64 length = size > 0 ? 0 : short_length;

  for (gsize i = 0; i < size; i++)
    length = length << 8 | header[2 + i];
  return length;
}

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

  gsize header_size = 2 + get_long_length_size (at[1] & LENGTH_BITS);

  if (n_left < header_size)
    return FALSE;

  guint64 length = read_length (at);

  if (n_left - header_size < length)
    return FALSE;
  *opcode = at[0] & OPCODE_BITS;
  payload->bytes = at + header_size;
  payload->length = length;
  *cursor = at + header_size + length;
  return TRUE;
}

/* Size of the header being collected, as far as its first bytes tell. */
static inline gsize
get_wanted_header_size (const TideWebSocketMeter *self)
{
  if (self->n_header < 2)
    return 2;
  return 2 + get_long_length_size (self->header[1] & LENGTH_BITS) +
         ((self->header[1] & MASK_BIT) != 0 ? MASK_SIZE : 0);
}

/* Counts the frame whose header is complete. */
static inline gboolean
count_frame (TideWebSocketMeter *self, guint64 max_message_bytes, guint32 max_fragments)
{
  guint64 length = read_length (self->header);

  self->n_header = 0;
  self->payload_left = length;
  if ((self->header[0] & CONTROL_BIT) != 0)
    return TRUE;

  if (length > max_message_bytes || self->message_bytes > max_message_bytes - length ||
      self->message_fragments >= max_fragments)
    return FALSE;
  self->message_bytes += length;
  self->message_fragments++;
  if ((self->header[0] & FIN_BIT) != 0)
    {
      self->message_bytes = 0;
      self->message_fragments = 0;
    }
  return TRUE;
}

/**
 * tide_websocket_meter_feed:
 * @self: a meter
 * @bytes: (array length=n_bytes): what came from the client, cut anywhere
 * @n_bytes: how many
 * @max_message_bytes: the most payload that one message may have over all its fragments
 * @max_fragments: the most fragments that it may come in, at least 1
 *
 * Follows a client's frames and measures its messages.
 *
 * A message is refused as soon as a header announces too much, before its bytes come.
 * Control frames between fragments do not count; whether they are good is libsoup's to
 * say. Costs a few instructions a frame, whatever its size.
 *
 * Returns: %FALSE when a message is over a limit; the connection is then to be closed,
 *   and @self not to be fed again
 */
gboolean
tide_websocket_meter_feed (TideWebSocketMeter *self,
                           const guint8 *bytes,
                           gsize n_bytes,
                           guint64 max_message_bytes,
                           guint32 max_fragments)
{
  while (n_bytes > 0)
    {
      if (self->payload_left > 0)
        {
          gsize n_skipped = MIN (self->payload_left, n_bytes);

          self->payload_left -= n_skipped;
          bytes += n_skipped;
          n_bytes -= n_skipped;
          continue;
        }

      gsize n_wanted = get_wanted_header_size (self);
      gsize n_taken = MIN (n_wanted - self->n_header, n_bytes);

      memcpy (self->header + self->n_header, bytes, n_taken);
      self->n_header += n_taken;
      bytes += n_taken;
      n_bytes -= n_taken;
      if (self->n_header >= 2 && self->n_header == get_wanted_header_size (self) &&
          !count_frame (self, max_message_bytes, max_fragments))
        return FALSE;
    }
  return TRUE;
}
