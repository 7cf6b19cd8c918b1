/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Payloads of Engine.IO's long-polling: packets joined by a record separator, binary ones
 * as `b` and base64. Made from the same frames that a WebSocket takes. */

#include "tide-engineio-payload.h"

#include <string.h>

#define SEPARATOR '\x1e'
#define BINARY_MARK 'b'

static void
begin_packet (GString *payload)
{
  if (payload->len > 0)
    g_string_append_c (payload, SEPARATOR);
}

/**
 * tide_engineio_payload_append_some:
 * @payload: a payload under way
 * @frame: WebSocket frames
 * @start: where in @frame to begin, in bytes; the beginning of a WebSocket frame
 * @n_most: (inout): how many packets there is room for
 *
 * Adds packets of @frame, as many as there is room for, and takes them off the room.
 * Control frames have no counterpart here and are left out.
 *
 * Returns: how many bytes of @frame are done with
 */
gsize
tide_engineio_payload_append_some (GString *payload,
                                   const TideFrame *frame,
                                   gsize start,
                                   guint *n_most)
{
  const guint8 *cursor = frame->bytes + start;
  const guint8 *end = frame->bytes + frame->n_bytes;
  TideWebSocketOpcode opcode;
  TideSpan span;

  while (*n_most > 0 && tide_websocket_frame_next (&cursor, end, &opcode, &span))
    {
      g_autofree char *base64 = NULL;

      if (opcode != TIDE_WEBSOCKET_TEXT && opcode != TIDE_WEBSOCKET_BINARY)
        continue;
      (*n_most)--;
      begin_packet (payload);
      if (opcode == TIDE_WEBSOCKET_TEXT)
        {
          g_string_append_len (payload, span.bytes, span.length);
          continue;
        }
      base64 = g_base64_encode (span.bytes, span.length);
      g_string_append_c (payload, BINARY_MARK);
      g_string_append (payload, base64);
    }
  return (gsize) (cursor - frame->bytes) - start;
}

/**
 * tide_engineio_payload_append_frame:
 * @payload: a payload under way
 * @frame: WebSocket frames
 *
 * Adds all packets in @frame.
 */
void
tide_engineio_payload_append_frame (GString *payload, const TideFrame *frame)
{
  guint n_most = G_MAXUINT;

  tide_engineio_payload_append_some (payload, frame, 0, &n_most);
}

/**
 * tide_engineio_payload_append_packet:
 * @payload: a payload under way
 * @packet: one packet, such as `6`
 *
 * Adds a packet.
 */
void
tide_engineio_payload_append_packet (GString *payload, const char *packet)
{
  begin_packet (payload);
  g_string_append (payload, packet);
}

/**
 * tide_engineio_payload_next:
 * @cursor: (inout): where the next packet begins; %NULL after the last one
 * @end: the payload's end
 * @packet: (out): the packet, may be empty
 *
 * Steps through the packets of a payload. An empty payload is one empty packet.
 *
 * Returns: %FALSE when there is none left
 */
gboolean
tide_engineio_payload_next (const char **cursor, const char *end, TideSpan *packet)
{
  const char *start = *cursor;
  const char *separator;

  if (start == NULL)
    return FALSE;
  separator = memchr (start, SEPARATOR, end - start);
  *packet = (TideSpan){ start, (separator != NULL ? separator : end) - start };
  *cursor = separator != NULL ? separator + 1 : NULL;
  return TRUE;
}

/**
 * tide_engineio_payload_decode_binary:
 * @packet: a packet
 *
 * Decodes a packet that begins with `b`.
 *
 * Returns: (transfer full) (nullable): the bytes; %NULL when it is not such a packet, or
 *   not base64 to the last character
 */
GBytes *
tide_engineio_payload_decode_binary (const TideSpan *packet)
{
  const char *text = packet->bytes;
  g_autofree char *base64 = NULL;
  guchar *bytes;
  gsize n_letters;
  gsize n_padding;
  gsize length;

  if (packet->length == 0 || text[0] != BINARY_MARK)
    return NULL;
  base64 = g_strndup (text + 1, packet->length - 1);
  n_letters =
      strspn (base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  n_padding = strspn (base64 + n_letters, "=");
  if (n_letters + n_padding != packet->length - 1 || n_padding > 2 ||
      (n_letters + n_padding) % 4 != 0)
    return NULL;
  bytes = g_base64_decode (base64, &length);
  return g_bytes_new_take (bytes, length);
}
