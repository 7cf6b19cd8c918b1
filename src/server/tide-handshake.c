/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two ways in: Engine.IO at its path, plain WebSocket at /ws. Who may come in is
 * decided here, before libsoup shakes hands. */

#include "tide-http-server-private.h"
#include "tide-json-scan.h"
#include "tide-origin.h"

#define PLAIN_PATH "/ws"

/* The error codes of Engine.IO's HTTP answers, protocol version 4. */
typedef enum
{
  ENGINEIO_UNKNOWN_TRANSPORT = 0,
  ENGINEIO_UNKNOWN_SID = 1,
  ENGINEIO_BAD_METHOD = 2,
  ENGINEIO_BAD_REQUEST = 3,
  ENGINEIO_FORBIDDEN = 4,
  ENGINEIO_UNSUPPORTED_VERSION = 5,
} EngineioCode;

typedef struct
{
  TideHttpServer *server; /* (unowned) */
  TideWireForm form;
  char *user_name; /* (owned) (nullable) */
} Handshake;

static void
handshake_free (gpointer data, GClosure *closure)
{
  Handshake *handshake = data;

  g_free (handshake->user_name);
  g_free (handshake);
}

static void
refuse (SoupServerMessage *message, guint status, EngineioCode code, const char *text)
{
  g_autoptr (GString) body = g_string_new (NULL);

  g_string_printf (body, "{\"code\":%d,\"message\":", code);
  tide_json_append_string (body, text, -1);
  g_string_append_c (body, '}');
  tide_http_respond (message, status, "application/json", body->str, body->len);
}

static void
refuse_request (TideHttpServer *self,
                SoupServerMessage *message,
                EngineioCode code,
                const char *text)
{
  self->counters->handshakes_refused_request++;
  refuse (message, SOUP_STATUS_BAD_REQUEST, code, text);
}

/* Takes the socket back from libsoup's HTTP, with what the browser sent early: libsoup's
 * wrapper may have read that already. */
static TideStream *
steal_stream (SoupServerMessage *message)
{
  g_autoptr (GIOStream) wrapper = soup_server_message_steal_connection (message);
  GInputStream *filter = g_io_stream_get_input_stream (wrapper);
  TideStream *stream = NULL;
  guint8 early[16 * 1024];
  gssize n;

  g_object_get (wrapper, "base-iostream", &stream, NULL);
  tide_stream_get_socket (stream)->funcs = NULL;
  n = g_pollable_input_stream_read_nonblocking (
      G_POLLABLE_INPUT_STREAM (filter), early, sizeof early, NULL, NULL);
  if (n > 0)
    tide_socket_unread (tide_stream_get_socket (stream), early, n);
  return stream;
}

static void
on_switched_protocols (SoupServerMessage *message, gpointer user_data)
{
  Handshake *handshake = user_data;
  TideHttpServer *self = handshake->server;
  g_autofree char *user_name = g_strdup (handshake->user_name);
  TideWireForm form = handshake->form;
  g_autoptr (SoupServerMessage) kept G_GNUC_UNUSED = g_object_ref (message);
  g_autoptr (TideStream) stream = steal_stream (message);

  tide_websocket_transport_start (
      stream, self->manager, &self->settings.websocket, form, user_name);
}

static void
shake_hands (TideHttpServer *self,
             SoupServerMessage *message,
             TideWireForm form,
             const char *user_name)
{
  Handshake *handshake;

  if (!soup_websocket_server_process_handshake (message, NULL, NULL, NULL, NULL))
    {
      refuse_request (self,
                      message,
                      ENGINEIO_BAD_REQUEST,
                      "Bad request: a WebSocket handshake is expected");
      return;
    }
  handshake = g_new0 (Handshake, 1);
  handshake->server = self;
  handshake->form = form;
  handshake->user_name = g_strdup (user_name);
  g_signal_connect_data (message,
                         "wrote-informational",
                         G_CALLBACK (on_switched_protocols),
                         handshake,
                         handshake_free,
                         0);
}

