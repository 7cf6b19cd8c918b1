/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking at who is here. Nothing here is on the way of an event. */

#include "tide-session-list.h"

#include "tide-websocket-manager-private.h"

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  guint64 one = *(const guint64 *) a;
  guint64 other = *(const guint64 *) b;

  return one < other ? -1 : one > other;
}

static const char *
get_transport (const TideConnection *connection)
{
  if (connection->protocol.form == TIDE_WIRE_PLAIN)
    return "websocket";
  return connection->transport->funcs->is_polling ? "polling" : "socketio";
}

static void
fill (TideConnectionFacts *facts, const TideConnection *connection)
{
  const TideOutbox *outbox = connection->transport->outbox;

  *facts = (TideConnectionFacts){
    .id = connection->id,
    .user = connection->user,
    .transport = get_transport (connection),
    .visitor = connection->visitor,
    .opened_us = connection->protocol.opened_us,
    .last_heard_us = connection->protocol.last_heard_us,
    .n_unread_bytes = outbox->n_bytes,
    .n_unread_events = tide_outbox_count_events (outbox),
    .is_ready = connection->is_ready,
    .is_slow = connection->is_slow,
    .takes_batches = connection->shape.is_batched,
  };
}

/* Who is closing is not here any more. */
static TideConnection *
find (TideWebSocketManager *self, guint64 id)
{
  TideConnection *connection = tide_websocket_manager_get_connection (self, id);

  return connection != NULL && connection->transport != NULL ? connection : NULL;
}

/**
 * tide_session_list_connections:
 * @self: a manager
 * @after_id: the id of a connection, which need not be here any more, or 0
 * @facts: (out caller-allocates) (array length=n_facts): where to put them
 * @n_facts: how many at most
 *
 * Gives the open connections with the least ids above @after_id, in their order. Looks at
 * all connections once, and sorts those above.
 *
 * Returns: how many were given
 */
guint
tide_session_list_connections (TideWebSocketManager *self,
                               guint64 after_id,
                               TideConnectionFacts *facts,
                               guint n_facts)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint n = 0;

  for (guint i = 0; i < self->connections->len; i++)
    {
      const TideConnection *connection = g_ptr_array_index (self->connections, i);

      if (connection->id > after_id && connection->transport != NULL)
        g_array_append_val (ids, connection->id);
    }
  g_array_sort (ids, compare_ids);
  for (; n < n_facts && n < ids->len; n++)
    fill (&facts[n], find (self, g_array_index (ids, guint64, n)));
  return n;
}

/**
 * tide_session_get_connection_facts:
 * @self: a manager
 * @id: the id of a connection
 * @facts: (out caller-allocates): where to put them
 *
 * Returns: whether there is such a connection
 */
gboolean
tide_session_get_connection_facts (TideWebSocketManager *self,
                                   guint64 id,
                                   TideConnectionFacts *facts)
{
  TideConnection *connection = find (self, id);

  if (connection == NULL)
    return FALSE;
  fill (facts, connection);
  return TRUE;
}

static TideConnection *
get_first_of_user (TideWebSocketManager *self, guint32 user_slot)
{
  return user_slot < self->of_user->len
             ? tide_websocket_manager_get_user (self, user_slot)->first
             : NULL;
}

/**
 * tide_session_list_user_connections:
 * @self: a manager
 * @user_slot: a user
 *
 * Returns: (transfer full) (element-type guint64): the ids of the user's open
 * connections, sorted
 */
GArray *
tide_session_list_user_connections (TideWebSocketManager *self, guint32 user_slot)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (TideConnection *at = get_first_of_user (self, user_slot); at != NULL;
       at = at->next_of_user)
    if (at->transport != NULL)
      g_array_append_val (ids, at->id);
  g_array_sort (ids, compare_ids);
  return ids;
}

/**
 * tide_session_get_unread_bytes:
 * @self: a manager
 * @user_slot: a user
 *
 * Returns: how many bytes the user's connections have not taken yet
 */
gsize
tide_session_get_unread_bytes (TideWebSocketManager *self, guint32 user_slot)
{
  gsize n_bytes = 0;

  for (TideConnection *at = get_first_of_user (self, user_slot); at != NULL;
       at = at->next_of_user)
    if (at->transport != NULL)
      n_bytes += at->transport->outbox->n_bytes;
  return n_bytes;
}

/**
 * tide_session_count_connections:
 * @self: a manager
 * @user_slot: a user
 *
 * Returns: how many connections the user has
 */
guint
tide_session_count_connections (TideWebSocketManager *self, guint32 user_slot)
{
  return user_slot < self->of_user->len
             ? tide_websocket_manager_get_user (self, user_slot)->n_connections
             : 0;
}

/**
 * tide_session_list_rooms_of:
 * @self: a manager
 * @id: the id of a connection
 *
 * Returns: (transfer container) (nullable) (element-type utf8): the names of the rooms
 * that it is in; %NULL when there is no such connection
 */
GPtrArray *
tide_session_list_rooms_of (TideWebSocketManager *self, guint64 id)
{
  TideConnection *connection = find (self, id);

  return connection != NULL ? tide_room_table_list_rooms_of (connection) : NULL;
}

/**
 * tide_session_list_rooms:
 * @self: a manager
 *
 * Returns: (transfer container) (element-type utf8): the names of all rooms with a
 * member, sorted by their bytes
 */
GPtrArray *
tide_session_list_rooms (TideWebSocketManager *self)
{
  return tide_room_table_list_rooms (self->rooms);
}

/**
 * tide_session_count_members:
 * @self: a manager
 * @room: a room
 *
 * Returns: how many connections are in it
 */
guint
tide_session_count_members (TideWebSocketManager *self, const char *room)
{
  guint n_members;

  tide_room_table_get_members (self->rooms, room, &n_members);
  return n_members;
}

/**
 * tide_session_list_members:
 * @self: a manager
 * @room: a room
 *
 * Returns: (transfer full) (element-type guint64): the ids of the connections in it,
 *   sorted; none when there is no such room
 */
GArray *
tide_session_list_members (TideWebSocketManager *self, const char *room)
{
  guint n_members;
  TideConnection *const *members =
      tide_room_table_get_members (self->rooms, room, &n_members);
  GArray *ids = g_array_sized_new (FALSE, FALSE, sizeof (guint64), n_members);

  for (guint i = 0; i < n_members; i++)
    g_array_append_val (ids, members[i]->id);
  g_array_sort (ids, compare_ids);
  return ids;
}
