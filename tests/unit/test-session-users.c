/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

static FakeSessions sessions;

static void
deliver (FakeTransport *transport, gsize n_bytes)
{
  g_autofree char *payload = g_strnfill (n_bytes, ' ');
  g_autoptr (TideEvent) event = NULL;
  g_autoptr (TideBatch) batch = NULL;

  memcpy (payload, "{}", 2);
  event = fake_event_new (payload, TIDE_CLASS_CONFLATE, NULL);
  batch = tide_batch_new (&event, 1);
  tide_batch_sink_deliver (
      TIDE_BATCH_SINK (sessions.manager), batch, transport->connection->user.slot);
}

static void
test_ready (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A user comes with the first ready connection and goes with the last");

  fake_sessions_init (&sessions);
  one = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  two = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_assert_log (sessions.stage->log, "");
  g_assert_cmpuint (sessions.counters.users, ==, 0);
  g_assert_false (tide_websocket_manager_is_user_connected (sessions.manager, "anna"));
  g_assert_false (
      tide_websocket_manager_enter_room (sessions.manager, one->connection->id, "open"));
  fake_transport_receive (one, "40");
  fake_assert_log (sessions.stage->log, "came 0\n");
  fake_transport_receive (two, "40");
  fake_transport_receive (one, "41");
  fake_assert_log (sessions.stage->log, "gone 1\n");
  g_assert_cmpuint (sessions.counters.users, ==, 1);
  fake_transport_end (one);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_receive (two, "41");
  fake_assert_log (sessions.stage->log, "gone 2\nleft 0\n");
  g_assert_cmpuint (sessions.counters.users, ==, 0);
  g_assert_cmpuint (sessions.counters.connections, ==, 1);
  fake_transport_receive (two, "40");
  fake_assert_log (sessions.stage->log, "came 0\n");
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "gone 2\nleft 0\n");
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_rooms (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A user is in a room as long as one of the connections is");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  g_assert_true (tide_websocket_manager_enter_room (sessions.manager, 1, "a"));
  g_assert_true (tide_websocket_manager_enter_room (sessions.manager, 2, "a"));
  g_assert_false (tide_websocket_manager_enter_room (sessions.manager, 2, "a"));
  g_assert_true (tide_websocket_manager_enter_room (sessions.manager, 2, "b"));
  fake_assert_log (sessions.stage->log, "came 0\nentered 0 a\nentered 0 b\n");
  g_assert_true (tide_websocket_manager_leave_room (sessions.manager, 1, "a"));
  g_assert_false (tide_websocket_manager_leave_room (sessions.manager, 1, "a"));
  g_assert_true (tide_websocket_manager_enter_room (sessions.manager, 1, "b"));
  fake_assert_log (sessions.stage->log, "");
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "exited 0 a\ngone 2\n");
  fake_transport_end (one);
  fake_assert_log (sessions.stage->log, "gone 1\nleft 0\n");
  g_assert_false (tide_websocket_manager_enter_room (sessions.manager, 99, "r"));
  g_assert_false (tide_websocket_manager_leave_room (sessions.manager, 99, "r"));
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_observers (void)
{
  FakeStage *second = g_object_new (FAKE_TYPE_STAGE, NULL);
  g_autoptr (TideBatch) batch = fake_batch_new ("{}");
  FakeTransport *anna;

  g_test_summary (
      "All stages above are told of everything, in the order of their adding");

  fake_sessions_init (&sessions);
  tide_websocket_manager_add_observer (sessions.manager, TIDE_USER_OBSERVER (second));
  anna = fake_sessions_open_plain (&sessions, "anna");
  /* Both write to one log from here on. */
  g_string_free (second->log, TRUE);
  second->log = sessions.stage->log;
  g_string_truncate (second->log, 0);
  tide_websocket_manager_enter_room (sessions.manager, 1, "a");
  anna->is_holding = TRUE;
  fake_sessions_deliver_everyone (&sessions, batch);
  fake_transport_end (anna);
  fake_assert_log (second->log,
                   "entered 0 a\nentered 0 a\ngone 1\ngone 1\n"
                   "returned 0 {}\nreturned 0 {}\nleft 0\nleft 0\n");
  second->log = g_string_new (NULL);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
  g_object_unref (second);
}

