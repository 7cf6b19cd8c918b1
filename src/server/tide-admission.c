/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-admission.h"

#include "tide-error.h"
#include "tide-origin.h"
#include "tide-reach.h"

#include <unistd.h>

static gint64
get_now_us (TideHttpServer *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

/* Whether a socket, or a connection, is for one client that is known by its address. What
 * comes by a trusted proxy is of many, and Unix sockets have no addresses. */
static gboolean
is_somebody (TideHttpServer *self, const TideAddress *address)
{
  return !IN6_IS_ADDR_UNSPECIFIED (&address->ip) &&
         !tide_proxies_trusts (self->proxies, address);
}

/* Counts a socket for its address. Returns: the counter of refusals when it may not be */
static guint64 *
refuse_visitor (TideHttpServer *self, const TideAddress *peer)
{
  if (!tide_visitors_take_one (self->visitors, peer, get_now_us (self)))
    return &self->counters->sockets_refused_rate;
  if (!tide_visitors_add_socket (self->visitors, peer))
    return &self->counters->sockets_refused_limit;
  return NULL;
}

/* When too many sockets wait without having asked for anything, the one that has waited
 * longest goes. To refuse the new ones would let whoever opens that many keep all others
 * out; this way a client that asks at once is let in whatever the others do. */
static void
begin_waiting (TideHttpServer *self, TideSocket *socket)
{
  guint limit = self->settings.max_half_open;

  g_queue_push_tail (&self->half_open, socket);
  socket->half_open = g_queue_peek_tail_link (&self->half_open);
  while (limit > 0 && g_queue_get_length (&self->half_open) > limit)
    {
      self->counters->sockets_closed_waiting++;
      tide_socket_abort (g_queue_peek_head (&self->half_open));
    }
}

/* Takes an accepted socket, or closes it at once, when it is one too many. */
TideSocket *
tide_admission_take_socket (TideHttpServer *self, int fd, const TideAddress *peer)
{
  gboolean is_visitor = is_somebody (self, peer);
  guint64 *refused = NULL;
  TideSocket *socket;

  if (tide_reactor_get_n_sockets (self->reactor) >= self->settings.max_connections)
    refused = &self->counters->sockets_refused_limit;
  else if (is_visitor)
    refused = refuse_visitor (self, peer);
  if (refused != NULL)
    {
      (*refused)++;
      close (fd);
      return NULL;
    }
  socket = tide_socket_new (self->reactor, fd, peer);
  if (socket == NULL && is_visitor)
    tide_visitors_remove_socket (self->visitors, peer);
  if (socket == NULL)
    return NULL;
  socket->is_visitor = is_visitor;
  begin_waiting (self, socket);
  return socket;
}

/* A socket has asked for something. */
void
tide_admission_end_waiting (TideHttpServer *self, TideSocket *socket)
{
  if (socket->half_open != NULL)
    g_queue_delete_link (&self->half_open, g_steal_pointer (&socket->half_open));
}

/* A socket is being closed. */
void
tide_admission_remove_socket (TideHttpServer *self, TideSocket *socket)
{
  tide_admission_end_waiting (self, socket);
  if (socket->is_visitor)
    tide_visitors_remove_socket (self->visitors, &socket->peer);
}

/* Whether the page that is asking may. One that may can read our answers as well: that is
 * what the headers are for, where the page is of another origin. One that is named can
 * send its cookies, too. */
gboolean
tide_admission_check_origin (TideHttpServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  const char *const *allowed = (const char *const *) self->settings.allowed_origins;

  if (!tide_origin_is_allowed (allowed,
                               origin,
                               tide_reach_get_host (self, message),
                               tide_reach_is_secure (self, message)))
    {
      self->counters->handshakes_refused_origin++;
      tide_http_refuse (
          message,
          SOUP_STATUS_FORBIDDEN,
          TIDE_ENGINEIO_FORBIDDEN,
          "Forbidden: this page's origin is not in [server] allowed-origins");
      return FALSE;
    }
  if (origin == NULL)
    return TRUE;
  soup_message_headers_replace (answer, "Access-Control-Allow-Origin", origin);
  soup_message_headers_replace (answer, "Vary", "Origin");
  if (tide_origin_is_named (allowed, origin))
    soup_message_headers_replace (answer, "Access-Control-Allow-Credentials", "true");
  return TRUE;
}

/* The proxy's header, and how often it is there: a browser could have sent one more. */
static void
find_user_header (SoupMessageHeaders *headers, const char *name, TideLogin *login)
{
  SoupMessageHeadersIter iter;
  const char *header;
  const char *value;

  if (name == NULL)
    return;
  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &header, &value))
    if (g_ascii_strcasecmp (header, name) == 0)
      {
        login->user_header = value;
        login->n_user_headers++;
      }
}

