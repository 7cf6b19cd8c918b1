/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-room-table.h"
#include "tide-session-list.h"

#include "fake-sessions.h"

#define N_TURNS 400
#define PAGE 3
#define N_ROOMS 5
#define N_TABS 9

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
  g_assert_cmpint (facts.login_end_us, ==, 0);
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

static gboolean
has_odd_slot (const TideConnectionFacts *facts, gpointer user_data)
{
  guint *n_asked = user_data;

  *n_asked += 1;
  return facts->user.slot % 2 == 1;
}

static void
test_find (void)
{
  FakeTransport *tabs[N_TABS];
  guint n_asked = 0;
  TideConnectionSearch search = { .filter = has_odd_slot,
                                  .user_data = &n_asked,
                                  .limit = 2 };
  guint n_seen = 0;

  g_test_summary ("Those that are looked for are counted, and given by pages");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < N_TABS; i++)
    tabs[i] = fake_sessions_open_plain (&sessions, NULL);
  for (guint n_page = 1; n_page > 0;)
    {
      guint n_found;
      g_autoptr (GArray) ids = NULL;

      n_asked = 0;
      ids = tide_session_find_connections (sessions.manager, &search, &n_found);
      g_assert_cmpuint (n_asked, ==, N_TABS);
      g_assert_cmpuint (n_found, ==, N_TABS / 2);
      g_assert_cmpuint (ids->len, ==, MIN (2, N_TABS / 2 - n_seen));
      for (guint i = 0; i < ids->len; i++)
        {
          g_assert_cmpuint (
              g_array_index (ids, guint64, i), ==, tabs[2 * n_seen + 1]->connection->id);
          search.after_id = g_array_index (ids, guint64, i);
          n_seen++;
        }
      n_page = ids->len;
    }
  g_assert_cmpuint (n_seen, ==, N_TABS / 2);
  for (guint i = 0; i < N_TABS; i++)
    {
      fake_transport_end (tabs[i]);
      fake_transport_free (tabs[i]);
    }
  fake_sessions_clear (&sessions);
}

static void
test_opened (void)
{
  FakeTransport *tab;
  TideConnectionFacts facts;

  g_test_summary ("When a connection came does not change when it leaves a namespace");

  fake_sessions_init (&sessions);
  tab = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_sessions_advance (&sessions, 1000);
  fake_transport_receive (tab, "40");
  fake_transport_receive (tab, "41");
  g_assert_true (
      tide_session_get_connection_facts (sessions.manager, tab->connection->id, &facts));
  g_assert_cmpstr (facts.transport, ==, "socketio");
  g_assert_false (facts.is_ready);
  g_assert_cmpint (facts.opened_us, ==, 100 * G_USEC_PER_SEC);
  g_assert_cmpint (facts.last_heard_us, ==, 101 * G_USEC_PER_SEC);
  fake_transport_end (tab);
  fake_transport_free (tab);
  fake_sessions_clear (&sessions);
}

static void
test_unread (void)
{
  FakeTransport *tab;
  guint64 id;

  g_test_summary ("Events that a connection has not taken are counted");

  fake_sessions_init (&sessions);
  tab = fake_sessions_open_plain (&sessions, "anna");
  id = tab->connection->id;
  tab->is_holding = TRUE;
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr (TideBatch) batch = fake_batch_new ("{}");

      fake_sessions_deliver_everyone (&sessions, batch);
      g_assert_cmpuint (tide_session_count_unread_events (sessions.manager, id), ==, i);
    }
  g_assert_cmpuint (tide_session_count_unread_events (sessions.manager, 99), ==, 0);
  fake_transport_end (tab);
  fake_transport_free (tab);
  fake_sessions_clear (&sessions);
}

/* Asserts that the pages of a room's members are its connections, each once. */
static void
check_members (const char *room, FakeTransport *const *tabs, guint n_tabs)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint n_members = 0;
  guint64 last = 0;

  while (TRUE)
    {
      g_autoptr (GArray) page =
          tide_session_list_members (sessions.manager, room, last, PAGE);

      if (page->len == 0)
        break;
      g_assert_cmpuint (page->len, <=, PAGE);
      g_array_append_vals (found, page->data, page->len);
      last = g_array_index (page, guint64, page->len - 1);
    }
  /* The tabs are in the order of their ids. */
  for (guint i = 0; i < n_tabs; i++)
    if (tide_room_table_has (tabs[i]->connection, room))
      g_assert_cmpuint (
          g_array_index (found, guint64, n_members++), ==, tabs[i]->connection->id);
  g_assert_cmpuint (found->len, ==, n_members);
  g_assert_cmpuint (tide_session_count_members (sessions.manager, room), ==, n_members);
}

/* Asserts that the pages of the rooms are those that somebody is in, by name. */
static void
check_rooms (FakeTransport *const *tabs, guint n_tabs)
{
  g_autofree char *last = g_strdup ("");
  char name[] = "a";

  for (name[0] = 'a'; name[0] < 'a' + N_ROOMS; name[0]++)
    {
      g_autoptr (GArray) page = NULL;

      check_members (name, tabs, n_tabs);
      if (tide_session_count_members (sessions.manager, name) == 0)
        continue;
      page = tide_session_list_rooms (sessions.manager, last, 1);
      g_assert_cmpuint (page->len, ==, 1);
      g_assert_cmpstr (g_array_index (page, char *, 0), ==, name);
      g_free (last);
      last = g_strdup (name);
    }
  g_autoptr (GArray) rest = tide_session_list_rooms (sessions.manager, last, 1);

  g_assert_cmpuint (rest->len, ==, 0);
}

static void
test_rooms (void)
{
  FakeTransport *tabs[N_TABS];
  g_autoptr (GPtrArray) of_first = NULL;

  g_test_summary ("Pages of rooms go by name, those of members by id, whoever moves");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < N_TABS; i++)
    tabs[i] = fake_sessions_open_plain (&sessions, NULL);
  for (guint turn = 0; turn < N_TURNS; turn++)
    {
      guint64 id = tabs[g_test_rand_int_range (0, N_TABS)]->connection->id;
      const char name[] = { 'a' + g_test_rand_int_range (0, N_ROOMS), 0 };

      if (g_test_rand_bit ())
        tide_websocket_manager_enter_room (sessions.manager, id, name);
      else
        tide_websocket_manager_leave_room (sessions.manager, id, name);
      check_rooms (tabs, N_TABS);
    }
  tide_websocket_manager_enter_room (sessions.manager, tabs[0]->connection->id, "b");
  tide_websocket_manager_enter_room (sessions.manager, tabs[0]->connection->id, "a");
  of_first = tide_session_list_rooms_of (sessions.manager, tabs[0]->connection->id);
  g_assert_cmpstr (of_first->pdata[0], ==, "a");
  g_assert_cmpstr (of_first->pdata[1], ==, "b");
  g_assert_null (tide_session_list_rooms_of (sessions.manager, 99));
  for (guint i = 0; i < N_TABS; i++)
    {
      fake_transport_end (tabs[i]);
      fake_transport_free (tabs[i]);
    }
  fake_sessions_clear (&sessions);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-list/facts", test_facts);
  g_test_add_func ("/sessions/session-list/pages", test_pages);
  g_test_add_func ("/sessions/session-list/find", test_find);
  g_test_add_func ("/sessions/session-list/opened", test_opened);
  g_test_add_func ("/sessions/session-list/unread", test_unread);
  g_test_add_func ("/sessions/session-list/rooms", test_rooms);
  return g_test_run ();
}
