/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A WebSocket: libsoup parses what the client sends, answers its pings and closes; what
 * we send goes to the socket's outbox as ready frames, past libsoup's queue. */

#include "tide-websocket-transport.h"

#include "tide-reactor.h"
#include "tide-websocket-frame.h"

#define MAX_FRAGMENTS 1024
#define CLOSE_TIMEOUT_US (5 * G_USEC_PER_SEC)

typedef struct
{
  TideTransport base;
  TideSocket *socket;          /* (owned) */
  SoupWebsocketConnection *ws; /* (owned) */
  TideConnection *connection;  /* (unowned) (nullable), NULL once one of us has ended */
  const TideWebSocketLimits *limits; /* (unowned), outlives us */
  TideWebSocketMeter meter;
  TidePollingProbe probe; /* the session to take over, until that is done */
} WebSocketTransport;

static void
push_parked (WebSocketTransport *self)
{
  g_main_context_push_thread_default (
      tide_reactor_get_parked_context (self->socket->reactor));
}

static void
pop_parked (WebSocketTransport *self)
{
  g_main_context_pop_thread_default (
      tide_reactor_get_parked_context (self->socket->reactor));
}

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

/* libsoup waits for the client's close frame; its own timer for that sits in the parked
 * context and never fires, so the deadline is ours. Behind half a message no close frame
 * can follow: the socket just ends. */
static void
websocket_transport_close (TideTransport *transport, guint16 code, const char *reason)
{
  WebSocketTransport *self = (WebSocketTransport *) transport;

  self->connection = NULL;
  if (self->socket->mode >= TIDE_SOCKET_LINGERING)
    return;
  if (self->socket->outbox.is_ended && !self->socket->has_output_ended)
    {
      tide_socket_end_input (self->socket);
      return;
    }
  tide_socket_set_deadline (self->socket, CLOSE_TIMEOUT_US);
  push_parked (self);
  if (soup_websocket_connection_get_state (self->ws) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->ws, code, reason);
  pop_parked (self);
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

/* Sees what the client sends before libsoup does. libsoup answers pings whatever is
 * queued: who sends them and does not read is sent away here. */
static gboolean
on_socket_received (TideSocket *socket, const guint8 *bytes, gsize n_bytes)
{
  WebSocketTransport *self = socket->user_data;

  if (self->connection != NULL)
    tide_connection_heard (self->connection);
  if (self->connection != NULL &&
      socket->outbox.n_bytes > self->limits->outbox_hard_bytes)
    tide_connection_close (
        self->connection, TIDE_CLOSE_SLOW, "the client reads too slowly");
  if (tide_websocket_meter_feed (
          &self->meter, bytes, n_bytes, self->limits->max_payload_bytes, MAX_FRAGMENTS))
    return TRUE;
  if (self->connection != NULL)
    tide_connection_close (
        self->connection, TIDE_CLOSE_TOO_LARGE, "the message is over max-payload-bytes");
  return FALSE;
}

static const TideSocketFuncs socket_funcs = { .received = on_socket_received };

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

static void
on_message (SoupWebsocketConnection *ws, int type, GBytes *message, gpointer user_data)
{
  WebSocketTransport *self = user_data;
  gsize length;
  const char *text = g_bytes_get_data (message, &length);

  if (self->probe.polling != NULL)
    {
      receive_before_switch (self, text);
      return;
    }
  if (self->connection == NULL)
    return;
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    tide_connection_receive_text (self->connection, text, length);
  else
    tide_connection_receive_binary (self->connection, message);
}

static void
on_closed (SoupWebsocketConnection *ws, gpointer user_data)
{
  WebSocketTransport *self = user_data;

  tide_reactor_closing (self->socket->reactor, -1);
  tell_closed (self,
               self->socket->is_hung_up ||
                       soup_websocket_connection_get_close_code (ws) != 0
                   ? TIDE_CLOSE_CLIENT
                   : TIDE_CLOSE_PROTOCOL);
  if (self->probe.polling != NULL)
    tide_polling_drop_probe (self->probe.polling);
  g_signal_handlers_disconnect_by_data (ws, self);
  self->socket->funcs = NULL;
  if (self->socket->mode == TIDE_SOCKET_CLOSED)
    tide_outbox_discard (&self->socket->outbox,
                         tide_reactor_get_counters (self->socket->reactor));
  tide_socket_unref (self->socket);
  g_object_unref (self->ws);
  g_free (self);
}

static SoupWebsocketConnection *
make_websocket (TideStream *stream, const TideWebSocketLimits *limits)
{
  /* libsoup wants an address; ours is nobody's business, and one serves all. */
  g_autoptr (GUri) uri =
      g_uri_build (G_URI_FLAGS_NONE, "ws", NULL, "", -1, "/", NULL, NULL);
  SoupWebsocketConnection *ws = soup_websocket_connection_new (
      G_IO_STREAM (stream), uri, SOUP_WEBSOCKET_CONNECTION_SERVER, NULL, NULL, NULL);

  soup_websocket_connection_set_max_incoming_payload_size (ws, limits->max_payload_bytes);
  return ws;
}

static WebSocketTransport *
start (TideStream *stream, const TideWebSocketLimits *limits)
{
  WebSocketTransport *self = g_new0 (WebSocketTransport, 1);

  self->base.funcs = &transport_funcs;
  self->socket = tide_socket_ref (tide_stream_get_socket (stream));
  self->base.outbox = &self->socket->outbox;
  self->limits = limits;
  tide_socket_upgrade (self->socket);
  self->socket->funcs = &socket_funcs;
  self->socket->user_data = self;

  push_parked (self);
  self->ws = make_websocket (stream, limits);
  g_signal_connect (self->ws, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->ws, "closed", G_CALLBACK (on_closed), self);
  pop_parked (self);
  if (tide_socket_can_read (self->socket))
    tide_reactor_wait (self->socket->reactor, self->socket);
  return self;
}

/**
 * tide_websocket_transport_start:
 * @stream: a stream that libsoup has shaken hands on and given back
 * @manager: where to register the connection
 * @limits: what bounds it; must outlive it
 * @newcomer: who the client is
 *
 * Begins to speak WebSocket and registers the connection. All of it frees itself when the
 * socket ends.
 */
void
tide_websocket_transport_start (TideStream *stream,
                                TideWebSocketManager *manager,
                                const TideWebSocketLimits *limits,
                                const TideNewcomer *newcomer)
{
  WebSocketTransport *self = start (stream, limits);

  self->connection =
      tide_websocket_manager_register_user (manager, &self->base, newcomer);
}

/**
 * tide_websocket_transport_start_upgrade:
 * @stream: a stream that libsoup has shaken hands on and given back
 * @polling: the session to take over
 * @limits: what bounds it; must outlive it
 * @timeout_us: how long the client may take, in microseconds
 *
 * Begins to speak WebSocket, and takes a long-polling session over when the client says
 * so. When it does not in time, the WebSocket ends and polling goes on.
 */
void
tide_websocket_transport_start_upgrade (TideStream *stream,
                                        TidePolling *polling,
                                        const TideWebSocketLimits *limits,
                                        gint64 timeout_us)
{
  WebSocketTransport *self = start (stream, limits);

  if (tide_polling_set_probe (polling, &self->probe))
    tide_socket_set_deadline (self->socket, timeout_us);
  else
    websocket_transport_close (&self->base,
                               tide_close_reason_get_code (TIDE_CLOSE_PROTOCOL),
                               "another WebSocket is taking this session over");
}
