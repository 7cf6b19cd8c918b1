/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* HTTP on one socket, which libsoup speaks: how long a request may be and take, and how
 * long a connection is kept between two. */

#include "tide-admission.h"
#include "tide-http-server-private.h"
#include "tide-stream.h"

/* How long a connection is kept for its next request. A client answers each ping by a
 * POST, so this is no time that people choose for ping-interval-ms: each such POST would
 * meet the end of its connection. */
#define KEEP_US (17 * G_USEC_PER_SEC)

/* Headers may be so long; libsoup itself ends a connection at 64 KiB, without a word. */
#define HEADERS_MAX_BYTES (60 * 1024)

/* What may follow the headers. Only a POST to a session has a body, and may have more. */
#define BODY_MAX_BYTES (64 * 1024)

#define SOCKET_KEY "tide-socket"

static gboolean
on_request_bytes (TideSocket *socket, const guint8 *bytes, gsize n_bytes)
{
  if (socket->n_request_bytes == 0)
    tide_socket_set_deadline (socket, (gint64) socket->request_timeout_ms * 1000);
  socket->n_request_bytes += n_bytes;
  if (socket->meter == NULL)
    socket->meter = g_new0 (TideRequestMeter, 1);
  if (!tide_request_meter_feed (socket->meter, bytes, n_bytes))
    {
      tide_http_cut (socket, SOUP_STATUS_BAD_REQUEST);
      return FALSE;
    }
  if (socket->n_request_bytes <= socket->max_request_bytes)
    return TRUE;
  tide_http_cut (socket,
                 socket->max_request_bytes == HEADERS_MAX_BYTES
                     ? TIDE_STATUS_HEADERS_TOO_LARGE
                     : SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE);
  return FALSE;
}

/* A request that does not come to its end, or to its beginning. */
static void
on_request_timed_out (TideSocket *socket)
{
  if (socket->half_open != NULL && socket->n_request_bytes == 0)
    tide_reactor_get_counters (socket->reactor)->requests_timed_out++;
  if (socket->n_request_bytes > 0 && socket->outbox.n_bytes == 0)
    tide_http_cut (socket, SOUP_STATUS_REQUEST_TIMEOUT);
  else
    tide_socket_abort (socket);
}

/* The browser has left while its poll is held: libsoup has no source to see that by. */
static void
on_request_hung_up (TideSocket *socket)
{
  if (socket->user_data != NULL)
    tide_polling_hung_up (socket->user_data);
}

static const TideSocketFuncs request_funcs = {
  .received = on_request_bytes,
  .hung_up = on_request_hung_up,
  .timed_out = on_request_timed_out,
};

/* libsoup keeps the address for us; with it comes the socket. */
static GSocketAddress *
make_remote_address (TideSocket *socket)
{
  g_autoptr (GInetAddress) ip = NULL;
  GSocketAddress *address;

  if (IN6_IS_ADDR_V4MAPPED (&socket->peer.ip))
    ip = g_inet_address_new_from_bytes (&socket->peer.ip.s6_addr[12],
                                        G_SOCKET_FAMILY_IPV4);
  else
    ip = g_inet_address_new_from_bytes (socket->peer.ip.s6_addr, G_SOCKET_FAMILY_IPV6);
  address = g_inet_socket_address_new (ip, socket->peer.port);
  g_object_set_data_full (G_OBJECT (address),
                          SOCKET_KEY,
                          tide_socket_ref (socket),
                          (GDestroyNotify) tide_socket_unref);
  return address;
}

/* Lets libsoup speak HTTP on a socket. @user_data: a #TideHttpServer */
void
tide_http_requests_await (TideSocket *socket, gpointer user_data)
{
  TideHttpServer *self = user_data;

  socket->funcs = &request_funcs;
  socket->max_request_bytes = HEADERS_MAX_BYTES;
  socket->request_timeout_ms = self->settings.header_timeout_us / 1000;
  tide_socket_set_deadline (socket, self->settings.header_timeout_us);

  g_autoptr (GIOStream) stream = tide_stream_new (socket);
  g_autoptr (GSocketAddress) remote = make_remote_address (socket);

  soup_server_accept_iostream (self->soup, stream, self->local_address, remote, NULL);
}

static void
on_got_headers (SoupServerMessage *message, gpointer user_data)
{
  TideSocket *socket = tide_http_requests_get_socket (message);

  socket->max_request_bytes += BODY_MAX_BYTES;
  tide_admission_end_waiting (user_data, socket);
}

static void
on_request_started (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  g_signal_connect (message, "got-headers", G_CALLBACK (on_got_headers), user_data);
}

static void
on_request_finished (SoupServer *soup, SoupServerMessage *message, gpointer user_data)
{
  TideSocket *socket = tide_http_requests_get_socket (message);

  if (socket->mode != TIDE_SOCKET_HTTP)
    return;
  socket->n_request_bytes = 0;
  socket->max_request_bytes = HEADERS_MAX_BYTES;
  tide_socket_set_deadline (socket, KEEP_US);
}

/* Has libsoup tell where the requests stand, until its signals are disconnected. */
void
tide_http_requests_watch (TideHttpServer *self)
{
  g_signal_connect (self->soup, "request-started", G_CALLBACK (on_request_started), self);
  g_signal_connect (
      self->soup, "request-finished", G_CALLBACK (on_request_finished), self);
  g_signal_connect (
      self->soup, "request-aborted", G_CALLBACK (on_request_finished), self);
}

/* The socket that a request came in by. */
TideSocket *
tide_http_requests_get_socket (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address (message)),
                            SOCKET_KEY);
}
