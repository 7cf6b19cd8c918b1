/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ack-id.h"

#define MAX_ID_DIGITS 16
#define MAX_ID ((G_GUINT64_CONSTANT (1) << 53) - 1) /* what a browser's numbers hold */

/**
 * tide_ack_id_parse:
 * @text: (array length=length): what should be a whole number
 * @length: its length in bytes
 * @id: (out): its value, 0 to 2^53 - 1; untouched on failure
 *
 * Reads the id of an acknowledgement: digits only, a number that browsers can hold.
 *
 * Returns: whether it is one
 */
gboolean
tide_ack_id_parse (const char *text, gsize length, guint64 *id)
{
  guint64 value = 0;

  if (length == 0 || length > MAX_ID_DIGITS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (text[i] - '0');
    }
  if (value > MAX_ID)
    return FALSE;
  *id = value;
  return TRUE;
}
