/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-stream.h"

#include "socket-harness.h"

#define HTTP_BACKLOG_BYTES (256 * 1024)

static SocketHarness harness;

typedef struct
{
  GIOStream *stream; /* (owned) */
  TideSocket *socket;
  GPollableInputStream *input;
  GPollableOutputStream *output;
  int peer;
} Fixture;

static void
set_up (Fixture *self, int buffer_bytes)
{
  socket_harness_init (&harness);
  self->socket = socket_harness_connect (&harness, buffer_bytes, &self->peer);
  self->stream = tide_stream_new (self->socket);
  self->input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  self->output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  g_assert_true (tide_stream_get_socket (TIDE_STREAM (self->stream)) == self->socket);
}

static void
tear_down (Fixture *self)
{
  g_object_unref (self->stream);
  socket_harness_clear (&harness);
  close (self->peer);
}

static gboolean
on_ready (GObject *stream, gpointer user_data)
{
  (*(guint *) user_data)++;
  return G_SOURCE_CONTINUE;
}

static void
test_read_source (void)
{
  guint8 buffer[10];
  guint n_calls = 0;
  GSource *source;
  Fixture fixture;

  g_test_summary ("A source for input is ready when there is some");

  set_up (&fixture, 0);
  g_assert_true (g_pollable_input_stream_can_poll (fixture.input));
  g_assert_false (g_pollable_input_stream_is_readable (fixture.input));
  source = g_pollable_input_stream_create_source (fixture.input, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &n_calls, NULL);
  g_source_attach (source, NULL);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, ==, 0);
  peer_send (fixture.peer, "abc", 3);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_true (g_pollable_input_stream_is_readable (fixture.input));
  g_assert_cmpint (
      g_pollable_input_stream_read_nonblocking (fixture.input, buffer, 10, NULL, NULL),
      ==,
      3);
  g_source_destroy (source);
  g_source_unref (source);
  g_assert_null (fixture.socket->read_source);

  /* One that is made when there is input already is ready at once. */
  peer_send (fixture.peer, "abc", 3);
  socket_harness_turn (&harness, 3);
  source = g_pollable_input_stream_create_source (fixture.input, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &n_calls, NULL);
  g_source_attach (source, NULL);
  socket_harness_turn (&harness, 1);
  g_assert_cmpuint (n_calls, ==, 2);
  g_source_destroy (source);
  g_source_unref (source);
  tear_down (&fixture);
}

static void
test_two_sources (void)
{
  guint n_old = 0;
  guint n_new = 0;
  GSource *old_source;
  GSource *new_source;
  Fixture fixture;

  g_test_summary ("An old source that ends late does not take the new one's place");

  set_up (&fixture, 0);
  old_source = g_pollable_input_stream_create_source (fixture.input, NULL);
  g_source_set_callback (old_source, G_SOURCE_FUNC (on_ready), &n_old, NULL);
  g_source_attach (old_source, NULL);
  new_source = g_pollable_input_stream_create_source (fixture.input, NULL);
  g_source_set_callback (new_source, G_SOURCE_FUNC (on_ready), &n_new, NULL);
  g_source_attach (new_source, NULL);
  g_source_destroy (old_source);
  g_source_unref (old_source);
  g_assert_true (fixture.socket->read_source == new_source);
  peer_send (fixture.peer, "a", 1);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_old, ==, 0);
  g_assert_cmpuint (n_new, ==, 1);
  g_source_destroy (new_source);
  g_source_unref (new_source);
  tear_down (&fixture);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n_calls = 0;
  GSource *source;
  Fixture fixture;

  g_test_summary ("A cancelled source is ready, as GIO wants it");

  set_up (&fixture, 0);
  source = g_pollable_input_stream_create_source (fixture.input, cancellable);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &n_calls, NULL);
  g_source_attach (source, NULL);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, ==, 0);
  g_cancellable_cancel (cancellable);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, >=, 1);
  g_source_destroy (source);
  g_source_unref (source);
  tear_down (&fixture);
}

static gboolean
on_parent_ready (GObject *stream, gpointer user_data)
{
  (*(guint *) user_data)++;
  return G_SOURCE_REMOVE;
}

static void
test_child_source (void)
{
  guint n_calls = 0;
  GSource *parent;
  GSource *child;
  Fixture fixture;

  g_test_summary ("A source of ours below another one, as libsoup builds them, wakes it");

  set_up (&fixture, 0);
  child = g_pollable_input_stream_create_source (fixture.input, NULL);
  parent = g_pollable_source_new_full (G_OBJECT (fixture.input), child, NULL);
  g_source_unref (child);
  g_source_set_callback (parent, G_SOURCE_FUNC (on_parent_ready), &n_calls, NULL);
  g_source_attach (parent, NULL);
  peer_send (fixture.peer, "abc", 3);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, ==, 1);
  g_source_unref (parent);
  g_assert_null (fixture.socket->read_source);
  tear_down (&fixture);
}

static void
test_closure (void)
{
  guint n_calls = 0;
  GClosure *closure = g_cclosure_new (G_CALLBACK (on_ready), &n_calls, NULL);
  GSource *source;
  Fixture fixture;

  g_test_summary ("A source's callback may be a closure");

  set_up (&fixture, 0);
  g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  source = g_pollable_input_stream_create_source (fixture.input, NULL);
  g_source_set_closure (source, closure);
  g_source_attach (source, NULL);
  peer_send (fixture.peer, "abc", 3);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_false (g_source_is_destroyed (source));
  g_source_destroy (source);
  g_source_unref (source);
  tear_down (&fixture);
}

