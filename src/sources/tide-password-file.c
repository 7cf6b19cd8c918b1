/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-password-file.h"

#include "tide-error.h"
#include "tide-secret-file.h"

#define MAX_BYTES 4096

/**
 * tide_password_file_read:
 * @path: a file that holds a password and nothing else
 * @error: return location for an error
 *
 * Reads a password of 1 to 4096 bytes; a newline at its end is no part of it. The bytes
 * are wiped when they are freed.
 *
 * Fails with %TIDE_ERROR_UNAVAILABLE when the file can't be read or holds no password;
 * the message names the file.
 *
 * Returns: (transfer full): the password
 */
GBytes *
tide_password_file_read (const char *path, GError **error)
{
  g_autoptr (GBytes) all = tide_secret_file_read (path, MAX_BYTES + 2, error);
  const char *bytes;
  gsize length;

  if (all == NULL)
    {
      g_prefix_error (error, "the password file can't be used: ");
      return NULL;
    }
  bytes = g_bytes_get_data (all, &length);
  if (length > 0 && bytes[length - 1] == '\n')
    length--;
  if (length > 0 && bytes[length - 1] == '\r')
    length--;
  if (length == 0 || length > MAX_BYTES)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_UNAVAILABLE,
                   "the password file can't be used: cannot read %s: %s",
                   path,
                   length == 0 ? "it is empty"
                               : "it is longer than a password may be, 4096 bytes");
      return NULL;
    }
  return g_bytes_new_from_bytes (all, 0, length);
}
