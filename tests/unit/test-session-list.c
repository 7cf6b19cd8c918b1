/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-session-list.h"

#include "fake-sessions.h"

#define N_TURNS 400
#define PAGE 3

static FakeSessions sessions;

static void
test_facts (void)
{
  FakeTransport *one;
  FakeTransport *two;
  TideConnectionFacts facts;
  g_autoptr (GArray) ids = NULL;

  g_test_summary ("A connection tells who it is and what it has not taken");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  g_assert_true (
      tide_session_get_connection_facts (sessions.manager, one->connection->id, &facts));
  g_assert_cmpstr (facts.transport, ==, "websocket");
  g_assert_cmpuint (facts.user.slot, ==, one->connection->user.slot);
  g_assert_true (facts.is_ready);
  g_assert_cmpuint (facts.n_unread_bytes, ==, 0);
  g_assert_false (tide_session_get_connection_facts (sessions.manager, 99, &facts));

  two->is_holding = TRUE;
  tide_websocket_manager_tell_all (sessions.manager, "news", "{}");
  g_assert_true (
      tide_session_get_connection_facts (sessions.manager, two->connection->id, &facts));
  g_assert_cmpuint (facts.n_unread_bytes, >, 0);
  g_assert_cmpuint (
      tide_session_get_unread_bytes (sessions.manager, two->connection->user.slot),
      ==,
      facts.n_unread_bytes);
  g_assert_cmpuint (tide_session_get_unread_bytes (sessions.manager, 99), ==, 0);
  ids = tide_session_list_user_connections (sessions.manager, one->connection->user.slot);
  g_assert_cmpuint (ids->len, ==, 2);
  g_assert_cmpuint (g_array_index (ids, guint64, 0), ==, one->connection->id);
  g_assert_cmpuint (
      tide_session_count_connections (sessions.manager, one->connection->user.slot),
      ==,
      2);
  g_assert_cmpuint (tide_session_count_connections (sessions.manager, 99), ==, 0);

  fake_transport_end (one);
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

/* Opens or closes somebody. */
static void
churn (GPtrArray *open)
{
  if (open->len < 4 || g_test_rand_bit ())
    g_ptr_array_add (open, fake_sessions_open_plain (&sessions, NULL));
  else
    {
      guint place = g_test_rand_int_range (0, open->len);
      FakeTransport *transport = g_ptr_array_steal_index_fast (open, place);

      fake_transport_end (transport);
      fake_transport_free (transport);
    }
}

static void
test_pages (void)
{
  g_autoptr (GPtrArray) open = g_ptr_array_new ();

  g_test_summary ("Pages go up, and who stays is in them once, whatever comes and goes");

  fake_sessions_init (&sessions);
  for (guint turn = 0; turn < N_TURNS; turn++)
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
      g_autoptr (GPtrArray) before = NULL;
      TideConnectionFacts facts[PAGE];
      guint64 last = 0;
      guint n;

      churn (open);
      before = g_ptr_array_copy (open, NULL, NULL);
      while ((n = tide_session_list_connections (sessions.manager, last, facts, PAGE)) >
             0)
        {
          for (guint i = 0; i < n; i++)
            {
              g_assert_cmpuint (facts[i].id, >, last);
              last = facts[i].id;
              g_assert_true (g_hash_table_add (seen, GSIZE_TO_POINTER (last)));
            }
          if (g_hash_table_size (seen) < before->len)
            churn (open);
        }
      for (guint i = 0; i < before->len; i++)
        {
          FakeTransport *transport = g_ptr_array_index (before, i);

          if (!g_ptr_array_find (open, transport, NULL))
            continue;
          g_assert_true (
              g_hash_table_contains (seen, GSIZE_TO_POINTER (transport->connection->id)));
        }
    }
  for (guint i = 0; i < open->len; i++)
    {
      fake_transport_end (g_ptr_array_index (open, i));
      fake_transport_free (g_ptr_array_index (open, i));
    }
  fake_sessions_clear (&sessions);
}

static void
test_rooms (void)
{
  FakeTransport *one;
  FakeTransport *two;
  g_autoptr (GPtrArray) rooms = NULL;
  g_autoptr (GPtrArray) of_one = NULL;
  g_autoptr (GArray) members = NULL;
  g_autoptr (GArray) nobody = NULL;

  g_test_summary ("Rooms come by name, members by id");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "bert");
  tide_websocket_manager_enter_room (sessions.manager, two->connection->id, "b");
  tide_websocket_manager_enter_room (sessions.manager, one->connection->id, "b");
  tide_websocket_manager_enter_room (sessions.manager, one->connection->id, "a");
  rooms = tide_session_list_rooms (sessions.manager);
  g_assert_cmpuint (rooms->len, ==, 2);
  g_assert_cmpstr (rooms->pdata[0], ==, "a");
  g_assert_cmpstr (rooms->pdata[1], ==, "b");
  of_one = tide_session_list_rooms_of (sessions.manager, one->connection->id);
  g_assert_cmpuint (of_one->len, ==, 2);
  g_assert_cmpstr (of_one->pdata[0], ==, "a");
  g_assert_null (tide_session_list_rooms_of (sessions.manager, 99));
  g_assert_cmpuint (tide_session_count_members (sessions.manager, "b"), ==, 2);
  g_assert_cmpuint (tide_session_count_members (sessions.manager, "c"), ==, 0);
  members = tide_session_list_members (sessions.manager, "b");
  g_assert_cmpuint (members->len, ==, 2);
  g_assert_cmpuint (g_array_index (members, guint64, 0), ==, one->connection->id);
  nobody = tide_session_list_members (sessions.manager, "c");
  g_assert_cmpuint (nobody->len, ==, 0);
  fake_transport_end (one);
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-list/facts", test_facts);
  g_test_add_func ("/sessions/session-list/pages", test_pages);
  g_test_add_func ("/sessions/session-list/rooms", test_rooms);
  return g_test_run ();
}
