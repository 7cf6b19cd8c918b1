/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-base64url.h"

#include <string.h>

/**
 * tide_base64url_decode:
 * @text: (array length=length): base64url (RFC 4648, section 5) without padding
 * @length: its length in bytes
 * @n_bytes: (out): how many bytes it stands for
 *
 * Decodes base64url strictly: nothing is passed over, and no bits are left over that are
 * not 0. So there is one text for each sequence of bytes.
 *
 * Returns: (transfer full) (nullable): the bytes, with a NUL behind them; %NULL when it
 * is no base64url
 */
guint8 *
tide_base64url_decode (const char *text, gsize length, gsize *n_bytes)
{
  guint8 *bytes = g_malloc (length / 4 * 3 + 4);
  guint32 bits = 0;
  guint n_bits = 0;
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = text[i];
      guint value;

      if (c >= 'A' && c <= 'Z')
        value = c - 'A';
      else if (c >= 'a' && c <= 'z')
        value = c - 'a' + 26;
      else if (c >= '0' && c <= '9')
        value = c - '0' + 52;
      else if (c == '-' || c == '_')
        value = c == '-' ? 62 : 63;
      else
        break;
      bits = bits << 6 | value;
      n_bits += 6;
      if (n_bits >= 8)
        {
          n_bits -= 8;
          bytes[n++] = bits >> n_bits;
          bits &= (1u << n_bits) - 1;
        }
      if (i + 1 < length)
        continue;
      if (n_bits >= 6 || bits != 0)
        break;
      bytes[n] = 0;
      *n_bytes = n;
      return bytes;
    }
  if (length == 0)
    {
      bytes[0] = 0;
      *n_bytes = 0;
      return bytes;
    }
  g_free (bytes);
  return NULL;
}
