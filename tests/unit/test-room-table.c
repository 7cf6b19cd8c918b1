/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-room-table.h"

#define N_CONNECTIONS 10
#define N_ROOMS 6

static gboolean
is_in (TideRoomTable *table, const char *room, TideConnection *connection)
{
  guint n_members;
  TideConnection *const *members = tide_room_table_get_members (table, room, &n_members);

  for (guint i = 0; i < n_members; i++)
    if (members[i] == connection)
      return TRUE;
  return FALSE;
}

static void
test_one (void)
{
  TideRoomTable *table = tide_room_table_new ();
  TideConnection connection = { .id = 1 };
  g_autofree char *name = g_strdup ("room");
  guint n_members = 9;

  g_test_summary (
      "A room is there as long as it has a member, and keeps its name itself");

  g_assert_null (tide_room_table_get_members (table, "room", &n_members));
  g_assert_cmpuint (n_members, ==, 0);
  g_assert_false (tide_room_table_leave (table, "room", &connection));
  g_assert_true (tide_room_table_enter (table, name, &connection));
  g_assert_false (tide_room_table_enter (table, name, &connection));
  name[0] = 'x';
  g_assert_cmpuint (tide_room_table_get_n_rooms (table), ==, 1);
  g_assert_true (is_in (table, "room", &connection));
  g_assert_false (tide_room_table_leave (table, "Room", &connection));
  g_assert_true (tide_room_table_leave (table, "room", &connection));
  g_assert_cmpuint (tide_room_table_get_n_rooms (table), ==, 0);
  tide_room_table_leave_all (table, &connection);
  tide_room_table_leave_all (table, &connection);
  tide_room_table_free (table);
}

static void
check (TideRoomTable *table,
       TideConnection *connections,
       gboolean members[N_ROOMS][N_CONNECTIONS])
{
  guint n_rooms = 0;

  for (guint room = 0; room < N_ROOMS; room++)
    {
      char name[] = { 'a' + room, 0 };
      guint n_expected = 0;
      guint n_members;

      tide_room_table_get_members (table, name, &n_members);
      for (guint i = 0; i < N_CONNECTIONS; i++)
        {
          n_expected += members[room][i];
          g_assert_cmpint (is_in (table, name, &connections[i]), ==, members[room][i]);
        }
      g_assert_cmpuint (n_members, ==, n_expected);
      n_rooms += n_expected > 0;
    }
  g_assert_cmpuint (tide_room_table_get_n_rooms (table), ==, n_rooms);
}

static void
act (TideRoomTable *table,
     GRand *rand,
     TideConnection *connections,
     gboolean members[N_ROOMS][N_CONNECTIONS])
{
  guint i = g_rand_int_range (rand, 0, N_CONNECTIONS);
  guint room = g_rand_int_range (rand, 0, N_ROOMS);
  char name[] = { 'a' + room, 0 };

  switch (g_rand_int_range (rand, 0, 10))
    {
    case 0:
      tide_room_table_leave_all (table, &connections[i]);
      for (room = 0; room < N_ROOMS; room++)
        members[room][i] = FALSE;
      break;
    case 1:
    case 2:
    case 3:
    case 4:
      g_assert_cmpint (
          tide_room_table_leave (table, name, &connections[i]), ==, members[room][i]);
      members[room][i] = FALSE;
      break;
    default:
      g_assert_cmpint (
          tide_room_table_enter (table, name, &connections[i]), ==, !members[room][i]);
      members[room][i] = TRUE;
      break;
    }
}

static void
test_random (void)
{
  g_test_summary ("Members that come and go at random are those of a table of all");

  for (guint seed = 0; seed < 1000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      TideRoomTable *table = tide_room_table_new ();
      TideConnection connections[N_CONNECTIONS] = { 0 };
      gboolean members[N_ROOMS][N_CONNECTIONS] = { { FALSE } };

      for (guint i = 0; i < 200; i++)
        {
          act (table, rand, connections, members);
          if (i % 8 == 0)
            check (table, connections, members);
        }
      check (table, connections, members);
      for (guint i = 0; i < N_CONNECTIONS; i++)
        tide_room_table_leave_all (table, &connections[i]);
      g_assert_cmpuint (tide_room_table_get_n_rooms (table), ==, 0);
      tide_room_table_free (table);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/room-table/one", test_one);
  g_test_add_func ("/sessions/room-table/random", test_random);
  return g_test_run ();
}
