/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users, connections and rooms: who is here, and by which tabs. The successor of the
 * Flask tier's WebSocketManager, with its verbs. */

#include "tide-websocket-manager.h"

#include "tide-session-books.h"
#include "tide-session-login.h"
#include "tide-websocket-manager-private.h"

static void batch_sink_init (TideBatchSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideWebSocketManager,
                               tide_websocket_manager,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_BATCH_SINK,
                                                      batch_sink_init))

/* The connections of a user who has one. Valid until a connection is opened. */
UserConnections *
tide_websocket_manager_get_user (TideWebSocketManager *self, guint32 user_slot)
{
  return &g_array_index (self->of_user, UserConnections, user_slot);
}

static void
link_to_user (TideWebSocketManager *self, TideConnection *connection)
{
  if (connection->user.slot >= self->of_user->len)
    g_array_set_size (self->of_user, tide_user_table_get_n_slots (self->users));

  UserConnections *user = tide_websocket_manager_get_user (self, connection->user.slot);

  connection->next_of_user = user->first;
  if (user->first != NULL)
    user->first->prev_of_user = connection;
  user->first = connection;
  user->n_connections++;
}

static void
unlink_from_user (TideWebSocketManager *self, TideConnection *connection)
{
  UserConnections *user = tide_websocket_manager_get_user (self, connection->user.slot);

  if (connection->prev_of_user != NULL)
    connection->prev_of_user->next_of_user = connection->next_of_user;
  else
    user->first = connection->next_of_user;
  if (connection->next_of_user != NULL)
    connection->next_of_user->prev_of_user = connection->prev_of_user;
  user->n_connections--;
}

static void
update_gauges (TideWebSocketManager *self)
{
  self->counters->connections = self->connections->len;
}

static guint
tide_websocket_manager_deliver (TideBatchSink *sink, TideBatch *batch, guint32 user_slot)
{
  return tide_session_deliver ((TideWebSocketManager *) sink, batch, user_slot);
}

static void
tide_websocket_manager_expect (TideBatchSink *sink,
                               const guint32 *user_slots,
                               guint n_slots)
{
  tide_session_expect ((TideWebSocketManager *) sink, user_slots, n_slots);
}

static void
batch_sink_init (TideBatchSinkInterface *iface)
{
  iface->expect = tide_websocket_manager_expect;
  iface->deliver = tide_websocket_manager_deliver;
}

static void
tide_websocket_manager_dispose (GObject *object)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (object);

  tide_websocket_manager_close_all (self, TIDE_CLOSE_SHUTDOWN);
  g_ptr_array_set_size (self->observers, 0);
  g_clear_object (&self->handler);

  G_OBJECT_CLASS (tide_websocket_manager_parent_class)->dispose (object);
}

static void
tide_websocket_manager_finalize (GObject *object)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (object);

  g_ptr_array_unref (self->observers);
  g_ptr_array_unref (self->connections);
  g_hash_table_unref (self->by_id);
  g_array_unref (self->of_user);
  tide_room_table_free (self->rooms);
  g_clear_pointer (&self->deflater, tide_deflater_free);
  tide_flight_table_free (self->flights);
  g_hash_table_unref (self->later);
  g_clear_pointer (&self->routes, tide_route_table_unref);
  g_free (self->notice);
  g_strfreev (self->settings.open_rooms);
  g_strfreev (self->settings.protocol.namespaces);

  G_OBJECT_CLASS (tide_websocket_manager_parent_class)->finalize (object);
}

static void
tide_websocket_manager_class_init (TideWebSocketManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_websocket_manager_dispose;
  object_class->finalize = tide_websocket_manager_finalize;
}

static void
tide_websocket_manager_init (TideWebSocketManager *self)
{
  self->observers = g_ptr_array_new_with_free_func (g_object_unref);
  self->connections = g_ptr_array_new ();
  self->by_id = g_hash_table_new (NULL, NULL);
  self->of_user = g_array_new (FALSE, TRUE, sizeof (UserConnections));
  self->rooms = tide_room_table_new ();
  self->flights = tide_flight_table_new ();
  self->later = tide_session_later_new ();
  self->protocol_host = *tide_connection_get_protocol_host ();
}

/**
 * tide_websocket_manager_new:
 * @users: the users' slots; must outlive the manager
 * @wheel: what connections' timers hang on; must outlive the manager
 * @counters: where to count; must outlive the manager
 * @settings: limits, copied
 *
 * Returns: (transfer full): a manager without connections
 */
