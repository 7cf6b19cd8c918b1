/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users, connections and rooms: who is here, and by which tabs. The successor of the
 * Flask tier's WebSocketManager, with its verbs. */

#include "tide-websocket-manager.h"

#include "tide-session-commands.h"
#include "tide-websocket-manager-private.h"

#include <string.h>

#define USER_ROOM_PREFIX "user_"

typedef struct
{
  TideConnection *first; /* (unowned) (nullable), the latest; linked by next_of_user */
  guint n_connections;
} UserConnections;

static void batch_sink_init (TideBatchSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideWebSocketManager,
                               tide_websocket_manager,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_BATCH_SINK,
                                                      batch_sink_init))

static UserConnections *
get_user (TideWebSocketManager *self, guint32 slot)
{
  return &g_array_index (self->of_user, UserConnections, slot);
}

static void
link_to_user (TideWebSocketManager *self, TideConnection *connection)
{
  if (connection->user.slot >= self->of_user->len)
    g_array_set_size (self->of_user, tide_user_table_get_n_slots (self->users));

  UserConnections *user = get_user (self, connection->user.slot);

  connection->next_of_user = user->first;
  if (user->first != NULL)
    user->first->prev_of_user = connection;
  user->first = connection;
  user->n_connections++;
}

static void
unlink_from_user (TideWebSocketManager *self, TideConnection *connection)
{
  UserConnections *user = get_user (self, connection->user.slot);

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
  self->counters->rooms = tide_room_table_get_n_rooms (self->rooms);
}

static TideFrame *
get_frame (TideBatch *batch, TideWireForm form)
{
  if (batch->frames[form] == NULL)
    batch->frames[form] = tide_protocol_encode_batch (form, batch);
  return tide_frame_ref (batch->frames[form]);
}

static gboolean
deliver_to (TideWebSocketManager *self, TideConnection *connection, TideBatch *batch)
{
  if (!connection->protocol.is_ready ||
      !tide_connection_send (connection, get_frame (batch, connection->protocol.form)))
    return FALSE;
  self->counters->deliveries += batch->n_events;
  return TRUE;
}

static guint
tide_websocket_manager_deliver (TideBatchSink *sink, TideBatch *batch, guint32 user_slot)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (sink);
  guint n = 0;

  if (user_slot >= self->of_user->len)
    return 0;
  for (TideConnection *connection = get_user (self, user_slot)->first; connection != NULL;
       connection = connection->next_of_user)
    n += deliver_to (self, connection, batch);
  return n;
}

static guint
tide_websocket_manager_deliver_everyone (TideBatchSink *sink, TideBatch *batch)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (sink);

  for (guint i = 0; i < self->connections->len; i++)
    deliver_to (self, g_ptr_array_index (self->connections, i), batch);
  return self->counters->users;
}

static void
batch_sink_init (TideBatchSinkInterface *iface)
{
  iface->deliver = tide_websocket_manager_deliver;
  iface->deliver_everyone = tide_websocket_manager_deliver_everyone;
}

static void
tide_websocket_manager_dispose (GObject *object)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (object);

  tide_websocket_manager_close_all (self, TIDE_CLOSE_SHUTDOWN);
  g_clear_object (&self->observer);
  g_clear_object (&self->handler);

  G_OBJECT_CLASS (tide_websocket_manager_parent_class)->dispose (object);
}

static void
tide_websocket_manager_finalize (GObject *object)
{
  TideWebSocketManager *self = TIDE_WEBSOCKET_MANAGER (object);

  g_ptr_array_unref (self->connections);
  g_hash_table_unref (self->by_id);
  g_array_unref (self->of_user);
  tide_room_table_free (self->rooms);
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
  self->connections = g_ptr_array_new ();
  self->by_id = g_hash_table_new (NULL, NULL);
  self->of_user = g_array_new (FALSE, TRUE, sizeof (UserConnections));
  self->rooms = tide_room_table_new ();
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
  return self;
}

/**
 * tide_websocket_manager_reload:
 * @self: a manager
 * @settings: what to go by from now on; of these, the limit of connections and the open
 *   rooms can change while running
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
}

/**
 * tide_websocket_manager_set_observer:
 * @self: a manager
 * @observer: (nullable): who is told of users that come and leave
 *
 * Connects the stages above.
 */
void
tide_websocket_manager_set_observer (TideWebSocketManager *self,
                                     TideUserObserver *observer)
{
  g_set_object (&self->observer, observer);
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
  return get_user (self, user.slot)->n_connections <
         self->settings.max_connections_per_user;
}

/**
 * tide_websocket_manager_register_user:
 * @self: a manager
 * @form: what the client speaks
 * @transport: (not nullable): the client's socket; must last until it is closed
 * @user_name: (nullable): the user as the server authenticated it, %NULL for an anonymous
 *   one, who is a user of its own
 *
 * Opens a connection for a user and starts its protocol.
 *
 * Returns: (transfer none): the connection; the transport calls it with what arrives
 */
