/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Long-polling: a session's frames wait in its outbox until a GET takes them. A GET that
 * finds none is held: libsoup's message is paused, and what is sent until the end of the
 * loop's turn answers it. A WebSocket may take the session over, with what still waits.
 */

#include "tide-polling.h"

#include "tide-engineio-payload.h"
#include "tide-http-server-private.h"
#include "tide-polling-private.h"

#include <string.h>

#define CLOSE_PACKET "1"
#define NOOP_PACKET "6"
#define SEPARATOR 0x1e

/* An answer must be read in this time. */
#define ANSWER_DEADLINE_US (30 * G_USEC_PER_SEC)

/* python-engineio takes no payload of more than 16 packets (its `max_decode_packets`): it
 * ends the session. One is left for a close packet behind all others. */
#define MAX_PACKETS 15

static guint
count_packets (const GString *payload)
{
  guint n = payload->len > 0;

  for (const char *c = payload->str;
       (c = memchr (c, SEPARATOR, payload->str + payload->len - c)) != NULL;
       c++)
    n++;
  return n;
}

/* Takes what waits, as one payload, behind what is in the answer already; as much as
 * every client takes at once. */
static GString *
take_payload (TidePolling *self)
{
  GString *payload = self->answer != NULL ? g_steal_pointer (&self->answer)
                                          : g_string_sized_new (self->outbox.n_bytes + 1);
  TideCounters *counters = self->table->counters;
  guint n_packets = count_packets (payload);
  guint n_most = MAX_PACKETS - MIN (n_packets, MAX_PACKETS);
  gsize n_bytes = 0;

  for (guint i = 0; n_most > 0 && i < self->outbox.frames.length; i++)
    n_bytes +=
        tide_engineio_payload_append_some (payload,
                                           tide_ring_peek (&self->outbox.frames, i),
                                           i == 0 ? self->outbox.head_taken : 0,
                                           &n_most);
  counters->outbox_bytes -= n_bytes;
  tide_outbox_count_taken (tide_outbox_take (&self->outbox, n_bytes, -1), counters);
  return payload;
}

/* Whether a GET has something to return with. */
gboolean
tide_polling_has_payload (const TidePolling *self)
{
  return self->outbox.n_bytes > 0 || self->answer != NULL;
}

static void
respond (SoupServerMessage *message, const GString *payload)
{
  TideSocket *socket = tide_http_requests_get_socket (message);

  if (socket->mode == TIDE_SOCKET_HTTP)
    tide_socket_set_deadline (socket, ANSWER_DEADLINE_US);
  tide_http_respond (
      message, SOUP_STATUS_OK, "text/plain; charset=UTF-8", payload->str, payload->len);
}

/* Ends the wait of a held GET, if there is one. */
static void
release_held (TidePolling *self, const GString *payload)
{
  g_autoptr (SoupServerMessage) message = g_steal_pointer (&self->held);

  if (message == NULL)
    return;
  self->held_socket->user_data = NULL;
  g_clear_pointer (&self->held_socket, tide_socket_unref);
  respond (message, payload);
  soup_server_message_unpause (message);
}

/* Whether a GET waits for an answer. One whose client has left, seen or not, waits no
 * more: what is queued stays for the next one. */
static gboolean
has_held (TidePolling *self)
{
  if (self->held != NULL && tide_socket_has_left (self->held_socket))
    tide_polling_hung_up (self);
  return self->held != NULL;
}

/* Answers a held GET, if there is one, with what waits; with a noop if nothing does. */
void
tide_polling_answer_held (TidePolling *self)
{
  g_autoptr (GString) payload = NULL;

  if (!has_held (self))
    return;
  payload = take_payload (self);
  if (payload->len == 0)
    tide_engineio_payload_append_packet (payload, NOOP_PACKET);
  release_held (self, payload);
}

/* Lets go of a session that its table has lost; for the table only. */
void
tide_polling_free (gpointer data)
{
  TidePolling *self = data;
  g_autoptr (GString) last =
      self->answer != NULL ? g_steal_pointer (&self->answer) : g_string_new (NULL);

  if (last->len == 0)
    tide_engineio_payload_append_packet (last, NOOP_PACKET);
  release_held (self, last);
  if (self->is_touched)
    g_ptr_array_remove_fast (self->table->touched, self);
  if (self->probe != NULL)
    self->probe->polling = NULL;
  tide_outbox_discard (&self->outbox, self->table->counters);
  tide_polling_links_clear (&self->links);
  g_free (self->sid);
  g_free (self);
}

static gboolean
polling_send (TideTransport *transport, TideFrame *frame)
{
  TidePolling *self = (TidePolling *) transport;

  if (self->outbox.n_bytes + frame->n_bytes > self->table->outbox_hard_bytes)
    {
      tide_frame_unref (frame);
      return FALSE;
    }
  self->table->counters->outbox_bytes += frame->n_bytes;
  tide_outbox_push (&self->outbox, frame);
  if (self->held != NULL)
    tide_polling_table_touch (self->table, self);
  return TRUE;
}