static void
test_slow (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A user is slow from over the soft limit to half of it, on any tab");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  g_string_truncate (sessions.stage->log, 0);
  one->is_holding = TRUE;
  deliver (one, 400);
  fake_assert_log (sessions.stage->log, "");
  deliver (one, 600);
  fake_assert_log (sessions.stage->log, "slow 0\n");
  g_assert_cmpuint (sessions.counters.slow_users, ==, 1);
  two->is_holding = TRUE;
  deliver (one, 1100);
  tide_outbox_note_unread (&two->outbox);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_take (one, one->outbox.n_bytes);
  fake_assert_log (sessions.stage->log, "");
  g_assert_cmpuint (sessions.counters.slow_users, ==, 1);
  fake_transport_take (two, two->outbox.n_bytes - 501);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_take (two, 1);
  fake_assert_log (sessions.stage->log, "fast 0\n");
  g_assert_cmpuint (sessions.counters.slow_users, ==, 0);
  /* Between the half and the whole nothing changes. */
  deliver (two, 300);
  fake_assert_log (sessions.stage->log, "");
  deliver (two, 300);
  fake_assert_log (sessions.stage->log, "slow 0\n");
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "fast 0\ngone 2\n");
  /* What is alone in an outbox may still be taken at the end of the turn. */
  fake_transport_take (one, one->outbox.n_bytes);
  deliver (one, 2000);
  fake_assert_log (sessions.stage->log, "");
  tide_outbox_note_unread (&one->outbox);
  tide_outbox_note_unread (&one->outbox);
  fake_assert_log (sessions.stage->log, "slow 0\n");
  fake_transport_end (one);
  fake_assert_log (sessions.stage->log, "fast 0\ngone 1\nleft 0\n");
  g_assert_cmpuint (sessions.counters.slow_users, ==, 0);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_not_slow (void)
{
  FakeTransport *anna;
  TideSessionSettings settings;

  g_test_summary (
      "Who takes it when it is written is not slow; without a limit nobody is");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  deliver (anna, 5000);
  anna->is_holding = TRUE;
  settings = sessions.settings;
  settings.outbox_soft_bytes = 0;
  tide_websocket_manager_reload (sessions.manager, &settings);
  deliver (anna, 5000);
  g_assert_cmpuint (sessions.counters.slow_users, ==, 0);
  fake_assert_log (sessions.stage->log, "came 0\n");
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_idle (void)
{
  FakeTransport *anna;
  TideSessionSettings settings;

  g_test_summary ("A client that sends nothing at all is closed in time, others are not");

  fake_sessions_init (&sessions);
  settings = sessions.settings;
  settings.idle_timeout_us = 3 * G_USEC_PER_SEC;
  tide_websocket_manager_reload (sessions.manager, &settings);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_sessions_advance (&sessions, 2900);
  tide_connection_heard (anna->connection);
  fake_sessions_advance (&sessions, 2900);
  g_assert_false (anna->is_closed);
  fake_sessions_advance (&sessions, 110);
  fake_assert_log (anna->log, "close 4001 idle\n");
  g_assert_cmpuint (sessions.counters.connections_closed_stale, ==, 1);
  g_assert_cmpuint (sessions.counters.connections_timed_out, ==, 0);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_cleanup (void)
{
  FakeTransport *transports[6];
  TideSessionStats stats;

  g_test_summary ("Stale connections can be closed at once, and only they");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < G_N_ELEMENTS (transports); i++)
    transports[i] = fake_sessions_open_plain (&sessions, NULL);
  fake_sessions_advance (&sessions, 2000);
  tide_connection_heard (transports[1]->connection);
  tide_connection_heard (transports[4]->connection);
  g_assert_cmpuint (tide_websocket_manager_cleanup_stale_connections (sessions.manager,
                                                                      2 * G_USEC_PER_SEC),
                    ==,
                    0);
  g_assert_cmpuint (tide_websocket_manager_cleanup_stale_connections (
                        sessions.manager, 2 * G_USEC_PER_SEC - 1),
                    ==,
                    4);
  stats = tide_websocket_manager_get_stats (sessions.manager);
  g_assert_cmpuint (stats.total_connections, ==, 6);
  g_assert_cmpuint (stats.active_connections, ==, 2);
  g_assert_cmpuint (stats.messages_sent, ==, 0);
  deliver (transports[4], 10);
  stats = tide_websocket_manager_get_stats (sessions.manager);
  g_assert_cmpuint (stats.messages_sent, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (transports); i++)
    {
      g_assert_cmpint (transports[i]->is_closed, ==, i != 1 && i != 4);
      if (!transports[i]->is_closed)
        fake_transport_end (transports[i]);
      fake_transport_free (transports[i]);
    }
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-users/ready", test_ready);
  g_test_add_func ("/sessions/session-users/rooms", test_rooms);
  g_test_add_func ("/sessions/session-users/observers", test_observers);
  g_test_add_func ("/sessions/session-users/slow", test_slow);
  g_test_add_func ("/sessions/session-users/not-slow", test_not_slow);
  g_test_add_func ("/sessions/session-users/idle", test_idle);
  g_test_add_func ("/sessions/session-users/cleanup", test_cleanup);
  return g_test_run ();
}
