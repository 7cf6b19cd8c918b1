/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listens, accepts, and hands what was accepted on: to tide-http-requests.c, by way of
 * tide-tls-gate.c where TLS is spoken. */

#include "tide-http-server.h"

#include "tide-admission.h"
#include "tide-engineio-requests.h"
#include "tide-handshake.h"
#include "tide-http-server-private.h"
#include "tide-inherited-sockets.h"
#include "tide-listener.h"

#include <string.h>
#include <unistd.h>

/* While draining: how long a socket that was accepted last may take to ask for something.
 */
#define FIRST_REQUEST_US (G_USEC_PER_SEC / 2)

G_DEFINE_FINAL_TYPE (TideHttpServer, tide_http_server, G_TYPE_OBJECT)

static void
on_socket_removed (TideSocket *socket, gpointer user_data)
{
  TideHttpServer *self = user_data;

  if (self->gate != NULL)
    tide_tls_gate_note_removed (self->gate, socket);
  tide_admission_remove_socket (self, socket);
  tide_heap_trimmer_note (self->trimmer, tide_reactor_get_n_sockets (socket->reactor));
}

static void
on_many_gone (gpointer user_data)
{
  TideHttpServer *self = user_data;

  tide_websocket_manager_trim (self->manager);
  tide_reactor_trim (self->reactor);
  tide_heap_trimmer_trim ();
}

/* Returns: (transfer full) (nullable): a socket in its place among all others */
static TideSocket *
take_in (TideHttpServer *self, TideListener *listener, int fd, const TideAddress *peer)
{
  TideSocket *socket = tide_admission_take_socket (self, fd, peer);

  if (socket == NULL)
    return NULL;
  socket->is_local = tide_listener_is_local (listener);
  socket->is_admin = tide_listener_is_admin (listener);
  self->counters->sockets_accepted++;
  tide_heap_trimmer_note (self->trimmer, tide_reactor_get_n_sockets (self->reactor));
  return socket;
}

static void
on_accepted (TideListener *listener, int fd, const TideAddress *peer, gpointer user_data)
{
  g_autoptr (TideSocket) socket = take_in (user_data, listener, fd, peer);

  if (socket != NULL)
    tide_http_requests_await (socket, user_data);
}

static void
on_accepted_tls (TideListener *listener,
                 int fd,
                 const TideAddress *peer,
                 gpointer user_data)
{
  TideHttpServer *self = user_data;
  g_autoptr (TideSocket) socket = take_in (self, listener, fd, peer);

  if (socket != NULL)
    tide_tls_gate_admit (self->gate, socket);
}

/* libsoup keeps HTTP connections alive only while it owns a listener. It gets a duplicate
 * of one of ours, with its accept source in a context that nobody iterates. */
static gboolean
give_soup_a_listener (TideHttpServer *self, GError **error)
{
  int fd = dup (tide_listener_get_fd (g_ptr_array_index (self->listeners, 0)));
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  gboolean is_taken;

  if (socket == NULL)
    {
      close (fd);
      return FALSE;
    }
  g_main_context_push_thread_default (self->idle_context);
  is_taken = soup_server_listen_socket (self->soup, socket, 0, error);
  g_main_context_pop_thread_default (self->idle_context);
  return is_taken;
}

/* Their form was checked with the configuration. */
static void
set_proxies (TideHttpServer *self, const TideHttpSettings *settings)
{
  static const char *const none[] = { NULL };
  const char *const *nets = (const char *const *) settings->trusted_proxies;
  TideProxies *proxies = tide_proxies_new (nets != NULL ? nets : none, NULL);

  g_return_if_fail (proxies != NULL);
  g_clear_pointer (&self->proxies, tide_proxies_free);
  self->proxies = proxies;
}

static void
set_visitor_limits (TideHttpServer *self)
{
  TideVisitorLimits limits = { self->settings.max_connections_per_address,
                               self->settings.max_accepts_per_second };

  tide_visitors_set_limits (self->visitors, limits);
}

