/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Build with clang and -fsanitize=fuzzer,address,undefined, src/core/tide-frame.c and
 * src/protocol/tide-websocket-frame.c. The first byte of an input says how the rest is
 * cut; the rest is what a client sends. */

#include "tide-websocket-frame.h"

#include <string.h>

#define MAX_MESSAGE 300
#define MAX_FRAGMENTS 4

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Goes through the frames with all of the bytes at hand. Stops at a header that is cut
 * short, which nobody can judge yet. */
static gboolean
is_within_limits (const guint8 *bytes, gsize n_bytes)
{
  guint64 message_bytes = 0;
  guint n_fragments = 0;

  for (gsize at = 0; at + 2 <= n_bytes;)
    {
      guint short_length = bytes[at + 1] & 0x7f;
      guint n_long = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
      gsize header_size = 2 + n_long + ((bytes[at + 1] & 0x80) != 0 ? 4 : 0);
      guint64 length = n_long > 0 ? 0 : short_length;

      if (n_bytes - at < header_size)
        return TRUE;
      for (guint i = 0; i < n_long; i++)
        length = length * 256 + bytes[at + 2 + i];
      if ((bytes[at] & 0x08) == 0)
        {
          n_fragments++;
          if (n_fragments > MAX_FRAGMENTS || length > MAX_MESSAGE ||
              message_bytes + length > MAX_MESSAGE)
            return FALSE;
          message_bytes += length;
          if ((bytes[at] & 0x80) != 0)
            {
              n_fragments = 0;
              message_bytes = 0;
            }
        }
      at += header_size;
      if (length > n_bytes - at)
        return TRUE;
      at += length;
    }
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  TideWebSocketMeter meter = { 0 };
  gboolean is_good = TRUE;
  gsize piece;

  if (size == 0)
    return 0;
  piece = data[0] + 1;
  data++;
  size--;

  for (gsize at = 0; at < size && is_good; at += piece)
    {
      gsize length = MIN (piece, size - at);
      g_autofree guint8 *copy = g_malloc (length);

      memcpy (copy, data + at, length);
      is_good =
          tide_websocket_meter_feed (&meter, copy, length, MAX_MESSAGE, MAX_FRAGMENTS);
    }
  g_assert_cmpint (is_good, ==, is_within_limits (data, size));

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