TideWebSocketManager *
tide_websocket_manager_new (TideUserTable *users,
                            TideTimerWheel *wheel,
                            TideCounters *counters,
                            const TideSessionSettings *settings)
{
  TideWebSocketManager *self = g_object_new (TIDE_TYPE_WEBSOCKET_MANAGER, NULL);

  self->users = users;
  self->wheel = wheel;
  self->counters = counters;
  self->settings = *settings;
  self->settings.open_rooms = g_strdupv (settings->open_rooms);
  self->settings.protocol.namespaces = g_strdupv (settings->protocol.namespaces);
  tide_session_update_soft_bytes (self);
  return self;
}

/**
 * tide_websocket_manager_reload:
 * @self: a manager
 * @settings: what to go by from now on; all but what is for the protocol can change
 *   while running
 *
 * Puts new settings in force. Who is in a room that is not open any more stays there.
 */
void
tide_websocket_manager_reload (TideWebSocketManager *self,
                               const TideSessionSettings *settings)
{
  g_strfreev (self->settings.open_rooms);
  self->settings.open_rooms = g_strdupv (settings->open_rooms);
  self->settings.max_connections_per_user = settings->max_connections_per_user;
  self->settings.client_events_per_second = settings->client_events_per_second;
  self->settings.outbox_soft_bytes = settings->outbox_soft_bytes;
  tide_session_update_soft_bytes (self);
  self->settings.idle_timeout_us = settings->idle_timeout_us;
}

/**
 * tide_websocket_manager_add_observer:
 * @self: a manager without connections
 * @observer: (transfer none): who is told of users that come and leave
 *
 * Connects a stage above. Those that were added first are told first.
 */
void
tide_websocket_manager_add_observer (TideWebSocketManager *self,
                                     TideUserObserver *observer)
{
  g_ptr_array_add (self->observers, g_object_ref (observer));
}

/**
 * tide_websocket_manager_set_routes:
 * @self: a manager
 * @routes: (nullable): the routes in force
 *
 * Says which events there are, so that clients who ask for an old version of them learn
 * at once which they can't have.
 */
void
tide_websocket_manager_set_routes (TideWebSocketManager *self, TideRouteTable *routes)
{
  if (routes != NULL)
    tide_route_table_ref (routes);
  g_clear_pointer (&self->routes, tide_route_table_unref);
  self->routes = routes;
}

/**
 * tide_websocket_manager_set_command_handler:
 * @self: a manager
 * @handler: (nullable): who gets the commands that are not the sessions' own
 *
 * Connects the stages above.
 */
void
tide_websocket_manager_set_command_handler (TideWebSocketManager *self,
                                            TideCommandHandler *handler)
{
  g_set_object (&self->handler, handler);
}

/**
 * tide_websocket_manager_set_visitor_left_func:
 * @self: a manager without connections
 * @func: (nullable): what to call when a connection is gone whose newcomer had a visitor
 * @user_data: for @func
 *
 * Lets the server count by something that the sessions need not know.
 */
void
tide_websocket_manager_set_visitor_left_func (TideWebSocketManager *self,
                                              TideVisitorLeftFunc func,
                                              gpointer user_data)
{
  self->visitor_left = func;
  self->visitor_left_data = user_data;
}

/**
 * tide_websocket_manager_set_raw_funcs:
 * @self: a manager without connections
 * @funcs: what to call with whatever clients send, instead of taking it for commands
 *
 * Lets somebody else see clients' events and messages as they are; the #TideProtocol that
 * the functions are called with is how to answer. The daemon has no use for this; it is
 * for servers that show how the protocols are spoken.
 */
void
tide_websocket_manager_set_raw_funcs (TideWebSocketManager *self,
                                      const TideProtocolRawFuncs *funcs)
{
  self->protocol_host.raw = *funcs;
}

/**
 * tide_websocket_manager_set_login_funcs:
 * @self: a manager
 * @funcs: how clients log in who did not by their first request, copied
 *
 * Says how to find out who a client is that was registered with a refusal, and who brings
 * a new token. Without this nobody of them is let in.
 */
void
tide_websocket_manager_set_login_funcs (TideWebSocketManager *self,
                                        const TideLoginFuncs *funcs)
{
  self->login = *funcs;
}

