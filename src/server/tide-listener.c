/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A listening socket of ours: we accept, so that limits and a lack of descriptors are
 * ours to handle before libsoup spends anything on a connection. */

#include "tide-listener.h"

#include "tide-error.h"
#include "tide-message-ids.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN 128
#define BACKLOG 4096
#define PAUSE_US (G_USEC_PER_SEC / 2)
#define LOG_EVERY_US (10 * G_USEC_PER_SEC)

#define UNIX_PREFIX "unix:"
/* Who may connect: a proxy whose user is in our group, whatever the umask is. */
#define UNIX_MODE 0660
#define TLS_PREFIX "tls:"
#define FD_PREFIX "fd:"

typedef struct
{
  GSource parent;
  TideListener *listener; /* (unowned), owns us */
} ListenerSource;

struct _TideListener
{
  int fd;
  char *uri; /* (owned), for people: http://127.0.0.1:5000/ or unix:/path */
  gboolean is_tls;
  gboolean is_local;     /* only this machine can connect */
  gboolean is_admin;     /* it is for those who run the service */
  gboolean is_inherited; /* others listen on it, too, before us and after us */
  char *path;            /* (owned) (nullable), of a Unix socket, removed at the end */
  TideTimerWheel *wheel; /* (unowned), outlives us */
  TideListenerFunc func;
  gpointer user_data; /* (unowned), for @func */
  GSource *source;    /* (owned) */
  gpointer tag;       /* (unowned), of the descriptor in @source */
  TideTimer pause;    /* while descriptors are short */
  guint64 *n_pauses;  /* (unowned) (nullable), a counter of pauses */
  gint64 last_log_us;
};

static void
note_peer (const struct sockaddr_storage *from, TideAddress *peer)
{
  memset (peer, 0, sizeof *peer);
  if (from->ss_family == AF_INET)
    {
      const struct sockaddr_in *in = (const struct sockaddr_in *) from;

      peer->ip.s6_addr[10] = peer->ip.s6_addr[11] = 0xFF;
      memcpy (&peer->ip.s6_addr[12], &in->sin_addr, 4);
      peer->port = ntohs (in->sin_port);
    }
  else if (from->ss_family == AF_INET6)
    {
      const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) from;

      peer->ip = in6->sin6_addr;
      peer->port = ntohs (in6->sin6_port);
    }
}

static void
on_pause_over (TideTimer *timer, gint64 now_us)
{
  TideListener *self = timer->user_data;

  g_source_modify_unix_fd (self->source, self->tag, G_IO_IN);
}

/* Out of descriptors or memory: those who wait in the kernel's queue are not refused,
 * they wait a little longer. */
static void
take_a_break (TideListener *self, int code)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  if (self->n_pauses != NULL)
    (*self->n_pauses)++;
  g_source_modify_unix_fd (self->source, self->tag, 0);
  tide_timer_wheel_arm (self->wheel, &self->pause, now_us + PAUSE_US);
  if (self->last_log_us != 0 && now_us - self->last_log_us < LOG_EVERY_US)
    return;
  self->last_log_us = now_us;
  tide_log_notable (
      G_LOG_LEVEL_WARNING,
      TIDE_MESSAGE_ACCEPT_PAUSED,
      "%s: can't accept: %s; trying again every half second (raise the limit of open "
      "files, LimitNOFILE= or ulimit -n)",
      self->uri,
      g_strerror (code));
}

static gboolean
listener_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideListener *self = ((ListenerSource *) source)->listener;

  for (int i = 0; i < ACCEPTS_PER_TURN; i++)
    {
      struct sockaddr_storage from;
      socklen_t length = sizeof from;
      TideAddress peer;
      int fd = accept4 (
          self->fd, (struct sockaddr *) &from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd < 0)
        {
          if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            take_a_break (self, errno);
          if (errno == ECONNABORTED || errno == EINTR)
            continue;
          break;
        }
      if (from.ss_family != AF_UNIX)
        setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      note_peer (&from, &peer);
      self->func (self, fd, &peer, self->user_data);
    }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs listener_source_funcs = { .dispatch = listener_source_dispatch };

static gboolean
fail (GError **error, const char *address, int code)
{
  if (code == EADDRINUSE)
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_ADDRESS_IN_USE,
                 "can't listen on %s: another program does already; stop it, or choose "
                 "another address with --set=server.listen=HOST:PORT",
                 address);
  else
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_BAD_CONFIG,
                 "can't listen on %s: %s; choose another address with "
                 "--set=server.listen=HOST:PORT",
                 address,
                 g_strerror (code));
  return FALSE;
}