/* Finds out who is asking, as far as the request says.
 *
 * Fails as tide_authenticator_authenticate(); nothing is answered. */
gboolean
tide_admission_find_user (TideHttpServer *self,
                          SoupServerMessage *message,
                          GHashTable *query,
                          TideIdentity *identity,
                          GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  TideLogin login = {
    .user_parameter = query != NULL ? g_hash_table_lookup (query, "user") : NULL,
    .cookies = soup_message_headers_get_list (headers, "Cookie"),
    .authorization = soup_message_headers_get_one (headers, "Authorization"),
    .is_from_trusted_proxy = tide_proxies_trusts (
        self->proxies, &tide_http_requests_get_socket (message)->peer),
    .has_forwarded_headers = tide_reach_has_forwarded_headers (message),
    .now_s = g_get_real_time () / G_USEC_PER_SEC,
  };

  find_user_header (
      headers, tide_authenticator_get_user_header (self->authenticator), &login);
  return tide_authenticator_authenticate (self->authenticator, &login, identity, error);
}

static void
refuse_user (TideHttpServer *self, SoupServerMessage *message, const GError *error)
{
  self->counters->handshakes_refused_user++;
  tide_http_refuse (
      message, SOUP_STATUS_FORBIDDEN, TIDE_ENGINEIO_FORBIDDEN, error->message);
}

/* Whether a client that the request says nothing good of can still say who it is, or hear
 * why it may not come in: when it connects by Socket.IO, or by a token that it sends. */
static gboolean
can_wait (TideHttpServer *self, TideWireForm form)
{
  gboolean takes_tokens =
      tide_authenticator_get_mode (self->authenticator) == TIDE_AUTH_JWT;

  if (form == TIDE_WIRE_SOCKETIO)
    return takes_tokens || !tide_authenticator_takes_guests (self->authenticator);
  return form == TIDE_WIRE_PLAIN && takes_tokens &&
         !tide_authenticator_takes_guests (self->authenticator);
}

/* Finds out who wants to open a connection of the form that @admitted has, and answers
 * the request when that may not be. */
gboolean
tide_admission_authenticate (TideHttpServer *self,
                             SoupServerMessage *message,
                             GHashTable *query,
                             TideAdmitted *admitted)
{
  g_autoptr (GError) error = NULL;

  if (tide_admission_find_user (self, message, query, &admitted->identity, &error))
    return TRUE;
  if (!g_error_matches (error, TIDE_ERROR, TIDE_ERROR_FORBIDDEN))
    {
      if (can_wait (self, admitted->form))
        {
          admitted->refusal = g_steal_pointer (&error);
          return TRUE;
        }
      if (tide_authenticator_takes_guests (self->authenticator))
        {
          admitted->identity.is_guest = TRUE;
          return TRUE;
        }
    }
  refuse_user (self, message, error);
  return FALSE;
}

/* Whether a request may go on with a session. Where each request says who is asking, that
 * must be whom the session belongs to; a token may have come by another way. */
