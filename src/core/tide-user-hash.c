/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-hash.h"

#include <sys/random.h>

#define KEY_BYTES 32
#define SHOWN_DIGITS 16

/* Of this process alone: who has the log and a list of names finds nobody in it. */
static const guint8 *
get_key (void)
{
  static gsize is_made;
  static guint8 key[KEY_BYTES];

  if (g_once_init_enter (&is_made))
    {
      gsize is_random = getrandom (key, sizeof key, 0) == sizeof key;

      if (!is_random)
        for (guint i = 0; i < sizeof key; i++)
          key[i] = (guint8) g_random_int ();
      g_once_init_leave (&is_made, 1);
    }
  return key;
}

/**
 * tide_user_hash:
 * @name: the name of a user
 *
 * Makes something that stands for a user in log lines, which never have names: the same
 * for the same user as long as the process lives, and another in the next process.
 *
 * Returns: (transfer full): 16 hexadecimal digits
 */
char *
tide_user_hash (const char *name)
{
  char *digits =
      g_compute_hmac_for_string (G_CHECKSUM_SHA256, get_key (), KEY_BYTES, name, -1);

  digits[SHOWN_DIGITS] = '\0';
  return digits;
}