/* A Unix socket that nobody listens on any more is left over and in the way. Only a
 * refusal says so: an owner that is busy, or another user's, does not refuse. */
static void
remove_stale_socket (GSocketAddress *address, const char *path)
{
  g_autoptr (GSocket) probe = NULL;
  g_autoptr (GError) error = NULL;
  struct stat status;

  if (lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return;
  probe = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  if (probe != NULL && !g_socket_connect (probe, address, NULL, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    unlink (path);
}

static GSocketAddress *
parse_address (TideListener *self, const char *address, GError **error)
{
  g_autoptr (GSocketConnectable) connectable = NULL;
  GSocketAddress *parsed = NULL;

  if (g_str_has_prefix (address, UNIX_PREFIX))
    {
      self->path = g_strdup (address + strlen (UNIX_PREFIX));
      /* GLib would cut it short, and listen elsewhere. */
      if (strlen (self->path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
        {
          fail (error, address, ENAMETOOLONG);
          return NULL;
        }
      parsed = g_unix_socket_address_new (self->path);
      remove_stale_socket (parsed, self->path);
      return parsed;
    }
  connectable = g_network_address_parse (address, 0, NULL);
  if (connectable != NULL)
    {
      const char *host = g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable));
      guint16 port = g_network_address_get_port (G_NETWORK_ADDRESS (connectable));

      if (g_str_equal (host, "localhost"))
        host = "127.0.0.1";
      parsed = g_inet_socket_address_new_from_string (host, port);
    }
  if (parsed == NULL)
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_BAD_CONFIG,
                 "can't listen on %s: give an IP address and a port, such as "
                 "127.0.0.1:5000 or [::1]:5000, or unix:/path",
                 address);
  return parsed;
}

static gboolean
open_socket (TideListener *self,
             GSocketAddress *where,
             const char *address,
             GError **error)
{
  struct sockaddr_storage native;
  gssize length = g_socket_address_get_native_size (where);

  if (!g_socket_address_to_native (where, &native, sizeof native, NULL))
    return fail (error, address, EAFNOSUPPORT);
  self->fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    return fail (error, address, errno);
  setsockopt (self->fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof (int));
  if (native.ss_family == AF_INET6)
    setsockopt (self->fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof (int));
  if (bind (self->fd, (struct sockaddr *) &native, length) != 0 ||
      (self->path != NULL && chmod (self->path, UNIX_MODE) != 0) ||
      listen (self->fd, BACKLOG) != 0)
    {
      int code = errno;

      g_clear_pointer (&self->path, g_free);
      return fail (error, address, code);
    }
  return TRUE;
}

/* A socket that somebody else has opened, and that goes on when we end. */
static void
take_socket (TideListener *self, const char *address)
{
  self->fd = (int) g_ascii_strtoll (address + strlen (FD_PREFIX), NULL, 10);
  self->is_inherited = TRUE;
  g_unix_set_fd_nonblocking (self->fd, TRUE, NULL);
}

static char *
make_uri (TideListener *self)
{
  struct sockaddr_storage native;
  socklen_t length = sizeof native;
  g_autoptr (GSocketAddress) bound = NULL;
  g_autofree char *host = NULL;

  if (self->path != NULL)
    return g_strconcat (UNIX_PREFIX, self->path, NULL);
  getsockname (self->fd, (struct sockaddr *) &native, &length);
  bound = g_socket_address_new_from_native (&native, length);
  if (G_IS_UNIX_SOCKET_ADDRESS (bound))
    return g_strconcat (UNIX_PREFIX,
                        g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (bound)),
                        NULL);
  host = g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (bound)));
  return g_strdup_printf (native.ss_family == AF_INET6 ? "%s://[%s]:%u/" : "%s://%s:%u/",
                          self->is_tls ? "https" : "http",
                          host,
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static gboolean
is_bound_locally (int fd)
{
  struct sockaddr_storage native;
  socklen_t length = sizeof native;
  g_autoptr (GSocketAddress) bound = NULL;

  getsockname (fd, (struct sockaddr *) &native, &length);
  bound = g_socket_address_new_from_native (&native, length);
  return !G_IS_INET_SOCKET_ADDRESS (bound) ||
         g_inet_address_get_is_loopback (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (bound)));
}