gboolean
tide_admission_check_owner (TideHttpServer *self,
                            SoupServerMessage *message,
                            GHashTable *query,
                            TidePolling *polling)
{
  g_autoptr (GError) error = NULL;
  g_auto (TideIdentity) identity = { 0 };
  gboolean is_known = tide_admission_find_user (self, message, query, &identity, &error);

  if (g_error_matches (error, TIDE_ERROR, TIDE_ERROR_FORBIDDEN))
    {
      refuse_user (self, message, error);
      return FALSE;
    }
  if (!is_known && tide_authenticator_get_mode (self->authenticator) == TIDE_AUTH_JWT)
    return TRUE;
  if (tide_polling_belongs_to (polling, identity.user_name))
    return TRUE;
  tide_http_refuse (message,
                    SOUP_STATUS_FORBIDDEN,
                    TIDE_ENGINEIO_FORBIDDEN,
                    "Forbidden: the session belongs to another user");
  return FALSE;
}

/* Frees what an admission holds. */
void
tide_admitted_clear (TideAdmitted *self)
{
  tide_identity_clear (&self->identity);
  g_clear_error (&self->refusal);
}

/* Who is to be registered. */
TideNewcomer
tide_admitted_get_newcomer (const TideAdmitted *self)
{
  return (TideNewcomer){
    .form = self->form,
    .user_name = self->identity.user_name,
    .is_guest = self->identity.is_guest,
    .lifetime_us = self->identity.lifetime_us,
    .refusal = self->refusal,
    .visitor = self->visitor,
    .wishes = self->wishes,
  };
}

/* Whether there may be one connection more, and the user may have it. */
gboolean
tide_admission_check_room (TideHttpServer *self,
                           SoupServerMessage *message,
                           const char *user_name)
{
  const char *limit = NULL;

  if (self->is_refusing)
    {
      self->counters->handshakes_refused_memory++;
      tide_http_refuse (message,
                        SOUP_STATUS_SERVICE_UNAVAILABLE,
                        TIDE_ENGINEIO_FORBIDDEN,
                        "Service unavailable: memory is short; try again later");
      return FALSE;
    }
  if (tide_status_get_state (self->status) == TIDE_STATE_DRAINING)
    {
      self->counters->handshakes_refused_limit++;
      tide_http_refuse (message,
                        SOUP_STATUS_SERVICE_UNAVAILABLE,
                        TIDE_ENGINEIO_FORBIDDEN,
                        "Unavailable: the service takes nobody now; come back later");
      return FALSE;
    }
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

/* Counts a connection for its address. Returns: why not, when it may not be */
static const char *
refuse_connection (TideHttpServer *self,
                   const TideAddress *client,
                   TideSocket *socket,
                   TideVisitor **visitor)
{
  /* The first on a client's own socket was counted when that was accepted. */
  gboolean is_counted = socket->is_visitor && !socket->has_let_in;

  socket->has_let_in = TRUE;
  if (!is_counted && !tide_visitors_take_one (self->visitors, client, get_now_us (self)))
    return "Forbidden: [server] max-accepts-per-second is reached";
  *visitor = tide_visitors_enter (self->visitors, client);
  return *visitor == NULL ? "Forbidden: [server] max-connections-per-address is reached"
                          : NULL;
}

/* Whether the client's address may have one connection more, which is counted for
 * @visitor then. That of a trusted proxy is nobody's in particular, so what comes by one
 * that does not say for whom is not counted; @visitor is NULL then. */
gboolean
tide_admission_count (TideHttpServer *self,
                      SoupServerMessage *message,
                      TideVisitor **visitor)
{
  TideAddress client;
  const char *limit;

  tide_http_server_find_client (self, message, &client);
  *visitor = NULL;
  if (!is_somebody (self, &client))
    return TRUE;
  limit =
      refuse_connection (self, &client, tide_http_requests_get_socket (message), visitor);
  if (limit == NULL)
    return TRUE;
  self->counters->handshakes_refused_limit++;
  tide_http_refuse (message, SOUP_STATUS_FORBIDDEN, TIDE_ENGINEIO_FORBIDDEN, limit);
  return FALSE;
}
