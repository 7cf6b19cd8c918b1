/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A socket as libsoup sees it: a GIOStream whose two pollable streams read from the
 * descriptor and write to the outbox. Their sources have no descriptor of their own; the
 * reactor makes them ready, or runs them. */

#include "tide-stream.h"

#include "tide-reactor.h"

#include <string.h>

/* While libsoup speaks HTTP, a response waits when this much is queued: a client that
 * sends request after request and reads nothing is not read from either. */
#define HTTP_BACKLOG_BYTES (256 * 1024)

/* Where a source of ours is noted, so that the reactor finds it. */
typedef struct
{
  GSource parent;
  GObject *stream;    /* (owned), the pollable stream: libsoup expects it to be alive */
  TideSocket *socket; /* (owned) */
} StreamSource;

static gboolean
stream_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_source_set_ready_time (source, -1);
  return ((GPollableSourceFunc) (void (*) (void)) callback) (
      ((StreamSource *) source)->stream, user_data);
}

static gboolean
stream_source_closure_callback (GObject *stream, gpointer data)
{
  GClosure *closure = data;
  GValue param = G_VALUE_INIT;
  GValue result = G_VALUE_INIT;
  gboolean goes_on;

  g_value_init (&param, G_TYPE_OBJECT);
  g_value_set_object (&param, stream);
  g_value_init (&result, G_TYPE_BOOLEAN);
  g_closure_invoke (closure, &result, 1, &param, NULL);
  goes_on = g_value_get_boolean (&result);
  g_value_unset (&result);
  g_value_unset (&param);
  return goes_on;
}

static void
stream_source_finalize (GSource *source)
{
  StreamSource *self = (StreamSource *) source;

  if (self->socket->read_source == source)
    tide_socket_set_read_source (self->socket, NULL);
  if (self->socket->write_source == source)
    tide_socket_set_write_source (self->socket, NULL);
  tide_socket_unref (self->socket);
  g_object_unref (self->stream);
}

/* libsoup sets dummy callbacks on child sources; GLib makes those by the closure's. */
static GSourceFuncs stream_source_funcs = {
  .dispatch = stream_source_dispatch,
  .finalize = stream_source_finalize,
  .closure_callback = (GSourceFunc) (void (*) (void)) stream_source_closure_callback,
};

static GSource *
stream_source_new (GObject *stream, TideSocket *socket, GCancellable *cancellable)
{
  GSource *source = g_source_new (&stream_source_funcs, sizeof (StreamSource));
  StreamSource *self = (StreamSource *) source;

  g_source_set_static_name (source, "tide-stream");
  self->stream = g_object_ref (stream);
  self->socket = tide_socket_ref (socket);
  if (cancellable != NULL)
    {
      g_autoptr (GSource) child = g_cancellable_source_new (cancellable);

      g_source_set_dummy_callback (child);
      g_source_add_child_source (source, child);
    }
  return source;
}

/* --- input --- */

#define TIDE_TYPE_STREAM_INPUT (tide_stream_input_get_type ())
G_DECLARE_FINAL_TYPE (
    TideStreamInput, tide_stream_input, TIDE, STREAM_INPUT, GInputStream)

struct _TideStreamInput
{
  GInputStream parent_instance;

  TideSocket *socket;         /* (owned) */
  gboolean has_begun_to_fail; /* see read_http() */
};

static void tide_stream_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideStreamInput,
                               tide_stream_input,
                               G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      tide_stream_input_pollable_init))

/* libsoup 3.2 lets go of a connection only when a request ends: one that is kept alive
 * and ends between two requests would stay in its list for ever. So the end of input
 * begins a request, with one byte, and then ends it. */
