/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-password-file.h"

#include "tide-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES 4096

typedef struct
{
  gsize length;
  char bytes[MAX_BYTES + 1];
} Password;

static void
password_free (gpointer data)
{
  explicit_bzero (data, sizeof (Password));
  g_free (data);
}

/* Reads at most as much as there is room for. */
static gboolean
read_all (int fd, Password *password)
{
  while (password->length < sizeof password->bytes)
    {
      ssize_t n_read = read (fd,
                             password->bytes + password->length,
                             sizeof password->bytes - password->length);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return FALSE;
      if (n_read == 0)
        break;
      password->length += n_read;
    }
  return TRUE;
}

static void
cut_newline (Password *password)
{
  if (password->length > 0 && password->bytes[password->length - 1] == '\n')
    password->length--;
  if (password->length > 0 && password->bytes[password->length - 1] == '\r')
    password->length--;
}

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
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  Password *password = g_new0 (Password, 1);
  const char *fault = NULL;

  if (fd < 0 || !read_all (fd, password))
    fault = g_strerror (errno);
  if (fd >= 0)
    close (fd);

  cut_newline (password);
  if (fault == NULL && password->length == 0)
    fault = "it is empty";
  if (fault == NULL && password->length > MAX_BYTES)
    fault = "it is longer than a password may be, 4096 bytes";
  if (fault != NULL)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_UNAVAILABLE,
                   "cannot read the password file %s: %s",
                   path,
                   fault);
      password_free (password);
      return NULL;
    }
  return g_bytes_new_with_free_func (
      password->bytes, password->length, password_free, password);
}
