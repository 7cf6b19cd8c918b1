/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "floor-wire.h"

#include <string.h>

/* Returns: (transfer full) (nullable): the answer to a handshake */
char *
floor_wire_make_answer (const char *request)
{
  static const char label[] = "Sec-WebSocket-Key: ";
  static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  const char *key = strstr (request, label);
  g_autofree char *accept = NULL;
  guint8 digest[20];
  gsize n_digest = sizeof digest;

  if (key == NULL)
    return NULL;
  key += sizeof label - 1;
  g_checksum_update (checksum, (const guint8 *) key, strcspn (key, "\r"));
  g_checksum_update (checksum, (const guint8 *) magic, sizeof magic - 1);
  g_checksum_get_digest (checksum, digest, &n_digest);
  accept = g_base64_encode (digest, n_digest);
  return g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                          accept);
}

/* Takes the mask off a text frame that is whole and shorter than 64 KiB. There is room
 * for a zero behind it.
 *
 * Returns: (nullable): the text, inside @bytes */
const char *
floor_wire_read_text (guint8 *bytes, gsize n_bytes)
{
  gsize n_header;
  gsize length;

  if (n_bytes < 8)
    return NULL;
  n_header = (bytes[1] & 0x7F) < 126 ? 6 : 8;
  length = n_header == 6 ? bytes[1] & 0x7F : (gsize) bytes[2] << 8 | bytes[3];
  if ((bytes[0] & 0x0F) != 1 || n_bytes < n_header + length)
    return NULL;
  for (gsize i = 0; i < length; i++)
    bytes[n_header + i] ^= bytes[n_header - 4 + i % 4];
  bytes[n_header + length] = '\0';
  return (const char *) bytes + n_header;
}

/* Makes a text frame for less than 64 KiB, to be filled in.
 *
 * @n_header: (out): where the text begins */
guint8 *
floor_wire_make_frame (gsize n_bytes, gsize *n_header)
{
  guint8 *frame = g_malloc (4 + n_bytes);

  frame[0] = 0x81;
  if (n_bytes < 126)
    {
      frame[1] = (guint8) n_bytes;
      *n_header = 2;
      return frame;
    }
  frame[1] = 126;
  frame[2] = (guint8) (n_bytes >> 8);
  frame[3] = (guint8) (n_bytes & 0xFF);
  *n_header = 4;
  return frame;
}
