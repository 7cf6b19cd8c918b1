/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-link.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (64 * 1024)

void
http_link_init (HttpLink *self)
{
  self->fd = -1;
}

static void
close_socket (HttpLink *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  g_clear_pointer (&self->partial, g_byte_array_unref);
}

/* Ends the socket and forgets the request. */
void
http_link_close (HttpLink *self)
{
  close_socket (self);
  if (self->request != NULL)
    g_string_free (g_steal_pointer (&self->request), TRUE);
}

static void
fail (HttpLink *self, const char *why)
{
  http_link_close (self);
  self->funcs->failed (self, why);
}

static void
open_socket (HttpLink *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = self };
  int yes = 1;

  self->is_connected = FALSE;
  self->is_used = FALSE;
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    g_error ("socket: %s", g_strerror (errno));
  setsockopt (self->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  address.sin_addr.s_addr = htonl (0x7F000000u | self->source);
  if (bind (self->fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("bind: %s", g_strerror (errno));
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (self->port);
  if (connect (self->fd, (struct sockaddr *) &address, sizeof address) != 0 &&
      errno != EINPROGRESS)
    g_error ("connect: %s", g_strerror (errno));
  epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->fd, &event);
}

static gboolean
send_request (HttpLink *self)
{
  return send (self->fd, self->request->str, self->request->len, MSG_NOSIGNAL) ==
         (gssize) self->request->len;
}

/* Sends a request, when none is under way. A connection that has grown old may have
 * been closed by the server just now; then a new one is tried.
 *
 * @request: (transfer full): all of it */
void
http_link_send (HttpLink *self, GString *request)
{
  self->request = request;
  if (self->fd >= 0 && !send_request (self))
    close_socket (self);
  if (self->fd < 0)
    open_socket (self);
}

static void
go_on_after_connect (HttpLink *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };

  self->is_connected = TRUE;
  epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
  if (!send_request (self))
    fail (self, "a request could not be sent");
}

/* Returns: the value of a header, %NULL when there is none */
static const char *
find_header (const char *head, const char *name)
{
  const char *line = strcasestr (head, name);

  return line != NULL ? line + strlen (name) : NULL;
}

/* Returns: %FALSE when the answer is not whole */
static gboolean
take_answer (HttpLink *self, const char *bytes, gsize n_bytes)
{
  const char *end = memmem (bytes, n_bytes, "\r\n\r\n", 4);
  g_autofree char *head = NULL;
  const char *length;
  gsize n_body;

  if (end == NULL)
    return FALSE;
  head = g_strndup (bytes, end + 2 - bytes);
  length = find_header (head, "\r\ncontent-length:");
  if (!g_str_has_prefix (head, "HTTP/1.1 ") || length == NULL)
    {
      fail (self, "an answer without a length");
      return TRUE;
    }
  n_body = strtoul (length, NULL, 10);
  if (n_bytes - (end + 4 - bytes) < n_body)
    return FALSE;
  self->is_used = TRUE;
  g_string_free (g_steal_pointer (&self->request), TRUE);
  if (find_header (head, "\r\nconnection: close") != NULL)
    close_socket (self);
  self->funcs->answered (self, atoi (head + 9), end + 4, n_body);
  return TRUE;
}

static void
take_received (HttpLink *self, const char *bytes, gsize n_bytes)
{
  g_autoptr (GByteArray) partial = g_steal_pointer (&self->partial);

  if (partial != NULL)
    {
      g_byte_array_append (partial, (const guint8 *) bytes, n_bytes);
      bytes = (const char *) partial->data;
      n_bytes = partial->len;
    }
  if (take_answer (self, bytes, n_bytes))
    return;
  if (partial == NULL)
    {
      partial = g_byte_array_new ();
      g_byte_array_append (partial, (const guint8 *) bytes, n_bytes);
    }
  self->partial = g_steal_pointer (&partial);
}

static void
take_end (HttpLink *self, const char *why)
{
  gboolean may_try_again = self->is_used && self->partial == NULL;

  if (self->request == NULL || may_try_again)
    close_socket (self);
  else
    fail (self, why);
  if (self->request != NULL)
    open_socket (self);
}

/* Goes on with what epoll has reported. */
void
http_link_handle (HttpLink *self, guint32 events)
{
  static char buffer[BUFFER_BYTES];
  gssize n;

  if (self->fd < 0)
    return;
  if (!self->is_connected && (events & EPOLLOUT) && !(events & EPOLLERR))
    {
      go_on_after_connect (self);
      return;
    }
  n = recv (self->fd, buffer, sizeof buffer, 0);
  if (n > 0)
    self->n_received += n;
  if (n > 0 && self->request != NULL)
    take_received (self, buffer, n);
  else if (n >= 0)
    take_end (self, "the server closed the socket");
  else if (errno != EAGAIN)
    take_end (self, g_strerror (errno));
}
