/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-socket.h"

#include "tide-cache-line.h"
#include "tide-reactor.h"

#include <gio/gio.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_US (2 * G_USEC_PER_SEC)

static void
on_deadline (TideTimer *timer, gint64 now_us)
{
  TideSocket *self = timer->user_data;

  if (self->funcs != NULL && self->funcs->timed_out != NULL)
    self->funcs->timed_out (self);
  else
    tide_socket_abort (self);
}

/**
 * tide_socket_new:
 * @reactor: what watches it; must outlive it
 * @fd: a connected, non-blocking socket; taken over
 * @peer: (nullable): who is at the other end
 *
 * Takes an accepted socket over and watches it.
 *
 * Returns: (transfer full) (nullable): a socket, %NULL when the kernel has no memory for
 *   it; @fd is closed then
 */
TideSocket *
tide_socket_new (TideReactor *reactor, int fd, const TideAddress *peer)
{
  TideSocket *self = tide_new_lined (TideSocket);

  self->reactor = reactor;
  self->fd = fd;
  self->mode = TIDE_SOCKET_HTTP;
  self->n_refs = 1;
  if (peer != NULL)
    self->peer = *peer;
  self->deadline.func = on_deadline;
  self->deadline.user_data = self;
  if (!tide_reactor_add (reactor, self))
    {
      close (fd);
      g_aligned_free (self);
      return NULL;
    }
  return self;
}

/**
 * tide_socket_ref:
 * @self: a socket
 *
 * Returns: (transfer full): @self
 */
TideSocket *
tide_socket_ref (TideSocket *self)
{
  self->n_refs++;
  return self;
}

/**
 * tide_socket_unref:
 * @self: (transfer full): a socket
 *
 * Lets go of @self. An open socket is held by its reactor.
 */
void
tide_socket_unref (TideSocket *self)
{
  if (--self->n_refs > 0)
    return;
  if (self->outbox.frames.length > 0)
    tide_outbox_discard (&self->outbox, tide_reactor_get_counters (self->reactor));
  tide_outbox_clear (&self->outbox);
  g_clear_pointer (&self->unread, g_byte_array_unref);
  g_clear_pointer (&self->tls, tide_tls_free);
  g_free (self->meter);
  g_aligned_free (self);
}

static gssize
would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "nothing to read yet");
  return -1;
}

static gssize
read_unread (TideSocket *self, guint8 *buffer, gsize count)
{
  gsize n = MIN (count, self->unread->len);

  memcpy (buffer, self->unread->data, n);
  g_byte_array_remove_range (self->unread, 0, n);
  if (self->unread->len == 0)
    g_clear_pointer (&self->unread, g_byte_array_unref);
  return n;
}

/* Whoever watches the input sees each byte before anybody reads it; what was put back,
 * too: the watcher may be another one by now. */
static gssize
accept_input (TideSocket *self, const guint8 *bytes, gsize n_bytes)
{
  if (self->funcs != NULL && self->funcs->received != NULL &&
      !self->funcs->received (self, bytes, n_bytes))
    {
      self->has_input_ended = TRUE;
      return 0;
    }
  return n_bytes;
}

