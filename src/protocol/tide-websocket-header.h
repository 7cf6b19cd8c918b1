/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The header of a frame: RFC 6455, section 5.2. Private to this folder. */

#define FIN_BIT 0x80
#define RESERVED_BITS 0x70
#define COMPRESSED_BIT                                                                   \
  0x40 /* RFC 7692: the first of a message, when it is compressed                        \
        */
#define OPCODE_BITS 0x0f
#define CONTROL_BIT 0x08
#define MASK_BIT 0x80
#define LENGTH_BITS 0x7f
#define LENGTH_IS_16_BIT 126
#define LENGTH_IS_64_BIT 127
#define MASK_SIZE 4

/* Size of the length that follows the first two bytes of a header. */
static inline gsize
tide_websocket_get_long_length_size (guint8 short_length)
{
  return short_length == LENGTH_IS_64_BIT ? 8 : short_length == LENGTH_IS_16_BIT ? 2 : 0;
}

/* Size of a header, as far as its first @n_bytes bytes tell. */
static inline gsize
tide_websocket_get_header_size (const guint8 *header, gsize n_bytes)
{
  if (n_bytes < 2)
    return 2;
  return 2 + tide_websocket_get_long_length_size (header[1] & LENGTH_BITS) +
         ((header[1] & MASK_BIT) != 0 ? MASK_SIZE : 0);
}

/* The payload's length as a header tells it; all of the header must be there. */
static inline guint64
tide_websocket_read_length (const guint8 *header)
{
  guint8 short_length = header[1] & LENGTH_BITS;
  gsize size = tide_websocket_get_long_length_size (short_length);
  guint64 length = size > 0 ? 0 : short_length;

  for (gsize i = 0; i < size; i++)
    length = length << 8 | header[2 + i];
  return length;
}

/* Whether a length takes no more bytes than it needs, which the standard demands. */
static inline gboolean
tide_websocket_is_length_short (const guint8 *header)
{
  guint64 length = tide_websocket_read_length (header);

  switch (tide_websocket_get_long_length_size (header[1] & LENGTH_BITS))
    {
    case 2:
      return length >= LENGTH_IS_16_BIT;
    case 8:
      return length > G_MAXUINT16 && length <= G_MAXINT64;
    default:
      return TRUE;
    }
}

G_END_DECLS