/**
 * tide_websocket_manager_has_room_for:
 * @self: a manager
 * @user_name: (nullable): a user, %NULL for an anonymous one
 *
 * Returns: whether the user may have one connection more
 */
gboolean
tide_websocket_manager_has_room_for (TideWebSocketManager *self, const char *user_name)
{
  TideUserRef user;

  if (user_name == NULL || self->settings.max_connections_per_user == 0 ||
      !tide_user_table_lookup (self->users, user_name, &user) ||
      user.slot >= self->of_user->len)
    return TRUE;
  return tide_websocket_manager_get_user (self, user.slot)->n_connections <
         self->settings.max_connections_per_user;
}

static TideUserRef
hold_user (TideWebSocketManager *self, const char *name, gboolean is_guest)
{
  if (name != NULL)
    return tide_user_table_hold_name (self->users, name);
  return is_guest ? tide_user_table_hold_guest (self->users)
                  : tide_user_table_hold_anonymous (self->users);
}

/* Gives a connection that is not ready, and was somebody's of its own so far, to whom it
 * belongs. */
void
tide_websocket_manager_identify (TideWebSocketManager *self,
                                 TideConnection *connection,
                                 const TideIdentity *identity)
{
  TideUserRef old = connection->user;

  g_return_if_fail (!connection->is_ready);

  unlink_from_user (self, connection);
  connection->prev_of_user = NULL;
  connection->next_of_user = NULL;
  connection->user = hold_user (self, identity->user_name, identity->is_guest);
  link_to_user (self, connection);
  tide_user_table_release (self->users, old.slot);
}

static void
log_opened (guint64 id)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, id);
  g_log_structured (G_LOG_DOMAIN,
                    G_LOG_LEVEL_INFO,
                    "TIDE_CONNECTION",
                    text,
                    "MESSAGE",
                    "Connection %s opened",
                    text);
}

/**
 * tide_websocket_manager_register_user:
 * @self: a manager
 * @transport: (not nullable): the client's socket; must last until it is closed
 * @newcomer: (transfer none): who it is
 *
 * Opens a connection for a user and starts its protocol.
 *
 * Returns: (transfer none): the connection; the transport calls it with what arrives
 */
TideConnection *
tide_websocket_manager_register_user (TideWebSocketManager *self,
                                      TideTransport *transport,
                                      const TideNewcomer *newcomer)
{
  TideConnection *connection = tide_connection_new (self, newcomer->form, transport);

  connection->id = ++self->last_id;
  connection->visitor = newcomer->visitor;
  connection->user = hold_user (self, newcomer->user_name, newcomer->is_guest);
  tide_protocol_set_wishes (&connection->protocol, newcomer->wishes);
  connection->place = self->connections->len;
  g_ptr_array_add (self->connections, connection);
  g_hash_table_insert (self->by_id, GSIZE_TO_POINTER (connection->id), connection);
  link_to_user (self, connection);
  self->counters->connections_opened++;
  update_gauges (self);
  log_opened (connection->id);
  tide_session_begin_login (
      connection, newcomer, tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel)));
  tide_connection_start (connection);
  return connection;
}

/* Takes a connection that has left out of all lists; it frees itself. */
void
tide_websocket_manager_forget (TideWebSocketManager *self, TideConnection *connection)
{
  g_ptr_array_remove_index_fast (self->connections, connection->place);
  if (connection->place < self->connections->len)
    {
      TideConnection *moved = g_ptr_array_index (self->connections, connection->place);

      moved->place = connection->place;
    }
  g_hash_table_remove (self->by_id, GSIZE_TO_POINTER (connection->id));
  unlink_from_user (self, connection);
  update_gauges (self);
  if (connection->visitor != NULL && self->visitor_left != NULL)
    self->visitor_left (connection->visitor, self->visitor_left_data);
  tide_user_table_release (self->users, connection->user.slot);
}

/**
 * tide_websocket_manager_log_out:
 * @self: a manager
 * @user_name: a user, who may be here or not
 *
 * Closes all of a user's connections, for good: clients are told that they were sent
 * away, and official ones do not come back by themselves.
 *
 * Returns: how many there were
 */
guint
tide_websocket_manager_log_out (TideWebSocketManager *self, const char *user_name)
{
  g_autoptr (GArray) ids = tide_websocket_manager_get_user_connections (self, user_name);

  for (guint i = 0; i < ids->len; i++)
    {
      TideConnection *connection =
          tide_websocket_manager_get_connection (self, g_array_index (ids, guint64, i));

      if (connection != NULL)
        tide_connection_send_away (connection, "logged out");
    }
  self->counters->connections_logged_out += ids->len;
  return ids->len;
}