static gssize
fail_to_read (TideSocket *self, int code, GError **error)
{
  if (code == EAGAIN)
    {
      self->is_readable = FALSE;
      return would_block (error);
    }
  self->is_hung_up = TRUE;
  /* After an error in the middle of a request libsoup's HTTP would wait on. */
  if (self->mode == TIDE_SOCKET_HTTP)
    {
      self->has_input_ended = TRUE;
      return 0;
    }
  g_set_error_literal (
      error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return -1;
}

static gssize
receive (TideSocket *self, guint8 *buffer, gsize count)
{
  gssize n;

  if (self->tls != NULL)
    return tide_tls_receive (self->tls, buffer, count);
  do
    n = recv (self->fd, buffer, count, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  return n;
}

/**
 * tide_socket_read:
 * @self: a socket
 * @buffer: (out caller-allocates) (array length=count): where to put the bytes
 * @count: how many there is room for
 * @error: return location for an error
 *
 * Reads without blocking. A socket gets at most 64 KiB read a turn; the rest waits for
 * the next, so that one client cannot keep the loop.
 *
 * Fails with %G_IO_ERROR_WOULD_BLOCK, or with what the kernel says. While HTTP is spoken
 * a broken connection is the end of input, too.
 *
 * Returns: how many bytes were read, 0 at the end of input, -1 on failure
 */
gssize
tide_socket_read (TideSocket *self, guint8 *buffer, gsize count, GError **error)
{
  gssize n;
  int code;

  if (self->mode == TIDE_SOCKET_CLOSED || self->has_input_ended)
    return 0;
  if (self->unread != NULL)
    return accept_input (self, buffer, read_unread (self, buffer, count));
  if (!self->is_readable)
    return would_block (error);
  if (self->read_budget == 0)
    {
      tide_reactor_wait (self->reactor, self);
      return would_block (error);
    }
  n = receive (self, buffer, MIN (count, self->read_budget));
  code = errno;
  if (n > 0)
    {
      /* A short read has emptied the socket; epoll tells when there is more. By TLS, it
       * has come to the end of a record. */
      if ((gsize) n < MIN (count, self->read_budget) && !self->is_hung_up &&
          self->tls == NULL)
        self->is_readable = FALSE;
      self->read_budget -= n;
      tide_reactor_get_counters (self->reactor)->bytes_received += n;
      return accept_input (self, buffer, n);
    }
  if (n == 0)
    {
      self->is_hung_up = TRUE;
      return 0;
    }
  return fail_to_read (self, code, error);
}

/**
 * tide_socket_unread:
 * @self: a socket
 * @bytes: (array length=n_bytes): what was read from it too early
 * @n_bytes: how many
 *
 * Puts bytes back, to be read before all others.
 */
void
tide_socket_unread (TideSocket *self, const guint8 *bytes, gsize n_bytes)
{
  if (self->unread == NULL)
    self->unread = g_byte_array_new ();
  g_byte_array_prepend (self->unread, bytes, n_bytes);
}

/**
 * tide_socket_can_read:
 * @self: a socket
 *
 * Returns: whether a read may give something else than %G_IO_ERROR_WOULD_BLOCK
 */
gboolean
tide_socket_can_read (const TideSocket *self)
{
  return self->mode == TIDE_SOCKET_CLOSED || self->has_input_ended ||
         self->unread != NULL || self->is_readable;
}

/**
 * tide_socket_has_left:
 * @self: a socket
 *
 * Asks the kernel, which may know more than epoll has told by now. Who has shut only its
 * own half counts as well: no browser does that and waits for an answer.
 *
 * Returns: whether nobody is there to read what is sent
 */
gboolean
tide_socket_has_left (const TideSocket *self)
{
  struct pollfd state = { .fd = self->fd, .events = POLLRDHUP };

  return self->mode >= TIDE_SOCKET_LINGERING || self->is_hung_up ||
         poll (&state, 1, 0) != 0;
}

/**
 * tide_socket_end_input:
 * @self: an open socket
 *
 * Has the reader see the end of input, on the next turn. It is to close the socket then;
 * when it does not, the socket is aborted after 2 s.
 */
void
tide_socket_end_input (TideSocket *self)
{
  self->has_input_ended = TRUE;
  if (self->mode == TIDE_SOCKET_HTTP)
    self->funcs = NULL;
  tide_socket_set_deadline (self, LINGER_US);
  tide_reactor_wait (self->reactor, self);
}

/**
 * tide_socket_set_tls:
 * @self: an open socket
 * @tls: (transfer full) (nullable): what encrypts from now on; %NULL for nothing
 *
 * Ends the session that @self has, if any, and takes another one up.
 */
void
tide_socket_set_tls (TideSocket *self, TideTls *tls)
{
  g_clear_pointer (&self->tls, tide_tls_free);
  self->tls = tls;
  self->is_encrypted = tls != NULL;
}

/**
 * tide_socket_upgrade:
 * @self: a socket in HTTP mode whose libsoup sources are all gone
 *
 * Lets the socket's watcher read from it from now on.
 */
void
tide_socket_upgrade (TideSocket *self)
{
  g_return_if_fail (self->mode == TIDE_SOCKET_HTTP);

  self->mode = TIDE_SOCKET_WEBSOCKET;
  g_clear_pointer (&self->meter, g_free);
  tide_socket_clear_deadline (self);
}

/**
 * tide_socket_close:
 * @self: a socket
 *
 * Ends a socket politely: what is queued still goes out, then our half is shut, and the
 * descriptor is closed when the client has shut the other one, at the latest after 2 s.
 */
void
tide_socket_close (TideSocket *self)
{
  if (self->mode >= TIDE_SOCKET_LINGERING)
    return;
  self->mode = TIDE_SOCKET_LINGERING;
  self->outbox.is_ended = TRUE;
  self->funcs = NULL;
  self->has_input_ended = FALSE;
  g_clear_pointer (&self->unread, g_byte_array_unref);
  tide_socket_set_deadline (self, LINGER_US);
  if (self->is_readable)
    tide_reactor_wait (self->reactor, self);
  tide_socket_flush (self);
}

/**
 * tide_socket_abort:
 * @self: a socket
 *
 * Closes the descriptor now. libsoup sees the end of input, on the next turn; who watches
 * a WebSocket is told at once.
 */
void
tide_socket_abort (TideSocket *self)
{
  const TideSocketFuncs *funcs = self->funcs;

  if (self->mode == TIDE_SOCKET_CLOSED)
    return;
  tide_timer_wheel_disarm (tide_reactor_get_wheel (self->reactor), &self->deadline);
  self->mode = TIDE_SOCKET_CLOSED;
  self->funcs = NULL;
  tide_socket_end_outbox (self);
  if (self->read_source != NULL)
    tide_reactor_wait (self->reactor, self);
  if (self->write_source != NULL)
    g_source_set_ready_time (self->write_source, 0);
  tide_reactor_remove (self->reactor, self);
  close (self->fd);
  self->fd = -1;
  if (funcs != NULL && funcs->aborted != NULL)
    funcs->aborted (self);
}

/**
 * tide_socket_set_deadline:
 * @self: an open socket
 * @after_us: microseconds from now
 *
 * Has the socket aborted then, unless a later deadline is set before.
 */
void
tide_socket_set_deadline (TideSocket *self, gint64 after_us)
{
  TideTimerWheel *wheel = tide_reactor_get_wheel (self->reactor);

  tide_timer_wheel_arm (wheel,
                        &self->deadline,
                        tide_clock_now_us (tide_timer_wheel_get_clock (wheel)) +
                            after_us);
}

/**
 * tide_socket_clear_deadline:
 * @self: a socket
 *
 * Lets the socket take its time.
 */
void
tide_socket_clear_deadline (TideSocket *self)
{
  tide_timer_wheel_disarm (tide_reactor_get_wheel (self->reactor), &self->deadline);
}

/**
 * tide_socket_set_read_source:
 * @self: a socket
 * @source: (nullable): the source that libsoup waits for input on, %NULL when it is gone
 *
 * Says which source to run when there is input.
 */
void
tide_socket_set_read_source (TideSocket *self, GSource *source)
{
  self->read_source = source;
  if (source != NULL && tide_socket_can_read (self))
    g_source_set_ready_time (source, 0);
}

/**
 * tide_socket_set_write_source:
 * @self: a socket
 * @source: (nullable): the source that libsoup waits for room on, %NULL when it is gone
 *
 * Says which source to run when the outbox is empty.
 */
void
tide_socket_set_write_source (TideSocket *self, GSource *source)
{
  self->write_source = source;
  if (source != NULL && (self->outbox.n_bytes == 0 || self->mode == TIDE_SOCKET_CLOSED))
    g_source_set_ready_time (source, 0);
}

/**
 * tide_address_to_string:
 * @self: an address
 *
 * Returns: (transfer full): the address as people write it, `unix` for Unix sockets
 */
char *
tide_address_to_string (const TideAddress *self)
{
  char text[INET6_ADDRSTRLEN];

  if (IN6_IS_ADDR_UNSPECIFIED (&self->ip))
    return g_strdup ("unix");
  if (IN6_IS_ADDR_V4MAPPED (&self->ip))
    inet_ntop (AF_INET, &self->ip.s6_addr[12], text, sizeof text);
  else
    inet_ntop (AF_INET6, &self->ip, text, sizeof text);
  return g_strdup (text);
}