static void
test_backlog (void)
{
  g_autofree guint8 *bytes = g_malloc0 (HTTP_BACKLOG_BYTES);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint n_calls = 0;
  GSource *source;
  Fixture fixture;

  g_test_summary ("While HTTP is spoken, writing stops at the backlog and goes on later");

  set_up (&fixture, 4096);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (g_pollable_output_stream_write_nonblocking (
                         fixture.output, bytes, HTTP_BACKLOG_BYTES / 2, NULL, &error),
                     ==,
                     i < 2 ? HTTP_BACKLOG_BYTES / 2 : -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_assert_false (g_pollable_output_stream_is_writable (fixture.output));
  source = g_pollable_output_stream_create_source (fixture.output, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &n_calls, NULL);
  g_source_attach (source, NULL);
  socket_harness_turn (&harness, 5);
  g_assert_cmpuint (n_calls, ==, 0);
  for (guint i = 0; i < 1000 && n_calls == 0; i++)
    {
      peer_read (fixture.peer, G_MAXSIZE, got);
      socket_harness_turn (&harness, 1);
    }
  g_assert_cmpuint (n_calls, ==, 1);
  g_assert_true (g_pollable_output_stream_is_writable (fixture.output));
  g_source_destroy (source);
  g_source_unref (source);
  g_assert_null (fixture.socket->write_source);
  tear_down (&fixture);
}

static void
test_broken_while_writing (void)
{
  g_autofree guint8 *bytes = g_malloc0 (HTTP_BACKLOG_BYTES);
  guint n_calls = 0;
  GSource *source;
  Fixture fixture;

  g_test_summary ("Who waits for room hears of a peer that is gone");

  set_up (&fixture, 4096);
  g_pollable_output_stream_write_nonblocking (
      fixture.output, bytes, HTTP_BACKLOG_BYTES, NULL, NULL);
  socket_harness_turn (&harness, 2);
  source = g_pollable_output_stream_create_source (fixture.output, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (on_ready), &n_calls, NULL);
  g_source_attach (source, NULL);
  close (fixture.peer);
  socket_harness_turn (&harness, 5);
  g_assert_cmpuint (n_calls, >=, 1);
  g_source_destroy (source);
  g_source_unref (source);
  fixture.peer = -1;
  tear_down (&fixture);
}

static void
test_stolen (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideSocket *socket;
  GIOStream *stream;
  int peer;

  g_test_summary ("A stream whose socket was stolen ends without it");

  socket_harness_init (&harness);
  stream = tide_stream_new (socket_harness_connect (&harness, 0, &peer));
  socket = tide_stream_steal_socket (TIDE_STREAM (stream));
  g_assert_null (tide_stream_get_socket (TIDE_STREAM (stream)));
  g_object_unref (stream);
  tide_socket_send (socket, tide_frame_new_copy ("abc", 3));
  socket_harness_turn (&harness, 2);
  g_assert_true (peer_read (peer, 10, got));
  g_assert_cmpmem (got->data, got->len, "abc", 3);
  g_assert_cmpuint (socket->mode, ==, TIDE_SOCKET_HTTP);
  g_assert_cmpuint (socket->n_refs, ==, 2);
  tide_socket_unref (socket);
  socket_harness_clear (&harness);
  close (peer);
}

static void
on_closed (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_io_stream_close_finish (G_IO_STREAM (stream), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_close (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  gboolean is_closed = FALSE;
  Fixture fixture;

  g_test_summary ("Closing the stream closes the socket, after what was written");

  set_up (&fixture, 0);
  g_output_stream_write (
      g_io_stream_get_output_stream (fixture.stream), "abc", 3, NULL, NULL);
  g_io_stream_close_async (
      fixture.stream, G_PRIORITY_DEFAULT, NULL, on_closed, &is_closed);
  socket_harness_turn (&harness, 5);
  g_assert_true (is_closed);
  g_assert_false (peer_read (fixture.peer, G_MAXSIZE, got));
  g_assert_cmpmem (got->data, got->len, "abc", 3);
  g_assert_cmpint (tide_socket_can_read (fixture.socket), ==, FALSE);
  g_assert_cmpint (
      g_pollable_output_stream_write_nonblocking (fixture.output, "x", 1, NULL, &error),
      ==,
      -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  tear_down (&fixture);
}

static void
test_dropped (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  GIOStream *stream;
  int peer;

  g_test_summary ("A stream that nobody holds closes its socket");

  socket_harness_init (&harness);
  stream = tide_stream_new (socket_harness_connect (&harness, 0, &peer));
  g_object_unref (stream);
  g_assert_false (peer_read (peer, 10, got));
  close (peer);
  socket_harness_turn (&harness, 2);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  socket_harness_clear (&harness);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/stream/read-source", test_read_source);
  g_test_add_func ("/server/stream/two-sources", test_two_sources);
  g_test_add_func ("/server/stream/cancelled", test_cancelled);
  g_test_add_func ("/server/stream/child-source", test_child_source);
  g_test_add_func ("/server/stream/closure", test_closure);
  g_test_add_func ("/server/stream/backlog", test_backlog);
  g_test_add_func ("/server/stream/broken-while-writing", test_broken_while_writing);
  g_test_add_func ("/server/stream/stolen", test_stolen);
  g_test_add_func ("/server/stream/close", test_close);
  g_test_add_func ("/server/stream/dropped", test_dropped);
  return g_test_run ();
}
