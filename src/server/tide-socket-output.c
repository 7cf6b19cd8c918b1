/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How what is sent to a socket goes out: it waits in the outbox, by reference, until the
 * reactor has it written, many frames in one call. */

#include "tide-batch.h"
#include "tide-reactor.h"
#include "tide-socket.h"

#include <errno.h>
#include <sys/socket.h>

#define VECTORS_PER_WRITE 64

/**
 * tide_socket_end_output:
 * @self: an open socket
 *
 * Has everything discarded that is sent from now on. What is queued still goes out.
 */
void
tide_socket_end_output (TideSocket *self)
{
  self->has_output_ended = TRUE;
  self->outbox.is_ended = TRUE;
}

/**
 * tide_socket_end_outbox:
 * @self: a socket that is broken, or is being closed
 *
 * Has nothing go out any more. What a connection has not got is its to settle, when it
 * learns that the socket has ended.
 */
void
tide_socket_end_outbox (TideSocket *self)
{
  self->outbox.is_ended = TRUE;
  if (self->outbox.connection == NULL)
    tide_outbox_discard (&self->outbox, tide_reactor_get_counters (self->reactor));
}

/**
 * tide_socket_send:
 * @self: a socket
 * @frame: (transfer full): bytes to send after all others
 *
 * Queues bytes by reference; they are written at the end of the loop's turn. What is sent
 * after the socket was closed, or after tide_socket_end_output(), is discarded.
 */
void
tide_socket_send (TideSocket *self, TideFrame *frame)
{
  TideCounters *counters = tide_reactor_get_counters (self->reactor);

  if (self->outbox.is_ended)
    {
      counters->deliveries_discarded += frame->n_events;
      counters->frames_discarded += frame->batch != NULL;
      counters->frames_queued -= frame->batch != NULL;
      tide_frame_unref (frame);
      return;
    }
  counters->outbox_bytes += frame->n_bytes;
  if (!self->is_blocked)
    tide_reactor_touch (
        self->reactor, self, frame->batch != NULL && frame->batch->is_urgent);
  tide_outbox_push (&self->outbox, frame);
}

/* Tells a reader that the socket broke, on the next turn: it may be what called us. */
static void
fail (TideSocket *self)
{
  tide_socket_end_outbox (self);
  self->is_broken = TRUE;
  self->is_readable = TRUE;
  self->is_hung_up = TRUE;
  if (self->mode == TIDE_SOCKET_LINGERING)
    tide_socket_abort (self);
  else
    tide_reactor_wait (self->reactor, self);
  if (self->write_source != NULL)
    g_source_set_ready_time (self->write_source, 0);
}

/* What is to be written next, in one piece if that may be. */
static guint
collect (TideSocket *self, struct iovec *vectors)
{
  TideGather *gather = tide_reactor_get_gather (self->reactor);
  const guint8 *bytes = NULL;
  gsize n_bytes;

  if (gather != NULL && self->outbox.frames.length > 1 && self->outbox.head_taken == 0)
    bytes = tide_gather_run (gather, &self->outbox, &n_bytes);
  if (bytes == NULL)
    return tide_outbox_peek (&self->outbox, vectors, VECTORS_PER_WRITE);
  vectors[0] = (struct iovec){ (guint8 *) bytes, n_bytes };
  return 1;
}

static gssize
write_vectors (TideSocket *self, gsize *n_wanted)
{
  struct iovec vectors[VECTORS_PER_WRITE];
  struct msghdr message = { .msg_iov = vectors };
  gssize n;

  message.msg_iovlen = collect (self, vectors);
  *n_wanted = 0;
  for (gsize i = 0; i < message.msg_iovlen; i++)
    *n_wanted += vectors[i].iov_len;
  if (self->is_encrypted)
    {
      n = tide_tls_send (self->tls, vectors, message.msg_iovlen);
      *n_wanted = MAX (n, 0);
      return n;
    }
  do
    {
      if (message.msg_iovlen == 1)
        n = send (self->fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL);
      else
        n = sendmsg (self->fd, &message, MSG_NOSIGNAL);
    }
  while (n < 0 && errno == EINTR);
  return n;
}

/* A descriptor that is closed with unread input resets the connection, and what the
 * client has not read yet is lost: the reactor reads to the end first. */
static void
on_emptied (TideSocket *self)
{
  if (self->mode == TIDE_SOCKET_LINGERING)
    {
      if (self->tls != NULL)
        tide_tls_end (self->tls);
      shutdown (self->fd, SHUT_WR);
      if (self->is_hung_up)
        tide_reactor_wait (self->reactor, self);
    }
  else if (self->mode == TIDE_SOCKET_HTTP && self->write_source != NULL)
    g_source_set_ready_time (self->write_source, 0);
}

static void
wait_for_room (TideSocket *self)
{
  self->is_blocked = TRUE;
  tide_reactor_watch_room (self->reactor, self, TRUE);
  tide_outbox_note_unread (&self->outbox);
}

/* The outbox is empty, but its last record may not be with the kernel yet. */
static gboolean
flush_tls (TideSocket *self)
{
  if (tide_tls_flush (self->tls))
    return TRUE;
  if (errno == EAGAIN)
    wait_for_room (self);
  else
    fail (self);
  return FALSE;
}

/**
 * tide_socket_flush:
 * @self: a socket
 *
 * Writes the outbox, as far as the kernel takes it, many frames in one call.
 */
void
tide_socket_flush (TideSocket *self)
{
  TideCounters *counters = tide_reactor_get_counters (self->reactor);

  if (self->mode == TIDE_SOCKET_CLOSED || self->is_blocked)
    return;
  if (self->is_broken)
    {
      if (self->mode == TIDE_SOCKET_LINGERING)
        tide_socket_abort (self);
      return;
    }
  while (self->outbox.n_bytes > 0)
    {
      gsize n_wanted;
      gssize n = write_vectors (self, &n_wanted);

      if (n < 0 && errno != EAGAIN)
        {
          fail (self);
          return;
        }
      if (n > 0)
        {
          TideOutboxTaken taken = tide_outbox_take (
              &self->outbox, n, tide_reactor_get_write_us (self->reactor));

          tide_outbox_count_taken (taken, counters);
          counters->bytes_sent += n;
          counters->outbox_bytes -= n;
        }
      if (n < 0 || (gsize) n < n_wanted)
        {
          wait_for_room (self);
          return;
        }
    }
  if (!self->is_encrypted || flush_tls (self))
    on_emptied (self);
}
