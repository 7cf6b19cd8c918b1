/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests at Engine.IO's path: new clients by either transport, polls and POSTs of those
 * who have a session, and WebSockets that want to take one over. The order of the checks
 * and the answers are those of the reference server. */

#include "tide-engineio-requests.h"

#include "tide-admission.h"
#include "tide-handshake.h"

#define BODY_DEADLINE_US (30 * G_USEC_PER_SEC)

static void
refuse (TideHttpServer *self,
        SoupServerMessage *message,
        TideEngineioCode code,
        const char *text)
{
  self->counters->handshakes_refused_request++;
  tide_http_refuse (message, SOUP_STATUS_BAD_REQUEST, code, text);
}

static const char *
get_parameter (GHashTable *query, const char *name)
{
  const char *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

  return value != NULL ? value : "";
}

/* A request without a sid: somebody new. */
static void
let_in (TideHttpServer *self,
        SoupServerMessage *message,
        GHashTable *query,
        gboolean by_polling)
{
  g_auto (TideAdmitted) admitted = { .form = self->settings.engineio_form,
                                     .wishes = tide_handshake_get_wishes (query) };

  if (!tide_admission_authenticate (self, message, query, &admitted) ||
      !tide_admission_check_room (self, message, admitted.identity.user_name) ||
      !tide_admission_count (self, message, &admitted.visitor))
    return;
  if (by_polling)
    {
      TideNewcomer newcomer = tide_admitted_get_newcomer (&admitted);
      TidePolling *polling = tide_polling_open (self->pollings, self->manager, &newcomer);

      tide_polling_note_socket (polling, tide_http_requests_get_socket (message));
      tide_polling_get (polling, message, tide_http_requests_get_socket (message));
    }
  else
    tide_handshake_begin (self, message, &admitted, NULL);
}

static void
on_body_chunk (SoupServerMessage *message, GBytes *chunk, gpointer user_data)
{
  TideHttpServer *self = user_data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  if ((gsize) body->length <= self->settings.websocket.max_payload_bytes)
    return;
  tide_http_cut (tide_http_requests_get_socket (message),
                 SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  /* libsoup may have the body's end already, and would wait for the next request. */
  soup_message_headers_replace (
      soup_server_message_get_response_headers (message), "Connection", "close");
}

/* Whether a body that is announced with its length is too long. */
static gboolean
is_too_long (TideHttpServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         (guint64) soup_message_headers_get_content_length (headers) >
             self->settings.websocket.max_payload_bytes;
}

/* A POST to a session may be long, and take its time. */
static void
begin_post (TideHttpServer *self, SoupServerMessage *message, TidePolling *polling)
{
  TideSocket *socket = tide_http_requests_get_socket (message);

  if (is_too_long (self, message))
    {
      tide_http_cut (socket, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
      return;
    }
  if (!tide_polling_begin_post (polling, message))
    return;
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_body_chunk), self);
  socket->max_request_bytes += self->settings.websocket.max_payload_bytes;
  tide_socket_set_deadline (socket, BODY_DEADLINE_US);
}

static void
go_on_polling (TideHttpServer *self, SoupServerMessage *message, TidePolling *polling)
{
  const char *method = soup_server_message_get_method (message);

  tide_polling_note_socket (polling, tide_http_requests_get_socket (message));
  if (method == SOUP_METHOD_GET)
    tide_polling_get (polling, message, tide_http_requests_get_socket (message));
  else if (method == SOUP_METHOD_POST)
    begin_post (self, message, polling);
  else
    refuse (self, message, TIDE_ENGINEIO_BAD_REQUEST, "Bad request");
}

/* A request with a sid: a poll, a POST, or a WebSocket that wants to take over. */
static void
go_on (TideHttpServer *self,
       SoupServerMessage *message,
       GHashTable *query,
       gboolean by_polling)
{
  const char *sid = get_parameter (query, "sid");
  TidePolling *polling = tide_polling_table_find_live (self->pollings, sid);

  if (polling == NULL)
    refuse (self, message, TIDE_ENGINEIO_UNKNOWN_SID, "Session ID unknown");
  else if (!tide_admission_check_owner (self, message, query, polling))
    return;
  else if (by_polling)
    go_on_polling (self, message, polling);
  else
    tide_handshake_begin (self, message, NULL, sid);
}

