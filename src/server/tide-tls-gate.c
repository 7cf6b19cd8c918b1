/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a socket goes through before HTTP when it is to speak TLS. Until the whole of its
 * hello is there, which the kernel keeps, it costs no more than any silent socket. From
 * then on it has a session and 5 s. A handshake takes the processor for about a
 * millisecond, so those that can go on wait in a list, oldest first, which gets a share
 * of each turn. One whose client is slow is not in the list and holds nobody up. */

#include "tide-tls-gate.h"

#include "tide-message-ids.h"
#include "tide-reactor.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* As long as any request may take. */
#define HELLO_DEADLINE_US (10 * G_USEC_PER_SEC)
#define HANDSHAKE_DEADLINE_US (5 * G_USEC_PER_SEC)
#define BUDGET_US 2000

/* RFC 8446, section 5.1: type, version, length. */
#define RECORD_HEADER_BYTES 5
#define RECORD_MAX_BYTES (16 * 1024)
#define RECORD_HANDSHAKE 22
#define VERSION_MAJOR 3

typedef enum
{
  HELLO_THERE,
  HELLO_INCOMPLETE,
  HELLO_NONE,       /* the client has left without a word */
  HELLO_BROKEN,     /* it is none, or it will never be complete */
  HELLO_PLAIN_HTTP, /* most likely http:// was written for https:// */
} Hello;

typedef struct
{
  GSource parent;
  TideTlsGate *gate; /* (unowned), owns us */
} GateSource;

struct _TideTlsGate
{
  TideTlsCertificate *certificate; /* (owned) */
  guint max_connections;
  TideCounters *counters; /* (unowned), outlives us */
  TideTlsGateFunc func;
  gpointer user_data; /* (unowned), for @func */
  GSource *source;    /* (owned) */
  GPtrArray *shaking; /* (owned) (element-type TideSocket), each with a reference */
};

static Hello
look_for_hello (TideSocket *socket)
{
  guint8 header[RECORD_HEADER_BYTES];
  gssize n = recv (socket->fd, header, sizeof header, MSG_PEEK | MSG_DONTWAIT);
  int n_there = 0;
  gsize length;

  if (n <= 0)
    return socket->is_hung_up ? HELLO_NONE : HELLO_INCOMPLETE;
  if (g_ascii_isupper (header[0]))
    return HELLO_PLAIN_HTTP;
  if (header[0] != RECORD_HANDSHAKE || (n > 1 && header[1] != VERSION_MAJOR))
    return HELLO_BROKEN;
  if (n == sizeof header)
    {
      length = header[3] << 8 | header[4];
      if (length == 0 || length > RECORD_MAX_BYTES)
        return HELLO_BROKEN;
      if (ioctl (socket->fd, FIONREAD, &n_there) == 0 &&
          (gsize) n_there >= sizeof header + length)
        return HELLO_THERE;
    }
  return socket->is_hung_up ? HELLO_BROKEN : HELLO_INCOMPLETE;
}

static void
refuse_plain_http (TideSocket *socket)
{
  static const char answer[] = "HTTP/1.1 400 Bad Request\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: 53\r\n"
                               "Connection: close\r\n\r\n"
                               "TLS is spoken here: write https:// or wss:// for it\r\n";

  tide_socket_send (socket, tide_frame_new_copy (answer, sizeof answer - 1));
  tide_socket_close (socket);
}

/* What GnuTLS had to say about it has been written, by itself; what is left of the
 * session could only add to it. */
static void
end_session (TideTlsGate *self, TideSocket *socket)
{
  tide_tls_gate_note_removed (self, socket);
  tide_socket_set_tls (socket, NULL);
  tide_socket_close (socket);
}

static void
finish (TideTlsGate *self, TideSocket *socket)
{
  self->counters->tls_handshakes++;
  socket->mode = TIDE_SOCKET_HTTP;
  socket->funcs = NULL;
  socket->user_data = NULL;
  tide_socket_clear_deadline (socket);
  self->func (socket, self->user_data);
}

