/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How requests are answered that are not what a session waits for. */

#include "tide-http-server-private.h"
#include "tide-json-string.h"

#include <string.h>

/* Answers a request, with the headers that all our answers have. */
void
tide_http_respond (SoupServerMessage *message,
                   guint status,
                   const char *content_type,
                   const char *body,
                   gsize length)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_server_message_set_status (message, status, NULL);
  /* libsoup may have begun to answer by itself, and setting a response only adds to it.
   */
  soup_message_body_truncate (soup_server_message_get_response_body (message));
  soup_server_message_set_response (
      message, content_type, SOUP_MEMORY_COPY, body, length);
}

static void
count_cut (TideCounters *counters, guint status)
{
  if (status == SOUP_STATUS_REQUEST_TIMEOUT)
    counters->requests_timed_out++;
  else if (status == SOUP_STATUS_BAD_REQUEST)
    counters->requests_broken++;
  else
    counters->requests_too_large++;
}

/* Answers a request whose end is not waited for, and closes its connection. */
void
tide_http_cut (TideSocket *socket, guint status)
{
  g_autofree char *answer = NULL;

  if (socket->has_input_ended)
    return;
  count_cut (tide_reactor_get_counters (socket->reactor), status);
  answer = g_strdup_printf (
      "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      status,
      status == TIDE_STATUS_HEADERS_TOO_LARGE ? "Request Header Fields Too Large"
                                              : soup_status_get_phrase (status));

  tide_socket_send (socket, tide_frame_new_copy (answer, strlen (answer)));
  tide_socket_end_output (socket);
  tide_socket_end_input (socket);
}

/* Answers a request for what is not here. */
void
tide_http_respond_not_found (SoupServerMessage *message)
{
  static const char text[] = "Nothing is here.\n";

  tide_http_respond (
      message, SOUP_STATUS_NOT_FOUND, "text/plain; charset=utf-8", text, sizeof text - 1);
}

/* Refuses a request the way Engine.IO's clients understand. */
void
tide_http_refuse (SoupServerMessage *message,
                  guint status,
                  TideEngineioCode code,
                  const char *text)
{
  g_autoptr (GString) body = g_string_new (NULL);

  g_string_printf (body, "{\"code\":%d,\"message\":", code);
  tide_json_append_string (body, text, -1);
  g_string_append_c (body, '}');
  tide_http_respond (message, status, "application/json", body->str, body->len);
}
