/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users come with their first ready connection and leave with the last; likewise they
 * enter and leave rooms. Here the stages above are told. */

#include "tide-array-fit.h"
#include "tide-session-books.h"
#include "tide-session-greeting.h"
#include "tide-session-login.h"
#include "tide-websocket-manager-private.h"

static TideUserObserver *
get_observer (TideWebSocketManager *self, guint i)
{
  return g_ptr_array_index (self->observers, i);
}

static void
update_rooms (TideWebSocketManager *self)
{
  self->counters->rooms = tide_room_table_get_n_rooms (self->rooms);
}

/* Whether a connection of the same user, other than @connection, is in a room. */
static gboolean
has_other_in_room (TideWebSocketManager *self,
                   const TideConnection *connection,
                   const char *room)
{
  const UserConnections *user =
      tide_websocket_manager_get_user (self, connection->user.slot);

  for (const TideConnection *other = user->first; other != NULL;
       other = other->next_of_user)
    if (other != connection && tide_room_table_has (other, room))
      return TRUE;
  return FALSE;
}

/* Puts a ready connection into a room; FALSE when it was there already. */
gboolean
tide_websocket_manager_put_into_room (TideWebSocketManager *self,
                                      TideConnection *connection,
                                      const char *room)
{
  if (!connection->is_ready || !tide_room_table_enter (self->rooms, room, connection))
    return FALSE;
  update_rooms (self);
  if (has_other_in_room (self, connection, room))
    return TRUE;
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_entered_room (get_observer (self, i), connection->user, room);
  return TRUE;
}

/* Takes a connection out of a room; FALSE when it was not there. A user who leaves for
 * good is only told of as that. */
gboolean
tide_websocket_manager_take_out_of_room (TideWebSocketManager *self,
                                         TideConnection *connection,
                                         const char *room)
{
  /* The room may end with this, and its name. */
  g_autofree char *name = g_strdup (room);

  if (!tide_room_table_leave (self->rooms, name, connection))
    return FALSE;
  update_rooms (self);
  if (tide_websocket_manager_get_user (self, connection->user.slot)->n_ready == 0 ||
      has_other_in_room (self, connection, name))
    return TRUE;
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_left_room (get_observer (self, i), connection->user, name);
  return TRUE;
}

/* Tells that a user reads too slowly, or not any more. */
void
tide_websocket_manager_tell_slow (TideWebSocketManager *self,
                                  TideUserRef user,
                                  gboolean is_slow)
{
  for (guint i = 0; i < self->observers->len; i++)
    if (is_slow)
      tide_user_observer_slow (get_observer (self, i), user);
    else
      tide_user_observer_fast_again (get_observer (self, i), user);
}

/* Tells that a command of a user is about to be done. */
void
tide_websocket_manager_tell_asked (TideWebSocketManager *self, TideUserRef user)
{
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_asked (get_observer (self, i), user);
}

/* Tells that events that were kept for a user have been taken. */
void
tide_websocket_manager_tell_taken (TideWebSocketManager *self,
                                   TideUserRef user,
                                   const TideBatch *batch)
{
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_taken (get_observer (self, i), user, batch);
}

/* Lets a connection whose handshake is complete have events. */
void
tide_websocket_manager_become_ready (TideWebSocketManager *self,
                                     TideConnection *connection)
{
  UserConnections *user = tide_websocket_manager_get_user (self, connection->user.slot);

  tide_session_greet (self, connection);
  connection->is_ready = TRUE;
  tide_session_watch_login (connection);
  if (user->n_ready++ > 0)
    return;
  self->counters->users++;
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_came (get_observer (self, i), connection->user);
}

/* What none of a user's connections took goes back, and the user leaves. */
static void
tell_left (TideWebSocketManager *self, TideUserRef user, const GArray *items)
{
  self->counters->users--;
  if (items->len > 0)
    for (guint i = 0; i < self->observers->len; i++)
      tide_user_observer_returned (get_observer (self, i),
                                   user,
                                   (const TideBatchItem *) (gconstpointer) items->data,
                                   items->len);
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_left (get_observer (self, i), user);
}

/* Takes back all that a connection asked for, and what waits for it: it ends, or left the
 * namespace of the events. Does nothing to one that had not come yet. */
void
tide_websocket_manager_leave (TideWebSocketManager *self,
                              TideConnection *connection,
                              TideCloseReason reason)
{
  UserConnections *user = tide_websocket_manager_get_user (self, connection->user.slot);
  g_autoptr (GArray) items = NULL;
  const char *room;

  if (!connection->is_ready)
    return;
  connection->is_ready = FALSE;
  user->n_ready--;
  if (connection->is_slow)
    tide_session_check_fast (connection);
  while ((room = tide_room_table_get_some_room (connection)) != NULL)
    tide_websocket_manager_take_out_of_room (self, connection, room);
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_connection_left (
        get_observer (self, i), connection->user, connection->id);
  items = tide_session_collect (connection, reason);
  if (user->n_ready > 0)
    tide_session_hand_on (self, connection->user.slot, items);
  else
    tell_left (self, connection->user, items);
}

/**
 * tide_websocket_manager_is_user_in_room:
 * @self: a manager
 * @user_slot: a user
 * @room: a room's name
 *
 * Returns: whether one of the user's connections is in the room
 */
gboolean
tide_websocket_manager_is_user_in_room (TideWebSocketManager *self,
                                        guint32 user_slot,
                                        const char *room)
{
  if (user_slot >= self->of_user->len)
    return FALSE;
  for (const TideConnection *connection =
           tide_websocket_manager_get_user (self, user_slot)->first;
       connection != NULL;
       connection = connection->next_of_user)
    if (tide_room_table_has (connection, room))
      return TRUE;
  return FALSE;
}

/**
 * tide_websocket_manager_has_room:
 * @self: a manager
 * @room: a room's name
 *
 * Returns: whether somebody is in the room
 */
gboolean
tide_websocket_manager_has_room (TideWebSocketManager *self, const char *room)
{
  guint n_members;

  tide_room_table_get_members (self->rooms, room, &n_members);
  return n_members > 0;
}

/**
 * tide_websocket_manager_trim:
 * @self: a manager
 *
 * Gives back room for users and connections that have left; the observers do, too. Costs
 * a walk over all users: to be called when many have left.
 */
void
tide_websocket_manager_trim (TideWebSocketManager *self)
{
  tide_user_table_trim (self->users);
  tide_array_fit (self->of_user, tide_user_table_get_n_slots (self->users));
  tide_ptr_array_fit (self->connections, G_MAXUINT);
  for (guint i = 0; i < self->observers->len; i++)
    tide_user_observer_trim (get_observer (self, i));
}
