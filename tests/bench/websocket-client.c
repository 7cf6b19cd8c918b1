/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "websocket-client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)
/* What was left over and is no more than this goes in front of what is received, rather
 * than what is received behind it: that spares a copy of everything. */
#define HEADROOM_BYTES (4 * WEBSOCKET_MIN_PARTED)

static void
watch (WebSocketClient *self, int operation, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = self };

  epoll_ctl (self->epoll_fd, operation, self->fd, &event);
}

static void
fail (WebSocketClient *self, const char *why)
{
  websocket_client_drop (self, FALSE);
  self->funcs->closed (self, why);
}

static void
set_option (WebSocketClient *self, int level, int option, int value)
{
  if (value > 0)
    setsockopt (self->fd, level, option, &value, sizeof value);
}

/* Begins to connect. A machine that has no socket for us ends the program. */
void
websocket_client_connect (WebSocketClient *self)
{
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons (self->port) };

  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->is_connected = FALSE;
  self->is_open = FALSE;
  self->n_parted = 0;
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    g_error ("socket: %s", g_strerror (errno));
  set_option (self, SOL_SOCKET, SO_RCVBUF, self->receive_bytes);
  set_option (self, IPPROTO_TCP, TCP_MAXSEG, self->segment_bytes);
  if (connect (self->fd, (struct sockaddr *) &to, sizeof to) != 0 && errno != EINPROGRESS)
    g_error ("connect: %s", g_strerror (errno));
  watch (self, EPOLL_CTL_ADD, EPOLLOUT);
}

static gboolean
send_all (WebSocketClient *self, const void *bytes, gsize n_bytes)
{
  return send (self->fd, bytes, n_bytes, MSG_NOSIGNAL) == (gssize) n_bytes;
}

static void
send_handshake (WebSocketClient *self)
{
  g_autofree char *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       self->path,
                       self->port);

  watch (self, EPOLL_CTL_MOD, EPOLLIN);
  self->is_connected = TRUE;
  if (!send_all (self, request, strlen (request)))
    fail (self, "the handshake could not be sent");
}

/* Sends a frame with a mask of zeroes: the payload goes as it is.
 *
 * @length: at most 65535
 * Returns: %FALSE when the kernel did not take all of it */
gboolean
websocket_client_send (WebSocketClient *self,
                       guint8 opcode,
                       const char *payload,
                       gsize length)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  if (length < 126)
    g_byte_array_append (frame, (guint8[]){ 0x80 | opcode, 0x80 | length }, 2);
  else
    g_byte_array_append (
        frame, (guint8[]){ 0x80 | opcode, 0xFE, length >> 8, length & 0xFF }, 4);
  g_byte_array_append (frame, (guint8[]){ 0, 0, 0, 0 }, 4);
  g_byte_array_append (frame, (const guint8 *) payload, length);
  return send_all (self, frame->data, frame->len);
}

/* Returns: how many bytes the answer has, 0 when it is not whole or was refused */
static gsize
take_answer (WebSocketClient *self, const guint8 *bytes, gsize n_bytes)
{
  static const char wanted[] = "HTTP/1.1 101 ";
  const guint8 *end = memmem (bytes, n_bytes, "\r\n\r\n", 4);

  if (end == NULL)
    return 0;
  if (memcmp (bytes, wanted, sizeof wanted - 1) != 0)
    {
      fail (self, "the handshake was refused");
      return 0;
    }
  self->is_open = TRUE;
  self->funcs->opened (self);
  return end + 4 - bytes;
}

/* Returns: how many bytes were taken of the frame that comes in parts */
static gsize
take_part (WebSocketClient *self, const guint8 *bytes, gsize n_bytes, gboolean is_first)
{
  gsize n = (gsize) MIN (n_bytes, self->n_parted);
  gboolean is_last = n == self->n_parted;
  gsize n_taken = self->funcs->part (self, (const char *) bytes, n, is_first, is_last);

  if (is_last)
    n_taken = n;
  self->n_parted -= n_taken;
  return n_taken;
}

