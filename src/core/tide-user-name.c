/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-name.h"

#include <string.h>

/**
 * tide_user_name_is_good:
 * @name: what may be a name
 *
 * Looks whether a user can have this name: 1 to 128 bytes of printable UTF-8.
 *
 * Returns: %TRUE if so
 */
gboolean
tide_user_name_is_good (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > TIDE_USER_NAME_MAX_BYTES ||
      !g_utf8_validate (name, length, NULL))
    return FALSE;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}