static gboolean
start_listening (TideListener *self, const char *address, GError **error)
{
  const char *rest = self->is_tls ? address + strlen (TLS_PREFIX) : address;
  g_autoptr (GSocketAddress) where = NULL;

  if (g_str_has_prefix (rest, FD_PREFIX))
    {
      take_socket (self, rest);
      return TRUE;
    }
  where = parse_address (self, rest, error);
  return where != NULL && open_socket (self, where, address, error);
}

/**
 * tide_listener_is_tls:
 * @address: what tide_listener_new() takes
 *
 * Returns: whether TLS is to be spoken there
 */
gboolean
tide_listener_is_tls (const char *address)
{
  return g_str_has_prefix (address, TLS_PREFIX);
}

/**
 * tide_listener_new:
 * @address: `HOST:PORT`, `[IPv6]:PORT` or `unix:/path`; port 0 takes a free one. `tls:`
 *   may stand before the first two; what that means is up to @func. `fd:N` is a
 *   descriptor that listens already, such as tide_inherited_sockets_expand() gives
 * @wheel: what its timer hangs on; must outlive the listener
 * @func: what to call with accepted sockets
 * @user_data: for @func
 * @error: return location for an error
 *
 * Listens and accepts on the default main context.
 *
 * Fails with [error@Error.ADDRESS_IN_USE] or [error@Error.BAD_CONFIG].
 *
 * Returns: (transfer full): a listener
 */
TideListener *
tide_listener_new (const char *address,
                   TideTimerWheel *wheel,
                   TideListenerFunc func,
                   gpointer user_data,
                   GError **error)
{
  g_autoptr (TideListener) self = g_new0 (TideListener, 1);

  self->fd = -1;
  self->wheel = wheel;
  self->func = func;
  self->user_data = user_data;
  self->pause.func = on_pause_over;
  self->pause.user_data = self;
  self->is_tls = tide_listener_is_tls (address);
  if (!start_listening (self, address, error))
    return NULL;
  self->is_local = is_bound_locally (self->fd);
  self->uri = make_uri (self);
  self->source = g_source_new (&listener_source_funcs, sizeof (ListenerSource));
  ((ListenerSource *) self->source)->listener = self;
  g_source_set_static_name (self->source, "tide-listener");
  self->tag = g_source_add_unix_fd (self->source, self->fd, G_IO_IN);
  g_source_attach (self->source, NULL);
  return g_steal_pointer (&self);
}

/**
 * tide_listener_free:
 * @self: (transfer full): a listener
 *
 * Stops listening; a Unix socket's file is removed.
 */
void
tide_listener_free (TideListener *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->pause);
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  if (self->fd >= 0)
    {
      /* libsoup has a duplicate: closing ours alone would let clients in for nobody. Who
       * waits on an inherited socket is for who listens next. */
      if (!self->is_inherited)
        shutdown (self->fd, SHUT_RDWR);
      close (self->fd);
    }
  if (self->path != NULL && self->uri != NULL)
    unlink (self->path);
  g_free (self->path);
  g_free (self->uri);
  g_free (self);
}

/**
 * tide_listener_count_pauses:
 * @self: a listener
 * @n_pauses: goes up each time that accepting pauses; must outlive the listener
 *
 * Counts how often there were no descriptors left, or no memory.
 */
void
tide_listener_count_pauses (TideListener *self, guint64 *n_pauses)
{
  self->n_pauses = n_pauses;
}

/**
 * tide_listener_get_uri:
 * @self: a listener
 *
 * Returns: (transfer none): where it listens, such as `http://127.0.0.1:5000/`
 */
const char *
tide_listener_get_uri (TideListener *self)
{
  return self->uri;
}

/**
 * tide_listener_get_fd:
 * @self: a listener
 *
 * Returns: the listening descriptor
 */
int
tide_listener_get_fd (TideListener *self)
{
  return self->fd;
}

/**
 * tide_listener_is_local:
 * @self: a listener
 *
 * Returns: whether only this machine can connect
 */
gboolean
tide_listener_is_local (TideListener *self)
{
  return self->is_local;
}

/**
 * tide_listener_set_admin:
 * @self: a listener
 *
 * Says that it is for those who run the service; ` (admin)` follows its URI then.
 */
void
tide_listener_set_admin (TideListener *self)
{
  g_autofree char *uri = self->uri;

  self->is_admin = TRUE;
  self->uri = g_strconcat (uri, " (admin)", NULL);
}

/**
 * tide_listener_is_admin:
 * @self: a listener
 *
 * Returns: whether it is for those who run the service
 */
gboolean
tide_listener_is_admin (TideListener *self)
{
  return self->is_admin;
}