/* Returns: how many bytes the first frame has, 0 when it is not whole */
static gsize
take_frame (WebSocketClient *self, const guint8 *bytes, gsize n_bytes)
{
  gsize n_header;
  guint64 length;

  if (self->n_parted > 0)
    return take_part (self, bytes, n_bytes, FALSE);
  if (n_bytes < 2)
    return 0;
  n_header = bytes[1] == 126 ? 4 : bytes[1] == 127 ? 10 : 2;
  if (n_bytes < n_header)
    return 0;
  length = n_header == 2 ? bytes[1] : 0;
  for (gsize i = 2; i < n_header; i++)
    length = length << 8 | bytes[i];
  if (n_bytes - n_header < length)
    {
      if (self->funcs->part == NULL || length < WEBSOCKET_MIN_PARTED)
        return 0;
      self->n_parted = length;
      return n_header + take_part (self, bytes + n_header, n_bytes - n_header, TRUE);
    }
  self->funcs->message (
      self, bytes[0] & 0x0F, (const char *) bytes + n_header, (gsize) length);
  return n_header + length;
}

/* Returns: how many bytes were taken */
static gsize
take (WebSocketClient *self, const guint8 *bytes, gsize n_bytes)
{
  gsize n_taken = 0;
  gsize n;

  do
    {
      n = self->is_open ? take_frame (self, bytes + n_taken, n_bytes - n_taken)
                        : take_answer (self, bytes + n_taken, n_bytes - n_taken);
      n_taken += n;
    }
  while (n > 0 && self->fd >= 0);
  return n_taken;
}

/* What is left over waits in `partial` for the rest of it. There is room for the headroom
 * in front of @bytes. */
static void
take_received (WebSocketClient *self, guint8 *bytes, gsize n_bytes)
{
  g_autoptr (GByteArray) partial = g_steal_pointer (&self->partial);
  gsize n_taken;

  if (partial != NULL && partial->len > HEADROOM_BYTES)
    {
      g_byte_array_append (partial, bytes, n_bytes);
      n_taken = take (self, partial->data, partial->len);
      if (self->fd < 0 || n_taken == partial->len)
        return;
      g_byte_array_remove_range (partial, 0, n_taken);
      self->partial = g_steal_pointer (&partial);
      return;
    }
  if (partial != NULL && partial->len > 0)
    {
      bytes -= partial->len;
      n_bytes += partial->len;
      memcpy (bytes, partial->data, partial->len);
      g_byte_array_set_size (partial, 0);
    }
  n_taken = take (self, bytes, n_bytes);
  if (self->fd < 0 || (n_taken == n_bytes && partial == NULL))
    return;
  self->partial = partial != NULL ? g_steal_pointer (&partial) : g_byte_array_new ();
  g_byte_array_append (self->partial, bytes + n_taken, n_bytes - n_taken);
}

/* Goes on with what epoll has reported. */
void
websocket_client_handle (WebSocketClient *self, guint32 events)
{
  static guint8 buffer[HEADROOM_BYTES + BUFFER_BYTES];
  gssize n;

  if (self->fd < 0)
    return;
  if (!self->is_connected && (events & EPOLLOUT))
    {
      send_handshake (self);
      return;
    }
  n = recv (self->fd, buffer + HEADROOM_BYTES, BUFFER_BYTES, 0);
  if (n > 0)
    {
      self->n_received += n;
      take_received (self, buffer + HEADROOM_BYTES, n);
    }
  else if (n == 0)
    fail (self, "the server closed the socket");
  else if (errno != EAGAIN)
    fail (self, g_strerror (errno));
}

/* Reads on, or lets the kernel's buffers fill. */
void
websocket_client_set_reading (WebSocketClient *self, gboolean is_reading)
{
  watch (self, is_reading ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, EPOLLIN);
}

/* Ends the socket as a browser that is killed would, or with a reset. */
void
websocket_client_drop (WebSocketClient *self, gboolean with_reset)
{
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

  if (self->fd < 0)
    return;
  if (with_reset)
    setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close (self->fd);
  self->fd = -1;
  self->is_open = FALSE;
  g_clear_pointer (&self->partial, g_byte_array_unref);
}
