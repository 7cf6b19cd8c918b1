/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-admission.h"

#include "tide-origin.h"

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

/* Whether the page that is asking may. One that may can read our answers as well, and
 * send its cookies: that is what the headers are for, where the page is of another
 * origin. */
gboolean
tide_admission_check_origin (TideHttpServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  const char *origin = soup_message_headers_get_list (headers, "Origin");

  if (!tide_origin_is_allowed ((const char *const *) self->settings.allowed_origins,
                               origin,
                               soup_message_headers_get_one (headers, "Host")))
    {
      self->counters->handshakes_refused_origin++;
      tide_http_refuse (
          message,
          SOUP_STATUS_FORBIDDEN,
          TIDE_ENGINEIO_FORBIDDEN,
          "Forbidden: this page's origin is not in [server] allowed-origins");
      return FALSE;
    }
  if (origin != NULL)
    {
      soup_message_headers_replace (answer, "Access-Control-Allow-Origin", origin);
      soup_message_headers_replace (answer, "Access-Control-Allow-Credentials", "true");
      soup_message_headers_replace (answer, "Vary", "Origin");
    }
  return TRUE;
}

/* Finds out who is asking. */
gboolean
tide_admission_authenticate (TideHttpServer *self,
                             SoupServerMessage *message,
                             GHashTable *query,
                             char **user_name)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  TideLogin login = {
    .user_parameter = query != NULL ? g_hash_table_lookup (query, "user") : NULL,
    .has_forwarded_headers = has_forwarded_headers (headers),
  };
  g_autoptr (GError) error = NULL;

  if (tide_authenticator_authenticate (
          self->settings.auth_mode, &login, user_name, &error))
    return TRUE;
  self->counters->handshakes_refused_user++;
  tide_http_refuse (
      message, SOUP_STATUS_FORBIDDEN, TIDE_ENGINEIO_FORBIDDEN, error->message);
  return FALSE;
}

/* Whether there may be one connection more, and the user may have it. */
gboolean
tide_admission_check_room (TideHttpServer *self,
                           SoupServerMessage *message,
                           const char *user_name)
{
  const char *limit = NULL;

  /* Sockets are counted too, but a long-polling session needs none of its own. */
  if (self->counters->connections >= self->settings.max_connections)
    limit = "Forbidden: [server] max-connections is reached";
  else if (!tide_websocket_manager_has_room_for (self->manager, user_name))
    limit = "Forbidden: [server] max-connections-per-user is reached";
  if (limit == NULL)
    return TRUE;
  self->counters->handshakes_refused_limit++;
  tide_http_refuse (message, SOUP_STATUS_FORBIDDEN, TIDE_ENGINEIO_FORBIDDEN, limit);
  return FALSE;
}
