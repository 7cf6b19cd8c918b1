/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-secret-file.h"

#include "tide-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREDENTIAL "credential:"

/* The bytes of a file, to be wiped. */
typedef struct
{
  gsize n_bytes;
  gsize size;
  char bytes[];
} Secret;

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  explicit_bzero (secret->bytes, secret->size);
  g_free (secret);
}

/* Reads at most as much as there is room for. */
static gboolean
read_all (int fd, Secret *secret)
{
  while (secret->n_bytes < secret->size)
    {
      ssize_t n_read =
          read (fd, secret->bytes + secret->n_bytes, secret->size - secret->n_bytes);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return FALSE;
      if (n_read == 0)
        break;
      secret->n_bytes += n_read;
    }
  return TRUE;
}

/* Finds out what is wrong with the file, and fills @secret. */
static const char *
read_file (int fd, Secret *secret, gsize max_bytes)
{
  struct stat facts;

  if (fstat (fd, &facts) < 0)
    return g_strerror (errno);
  if (S_ISREG (facts.st_mode) && (facts.st_mode & S_IRWXO) != 0)
    return "everybody on this machine may use it; take that away with chmod o-rwx";
  if (!read_all (fd, secret))
    return g_strerror (errno);
  if (secret->n_bytes > max_bytes)
    return "it is longer than a secret may be";
  return NULL;
}

/**
 * tide_secret_file_find:
 * @name: a path, or `credential:NAME`
 * @error: return location for an error
 *
 * Finds where a secret is. Those called `credential:` are the ones that systemd has
 * given the service with `LoadCredential=NAME:…`, in the folder that the environment
 * variable `CREDENTIALS_DIRECTORY` names: systemd.exec(5).
 *
 * Fails with [error@Error.UNAVAILABLE] when systemd gave none.
 *
 * Returns: (transfer full): a path
 */
char *
tide_secret_file_find (const char *name, GError **error)
{
  const char *folder = g_getenv ("CREDENTIALS_DIRECTORY");
  const char *credential = name + strlen (CREDENTIAL);

  if (!g_str_has_prefix (name, CREDENTIAL))
    return g_strdup (name);
  if (folder != NULL && *credential != '\0' && strchr (credential, '/') == NULL)
    return g_build_filename (folder, credential, NULL);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_UNAVAILABLE,
               "cannot read %s: systemd gave no credentials; the unit needs "
               "LoadCredential=%s:PATH, or name a file by its path",
               name,
               credential);
  return NULL;
}

/**
 * tide_secret_file_read:
 * @path: as tide_secret_file_find() takes it: a file that holds a secret
 * @max_bytes: how large it may be
 * @error: return location for an error
 *
 * Reads a secret, such as a file of systemd's LoadCredential. The bytes are wiped when
 * they are freed. A file that others than its owner and group may use is refused.
 *
 * Fails with [error@Error.UNAVAILABLE] when it can't be read; the message names the file,
 * after which the caller is to say what it is for.
 *
 * Returns: (transfer full): all of the file
 */
GBytes *
tide_secret_file_read (const char *path, gsize max_bytes, GError **error)
{
  g_autofree char *found = tide_secret_file_find (path, error);
  Secret *secret;
  const char *fault;
  int fd;

  if (found == NULL)
    return NULL;
  fd = open (found, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  secret = g_malloc0 (sizeof (Secret) + max_bytes + 1);
  secret->size = max_bytes + 1;
  fault = fd < 0 ? g_strerror (errno) : read_file (fd, secret, max_bytes);
  if (fd >= 0)
    close (fd);
  if (fault != NULL)
    {
      g_set_error (
          error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "cannot read %s: %s", path, fault);
      secret_free (secret);
      return NULL;
    }
  return g_bytes_new_with_free_func (secret->bytes, secret->n_bytes, secret_free, secret);
}

/**
 * tide_secret_equal:
 * @a: (array length=n_bytes) (element-type guint8): bytes
 * @b: (array length=n_bytes) (element-type guint8): others
 * @n_bytes: how many
 *
 * Compares what an attacker may guess at, in a time that does not tell how much of it is
 * right.
 *
 * Returns: whether all are equal
 */
gboolean
tide_secret_equal (gconstpointer a, gconstpointer b, gsize n_bytes)
{
  const volatile guint8 *left = a;
  const volatile guint8 *right = b;
  guint8 difference = 0;

  for (gsize i = 0; i < n_bytes; i++)
    difference |= left[i] ^ right[i];
  return difference == 0;
}
