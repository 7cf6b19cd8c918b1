/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking at who is here. Nothing here is on the way of an event. */

#include "tide-session-list.h"

#include "tide-least.h"
#include "tide-session-login.h"
#include "tide-websocket-manager-private.h"

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
    .opened_us = connection->opened_us,
    .last_heard_us = connection->protocol.last_heard_us,
    .login_end_us = tide_session_get_login_end (connection),
    .n_unread_bytes = outbox->n_bytes,
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
 * the ids of all connections once.
 *
 * Returns: how many were given
 */
guint
tide_session_list_connections (TideWebSocketManager *self,
                               guint64 after_id,
                               TideConnectionFacts *facts,
                               guint n_facts)
{
  TideLeast *least = tide_least_new (sizeof (guint64), n_facts, tide_least_compare_ids);
  g_autoptr (GArray) ids = NULL;
  GHashTableIter iter;
  gpointer key;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      guint64 id = GPOINTER_TO_SIZE (key);

      if (id > after_id)
        tide_least_offer (least, &id);
    }
  ids = tide_least_finish (least);
  for (guint i = 0; i < ids->len; i++)
    if (tide_session_get_connection_facts (
            self, g_array_index (ids, guint64, i), &facts[n]))
      n++;
  return n;
}

/**
 * tide_session_find_connections:
 * @self: a manager
 * @search: which ones
 * @n_found: (out): how many there are, those up to the search's `after_id` too
 *
 * Looks at all open connections once, and calls the filter for each.
 *
 * Returns: (transfer full) (element-type guint64): the least ids above the search's
 *   `after_id` of those that are looked for, sorted
 */
GArray *
tide_session_find_connections (TideWebSocketManager *self,
                               const TideConnectionSearch *search,
                               guint *n_found)
{
  TideLeast *least =
      tide_least_new (sizeof (guint64), search->limit, tide_least_compare_ids);
  GHashTableIter iter;
  gpointer value;

  *n_found = 0;
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const TideConnection *connection = value;
      TideConnectionFacts facts;

      if (connection->transport == NULL)
        continue;
      fill (&facts, connection);
      if (!search->filter (&facts, search->user_data))
        continue;
      *n_found += 1;
      if (facts.id > search->after_id)
        tide_least_offer (least, &facts.id);
    }
  return tide_least_finish (least);
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

/**
 * tide_session_count_unread_events:
 * @self: a manager
 * @id: the id of a connection
 *
 * Looks at all frames that wait for a connection.
 *
 * Returns: how many events are in them
 */
guint
tide_session_count_unread_events (TideWebSocketManager *self, guint64 id)
{
  const TideConnection *connection = find (self, id);

  return connection != NULL ? tide_outbox_count_events (connection->transport->outbox)
                            : 0;
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
  g_array_sort (ids, tide_least_compare_ids);
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
 * @after: a name, of a room that need not be there
 * @n_rooms: how many at most
 *
 * Returns: (transfer full) (element-type utf8): the names of the first rooms that come
 *   after @after, sorted by their bytes
 */
GArray *
tide_session_list_rooms (TideWebSocketManager *self, const char *after, guint n_rooms)
{
  return tide_room_table_list_rooms (self->rooms, after, n_rooms);
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
 * @after_id: the id of a connection, which need not be there any more, or 0
 * @n_members: how many at most
 *
 * Returns: (transfer full) (element-type guint64): the least ids above @after_id of the
 *   connections in it, sorted
 */
GArray *
tide_session_list_members (TideWebSocketManager *self,
                           const char *room,
                           guint64 after_id,
                           guint n_members)
{
  TideLeast *ids = tide_least_new (sizeof (guint64), n_members, tide_least_compare_ids);
  guint n_all;
  TideConnection *const *all = tide_room_table_get_members (self->rooms, room, &n_all);

  for (guint i = 0; i < n_all; i++)
    if (all[i]->id > after_id)
      tide_least_offer (ids, &all[i]->id);
  return tide_least_finish (ids);
}
