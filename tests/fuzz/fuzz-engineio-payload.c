/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is what a client posts. Its packets put together again are the same payload,
 * and so is the payload that is made of them as frames, but for the padding bits that
 * base64 may have. */

#include "tide-engineio-payload.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
append (GString *payload, TideWebSocketOpcode opcode, const TideSpan *span)
{
  g_autoptr (TideFrame) frame = tide_websocket_frame_new (opcode, span, 1, 0);

  tide_engineio_payload_append_frame (payload, frame);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  /* A copy without a NUL behind it, so that a sanitizer sees what is read too far. */
  g_autofree char *bytes = g_memdup2 (data, size);
  const char *cursor = bytes != NULL ? bytes : "";
  const char *end = cursor + size;
  g_autoptr (GString) again = g_string_new (NULL);
  g_autoptr (GString) framed = g_string_new (NULL);
  TideSpan packet;

  for (guint i = 0; tide_engineio_payload_next (&cursor, end, &packet); i++)
    {
      g_autoptr (GBytes) binary = tide_engineio_payload_decode_binary (&packet);

      if (i > 0)
        g_string_append_c (again, '\x1e');
      g_string_append_len (again, packet.bytes, packet.length);

      g_string_truncate (framed, 0);
      if (binary == NULL)
        append (framed, TIDE_WEBSOCKET_TEXT, &packet);
      else
        {
          TideSpan span = { NULL, 0 };

          span.bytes = g_bytes_get_data (binary, &span.length);
          append (framed, TIDE_WEBSOCKET_BINARY, &span);
        }
      g_assert_cmpuint (framed->len, ==, packet.length);
    }
  g_assert_cmpmem (again->str, again->len, data, size);
  return 0;
}