/* What is put into the answer of a GET that waits is taken. */
static void
polling_flush (TideTransport *transport)
{
  TidePolling *self = (TidePolling *) transport;

  if (self->held != NULL && !tide_socket_has_left (self->held_socket))
    self->answer = take_payload (self);
}

/* Long-polling has no close code: a GET that waits gets what is queued and the close
 * packet, the next request finds the session unknown. To a client that closed by itself
 * the reference server says noop instead. */
static void
polling_close (TideTransport *transport, guint16 code, const char *reason)
{
  TidePolling *self = (TidePolling *) transport;
  gboolean is_wish = code == tide_close_reason_get_code (TIDE_CLOSE_CLIENT);

  self->connection = NULL;
  self->table->last_code = code;
  if (self->held != NULL)
    {
      g_autoptr (GString) payload = take_payload (self);

      tide_engineio_payload_append_packet (payload, is_wish ? NOOP_PACKET : CLOSE_PACKET);
      release_held (self, payload);
    }
  g_hash_table_remove (self->table->sessions, self->sid);
}

static const TideTransportFuncs transport_funcs = {
  .send = polling_send,
  .flush = polling_flush,
  .close = polling_close,
  .is_polling = TRUE,
};

/**
 * tide_polling_open:
 * @table: where to keep it
 * @manager: where to register the connection
 * @newcomer: who the client is
 *
 * Opens a session; its open packet waits for tide_polling_get().
 *
 * Returns: (transfer none): the session
 */
TidePolling *
tide_polling_open (TidePollingTable *table,
                   TideWebSocketManager *manager,
                   const TideNewcomer *newcomer)
{
  TidePolling *self = g_new0 (TidePolling, 1);

  self->base.funcs = &transport_funcs;
  self->base.outbox = &self->outbox;
  self->base.upgrades = table->upgrades;
  self->table = table;
  self->connection =
      tide_websocket_manager_register_user (manager, &self->base, newcomer);
  self->sid = g_strdup (self->connection->protocol.engine_sid);
  g_hash_table_insert (table->sessions, self->sid, self);
  return self;
}

/**
 * tide_polling_belongs_to:
 * @self: a session
 * @user_name: (nullable): who is asking, as the server authenticated it
 *
 * Returns: whether the session, an open one, is that user's
 */
gboolean
tide_polling_belongs_to (TidePolling *self, const char *user_name)
{
  return g_strcmp0 (tide_connection_get_user_name (self->connection), user_name) == 0;
}

/* Two requests of a kind at once: the client has lost its way, and the session ends. */
static void
refuse_overlap (TidePolling *self, SoupServerMessage *message)
{
  tide_http_refuse (message,
                    SOUP_STATUS_BAD_REQUEST,
                    TIDE_ENGINEIO_BAD_REQUEST,
                    "Bad request: overlap");
  tide_connection_close (
      self->connection, TIDE_CLOSE_PROTOCOL, "two requests of one kind at once");
}

/**
 * tide_polling_note_socket:
 * @self: a session
 * @socket: the HTTP connection that a request of it has come on
 *
 * Remembers what is to be closed when the client polls no more.
 */
void
tide_polling_note_socket (TidePolling *self, TideSocket *socket)
{
  tide_polling_links_note (&self->links, socket);
}

/**
 * tide_polling_get:
 * @self: a session; may be gone after the call
 * @message: a GET whose user is checked
 * @socket: what it came in by
 *
 * Answers with what waits, or holds the request until there is something. While another
 * GET is held, that one gets the close packet, this one 400, and the session ends.
 */
void
tide_polling_get (TidePolling *self, SoupServerMessage *message, TideSocket *socket)
{
  tide_connection_heard (self->connection);
  if (has_held (self))
    {
      refuse_overlap (self, message);
      return;
    }
  if (tide_socket_has_left (socket))
    {
      g_autoptr (GString) nothing = g_string_new (NOOP_PACKET);

      respond (message, nothing);
      return;
    }
  if (tide_polling_has_payload (self) || self->is_probed)
    {
      g_autoptr (GString) payload = take_payload (self);

      if (payload->len == 0)
        tide_engineio_payload_append_packet (payload, NOOP_PACKET);
      respond (message, payload);
      return;
    }
  self->held = g_object_ref (message);
  self->held_socket = tide_socket_ref (socket);
  socket->user_data = self;
  tide_socket_clear_deadline (socket);
  soup_server_message_pause (message);
}