static gboolean
is_offered (TideHttpServer *self, const char *transport)
{
  return (self->settings.has_polling && g_str_equal (transport, "polling")) ||
         (self->settings.has_websocket && g_str_equal (transport, "websocket"));
}

static void
refuse_version (TideHttpServer *self, SoupServerMessage *message, const char *version)
{
  g_autofree char *shown = g_strescape (version, NULL);

  g_info (
      "A client of Engine.IO version %.8s was refused: only version 4 is served, which "
      "Socket.IO 3 and 4 speak",
      *shown != '\0' ? shown : "(none)");
  refuse (
      self, message, TIDE_ENGINEIO_UNSUPPORTED_VERSION, "Unsupported protocol version");
}

/* What a browser asks before it sends a request across origins. */
static void
answer_preflight (SoupServerMessage *message)
{
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  const char *wanted =
      soup_message_headers_get_list (soup_server_message_get_request_headers (message),
                                     "Access-Control-Request-Headers");

  soup_message_headers_replace (answer, "Access-Control-Allow-Methods", "GET, POST");
  /* A page may add headers of its own, as the official client's extraHeaders do. */
  if (wanted != NULL)
    soup_message_headers_replace (answer, "Access-Control-Allow-Headers", wanted);
  soup_message_headers_replace (answer, "Access-Control-Max-Age", "600");
  soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
}

static void
on_request (SoupServer *soup,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  TideHttpServer *self = user_data;
  const char *method = soup_server_message_get_method (message);
  const char *transport = get_parameter (query, "transport");
  const char *version = get_parameter (query, "EIO");
  gboolean by_polling = g_str_equal (transport, "polling");

  if (!g_str_equal (path, self->settings.engineio_path))
    tide_http_respond_not_found (message);
  else if (!tide_admission_check_origin (self, message))
    return;
  else if (method == SOUP_METHOD_OPTIONS)
    answer_preflight (message);
  else if (!is_offered (self, transport))
    refuse (self, message, TIDE_ENGINEIO_UNKNOWN_TRANSPORT, "Transport unknown");
  else if (*get_parameter (query, "sid") != '\0')
    go_on (self, message, query, by_polling);
  else if (method != SOUP_METHOD_GET)
    refuse (self, message, TIDE_ENGINEIO_BAD_METHOD, "Bad handshake method");
  else if (!g_str_equal (version, "4"))
    refuse_version (self, message, version);
  else
    let_in (self, message, query, by_polling);
}

/* A POST whose body is complete; all else was answered before. */
static void
on_body (SoupServer *soup,
         SoupServerMessage *message,
         const char *path,
         GHashTable *query,
         gpointer user_data)
{
  TideHttpServer *self = user_data;
  TidePolling *polling =
      tide_polling_table_find (self->pollings, get_parameter (query, "sid"));
  SoupMessageBody *request = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) body = NULL;

  /* Too long, and answered; libsoup had its end in a buffer. */
  if (tide_http_requests_get_socket (message)->has_input_ended)
    return;
  if (polling == NULL)
    {
      refuse (self, message, TIDE_ENGINEIO_UNKNOWN_SID, "Session ID unknown");
      return;
    }
  body = soup_message_body_flatten (request);
  if (tide_polling_post (polling, g_bytes_get_data (body, NULL), g_bytes_get_size (body)))
    tide_http_respond (message, SOUP_STATUS_OK, "text/html", "ok", 2);
  else
    refuse (self, message, TIDE_ENGINEIO_BAD_REQUEST, "Bad request");
}

/* Adds the handlers: an early one that decides when libsoup has read the headers, and one
 * for bodies. */
void
tide_engineio_requests_add (TideHttpServer *self)
{
  const char *path = self->settings.engineio_path;

  soup_server_add_early_handler (self->soup, path, on_request, self, NULL);
  soup_server_add_handler (self->soup, path, on_body, self, NULL);
}
