/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A WebSocket, from the handshake on: reads what the client sends, answers its pings, and
 * closes. What the sessions send goes to the socket's outbox as ready frames. */

#include "tide-websocket-transport.h"

#include "tide-cache-line.h"
#include "tide-reactor.h"
#include "tide-websocket-reader.h"

#include <string.h>

#define MAX_FRAGMENTS 1024
#define CLOSE_TIMEOUT_US (5 * G_USEC_PER_SEC)
#define READ_BYTES (16 * 1024)
#define MAX_REASON_BYTES 123 /* what a close frame has room for beside its code */

/* What each delivery looks at is in one line of the processor's cache. */
typedef struct
{
  TideTransport base;
  TideSocket *socket;         /* (owned) */
  TideConnection *connection; /* (unowned) (nullable), NULL once one of us has ended */
  const TideWebSocketLimits *limits; /* (unowned), outlives us */
  TideWebSocketReader reader;
  gboolean is_timed;      /* the socket's deadline is that of a message which has begun */
  TidePollingProbe probe; /* the session to take over, until that is done */
} WebSocketTransport;

static gboolean
has_room (const WebSocketTransport *self, const TideFrame *frame)
{
  return self->socket->outbox.n_bytes + frame->n_bytes <= self->limits->outbox_hard_bytes;
}

/* Outboxes are written at the end of a turn, and one turn may bring more than one of them
 * holds: a client is slow only when the kernel does not take it either. */
static gboolean
websocket_transport_send (TideTransport *transport, TideFrame *frame)
{
  WebSocketTransport *self = (WebSocketTransport *) transport;

  if (!has_room (self, frame))
    tide_socket_flush (self->socket);
  if (!has_room (self, frame))
    {
      tide_frame_unref (frame);
      return FALSE;
    }
  tide_socket_send (self->socket, frame);
  return TRUE;
}

static void
websocket_transport_flush (TideTransport *transport)
{
  tide_socket_flush (((WebSocketTransport *) transport)->socket);
}

static void
send_control (WebSocketTransport *self,
              TideWebSocketOpcode opcode,
              const TideSpan *spans,
              guint n_spans)
{
  tide_socket_send (self->socket, tide_websocket_frame_new (opcode, spans, n_spans, 0));
}

/* @code: 1005 for none */
static void
send_close (WebSocketTransport *self, guint16 code, const char *reason)
{
  const guint8 code_bytes[] = { code >> 8, code & 0xff };
  const TideSpan spans[] = { { code_bytes, sizeof code_bytes },
                             { reason, strnlen (reason, MAX_REASON_BYTES) } };

  send_control (
      self, TIDE_WEBSOCKET_CLOSE, spans, code == TIDE_WEBSOCKET_NO_CODE ? 0 : 2);
  tide_socket_end_output (self->socket);
}

/* Goes on reading until the client's close frame comes, for a while. Behind half a
 * message no close frame of ours can follow: the socket just ends. */
static void
websocket_transport_close (TideTransport *transport, guint16 code, const char *reason)
{
  WebSocketTransport *self = (WebSocketTransport *) transport;

  self->connection = NULL;
  if (self->socket->mode >= TIDE_SOCKET_LINGERING)
    return;
  if (self->socket->outbox.is_ended)
    {
      if (!self->socket->has_output_ended)
        tide_socket_end_input (self->socket);
      return;
    }
  self->is_timed = FALSE;
  tide_socket_set_deadline (self->socket, CLOSE_TIMEOUT_US);
  send_close (self, code, reason);
}

static const TideTransportFuncs transport_funcs = {
  .send = websocket_transport_send,
  .flush = websocket_transport_flush,
  .close = websocket_transport_close,
};

static void
tell_closed (WebSocketTransport *self, TideCloseReason reason)
{
  TideConnection *connection = g_steal_pointer (&self->connection);

  if (connection != NULL)
    tide_connection_transport_closed (connection, reason);
}

/* Before it has taken its session over, a WebSocket says just two things: its probe,
 * which is answered, and that the client has ended its polls. */
static void
receive_before_switch (WebSocketTransport *self, const char *text)
{
  static const guint8 answer[] = { 0x81, 0x06, '3', 'p', 'r', 'o', 'b', 'e' };

  if (g_str_equal (text, "2probe"))
    {
      tide_socket_send (self->socket, tide_frame_new_copy (answer, sizeof answer));
      tide_polling_answer_probe (self->probe.polling);
    }
  else if (g_str_equal (text, "5"))
    {
      tide_socket_clear_deadline (self->socket);
      self->connection = tide_polling_hand_over (self->probe.polling, &self->base);
    }
  else
    {
      /* Polling goes on now, not when this client has answered the close. */
      tide_polling_drop_probe (self->probe.polling);
      self->probe.polling = NULL;
      websocket_transport_close (&self->base,
                                 tide_close_reason_get_code (TIDE_CLOSE_PROTOCOL),
                                 "a probe is expected");
    }
}