/**
 * tide_websocket_manager_is_user_connected:
 * @self: a manager
 * @user_name: a user
 *
 * Returns: whether the user has a connection whose handshake is complete
 */
gboolean
tide_websocket_manager_is_user_connected (TideWebSocketManager *self,
                                          const char *user_name)
{
  TideUserRef user;

  return tide_user_table_lookup (self->users, user_name, &user) &&
         user.slot < self->of_user->len &&
         tide_websocket_manager_get_user (self, user.slot)->n_ready > 0;
}

/**
 * tide_websocket_manager_get_user_connections:
 * @self: a manager
 * @user_name: a user
 *
 * Returns: (transfer full) (element-type guint64): the ids of the user's connections,
 *   latest first; empty when there are none
 */
GArray *
tide_websocket_manager_get_user_connections (TideWebSocketManager *self,
                                             const char *user_name)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  TideUserRef user;

  if (!tide_user_table_lookup (self->users, user_name, &user) ||
      user.slot >= self->of_user->len)
    return ids;
  for (TideConnection *connection =
           tide_websocket_manager_get_user (self, user.slot)->first;
       connection != NULL;
       connection = connection->next_of_user)
    g_array_append_val (ids, connection->id);
  return ids;
}

/**
 * tide_websocket_manager_get_connection:
 * @self: a manager
 * @connection_id: an id
 *
 * Returns: (transfer none) (nullable): the connection of that id
 */
TideConnection *
tide_websocket_manager_get_connection (TideWebSocketManager *self, guint64 connection_id)
{
  return g_hash_table_lookup (self->by_id, GSIZE_TO_POINTER (connection_id));
}

/**
 * tide_websocket_manager_enter_room:
 * @self: a manager
 * @connection_id: a connection
 * @room: a room, not one of the users' own
 *
 * Puts a connection into a room.
 *
 * Returns: %FALSE when there is no such connection, its handshake is not complete, or it
 *   was there already
 */
gboolean
tide_websocket_manager_enter_room (TideWebSocketManager *self,
                                   guint64 connection_id,
                                   const char *room)
{
  TideConnection *connection =
      tide_websocket_manager_get_connection (self, connection_id);

  return connection != NULL &&
         tide_websocket_manager_put_into_room (self, connection, room);
}

/**
 * tide_websocket_manager_leave_room:
 * @self: a manager
 * @connection_id: a connection
 * @room: a room
 *
 * Takes a connection out of a room.
 *
 * Returns: %FALSE when there is no such connection, or it was not there
 */
gboolean
tide_websocket_manager_leave_room (TideWebSocketManager *self,
                                   guint64 connection_id,
                                   const char *room)
{
  TideConnection *connection =
      tide_websocket_manager_get_connection (self, connection_id);

  return connection != NULL &&
         tide_websocket_manager_take_out_of_room (self, connection, room);
}

/**
 * tide_websocket_manager_cleanup_stale_connections:
 * @self: a manager
 * @max_idle_us: how long a client may send nothing at all, in microseconds
 *
 * Closes the connections from which nothing came for longer. Each one's own timer does
 * that, too, when its time has come; this is for who does not want to wait.
 *
 * Returns: how many were closed
 */
guint
tide_websocket_manager_cleanup_stale_connections (TideWebSocketManager *self,
                                                  gint64 max_idle_us)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  guint n = 0;

  /* The last one takes the place of one that is closed. */
  for (guint i = self->connections->len; i-- > 0;)
    {
      TideConnection *connection = g_ptr_array_index (self->connections, i);

      if (now_us - connection->protocol.last_heard_us <= max_idle_us)
        continue;
      tide_connection_close (connection, TIDE_CLOSE_IDLE, "idle");
      n++;
    }
  return n;
}

/**
 * tide_websocket_manager_get_stats:
 * @self: a manager
 *
 * Returns: a few figures; the counters have all of them
 */
TideSessionStats
tide_websocket_manager_get_stats (TideWebSocketManager *self)
{
  return (TideSessionStats){
    .total_connections = self->counters->connections_opened,
    .active_connections = self->connections->len,
    .messages_sent = self->counters->deliveries_taken,
  };
}
