/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-inherited-sockets.h"

#include "tide-error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#if TIDE_HAS_SYSTEMD
#include <systemd/sd-daemon.h>
#define FIRST_FD SD_LISTEN_FDS_START
#else
#define FIRST_FD 3
#endif

#define TLS_PREFIX "tls:"
#define WORD "systemd"

/* All addresses to listen on, and what systemd gave. */
typedef struct
{
  const char **addresses; /* (unowned) (array length=n) */
  guint n;
  char **names; /* (owned) (nullable), once they are taken */
} Wanted;

static const char *
skip_tls (const char *address)
{
  return g_str_has_prefix (address, TLS_PREFIX) ? address + strlen (TLS_PREFIX) : address;
}

/* Takes the sockets from the environment: there are none for a second call.
 *
 * Returns: (transfer full): their names; that of descriptor FIRST_FD is the first */
static char **
take_names (void)
{
#if TIDE_HAS_SYSTEMD
  char **names = NULL;
  int n = sd_listen_fds_with_names (TRUE, &names);
  char **copy = g_new0 (char *, MAX (n, 0) + 1);

  for (int i = 0; i < n; i++)
    {
      copy[i] = g_strdup (names[i]);
      free (names[i]);
    }
  free (names);
  return copy;
#else
  return g_new0 (char *, 1);
#endif
}

static gboolean
is_listening_stream (int fd)
{
#if TIDE_HAS_SYSTEMD
  return sd_is_socket (fd, AF_UNSPEC, SOCK_STREAM, TRUE) > 0;
#else
  return FALSE;
#endif
}

/* Whether an address names a socket, so that `systemd` alone does not mean it. */
static gboolean
is_named (const Wanted *wanted, const char *name)
{
  for (guint i = 0; i < wanted->n; i++)
    {
      const char *word = skip_tls (wanted->addresses[i]);

      if (g_str_has_prefix (word, WORD ":") &&
          g_str_equal (word + strlen (WORD ":"), name))
        return TRUE;
    }
  return FALSE;
}

static gboolean
fail (GError **error, const char *address, char **names)
{
  g_autofree char *list = g_strjoinv (", ", names);

  if (*names == NULL)
    g_set_error (
        error,
        TIDE_ERROR,
        TIDE_ERROR_BAD_CONFIG,
        "can't listen on %s: systemd gave no socket: start it with systemctl start "
        "tidewired.socket, or listen on an address such as 127.0.0.1:5000%s",
        address,
        TIDE_HAS_SYSTEMD ? "" : "; this build has no libsystemd");
  else if (g_str_equal (skip_tls (address), WORD))
    g_set_error (
        error,
        TIDE_ERROR,
        TIDE_ERROR_BAD_CONFIG,
        "can't listen on %s: of the sockets that systemd gave (%s) each is named by "
        "another address of listen or admin-listen; take this one away",
        address,
        list);
  else
    g_set_error (
        error,
        TIDE_ERROR,
        TIDE_ERROR_BAD_CONFIG,
        "can't listen on %s: systemd gave no socket of that name; it gave %s, after "
        "FileDescriptorName= or the name of the socket unit",
        address,
        list);
  return FALSE;
}

/* Adds those sockets that an address means. */
static gboolean
add (GPtrArray *expanded, const Wanted *wanted, const char *address, GError **error)
{
  const char *rest = skip_tls (address) + strlen (WORD);
  const char *name = *rest == ':' ? rest + 1 : NULL;
  char **names = wanted->names;
  guint n_before = expanded->len;

  for (int i = 0; names[i] != NULL; i++)
    {
      if (name != NULL ? !g_str_equal (names[i], name) : is_named (wanted, names[i]))
        continue;
      if (!is_listening_stream (FIRST_FD + i))
        {
          g_set_error (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_CONFIG,
                       "the socket %s that systemd gave is none that connections are "
                       "accepted from; use ListenStream= and Accept=no in its unit",
                       names[i]);
          return FALSE;
        }
      g_ptr_array_add (
          expanded,
          g_strdup_printf ("%sfd:%d",
                           g_str_has_prefix (address, TLS_PREFIX) ? TLS_PREFIX : "",
                           FIRST_FD + i));
    }
  return expanded->len > n_before || fail (error, address, names);
}

/**
 * tide_inherited_sockets_are_meant:
 * @address: an address to listen on
 *
 * Returns: whether it stands for sockets that systemd gives: `systemd` or `systemd:NAME`,
 *   perhaps with `tls:` before it
 */
gboolean
tide_inherited_sockets_are_meant (const char *address)
{
  const char *word = skip_tls (address);

  return g_str_equal (word, WORD) || g_str_has_prefix (word, WORD ":");
}

/* Takes the sockets from the environment when an address stands for some. */
static void
take_names_for (Wanted *wanted)
{
  for (guint i = 0; i < wanted->n && wanted->names == NULL; i++)
    if (tide_inherited_sockets_are_meant (wanted->addresses[i]))
      wanted->names = take_names ();
  if (wanted->names == NULL && g_getenv ("LISTEN_FDS") != NULL)
    g_warning ("systemd has given sockets, but nothing listens there: set [server] "
               "listen=systemd, or stop and disable the socket unit");
}

static gboolean
expand (GPtrArray *expanded,
        const Wanted *wanted,
        guint n_listen,
        guint *n_expanded_listen,
        GError **error)
{
  for (guint i = 0; i < wanted->n; i++)
    {
      const char *address = wanted->addresses[i];

      if (i == n_listen)
        *n_expanded_listen = expanded->len;
      if (!tide_inherited_sockets_are_meant (address))
        g_ptr_array_add (expanded, g_strdup (address));
      else if (!add (expanded, wanted, address, error))
        return FALSE;
    }
  if (wanted->n == n_listen)
    *n_expanded_listen = expanded->len;
  g_ptr_array_add (expanded, NULL);
  return TRUE;
}

/**
 * tide_inherited_sockets_expand:
 * @listen: (array zero-terminated=1): addresses to listen on
 * @admin_listen: (nullable) (array zero-terminated=1): more of them, for those who run
 *   the service
 * @n_listen: (out): how many of what is returned are of @listen; they are the first
 * @error: return location for an error
 *
 * Puts `fd:N` in the place of each address that stands for sockets of systemd, as many as
 * there are; `systemd` stands for all that no other address names. They are taken from
 * the environment, so this works once; children do not inherit them any further.
 * https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html
 *
 * Fails with [error@Error.BAD_CONFIG] when systemd gave none, none of that name, or one
 * that is no listening stream socket.
 *
 * Returns: (transfer full) (array zero-terminated=1): the addresses
 */
char **
tide_inherited_sockets_expand (const char *const *listen,
                               const char *const *admin_listen,
                               guint *n_listen,
                               GError **error)
{
  g_autoptr (GPtrArray) expanded = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();
  g_auto (GStrv) names = NULL;
  guint n_first;
  Wanted wanted;

  for (; *listen != NULL; listen++)
    g_ptr_array_add (addresses, (gpointer) *listen);
  n_first = addresses->len;
  for (; admin_listen != NULL && *admin_listen != NULL; admin_listen++)
    g_ptr_array_add (addresses, (gpointer) *admin_listen);
  wanted = (Wanted){ (const char **) addresses->pdata, addresses->len, NULL };
  take_names_for (&wanted);
  names = wanted.names;
  if (!expand (expanded, &wanted, n_first, n_listen, error))
    return NULL;
  return (char **) g_ptr_array_steal (expanded, NULL);
}
