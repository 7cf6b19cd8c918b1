/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* By which way a request has come, and so whether it is one of those who run the service:
 * figures, and the console, are for them. */

#include "tide-reach.h"

#include <string.h>

/* Finds by which way a request has come. */
TideReach
tide_reach_find (TideHttpServer *server, SoupServerMessage *message)
{
  const TideSocket *socket = tide_http_requests_get_socket (message);
  char **admin_listen = server->settings.admin_listen;

  return (TideReach){
    .is_by_admin = socket->is_admin,
    .is_by_local = socket->is_local,
    .is_proxied = tide_reach_has_forwarded_headers (message),
    .has_admin_listener = admin_listen != NULL && admin_listen[0] != NULL,
    .is_public = server->is_public,
    /* All zero is a Unix socket. */
    .is_plain_loopback = socket->is_local && socket->tls == NULL &&
                         !IN6_IS_ADDR_UNSPECIFIED (&socket->peer.ip),
  };
}

/* Whether a request came by a way that is for those who run the service: a listener of
 * theirs. Without one, it is straight from this machine, and only while no other machine
 * can come: behind a proxy that passes everything on, everybody comes from here. */
gboolean
tide_reach_is_admin (const TideReach *self)
{
  if (self->has_admin_listener)
    return self->is_by_admin;
  return !self->is_public && tide_reach_is_straight (self);
}

/* Whether whoever asks is on this machine, as far as can be seen. */
gboolean
tide_reach_is_straight (const TideReach *self)
{
  return self->is_by_local && !self->is_proxied;
}

/* Whether a proxy says of itself that it stands in between. */
gboolean
tide_reach_has_forwarded_headers (SoupServerMessage *message)
{
  static const char *const names[] = {
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
  };
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (soup_message_headers_get_list (headers, names[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* The host of HOST, HOST:PORT or [IPv6]:PORT, without brackets. */
static char *
dup_host (const char *authority)
{
  if (*authority == '[')
    return g_strndup (authority + 1, strcspn (authority + 1, "]"));
  return g_strndup (authority, strcspn (authority, ":"));
}

static gboolean
is_of_origin (const char *host, const char *const *origins)
{
  for (; origins != NULL && *origins != NULL; origins++)
    {
      const char *authority = strstr (*origins, "://");
      g_autofree char *name = authority != NULL ? dup_host (authority + 3) : NULL;

      if (name != NULL && g_ascii_strcasecmp (name, host) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether a Host header is known to name this machine. A page of anywhere can have its
 * own name lead here, and then reads all answers as those of its own host (DNS
 * rebinding). No such name is an address, nor one that only this machine has. What else a
 * browser says, such as Origin, is no help: with that name it says that all is well. */
gboolean
tide_reach_is_own_host (const char *host, const char *const *allowed_origins)
{
  g_autofree char *name = dup_host (host);

  return g_hostname_is_ip_address (name) || g_ascii_strcasecmp (name, "localhost") == 0 ||
         g_ascii_strcasecmp (name, g_get_host_name ()) == 0 ||
         is_of_origin (name, allowed_origins);
}

/* Whether what is shown by this way alone may be shown to who asks for @host. That is
 * asked on loopback, whose one guard is that nobody else comes there. What a page of
 * elsewhere can't have its name lead to takes any name: a Unix socket, which no browser
 * opens, and TLS, whose certificate is not that page's. So do listeners for other
 * machines: whoever is on their network is let in, and asks by names that only its own
 * DNS knows. Headers of proxies change nothing, for a page can send them. Without Host it
 * is no browser. */
gboolean
tide_reach_takes_host (const TideReach *self,
                       const char *host,
                       const char *const *allowed_origins)
{
  return !self->is_plain_loopback || host == NULL ||
         tide_reach_is_own_host (host, allowed_origins);
}

/* The host and port that the browser sent its request to: a trusted proxy may have put
 * its own into Host. */
const char *
tide_reach_get_host (TideHttpServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *forwarded = soup_message_headers_get_list (headers, "X-Forwarded-Host");

  if (forwarded != NULL &&
      tide_proxies_trusts (server->proxies,
                           &tide_http_requests_get_socket (message)->peer))
    return forwarded;
  return soup_message_headers_get_one (headers, "Host");
}

/* Whether the browser is known to have sent its request by TLS: to us, or to a trusted
 * proxy that says so. */
gboolean
tide_reach_is_secure (TideHttpServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *scheme = soup_message_headers_get_list (headers, "X-Forwarded-Proto");
  TideSocket *socket = tide_http_requests_get_socket (message);

  return socket->tls != NULL ||
         (scheme != NULL && g_ascii_strcasecmp (scheme, "https") == 0 &&
          tide_proxies_trusts (server->proxies, &socket->peer));
}

/* Who is asking: the other end of the socket, or whom a trusted proxy there names. */
void
tide_http_server_find_client (TideHttpServer *self,
                              SoupServerMessage *message,
                              TideAddress *client)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  tide_proxies_find_client (self->proxies,
                            &tide_http_requests_get_socket (message)->peer,
                            soup_message_headers_get_list (headers, "X-Forwarded-For"),
                            client);
}