static gssize
read_http (TideStreamInput *self, guint8 *buffer, gsize count, GError **error)
{
  GError *own_error = NULL;
  gssize n = tide_socket_read (self->socket, buffer, count, &own_error);
  gboolean has_ended =
      n == 0 ||
      (n < 0 && !g_error_matches (own_error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK));

  if (has_ended && self->socket->n_request_bytes == 0 && !self->has_begun_to_fail &&
      count > 0)
    {
      g_clear_error (&own_error);
      self->has_begun_to_fail = TRUE;
      buffer[0] = '?';
      return 1;
    }
  if (own_error != NULL)
    g_propagate_error (error, own_error);
  return n;
}

static gssize
tide_stream_input_read_nonblocking (GPollableInputStream *stream,
                                    void *buffer,
                                    gsize count,
                                    GError **error)
{
  return read_http (TIDE_STREAM_INPUT (stream), buffer, count, error);
}

/* libsoup never reads in the blocking way here; whoever did would get what is there. */
static gssize
tide_stream_input_read (GInputStream *stream,
                        void *buffer,
                        gsize count,
                        GCancellable *cancellable,
                        GError **error)
{
  return tide_socket_read (TIDE_STREAM_INPUT (stream)->socket, buffer, count, error);
}

static gboolean
tide_stream_input_is_readable (GPollableInputStream *stream)
{
  return tide_socket_can_read (TIDE_STREAM_INPUT (stream)->socket);
}

static GSource *
tide_stream_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  TideSocket *socket = TIDE_STREAM_INPUT (stream)->socket;
  GSource *source = stream_source_new (G_OBJECT (stream), socket, cancellable);

  tide_socket_set_read_source (socket, source);
  return source;
}

static void
tide_stream_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = tide_stream_input_is_readable;
  iface->create_source = tide_stream_input_create_source;
  iface->read_nonblocking = tide_stream_input_read_nonblocking;
}

static void
tide_stream_input_finalize (GObject *object)
{
  tide_socket_unref (TIDE_STREAM_INPUT (object)->socket);
  G_OBJECT_CLASS (tide_stream_input_parent_class)->finalize (object);
}

static void
tide_stream_input_class_init (TideStreamInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_stream_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = tide_stream_input_read;
}

static void
tide_stream_input_init (TideStreamInput *self)
{
}

/* --- output --- */

#define TIDE_TYPE_STREAM_OUTPUT (tide_stream_output_get_type ())
G_DECLARE_FINAL_TYPE (
    TideStreamOutput, tide_stream_output, TIDE, STREAM_OUTPUT, GOutputStream)

struct _TideStreamOutput
{
  GOutputStream parent_instance;

  TideSocket *socket; /* (owned) */
};

static void tide_stream_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideStreamOutput,
                               tide_stream_output,
                               G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      tide_stream_output_pollable_init))

static gboolean
has_room (TideSocket *socket)
{
  return socket->mode != TIDE_SOCKET_HTTP || socket->outbox.n_bytes < HTTP_BACKLOG_BYTES;
}

/* Takes all of it, or nothing. */
static gssize
tide_stream_output_write (GOutputStream *stream,
                          const void *buffer,
                          gsize count,
                          GCancellable *cancellable,
                          GError **error)
{
  TideSocket *socket = TIDE_STREAM_OUTPUT (stream)->socket;

  if (socket->mode >= TIDE_SOCKET_LINGERING)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the socket is closed");
      return -1;
    }
  if (!has_room (socket))
    {
      g_set_error_literal (
          error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "the outbox is full");
      return -1;
    }
  if (count == 0)
    return 0;
  tide_socket_send (socket, tide_frame_new_copy (buffer, count));
  return count;
}

static gssize
tide_stream_output_write_nonblocking (GPollableOutputStream *stream,
                                      const void *buffer,
                                      gsize count,
                                      GError **error)
{
  return tide_stream_output_write (G_OUTPUT_STREAM (stream), buffer, count, NULL, error);
}

static gboolean
tide_stream_output_is_writable (GPollableOutputStream *stream)
{
  return has_room (TIDE_STREAM_OUTPUT (stream)->socket);
}