static void
shake_hands (TideTlsGate *self, TideSocket *socket)
{
  switch (tide_tls_shake_hands (socket->tls))
    {
    case TIDE_TLS_DONE:
      finish (self, socket);
      break;
    case TIDE_TLS_WANTS_INPUT:
      break;
    case TIDE_TLS_WANTS_ROOM:
      socket->is_blocked = TRUE;
      tide_reactor_watch_room (socket->reactor, socket, TRUE);
      break;
    case TIDE_TLS_FAILED:
      self->counters->tls_handshakes_failed++;
      end_session (self, socket);
      break;
    }
}

static void
queue (TideTlsGate *self, TideSocket *socket)
{
  if (socket->is_shaking)
    return;
  socket->is_shaking = TRUE;
  g_ptr_array_add (self->shaking, tide_socket_ref (socket));
}

/* Returns: whether there is room for another session */
static gboolean
start_session (TideTlsGate *self, TideSocket *socket)
{
  if (self->counters->tls_connections < self->max_connections)
    tide_socket_set_tls (socket, tide_tls_new (self->certificate, socket->fd));
  if (socket->tls == NULL)
    return FALSE;
  self->counters->tls_connections++;
  tide_socket_set_deadline (socket, HANDSHAKE_DEADLINE_US);
  return TRUE;
}

static void
read_hello (TideTlsGate *self, TideSocket *socket)
{
  switch (look_for_hello (socket))
    {
    case HELLO_THERE:
      if (start_session (self, socket))
        queue (self, socket);
      else
        {
          self->counters->tls_connections_refused_limit++;
          tide_socket_abort (socket);
        }
      break;
    case HELLO_INCOMPLETE:
      break;
    case HELLO_NONE:
      tide_socket_abort (socket);
      break;
    case HELLO_BROKEN:
      self->counters->tls_handshakes_failed++;
      tide_socket_abort (socket);
      break;
    case HELLO_PLAIN_HTTP:
      self->counters->tls_handshakes_failed++;
      refuse_plain_http (socket);
      break;
    }
}

static void
on_readable (TideSocket *socket)
{
  TideTlsGate *self = socket->user_data;

  if (socket->tls != NULL)
    queue (self, socket);
  else
    read_hello (self, socket);
}

static void
on_timed_out (TideSocket *socket)
{
  TideTlsGate *self = socket->user_data;

  self->counters->tls_handshakes_timed_out++;
  tide_socket_abort (socket);
}

static const TideSocketFuncs handshake_funcs = {
  .readable = on_readable,
  .timed_out = on_timed_out,
};

static gboolean
gate_source_prepare (GSource *source, int *timeout_ms)
{
  *timeout_ms = -1;
  return ((GateSource *) source)->gate->shaking->len > 0;
}

static gboolean
gate_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideTlsGate *self = ((GateSource *) source)->gate;
  gint64 end_us = g_get_monotonic_time () + BUDGET_US;
  guint i = 0;

  while (i < self->shaking->len)
    {
      TideSocket *socket = g_ptr_array_index (self->shaking, i++);

      socket->is_shaking = FALSE;
      if (socket->mode == TIDE_SOCKET_HANDSHAKE)
        shake_hands (self, socket);
      tide_socket_unref (socket);
      if (g_get_monotonic_time () >= end_us)
        break;
    }
  if (i > 0)
    g_ptr_array_remove_range (self->shaking, 0, i);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs gate_source_funcs = {
  .prepare = gate_source_prepare,
  .dispatch = gate_source_dispatch,
};