/* The end of it all: the socket has been closed, or is to be now. */
static void
finish (WebSocketTransport *self, TideCloseReason reason)
{
  TideSocket *socket = self->socket;

  socket->funcs = NULL;
  tell_closed (self, reason);
  if (self->probe.polling != NULL)
    tide_polling_drop_probe (self->probe.polling);
  if (socket->mode == TIDE_SOCKET_CLOSED)
    tide_outbox_discard (&socket->outbox, tide_reactor_get_counters (socket->reactor));
  else
    tide_socket_close (socket);
  tide_websocket_reader_clear (&self->reader);
  tide_socket_unref (socket);
  g_aligned_free (self);
}

/* A client that breaks the rules is told so, and who is above us that it has left. What
 * it sends from now on is not read. */
static void
fail (WebSocketTransport *self, guint16 code, const char *reason)
{
  tide_socket_flush (self->socket);
  tell_closed (self,
               code == TIDE_WEBSOCKET_TOO_LARGE ? TIDE_CLOSE_TOO_LARGE
                                                : TIDE_CLOSE_PROTOCOL);
  websocket_transport_close (&self->base, code, reason);
  finish (self, TIDE_CLOSE_PROTOCOL);
}

/* The client closes, or has answered our close. Its code goes back to it, as RFC 6455,
 * section 5.5.1, has it. */
static void
receive_close (WebSocketTransport *self, const GByteArray *payload)
{
  tell_closed (self, TIDE_CLOSE_CLIENT);
  if (!self->socket->outbox.is_ended)
    send_close (self, tide_websocket_get_close_code (payload), "");
  finish (self, TIDE_CLOSE_CLIENT);
}

static void
receive_ping (WebSocketTransport *self, const GByteArray *payload)
{
  TideSpan span = { payload->data, payload->len };

  if (!self->socket->outbox.is_ended)
    send_control (self, TIDE_WEBSOCKET_PONG, &span, 1);
}

static void
receive_data (WebSocketTransport *self, TideWebSocketOpcode opcode, GByteArray *payload)
{
  if (self->probe.polling != NULL)
    receive_before_switch (self, (const char *) payload->data);
  else if (self->connection == NULL)
    return;
  else if (opcode == TIDE_WEBSOCKET_TEXT)
    tide_connection_receive_text (
        self->connection, (const char *) payload->data, payload->len);
  else
    {
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_byte_array_ref (payload));

      tide_connection_receive_binary (self->connection, bytes);
    }
}

/* Returns: %FALSE when @self is gone */
static gboolean
receive (WebSocketTransport *self, const TideWebSocketMessage *message)
{
  if (message->close_code != 0)
    {
      fail (self, message->close_code, message->reason);
      return FALSE;
    }
  switch (message->opcode)
    {
    case TIDE_WEBSOCKET_CLOSE:
      receive_close (self, message->payload);
      return FALSE;
    case TIDE_WEBSOCKET_PING:
      if (self->connection == NULL || tide_connection_take_control (self->connection))
        receive_ping (self, message->payload);
      break;
    case TIDE_WEBSOCKET_TEXT:
    case TIDE_WEBSOCKET_BINARY:
      receive_data (self, message->opcode, message->payload);
      break;
    case TIDE_WEBSOCKET_PONG:
      if (self->connection != NULL)
        tide_connection_take_control (self->connection);
      break;
    case TIDE_WEBSOCKET_CONTINUATION:
      break;
    }
  return TRUE;
}

/* What has begun must end in time, whatever control frames come between. Before the
 * session is taken over, and once a close frame is on its way, the socket has a deadline
 * already. */
static void
watch_unfinished (WebSocketTransport *self)
{
  if (self->connection == NULL || self->is_timed ||
      self->limits->message_timeout_us == 0 ||
      !tide_websocket_reader_is_unfinished (&self->reader))
    return;
  self->is_timed = TRUE;
  tide_socket_set_deadline (self->socket, self->limits->message_timeout_us);
}

/* Something was complete. Inside a fragmented message that was a control frame, which
 * gives no more time; else what follows has a time of its own. */
static void
note_finished (WebSocketTransport *self)
{
  if (!self->is_timed || self->reader.message != NULL)
    return;
  self->is_timed = FALSE;
  tide_socket_clear_deadline (self->socket);
}