static gboolean
has_forwarded_headers (SoupMessageHeaders *headers)
{
  static const char *const names[] = {
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (soup_message_headers_get_list (headers, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
check_origin (TideHttpServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  if (tide_origin_is_allowed ((const char *const *) self->settings.allowed_origins,
                              soup_message_headers_get_list (headers, "Origin"),
                              soup_message_headers_get_one (headers, "Host")))
    return TRUE;
  self->counters->handshakes_refused_origin++;
  refuse (message,
          SOUP_STATUS_FORBIDDEN,
          ENGINEIO_FORBIDDEN,
          "Forbidden: this page's origin is not in [server] allowed-origins");
  return FALSE;
}

/* Decides who is let in, and shakes hands with them. */
static void
let_in (TideHttpServer *self,
        SoupServerMessage *message,
        GHashTable *query,
        TideWireForm form)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  TideLogin login = {
    .user_parameter = query != NULL ? g_hash_table_lookup (query, "user") : NULL,
    .has_forwarded_headers = has_forwarded_headers (headers),
  };
  g_autofree char *user_name = NULL;
  g_autoptr (GError) error = NULL;

  if (!check_origin (self, message))
    return;
  if (!tide_authenticator_authenticate (
          self->settings.auth_mode, &login, &user_name, &error))
    {
      self->counters->handshakes_refused_user++;
      refuse (message, SOUP_STATUS_FORBIDDEN, ENGINEIO_FORBIDDEN, error->message);
      return;
    }
  if (!tide_websocket_manager_has_room_for (self->manager, user_name))
    {
      self->counters->handshakes_refused_limit++;
      refuse (message,
              SOUP_STATUS_FORBIDDEN,
              ENGINEIO_FORBIDDEN,
              "Forbidden: [server] max-connections-per-user is reached");
      return;
    }
  shake_hands (self, message, form, user_name);
}

static const char *
get_parameter (GHashTable *query, const char *name)
{
  const char *value = query != NULL ? g_hash_table_lookup (query, name) : NULL;

  return value != NULL ? value : "";
}

static void
on_engineio_request (SoupServer *soup,
                     SoupServerMessage *message,
                     const char *path,
                     GHashTable *query,
                     gpointer user_data)
{
  TideHttpServer *self = user_data;

  if (!g_str_equal (path, self->settings.engineio_path))
    tide_http_respond_not_found (message);
  else if (!g_str_equal (get_parameter (query, "transport"), "websocket"))
    refuse_request (self, message, ENGINEIO_UNKNOWN_TRANSPORT, "Transport unknown");
  else if (!g_str_equal (get_parameter (query, "EIO"), "4"))
    refuse_request (
        self, message, ENGINEIO_UNSUPPORTED_VERSION, "Unsupported protocol version");
  else if (soup_server_message_get_method (message) != SOUP_METHOD_GET)
    refuse_request (self, message, ENGINEIO_BAD_METHOD, "Bad handshake method");
  else if (*get_parameter (query, "sid") != '\0')
    refuse_request (self, message, ENGINEIO_UNKNOWN_SID, "Session ID unknown");
  else
    let_in (self, message, query, TIDE_WIRE_SOCKETIO);
}

static void
on_plain_request (SoupServer *soup,
                  SoupServerMessage *message,
                  const char *path,
                  GHashTable *query,
                  gpointer user_data)
{
  if (g_str_equal (path, PLAIN_PATH))
    let_in (user_data, message, query, TIDE_WIRE_PLAIN);
  else
    tide_http_respond_not_found (message);
}

/* Adds the handlers of both ways in. Early ones: libsoup has read the headers only. */
void
tide_http_server_add_handshakes (TideHttpServer *self)
{
  soup_server_add_early_handler (
      self->soup, self->settings.engineio_path, on_engineio_request, self, NULL);
  soup_server_add_early_handler (self->soup, PLAIN_PATH, on_plain_request, self, NULL);
}