static void
on_visitor_left (gpointer visitor, gpointer user_data)
{
  tide_visitors_leave (TIDE_HTTP_SERVER (user_data)->visitors, visitor);
}

static void
tide_http_server_dispose (GObject *object)
{
  TideHttpServer *self = TIDE_HTTP_SERVER (object);

  tide_http_server_stop_listening (self);
  if (self->manager != NULL)
    tide_websocket_manager_set_login_funcs (self->manager, &(TideLoginFuncs){ 0 });
  if (self->soup != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->soup, self);
      g_main_context_push_thread_default (self->idle_context);
      soup_server_disconnect (self->soup);
      g_main_context_pop_thread_default (self->idle_context);
    }
  g_clear_object (&self->soup);
  g_clear_pointer (&self->pollings, tide_polling_table_free);
  g_clear_pointer (&self->reactor, tide_reactor_free);
  g_clear_pointer (&self->gate, tide_tls_gate_free);
  g_clear_pointer (&self->trimmer, tide_heap_trimmer_free);
  if (self->manager != NULL)
    tide_websocket_manager_set_visitor_left_func (self->manager, NULL, NULL);
  g_clear_object (&self->manager);
  g_clear_object (&self->status);

  G_OBJECT_CLASS (tide_http_server_parent_class)->dispose (object);
}

static void
tide_http_server_finalize (GObject *object)
{
  TideHttpServer *self = TIDE_HTTP_SERVER (object);

  g_ptr_array_unref (self->listeners);
  g_clear_pointer (&self->visitors, tide_visitors_free);
  g_clear_pointer (&self->proxies, tide_proxies_free);
  g_clear_object (&self->local_address);
  g_main_context_unref (self->idle_context);
  g_strfreev (self->settings.listen);
  g_strfreev (self->settings.admin_listen);
  g_strfreev (self->settings.allowed_origins);
  g_free (self->settings.tls.certificate_path);
  g_free (self->settings.tls.key_path);
  g_free (self->settings.engineio_path);
  tide_console_pages_clear (self);
  g_clear_pointer (&self->inflater, tide_inflater_free);
  tide_authenticator_free (self->authenticator);

  G_OBJECT_CLASS (tide_http_server_parent_class)->finalize (object);
}

static void
tide_http_server_class_init (TideHttpServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_http_server_dispose;
  object_class->finalize = tide_http_server_finalize;
}

static void
tide_http_server_init (TideHttpServer *self)
{
  self->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_listener_free);
  self->idle_context = g_main_context_new ();
  self->authenticator = tide_authenticator_new (&(TideAuthSettings){ TIDE_AUTH_NONE });
  self->local_address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  self->soup = soup_server_new ("server-header", "Tidewire", NULL);
}

/**
 * tide_http_server_new:
 * @manager: where connections are registered
 * @status: what /health shows
 * @wheel: what deadlines hang on; must outlive the server
 * @counters: where to count; must outlive the server
 * @settings: copied
 *
 * Returns: (transfer full): a server that does not listen yet
 */