/* Returns: %FALSE when @self is gone */
static gboolean
receive_all (WebSocketTransport *self, TideSpan input)
{
  const TideWebSocketRules rules = {
    .max_message_bytes = self->limits->max_payload_bytes,
    .max_fragments = MAX_FRAGMENTS,
    .inflater = self->base.is_deflated ? self->limits->inflater : NULL,
  };
  TideWebSocketMessage message;

  while (tide_websocket_reader_next (&self->reader, &input, &rules, &message))
    {
      g_autoptr (GByteArray) payload G_GNUC_UNUSED = message.payload;

      if (!receive (self, &message))
        return FALSE;
      note_finished (self);
    }
  self->base.n_unfinished = self->reader.message != NULL ? self->reader.message->len : 0;
  watch_unfinished (self);
  return TRUE;
}

/* Pings are answered whatever is queued: who sends them and does not read is sent away
 * here. */
static void
note_life (WebSocketTransport *self)
{
  if (self->connection != NULL)
    tide_connection_heard (self->connection);
  if (self->connection != NULL &&
      self->socket->outbox.n_bytes > self->limits->outbox_hard_bytes)
    tide_connection_close (
        self->connection, TIDE_CLOSE_SLOW, "the client reads too slowly");
}

static void
on_readable (TideSocket *socket)
{
  WebSocketTransport *self = socket->user_data;
  guint8 buffer[READ_BYTES];

  while (tide_socket_can_read (socket))
    {
      g_autoptr (GError) error = NULL;
      gssize n = tide_socket_read (socket, buffer, sizeof buffer, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return;
      if (n <= 0)
        {
          finish (self, TIDE_CLOSE_CLIENT);
          return;
        }
      note_life (self);
      if (!receive_all (self, (TideSpan){ buffer, n }))
        return;
    }
}

static void
on_aborted (TideSocket *socket)
{
  finish (socket->user_data, TIDE_CLOSE_CLIENT);
}

/* A message that does not come to its end; or another deadline, whose socket is to go. */
static void
on_timed_out (TideSocket *socket)
{
  WebSocketTransport *self = socket->user_data;

  if (self->connection != NULL && self->is_timed)
    tide_connection_close (
        self->connection, TIDE_CLOSE_UNFINISHED, "a message was not complete in time");
  else
    tide_socket_abort (socket);
}

static const TideSocketFuncs socket_funcs = {
  .readable = on_readable,
  .aborted = on_aborted,
  .timed_out = on_timed_out,
};

static WebSocketTransport *
start (TideSocket *socket, const TideWebSocketLimits *limits, gboolean is_deflated)
{
  WebSocketTransport *self = tide_new_lined (WebSocketTransport);

  self->base.funcs = &transport_funcs;
  self->base.outbox = &socket->outbox;
  self->base.is_deflated = is_deflated;
  self->socket = socket;
  self->limits = limits;
  tide_socket_upgrade (socket);
  socket->funcs = &socket_funcs;
  socket->user_data = self;
  if (tide_socket_can_read (socket))
    tide_reactor_wait (socket->reactor, socket);
  return self;
}

/**
 * tide_websocket_transport_start:
 * @socket: (transfer full): one that libsoup has shaken hands on and given back
 * @manager: where to register the connection
 * @limits: what bounds it; must outlive it
 * @newcomer: who the client is
 * @is_deflated: whether it was agreed that messages may be compressed
 *
 * Begins to speak WebSocket and registers the connection. All of it frees itself when the
 * socket ends.
 */
void
tide_websocket_transport_start (TideSocket *socket,
                                TideWebSocketManager *manager,
                                const TideWebSocketLimits *limits,
                                const TideNewcomer *newcomer,
                                gboolean is_deflated)
{
  WebSocketTransport *self = start (socket, limits, is_deflated);

  self->connection =
      tide_websocket_manager_register_user (manager, &self->base, newcomer);
}

/**
 * tide_websocket_transport_start_upgrade:
 * @socket: (transfer full): one that libsoup has shaken hands on and given back
 * @polling: the session to take over
 * @limits: what bounds it; must outlive it
 * @timeout_us: how long the client may take, in microseconds
 * @is_deflated: whether it was agreed that messages may be compressed
 *
 * Begins to speak WebSocket, and takes a long-polling session over when the client says
 * so. When it does not in time, the WebSocket ends and polling goes on.
 */
void
tide_websocket_transport_start_upgrade (TideSocket *socket,
                                        TidePolling *polling,
                                        const TideWebSocketLimits *limits,
                                        gint64 timeout_us,
                                        gboolean is_deflated)
{
  WebSocketTransport *self = start (socket, limits, is_deflated);

  if (tide_polling_set_probe (polling, &self->probe))
    tide_socket_set_deadline (self->socket, timeout_us);
  else
    websocket_transport_close (&self->base,
                               tide_close_reason_get_code (TIDE_CLOSE_PROTOCOL),
                               "another WebSocket is taking this session over");
}