TideConnection *
tide_websocket_manager_register_user (TideWebSocketManager *self,
                                      TideWireForm form,
                                      TideTransport *transport,
                                      const char *user_name)
{
  TideConnection *connection = tide_connection_new (self, form, transport);

  connection->id = ++self->last_id;
  connection->user = user_name != NULL
                         ? tide_user_table_hold_name (self->users, user_name)
                         : tide_user_table_hold_anonymous (self->users);
  connection->place = self->connections->len;
  g_ptr_array_add (self->connections, connection);
  g_hash_table_insert (self->by_id, GSIZE_TO_POINTER (connection->id), connection);
  link_to_user (self, connection);
  self->counters->connections_opened++;
  update_gauges (self);
  if (get_user (self, connection->user.slot)->n_connections == 1)
    {
      self->counters->users++;
      if (self->observer != NULL)
        tide_user_observer_came (self->observer, connection->user);
    }
  g_info ("Connection %" G_GUINT64_FORMAT " opened", connection->id);
  tide_connection_start (connection);
  tide_session_greet (self, connection);
  return connection;
}

/* Takes back all that a connection asked for: it left the namespace of the commands, but
 * is still there. */
void
tide_websocket_manager_reset (TideWebSocketManager *self, TideConnection *connection)
{
  tide_room_table_leave_all (self->rooms, connection);
  update_gauges (self);
  if (self->observer != NULL)
    tide_user_observer_connection_left (self->observer, connection->user, connection->id);
}

/* Takes a connection out of all lists; it frees itself. */
void
tide_websocket_manager_forget (TideWebSocketManager *self, TideConnection *connection)
{
  TideUserRef user = connection->user;

  g_ptr_array_remove_index_fast (self->connections, connection->place);
  if (connection->place < self->connections->len)
    {
      TideConnection *moved = g_ptr_array_index (self->connections, connection->place);

      moved->place = connection->place;
    }
  g_hash_table_remove (self->by_id, GSIZE_TO_POINTER (connection->id));
  tide_room_table_leave_all (self->rooms, connection);
  unlink_from_user (self, connection);
  update_gauges (self);
  if (self->observer != NULL)
    tide_user_observer_connection_left (self->observer, user, connection->id);
  if (get_user (self, user.slot)->n_connections == 0)
    {
      self->counters->users--;
      if (self->observer != NULL)
        tide_user_observer_left (self->observer, user);
    }
  tide_user_table_release (self->users, user.slot);
}

/**
 * tide_websocket_manager_close_all:
 * @self: a manager
 * @reason: why
 *
 * Closes every connection.
 */
void
tide_websocket_manager_close_all (TideWebSocketManager *self, TideCloseReason reason)
{
  while (self->connections->len > 0)
    tide_connection_close (
        g_ptr_array_index (self->connections, self->connections->len - 1),
        reason,
        "the service ends");
}

/**
 * tide_websocket_manager_is_user_connected:
 * @self: a manager
 * @user_name: a user
 *
 * Returns: whether the user has a connection
 */
gboolean
tide_websocket_manager_is_user_connected (TideWebSocketManager *self,
                                          const char *user_name)
{
  TideUserRef user;

  return tide_user_table_lookup (self->users, user_name, &user) &&
         user.slot < self->of_user->len && get_user (self, user.slot)->n_connections > 0;
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
  for (TideConnection *connection = get_user (self, user.slot)->first; connection != NULL;
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
 * Returns: %FALSE when there is no such connection, or it was there already
 */
gboolean
tide_websocket_manager_enter_room (TideWebSocketManager *self,
                                   guint64 connection_id,
                                   const char *room)
{
  TideConnection *connection =
      tide_websocket_manager_get_connection (self, connection_id);

  if (connection == NULL || !tide_room_table_enter (self->rooms, room, connection))
    return FALSE;
  update_gauges (self);
  return TRUE;
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

  if (connection == NULL || !tide_room_table_leave (self->rooms, room, connection))
    return FALSE;
  update_gauges (self);
  return TRUE;
}

/**
 * tide_websocket_manager_deliver_room:
 * @self: a manager
 * @batch: a batch
 * @room: a room; `user_NAME` is the room of a user's connections, there for every user
 *   with a name
 *
 * Hands a batch to every connection in a room.
 *
 * Returns: to how many connections
 */
guint
tide_websocket_manager_deliver_room (TideWebSocketManager *self,
                                     TideBatch *batch,
                                     const char *room)
{
  TideUserRef user;
  guint n_members;
  guint n = 0;

  if (g_str_has_prefix (room, USER_ROOM_PREFIX))
    {
      if (!tide_user_table_lookup (self->users, room + strlen (USER_ROOM_PREFIX), &user))
        return 0;
      return tide_websocket_manager_deliver (TIDE_BATCH_SINK (self), batch, user.slot);
    }

  TideConnection *const *members =
      tide_room_table_get_members (self->rooms, room, &n_members);

  for (guint i = 0; i < n_members; i++)
    n += deliver_to (self, members[i], batch);
  return n;
}
