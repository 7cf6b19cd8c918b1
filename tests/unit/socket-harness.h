/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-reactor.h"
#include "tide-socket.h"

#include <gio/gio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A reactor on the default main context with a clock that stands still, and sockets of it
 * whose other end is in the test's hand. Nothing waits: what is to happen has happened
 * after a few turns of the loop. */

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideReactor *reactor;
} SocketHarness;

/* @clock: (transfer full) */
static inline void
socket_harness_init_with_clock (SocketHarness *self, TideClock *clock)
{
  memset (self, 0, sizeof *self);
  self->clock = clock;
  self->wheel = tide_timer_wheel_new (self->clock);
  self->reactor = tide_reactor_new (self->wheel, &self->counters);
  tide_reactor_attach (self->reactor, NULL);
}

static inline void
socket_harness_init (SocketHarness *self)
{
  socket_harness_init_with_clock (self, tide_clock_new_manual (100 * G_USEC_PER_SEC));
}

static inline void
socket_harness_clear (SocketHarness *self)
{
  g_clear_pointer (&self->reactor, tide_reactor_free);
  g_assert_cmpuint (self->counters.outbox_bytes, ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
}

static inline void
socket_harness_turn (SocketHarness *self, guint n_turns)
{
  for (guint i = 0; i < n_turns; i++)
    g_main_context_iteration (NULL, FALSE);
}

static inline void
socket_harness_advance (SocketHarness *self, gint64 ms)
{
  tide_clock_advance (self->clock, ms * 1000);
  tide_timer_wheel_run (self->wheel);
  socket_harness_turn (self, 8);
}

/* Returns: (transfer none): a socket that only the reactor holds; @peer is its other end,
 * non-blocking. @buffer_bytes: what the kernel may hold in each direction, 0 for as much
 * as usual. */
static inline TideSocket *
socket_harness_connect (SocketHarness *self, int buffer_bytes, int *peer)
{
  int fds[2];
  TideSocket *socket;

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  for (guint i = 0; i < 2 && buffer_bytes > 0; i++)
    {
      setsockopt (fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
      setsockopt (fds[i], SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    }
  socket = tide_socket_new (self->reactor, fds[0], NULL);
  g_assert_nonnull (socket);
  tide_socket_unref (socket);
  *peer = fds[1];
  return socket;
}

/* Reads what has come to the peer. Returns: %FALSE at the end of input. */
static inline gboolean
peer_read (int peer, gsize max_bytes, GByteArray *bytes)
{
  guint8 buffer[16 * 1024];
  gssize n = 1;

  while (max_bytes > 0)
    {
      n = recv (peer, buffer, MIN (max_bytes, sizeof buffer), 0);
      if (n <= 0)
        break;
      g_byte_array_append (bytes, buffer, n);
      max_bytes -= n;
    }
  if (n < 0)
    g_assert_cmpint (errno, ==, EAGAIN);
  return n != 0;
}

/* Sends all of it; it must fit. */
static inline void
peer_send (int peer, gconstpointer bytes, gsize n_bytes)
{
  g_assert_cmpint (send (peer, bytes, n_bytes, MSG_NOSIGNAL), ==, n_bytes);
}

/* Reads once; -2 for "would block", -1 for another failure. */
static inline gssize
socket_read (TideSocket *socket, guint8 *buffer, gsize count)
{
  g_autoptr (GError) error = NULL;
  gssize n = tide_socket_read (socket, buffer, count, &error);

  g_assert_cmpint (n < 0, ==, error != NULL);
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? -2 : n;
}

static inline TideFrame *
make_random_frame (GRand *rand, gsize max_bytes, GByteArray *copy)
{
  TideFrame *frame = tide_frame_new (1 + g_rand_int_range (rand, 0, max_bytes),
                                     g_rand_int_range (rand, 0, 3));

  for (gsize i = 0; i < frame->n_bytes; i++)
    frame->bytes[i] = g_rand_int (rand);
  g_byte_array_append (copy, frame->bytes, frame->n_bytes);
  return frame;
}