static void
on_post_finished (SoupServerMessage *message, gpointer user_data)
{
  TidePollingTable *table = user_data;
  const char *sid = g_object_get_data (G_OBJECT (message), "tide-sid");
  TidePolling *self = tide_polling_table_find (table, sid);

  if (self != NULL && self->post == message)
    self->post = NULL;
}

/**
 * tide_polling_begin_post:
 * @self: a session; may be gone after the call
 * @message: a POST whose user is checked and whose body is still to come
 *
 * Notes that a POST is on its way. While another one is, this one gets 400, and the
 * session ends.
 *
 * Returns: %FALSE when the request was answered
 */
gboolean
tide_polling_begin_post (TidePolling *self, SoupServerMessage *message)
{
  tide_connection_heard (self->connection);
  if (self->post != NULL)
    {
      refuse_overlap (self, message);
      return FALSE;
    }
  self->post = message;
  g_object_set_data_full (G_OBJECT (message), "tide-sid", g_strdup (self->sid), g_free);
  g_signal_connect (message, "finished", G_CALLBACK (on_post_finished), self->table);
  return TRUE;
}

/**
 * tide_polling_post:
 * @self: a session; may be gone after the call
 * @body: (array length=length): a payload
 * @length: its length in bytes
 *
 * Takes a client's packets, in order.
 *
 * Returns: %FALSE when one of them broke the protocol: the session has ended
 */
gboolean
tide_polling_post (TidePolling *self, const char *body, gsize length)
{
  TidePollingTable *table = self->table;
  g_autofree char *sid = g_strdup (self->sid);
  const char *cursor = body;
  TideSpan packet;

  self->post = NULL;
  while (tide_engineio_payload_next (&cursor, body + length, &packet))
    {
      g_autoptr (GBytes) binary = tide_engineio_payload_decode_binary (&packet);
      g_autofree char *text = NULL;

      if (binary != NULL)
        tide_connection_receive_binary (self->connection, binary);
      else
        {
          /* Not g_strndup(), which would lose what is behind a NUL. */
          text = g_malloc (packet.length + 1);
          memcpy (text, packet.bytes, packet.length);
          text[packet.length] = '\0';
          tide_connection_receive_text (self->connection, text, packet.length);
        }
      /* What a packet says may have ended the session, as the client wished or not. */
      self = tide_polling_table_find (table, sid);
      if (self == NULL)
        return table->last_code == tide_close_reason_get_code (TIDE_CLOSE_CLIENT);
    }
  return TRUE;
}

/**
 * tide_polling_hung_up:
 * @self: a session whose held GET's client has left
 *
 * Lets go of the GET; what is queued stays for the next one.
 */
void
tide_polling_hung_up (TidePolling *self)
{
  g_autoptr (TideSocket) socket = tide_socket_ref (self->held_socket);
  g_autoptr (GString) nothing = g_string_new (NOOP_PACKET);

  release_held (self, nothing);
  tide_socket_abort (socket);
}

/**
 * tide_polling_set_probe:
 * @self: a session
 * @probe: (nullable): a WebSocket that wants to take it over, %NULL when it has gone
 *
 * Notes who wants to take the session over; there can be one at a time.
 *
 * Returns: %FALSE when there is one already
 */
gboolean
tide_polling_set_probe (TidePolling *self, TidePollingProbe *probe)
{
  if (self->probe != NULL)
    return FALSE;
  self->probe = probe;
  probe->polling = self;
  return TRUE;
}

/**
 * tide_polling_answer_probe:
 * @self: a session whose WebSocket has sent its probe
 *
 * Has the client's poll return, now and until the WebSocket has taken over or gone.
 */
void
tide_polling_answer_probe (TidePolling *self)
{
  self->is_probed = TRUE;
  tide_connection_heard (self->connection);
  tide_polling_answer_held (self);
}

/**
 * tide_polling_drop_probe:
 * @self: a session whose WebSocket has gone before it took over
 *
 * Goes on polling.
 */
void
tide_polling_drop_probe (TidePolling *self)
{
  self->probe = NULL;
  self->is_probed = FALSE;
}

/**
 * tide_polling_hand_over:
 * @self: (transfer full): a session
 * @transport: the WebSocket that takes over
 *
 * Gives the connection to @transport, with everything that still waits, and ends polling.
 * A GET that is held gets nothing of that: its client listens to @transport by now. HTTP
 * connections that are of no use any more are closed.
 *
 * Returns: (transfer none): the connection
 */
TideConnection *
tide_polling_hand_over (TidePolling *self, TideTransport *transport)
{
  TideConnection *connection = g_steal_pointer (&self->connection);

  tide_connection_change_transport (connection, transport);
  self->probe->polling = NULL;
  self->probe = NULL;
  tide_polling_links_end_idle (&self->links);
  g_hash_table_remove (self->table->sessions, self->sid);
  return connection;
}