TideHttpServer *
tide_http_server_new (TideWebSocketManager *manager,
                      TideStatus *status,
                      TideTimerWheel *wheel,
                      TideCounters *counters,
                      const TideHttpSettings *settings)
{
  TideHttpServer *self = g_object_new (TIDE_TYPE_HTTP_SERVER, NULL);

  self->manager = g_object_ref (manager);
  self->status = g_object_ref (status);
  self->wheel = wheel;
  self->counters = counters;
  self->settings = *settings;
  self->settings.listen = g_strdupv (settings->listen);
  self->settings.admin_listen = g_strdupv (settings->admin_listen);
  self->settings.allowed_origins = g_strdupv (settings->allowed_origins);
  self->settings.trusted_proxies = NULL;
  set_proxies (self, settings);
  self->settings.tls.certificate_path = g_strdup (settings->tls.certificate_path);
  self->settings.tls.key_path = g_strdup (settings->tls.key_path);
  self->settings.engineio_path = g_strdup (settings->engineio_path);
  if (settings->has_compression)
    self->inflater = tide_inflater_new ();
  self->settings.websocket.inflater = self->inflater;
  self->visitors = tide_visitors_new ();
  set_visitor_limits (self);
  tide_websocket_manager_set_visitor_left_func (manager, on_visitor_left, self);
  self->reactor = tide_reactor_new (wheel, counters);
  self->pollings = tide_polling_table_new (
      counters, settings->websocket.outbox_hard_bytes, settings->has_websocket);
  self->trimmer = tide_heap_trimmer_new (wheel, on_many_gone, self);
  tide_reactor_set_removed_func (self->reactor, on_socket_removed, self);
  tide_http_requests_watch (self);
  tide_engineio_requests_add (self);
  tide_handshake_add_plain (self);
  tide_http_server_add_pages (self);
  return self;
}

static gboolean
open_listener (TideHttpServer *self,
               const char *address,
               gboolean is_admin,
               GError **error)
{
  TideListener *listener =
      tide_listener_new (address,
                         self->wheel,
                         tide_listener_is_tls (address) ? on_accepted_tls : on_accepted,
                         self,
                         error);

  if (listener == NULL)
    return FALSE;
  tide_listener_count_pauses (listener, &self->counters->accepts_paused);
  if (is_admin)
    tide_listener_set_admin (listener);
  else if (!tide_listener_is_local (listener))
    self->is_public = TRUE;
  g_ptr_array_add (self->listeners, listener);
  return TRUE;
}

static gboolean
open_listeners (TideHttpServer *self, GError **error)
{
  guint n_listen;
  g_auto (GStrv) addresses =
      tide_inherited_sockets_expand ((const char *const *) self->settings.listen,
                                     (const char *const *) self->settings.admin_listen,
                                     &n_listen,
                                     error);

  if (addresses == NULL)
    return FALSE;
  for (guint i = 0; addresses[i] != NULL; i++)
    if (!open_listener (self, addresses[i], i >= n_listen, error))
      return FALSE;
  return TRUE;
}

static void
tell_listeners (TideHttpServer *self)
{
  g_autoptr (GPtrArray) uris = g_ptr_array_new ();

  for (guint i = 0; i < self->listeners->len; i++)
    g_ptr_array_add (
        uris, (gpointer) tide_listener_get_uri (g_ptr_array_index (self->listeners, i)));
  g_ptr_array_add (uris, NULL);
  tide_status_set_listeners (self->status, (const char *const *) uris->pdata);
}

/**
 * tide_http_server_start:
 * @self: a server
 * @error: return location for an error
 *
 * Listens on all addresses and serves on the default main context. The status learns the
 * addresses.
 *
 * Fails with [error@Error.ADDRESS_IN_USE] or [error@Error.BAD_CONFIG]; nothing is
 * listened on then.
 *
 * Returns: %TRUE when it listens
 */
gboolean
tide_http_server_start (TideHttpServer *self, GError **error)
{
  if (self->settings.tls.certificate_path != NULL)
    {
      self->gate = tide_tls_gate_new (
          &self->settings.tls, self->counters, tide_http_requests_await, self, error);
      if (self->gate == NULL)
        return FALSE;
    }
  if (!open_listeners (self, error) || !give_soup_a_listener (self, error))
    {
      tide_http_server_stop_listening (self);
      return FALSE;
    }
  tide_reactor_attach (self->reactor, NULL);
  tell_listeners (self);
  return TRUE;
}

static gboolean
check_token (const char *token,
             TideIdentity *identity,
             gpointer user_data,
             GError **error)
{
  TideHttpServer *self = user_data;

  return tide_authenticator_check_token (
      self->authenticator, token, g_get_real_time () / G_USEC_PER_SEC, identity, error);
}

