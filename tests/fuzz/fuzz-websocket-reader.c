/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input says how the rest is cut and whether messages may be
 * compressed; the rest is what a client sends. */

#include "tide-websocket-reader.h"

#include <string.h>

#define MAX_MESSAGE 300
#define MAX_FRAGMENTS 4

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Writes down what is read from bytes that come in pieces. */
static GByteArray *
read_pieces (const guint8 *data, gsize size, gsize piece, TideInflater *inflater)
{
  const TideWebSocketRules rules = { MAX_MESSAGE, MAX_FRAGMENTS, inflater };
  TideWebSocketReader reader = { 0 };
  TideWebSocketMessage message = { 0 };
  GByteArray *log = g_byte_array_new ();

  for (gsize at = 0; at < size && message.close_code == 0; at += piece)
    {
      gsize length = MIN (piece, size - at);
      g_autofree guint8 *copy = g_memdup2 (data + at, length);
      TideSpan input = { copy, length };

      while (message.close_code == 0 &&
             tide_websocket_reader_next (&reader, &input, &rules, &message))
        {
          g_byte_array_append (log, (const guint8 *) &message.opcode, 1);
          g_byte_array_append (
              log, (const guint8 *) &message.close_code, sizeof message.close_code);
          if (message.payload == NULL)
            continue;
          g_assert_cmpuint (message.payload->len, <=, MAX_MESSAGE);
          g_assert_cmpuint (message.payload->data[message.payload->len], ==, 0);
          g_byte_array_append (log, message.payload->data, message.payload->len);
          g_byte_array_unref (message.payload);
        }
    }
  tide_websocket_reader_clear (&reader);
  return log;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size == 0)
    return 0;

  /* However the bytes are cut, the same is read. */
  TideInflater *inflater = (data[0] & 0x80) != 0 ? tide_inflater_new () : NULL;
  gsize piece = (data[0] & 0x7f) + 1;
  g_autoptr (GByteArray) chopped = read_pieces (data + 1, size - 1, piece, inflater);
  g_autoptr (GByteArray) whole =
      read_pieces (data + 1, size - 1, G_MAXSIZE / 2, inflater);

  g_assert_cmpmem (chopped->data, chopped->len, whole->data, whole->len);
  g_clear_pointer (&inflater, tide_inflater_free);

  /* The same bytes as frames of ours: never out of bounds, and always to an end. */
  const guint8 *cursor = data;
  TideWebSocketOpcode opcode;
  TideSpan payload;

  while (tide_websocket_frame_next (&cursor, data + size, &opcode, &payload))
    {
      g_assert_true ((const guint8 *) payload.bytes + payload.length == cursor);
      g_assert_true (cursor <= data + size);
    }
  return 0;
}
