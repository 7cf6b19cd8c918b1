/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an HTTP request becomes a WebSocket: libsoup shakes hands and gives the socket
 * back. Those of plain WebSocket, at /ws, come straight here; Engine.IO's come from
 * tide-engineio-requests.c. */

#include "tide-handshake.h"

#include "tide-deflate-offer.h"
#include "tide-stream.h"

#define PLAIN_PATH "/ws"
#define PROTOCOL_VERSION "13"

typedef struct
{
  TideHttpServer *server; /* (unowned) */
  TideAdmitted admitted;  /* (owned), of a new client */
  char *sid;              /* (owned) (nullable), of a session to take over instead */
  gboolean is_deflated;   /* messages may be compressed */
} PendingHandshake;

static void
pending_handshake_free (gpointer data, GClosure *closure)
{
  PendingHandshake *pending = data;

  tide_visitors_leave (pending->server->visitors, pending->admitted.visitor);
  tide_admitted_clear (&pending->admitted);
  g_free (pending->sid);
  g_free (pending);
}

/* Takes the socket back from libsoup's HTTP, with what the browser sent early: libsoup's
 * wrapper may have read that already. */
static TideSocket *
steal_socket (SoupServerMessage *message)
{
  g_autoptr (GIOStream) wrapper = soup_server_message_steal_connection (message);
  GInputStream *filter = g_io_stream_get_input_stream (wrapper);
  g_autoptr (TideStream) stream = NULL;
  TideSocket *socket;
  guint8 early[16 * 1024];
  gssize n;

  g_object_get (wrapper, "base-iostream", &stream, NULL);
  socket = tide_stream_steal_socket (stream);
  socket->funcs = NULL;
  n = g_pollable_input_stream_read_nonblocking (
      G_POLLABLE_INPUT_STREAM (filter), early, sizeof early, NULL, NULL);
  if (n > 0)
    tide_socket_unread (socket, early, n);
  return socket;
}

static void
start_upgrade (TideHttpServer *server,
               TideSocket *socket,
               const char *sid,
               gboolean is_deflated)
{
  TidePolling *polling = tide_polling_table_find (server->pollings, sid);

  if (polling != NULL)
    tide_websocket_transport_start_upgrade (socket,
                                            polling,
                                            &server->settings.websocket,
                                            server->settings.upgrade_timeout_us,
                                            is_deflated);
  else
    {
      /* The session has ended meanwhile. */
      tide_socket_close (socket);
      tide_socket_unref (socket);
    }
}

static void
on_switched_protocols (SoupServerMessage *message, gpointer user_data)
{
  PendingHandshake *pending = user_data;
  TideHttpServer *server = pending->server;
  /* Stealing may free what waits for this signal. */
  gboolean is_deflated = pending->is_deflated;
  g_auto (TideAdmitted) admitted = pending->admitted;
  g_autofree char *sid = g_steal_pointer (&pending->sid);
  g_autoptr (SoupServerMessage) kept G_GNUC_UNUSED = g_object_ref (message);
  TideSocket *socket;

  pending->admitted = (TideAdmitted){ 0 };
  socket = steal_socket (message);
  if (sid != NULL)
    start_upgrade (server, socket, sid, is_deflated);
  else
    {
      TideNewcomer newcomer = tide_admitted_get_newcomer (&admitted);

      tide_websocket_transport_start (
          socket, server->manager, &server->settings.websocket, &newcomer, is_deflated);
    }
}

/* Returns: whether messages may be compressed from now on */
static gboolean
settle_extensions (TideHttpServer *server, SoupServerMessage *message)
{
  const char *offers = soup_message_headers_get_list (
      soup_server_message_get_request_headers (message), "Sec-WebSocket-Extensions");

  if (server->settings.websocket.inflater == NULL || !tide_deflate_offer_is_good (offers))
    return FALSE;
  soup_message_headers_append (soup_server_message_get_response_headers (message),
                               "Sec-WebSocket-Extensions",
                               TIDE_DEFLATE_ANSWER);
  return TRUE;
}

/* A body would be the first frames here, and none to whom passed the request on. */
static gboolean
has_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupEncoding encoding = soup_message_headers_get_encoding (headers);

  return encoding == SOUP_ENCODING_CHUNKED ||
         (encoding == SOUP_ENCODING_CONTENT_LENGTH &&
          soup_message_headers_get_content_length (headers) > 0);
}

/**
 * tide_handshake_begin:
 * @server: the server
 * @message: a request that is let in
 * @admitted: (nullable): who opens a connection by it; is taken over, and empty then
 * @sid: (nullable): the long-polling session that it is to take over instead
 *
 * Has libsoup shake hands, and goes on when the answer is written. What is no good
 * handshake is answered with 400, and the version that would be.
 */
void
tide_handshake_begin (TideHttpServer *server,
                      SoupServerMessage *message,
                      TideAdmitted *admitted,
                      const char *sid)
{
  PendingHandshake *pending;

  if (has_body (message) ||
      !soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL))
    {
      server->counters->handshakes_refused_request++;
      /* RFC 6455, section 4.4: who asked for another version is told of ours. */
      soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                    "Sec-WebSocket-Version",
                                    PROTOCOL_VERSION);
      if (admitted != NULL)
        tide_visitors_leave (server->visitors, g_steal_pointer (&admitted->visitor));
      tide_http_refuse (message,
                        SOUP_STATUS_BAD_REQUEST,
                        TIDE_ENGINEIO_BAD_REQUEST,
                        "Bad request: a WebSocket handshake is expected");
      return;
    }
  pending = g_new0 (PendingHandshake, 1);
  pending->server = server;
  if (admitted != NULL)
    {
      pending->admitted = *admitted;
      *admitted = (TideAdmitted){ 0 };
    }
  pending->sid = g_strdup (sid);
  pending->is_deflated = settle_extensions (server, message);
  g_signal_connect_data (message,
                         "wrote-informational",
                         G_CALLBACK (on_switched_protocols),
                         pending,
                         pending_handshake_free,
                         0);
}

/**
 * tide_handshake_get_wishes:
 * @query: (nullable): the parameters of a first request
 *
 * Returns: how the client wants its events
 */
TideWishes
tide_handshake_get_wishes (GHashTable *query)
{
  TideWishes wishes = { 0 };

  if (query != NULL)
    tide_wishes_take_query (
        &wishes, g_hash_table_lookup (query, "batch"), g_hash_table_lookup (query, "v"));
  return wishes;
}

static void
on_plain_request (SoupServer *soup,
                  SoupServerMessage *message,
                  const char *path,
                  GHashTable *query,
                  gpointer user_data)
{
  TideHttpServer *server = user_data;
  g_auto (TideAdmitted) admitted = { .form = TIDE_WIRE_PLAIN,
                                     .wishes = tide_handshake_get_wishes (query) };

  if (!g_str_equal (path, PLAIN_PATH))
    tide_http_respond_not_found (message);
  else if (tide_admission_check_origin (server, message) &&
           tide_admission_authenticate (server, message, query, &admitted) &&
           tide_admission_check_room (server, message, admitted.identity.user_name) &&
           tide_admission_count (server, message, &admitted.visitor))
    tide_handshake_begin (server, message, &admitted, NULL);
}

/* Adds the handler of plain WebSocket. An early one: libsoup has read the headers only.
 */
void
tide_handshake_add_plain (TideHttpServer *server)
{
  soup_server_add_early_handler (
      server->soup, PLAIN_PATH, on_plain_request, server, NULL);
}