/**
 * tide_http_server_set_authenticator:
 * @self: a server
 * @authenticator: (transfer full): who finds out whom browsers belong to, from now on
 * @grace_us: how long a client whose log-in has run out may stay, to bring a new one
 *
 * Says how clients log in. Those who are in stay. Without this nobody has a name.
 */
void
tide_http_server_set_authenticator (TideHttpServer *self,
                                    TideAuthenticator *authenticator,
                                    gint64 grace_us)
{
  TideLoginFuncs funcs = {
    .takes_guests = tide_authenticator_takes_guests (authenticator),
    .grace_us = grace_us,
    .user_data = self,
  };

  if (tide_authenticator_get_mode (authenticator) == TIDE_AUTH_JWT)
    funcs.check_token = check_token;
  tide_authenticator_free (self->authenticator);
  self->authenticator = authenticator;
  tide_websocket_manager_set_login_funcs (self->manager, &funcs);
}

/**
 * tide_http_server_reload:
 * @self: a server
 * @settings: what to go by from now on; of these, the origins, the proxies, the limits of
 *   connections, the certificate and the console can change while running
 *
 * Puts new settings in force for those who come from now on.
 */
void
tide_http_server_reload (TideHttpServer *self, const TideHttpSettings *settings)
{
  g_strfreev (self->settings.allowed_origins);
  self->settings.allowed_origins = g_strdupv (settings->allowed_origins);
  self->settings.max_connections = settings->max_connections;
  self->settings.max_connections_per_address = settings->max_connections_per_address;
  self->settings.max_accepts_per_second = settings->max_accepts_per_second;
  self->settings.max_half_open = settings->max_half_open;
  self->settings.header_timeout_us = settings->header_timeout_us;
  self->settings.websocket.message_timeout_us = settings->websocket.message_timeout_us;
  set_visitor_limits (self);
  set_proxies (self, settings);
  tide_console_pages_reload (self, &settings->console);
  if (self->gate != NULL)
    tide_tls_gate_reload (self->gate, &settings->tls);
}

/**
 * tide_http_server_set_refusing:
 * @self: a server
 * @is_refusing: whether newcomers are refused
 *
 * Refuses connections from now on, or lets them in again. Pages and /health are served
 * all the same.
 */
void
tide_http_server_set_refusing (TideHttpServer *self, gboolean is_refusing)
{
  self->is_refusing = is_refusing;
}

/**
 * tide_http_server_stop_listening:
 * @self: a server
 *
 * Lets nobody in any more; those who are in stay.
 */
void
tide_http_server_stop_listening (TideHttpServer *self)
{
  g_ptr_array_set_size (self->listeners, 0);
}

/**
 * tide_http_server_drain:
 * @self: a server
 *
 * Lets nobody in any more: handshakes are refused. As long as there are long-polling
 * sessions it goes on to listen, since most clients fetch what waits for them over a new
 * connection. When the last client has gone, ends the HTTP connections that are only kept
 * for a next request; who has only just come may ask for something first. Call it again
 * until then.
 */
void
tide_http_server_drain (TideHttpServer *self)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  if (tide_polling_table_is_empty (self->pollings))
    tide_http_server_stop_listening (self);
  if (self->drain_us == 0)
    self->drain_us = now_us;
  if (self->counters->connections == 0)
    tide_reactor_abort_idle (self->reactor, now_us < self->drain_us + FIRST_REQUEST_US);
}

/**
 * tide_http_server_write:
 * @self: a server
 *
 * Writes what waits for WebSockets, for at most 2 ms, without a turn of the main loop in
 * between. What is not written now is in the next turn.
 */
void
tide_http_server_write (TideHttpServer *self)
{
  tide_reactor_write (self->reactor);
}

/**
 * tide_http_server_get_n_sockets:
 * @self: a server
 *
 * Returns: how many sockets are open
 */
guint
tide_http_server_get_n_sockets (TideHttpServer *self)
{
  return tide_reactor_get_n_sockets (self->reactor);
}