static GSource *
tide_stream_output_create_source (GPollableOutputStream *stream,
                                  GCancellable *cancellable)
{
  TideSocket *socket = TIDE_STREAM_OUTPUT (stream)->socket;
  GSource *source = stream_source_new (G_OBJECT (stream), socket, cancellable);

  tide_socket_set_write_source (socket, source);
  return source;
}

static void
tide_stream_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = tide_stream_output_is_writable;
  iface->create_source = tide_stream_output_create_source;
  iface->write_nonblocking = tide_stream_output_write_nonblocking;
}

static void
tide_stream_output_finalize (GObject *object)
{
  tide_socket_unref (TIDE_STREAM_OUTPUT (object)->socket);
  G_OBJECT_CLASS (tide_stream_output_parent_class)->finalize (object);
}

static void
tide_stream_output_class_init (TideStreamOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_stream_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = tide_stream_output_write;
}

static void
tide_stream_output_init (TideStreamOutput *self)
{
}

/* --- both --- */

struct _TideStream
{
  GIOStream parent_instance;

  GInputStream *input;   /* (owned) */
  GOutputStream *output; /* (owned) */
  TideSocket *socket;    /* (owned) (nullable), NULL once it is stolen */
};

G_DEFINE_FINAL_TYPE (TideStream, tide_stream, G_TYPE_IO_STREAM)

static GInputStream *
tide_stream_get_input (GIOStream *stream)
{
  return TIDE_STREAM (stream)->input;
}

static GOutputStream *
tide_stream_get_output (GIOStream *stream)
{
  return TIDE_STREAM (stream)->output;
}

static gboolean
tide_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  TideStream *self = TIDE_STREAM (stream);

  if (self->socket != NULL)
    tide_socket_close (self->socket);
  return TRUE;
}

/* The default would close in a thread. */
static void
tide_stream_close_async (GIOStream *stream,
                         int io_priority,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, tide_stream_close_async);
  tide_stream_close (stream, cancellable, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
tide_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tide_stream_finalize (GObject *object)
{
  TideStream *self = TIDE_STREAM (object);

  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_pointer (&self->socket, tide_socket_unref);

  G_OBJECT_CLASS (tide_stream_parent_class)->finalize (object);
}

static void
tide_stream_class_init (TideStreamClass *klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tide_stream_finalize;
  stream_class->get_input_stream = tide_stream_get_input;
  stream_class->get_output_stream = tide_stream_get_output;
  stream_class->close_fn = tide_stream_close;
  stream_class->close_async = tide_stream_close_async;
  stream_class->close_finish = tide_stream_close_finish;
}

static void
tide_stream_init (TideStream *self)
{
}

/**
 * tide_stream_new:
 * @socket: an open socket
 *
 * Makes a socket look like a stream. Closing the stream closes the socket.
 *
 * Returns: (transfer full): a stream
 */
GIOStream *
tide_stream_new (TideSocket *socket)
{
  TideStream *self = g_object_new (TIDE_TYPE_STREAM, NULL);
  TideStreamInput *input = g_object_new (TIDE_TYPE_STREAM_INPUT, NULL);
  TideStreamOutput *output = g_object_new (TIDE_TYPE_STREAM_OUTPUT, NULL);

  self->socket = tide_socket_ref (socket);
  input->socket = tide_socket_ref (socket);
  output->socket = tide_socket_ref (socket);
  self->input = G_INPUT_STREAM (input);
  self->output = G_OUTPUT_STREAM (output);
  return G_IO_STREAM (self);
}

/**
 * tide_stream_get_socket:
 * @self: a stream
 *
 * Returns: (transfer none) (nullable): the socket below, %NULL once it was stolen
 */
TideSocket *
tide_stream_get_socket (TideStream *self)
{
  return self->socket;
}

/**
 * tide_stream_steal_socket:
 * @self: a stream that is not read from or written to any more
 *
 * Takes the socket away: the end of the stream does not close it any more.
 *
 * Returns: (transfer full): the socket below
 */
TideSocket *
tide_stream_steal_socket (TideStream *self)
{
  return g_steal_pointer (&self->socket);
}