static TideTlsCertificate *
load_certificate (const TideTlsSettings *settings, GError **error)
{
  TideTlsCertificate *certificate =
      tide_tls_certificate_load (settings->certificate_path, settings->key_path, error);
  g_autofree char *fault = NULL;

  if (certificate != NULL)
    fault = tide_tls_certificate_find_fault (certificate,
                                             g_get_real_time () / G_USEC_PER_SEC);
  if (fault != NULL)
    tide_log_notable (G_LOG_LEVEL_WARNING, TIDE_MESSAGE_CERTIFICATE, "%s", fault);
  return certificate;
}

/**
 * tide_tls_gate_new:
 * @settings: what to go by
 * @counters: where to count; must outlive the gate
 * @func: what to do with those whose handshake has been good
 * @user_data: for @func
 * @error: return location for an error
 *
 * Makes a gate that works on the default main context. A certificate that browsers
 * refuse, or will within 14 days, is warned of.
 *
 * Fails with [error@Error.BAD_CONFIG] when the certificate or its key is no good.
 *
 * Returns: (transfer full): a gate
 */
TideTlsGate *
tide_tls_gate_new (const TideTlsSettings *settings,
                   TideCounters *counters,
                   TideTlsGateFunc func,
                   gpointer user_data,
                   GError **error)
{
  TideTlsCertificate *certificate = load_certificate (settings, error);
  TideTlsGate *self;

  if (certificate == NULL)
    return NULL;
  self = g_new0 (TideTlsGate, 1);
  self->certificate = certificate;
  self->max_connections = settings->max_connections;
  self->counters = counters;
  self->func = func;
  self->user_data = user_data;
  self->shaking = g_ptr_array_new ();
  self->source = g_source_new (&gate_source_funcs, sizeof (GateSource));
  ((GateSource *) self->source)->gate = self;
  g_source_set_static_name (self->source, "tide-tls-gate");
  g_source_attach (self->source, NULL);
  return self;
}

/**
 * tide_tls_gate_free:
 * @self: (transfer full): a gate whose sockets are all closed
 *
 * Frees a gate.
 */
void
tide_tls_gate_free (TideTlsGate *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_ptr_array_set_free_func (self->shaking, (GDestroyNotify) tide_socket_unref);
  g_ptr_array_unref (self->shaking);
  tide_tls_certificate_unref (self->certificate);
  g_free (self);
}

/**
 * tide_tls_gate_reload:
 * @self: a gate
 * @settings: what to go by from now on
 *
 * Reads the certificate and its key again, for those who come from now on. When they are
 * no good, that is told in the log, and the old ones stay in use.
 */
void
tide_tls_gate_reload (TideTlsGate *self, const TideTlsSettings *settings)
{
  g_autoptr (GError) error = NULL;
  TideTlsCertificate *certificate;

  self->max_connections = settings->max_connections;
  if (settings->certificate_path == NULL)
    return;
  certificate = load_certificate (settings, &error);
  if (certificate == NULL)
    {
      tide_log_notable (G_LOG_LEVEL_WARNING,
                        TIDE_MESSAGE_CERTIFICATE,
                        "The old TLS certificate stays in use: %s",
                        error->message);
      return;
    }
  tide_tls_certificate_unref (self->certificate);
  self->certificate = certificate;
}

/**
 * tide_tls_gate_admit:
 * @self: a gate
 * @socket: a socket on which nothing was read yet
 *
 * Waits for a client's hello, at most 10 s, and shakes hands. Who fails is closed and
 * counted.
 */
void
tide_tls_gate_admit (TideTlsGate *self, TideSocket *socket)
{
  socket->mode = TIDE_SOCKET_HANDSHAKE;
  socket->funcs = &handshake_funcs;
  socket->user_data = self;
  tide_socket_set_deadline (socket, HELLO_DEADLINE_US);
}

/**
 * tide_tls_gate_note_removed:
 * @self: a gate
 * @socket: any socket, which is being closed
 *
 * Makes room for another session, if the socket had one.
 */
void
tide_tls_gate_note_removed (TideTlsGate *self, TideSocket *socket)
{
  if (socket->tls != NULL)
    self->counters->tls_connections--;
}
