/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-room-table.h"

#include "tide-least.h"

#include <string.h>

typedef struct
{
  char *name;         /* (owned) */
  GPtrArray *members; /* (owned) (element-type TideConnection), unowned */
} Room;

/* Where a connection stands in a room; a connection keeps an array of these. */
typedef struct
{
  Room *room; /* (unowned) */
  guint place;
} Membership;

struct _TideRoomTable
{
  GHashTable *rooms; /* (owned), name, owned by its room → (owned) Room */
};

static void
room_free (Room *room)
{
  g_free (room->name);
  g_ptr_array_unref (room->members);
  g_free (room);
}

static Membership *
find_membership (TideConnection *connection, const Room *room)
{
  if (connection->rooms == NULL)
    return NULL;
  for (guint i = 0; i < connection->rooms->len; i++)
    {
      Membership *membership = &g_array_index (connection->rooms, Membership, i);

      if (membership->room == room)
        return membership;
    }
  return NULL;
}

/* Takes the member at @place out of @room; the last member moves there. */
static void
remove_member (TideRoomTable *self, Room *room, guint place)
{
  g_ptr_array_remove_index_fast (room->members, place);
  if (place < room->members->len)
    find_membership (g_ptr_array_index (room->members, place), room)->place = place;
  if (room->members->len == 0)
    g_hash_table_remove (self->rooms, room->name);
}

/**
 * tide_room_table_new:
 *
 * Returns: (transfer full): a table without rooms
 */
TideRoomTable *
tide_room_table_new (void)
{
  TideRoomTable *self = g_new0 (TideRoomTable, 1);

  self->rooms =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) room_free);
  return self;
}

/**
 * tide_room_table_free:
 * @self: (transfer full): a table that no connection is in
 *
 * Frees @self.
 */
void
tide_room_table_free (TideRoomTable *self)
{
  g_hash_table_unref (self->rooms);
  g_free (self);
}

/**
 * tide_room_table_enter:
 * @self: a table
 * @room: a room's name; the room is made when it is not there
 * @connection: a connection
 *
 * Puts a connection into a room.
 *
 * Returns: %FALSE when it was in it already
 */
gboolean
tide_room_table_enter (TideRoomTable *self, const char *room, TideConnection *connection)
{
  Room *found = g_hash_table_lookup (self->rooms, room);

  if (found != NULL && find_membership (connection, found) != NULL)
    return FALSE;
  if (found == NULL)
    {
      found = g_new0 (Room, 1);
      found->name = g_strdup (room);
      found->members = g_ptr_array_new ();
      g_hash_table_insert (self->rooms, found->name, found);
    }
  if (connection->rooms == NULL)
    connection->rooms = g_array_new (FALSE, FALSE, sizeof (Membership));

  Membership membership = { found, found->members->len };

  g_array_append_val (connection->rooms, membership);
  g_ptr_array_add (found->members, connection);
  return TRUE;
}

/**
 * tide_room_table_leave:
 * @self: a table
 * @room: a room's name
 * @connection: a connection
 *
 * Takes a connection out of a room; a room without members is gone.
 *
 * Returns: %FALSE when it was not in it
 */
gboolean
tide_room_table_leave (TideRoomTable *self, const char *room, TideConnection *connection)
{
  Room *found = g_hash_table_lookup (self->rooms, room);
  Membership *membership = found != NULL ? find_membership (connection, found) : NULL;

  if (membership == NULL)
    return FALSE;

  guint place = membership->place;

  g_array_remove_index_fast (
      connection->rooms, membership - &g_array_index (connection->rooms, Membership, 0));
  remove_member (self, found, place);
  return TRUE;
}

/**
 * tide_room_table_leave_all:
 * @self: a table
 * @connection: a connection
 *
 * Takes a connection out of all its rooms.
 */
void
tide_room_table_leave_all (TideRoomTable *self, TideConnection *connection)
{
  g_autoptr (GArray) memberships = g_steal_pointer (&connection->rooms);

  if (memberships == NULL)
    return;
  for (guint i = 0; i < memberships->len; i++)
    {
      Membership *membership = &g_array_index (memberships, Membership, i);

      remove_member (self, membership->room, membership->place);
    }
}

/**
 * tide_room_table_has:
 * @connection: a connection
 * @room: a room's name
 *
 * Returns: whether the connection is in that room
 */
gboolean
tide_room_table_has (const TideConnection *connection, const char *room)
{
  if (connection->rooms == NULL)
    return FALSE;
  for (guint i = 0; i < connection->rooms->len; i++)
    if (strcmp (g_array_index (connection->rooms, Membership, i).room->name, room) == 0)
      return TRUE;
  return FALSE;
}

/**
 * tide_room_table_get_some_room:
 * @connection: a connection
 *
 * Returns: (transfer none) (nullable): the name of a room that the connection is in,
 *   valid as long as it is; %NULL when it is in none
 */
const char *
tide_room_table_get_some_room (const TideConnection *connection)
{
  const GArray *rooms = connection->rooms;

  if (rooms == NULL || rooms->len == 0)
    return NULL;
  return g_array_index (rooms, Membership, rooms->len - 1).room->name;
}

/**
 * tide_room_table_get_members:
 * @self: a table
 * @room: a room's name
 * @n_members: (out): how many there are
 *
 * Returns: (transfer none) (array length=n_members) (nullable): who is in it, valid until
 *   somebody enters or leaves
 */
TideConnection *const *
tide_room_table_get_members (TideRoomTable *self, const char *room, guint *n_members)
{
  Room *found = g_hash_table_lookup (self->rooms, room);

  *n_members = found != NULL ? found->members->len : 0;
  return found != NULL ? (TideConnection *const *) found->members->pdata : NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * tide_room_table_list_rooms:
 * @self: a table
 * @after: a name, of a room that need not be there
 * @n_rooms: how many at most
 *
 * Returns: (transfer full) (element-type utf8): the names of the first rooms that come
 *   after @after, sorted by their bytes, each valid until the room's last member leaves
 */
GArray *
tide_room_table_list_rooms (TideRoomTable *self, const char *after, guint n_rooms)
{
  TideLeast *names = tide_least_new (sizeof (char *), n_rooms, compare_names);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (strcmp (name, after) > 0)
      tide_least_offer (names, &name);
  return tide_least_finish (names);
}

/**
 * tide_room_table_list_rooms_of:
 * @connection: a connection
 *
 * Returns: (transfer container) (element-type utf8): the names of the rooms that it is
 * in, sorted by their bytes, each valid until the room's last member leaves
 */
GPtrArray *
tide_room_table_list_rooms_of (const TideConnection *connection)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; connection->rooms != NULL && i < connection->rooms->len; i++)
    g_ptr_array_add (names, g_array_index (connection->rooms, Membership, i).room->name);
  g_ptr_array_sort (names, compare_names);
  return names;
}

/**
 * tide_room_table_get_n_rooms:
 * @self: a table
 *
 * Returns: how many rooms have a member
 */
guint
tide_room_table_get_n_rooms (TideRoomTable *self)
{
  return g_hash_table_size (self->rooms);
}
