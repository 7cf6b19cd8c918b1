/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

static gboolean
is_slot (guint32 user_slot, gpointer user_data)
{
  return user_slot == *(guint32 *) user_data;
}

static guint
get_retry_ms (FakeTransport *transport)
{
  const char *at = strstr (transport->log->str, "server_draining");

  g_assert_nonnull (at);
  at = strstr (at, "retry_after_ms\":");
  g_assert_nonnull (at);
  return atoi (at + strlen ("retry_after_ms\":"));
}

static void
test_drain (void)
{
  FakeSessions sessions;
  FakeTransport *done;
  FakeTransport *waiting;
  FakeTransport *behind;
  g_autofree char *close = NULL;
  guint32 slot;

  g_test_summary ("Who has taken all is closed first, with the time that it was told");

  fake_sessions_init (&sessions);
  done = fake_sessions_open_plain (&sessions, "anna");
  waiting = fake_sessions_open_plain (&sessions, "bert");
  behind = fake_sessions_open_plain (&sessions, "carl");
  slot = behind->connection->user.slot;
  waiting->is_holding = TRUE;
  tide_websocket_manager_begin_drain (sessions.manager, 1000);
  g_assert_cmpuint (get_retry_ms (done), <, 1000);
  g_assert_cmpuint (get_retry_ms (done), !=, get_retry_ms (waiting));
  tide_websocket_manager_close_settled (
      sessions.manager, TIDE_CLOSE_SHUTDOWN, is_slot, &slot);
  close = g_strdup_printf (
      "close 1001 {\"reason\":\"the service ends\",\"retry_after_ms\":%u}\n",
      get_retry_ms (done));
  g_assert_true (g_str_has_suffix (done->log->str, close));
  g_assert_false (waiting->is_closed);
  g_assert_false (behind->is_closed);
  fake_transport_take (waiting, waiting->outbox.n_bytes);
  slot = G_MAXUINT32;
  tide_websocket_manager_close_settled (
      sessions.manager, TIDE_CLOSE_SHUTDOWN, is_slot, &slot);
  g_assert_true (waiting->is_closed);
  g_assert_true (behind->is_closed);
  fake_transport_free (done);
  fake_transport_free (waiting);
  fake_transport_free (behind);
  fake_sessions_clear (&sessions);
}

static void
test_spread (void)
{
  FakeSessions sessions;
  FakeTransport *all[100];
  guint n_of_quarter[4] = { 0 };

  g_test_summary ("Clients are told times that fill the spread evenly");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    all[i] = fake_sessions_open_plain (&sessions, NULL);
  tide_websocket_manager_begin_drain (sessions.manager, 4000);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_assert_cmpuint (get_retry_ms (all[i]), <, 4000);
      n_of_quarter[get_retry_ms (all[i]) / 1000]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_of_quarter); i++)
    g_assert_cmpuint (n_of_quarter[i], >=, 20);
  tide_websocket_manager_close_all (sessions.manager, TIDE_CLOSE_SHUTDOWN);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    fake_transport_free (all[i]);
  fake_sessions_clear (&sessions);
}

static void
test_restart (void)
{
  FakeSessions sessions;
  FakeTransport *one;
  FakeTransport *other;
  FakeTransport *bystander;
  guint32 slot;
  guint64 id;

  g_test_summary ("A connection, or all of a user, is closed so that clients come back");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  other = fake_sessions_open_plain (&sessions, "anna");
  bystander = fake_sessions_open_plain (&sessions, "bert");
  slot = one->connection->user.slot;
  id = bystander->connection->id;
  g_assert_cmpuint (tide_websocket_manager_restart_user (sessions.manager, slot), ==, 2);
  g_assert_true (g_str_has_suffix (one->log->str,
                                   "close 1012 closed by an operator: connect again\n"));
  g_assert_true (other->is_closed);
  g_assert_false (bystander->is_closed);
  g_assert_cmpuint (tide_websocket_manager_restart_user (sessions.manager, 99), ==, 0);
  g_assert_true (tide_websocket_manager_restart_connection (sessions.manager, id));
  g_assert_true (bystander->is_closed);
  g_assert_false (tide_websocket_manager_restart_connection (sessions.manager, id));
  fake_transport_free (one);
  fake_transport_free (other);
  fake_transport_free (bystander);
  fake_sessions_clear (&sessions);
}

static void
test_pause (void)
{
  FakeSessions sessions;
  FakeTransport *one;
  FakeTransport *next;

  g_test_summary ("A service that only pauses says so, and not to who comes afterwards");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  tide_websocket_manager_begin_drain (sessions.manager, 1000);
  tide_websocket_manager_close_all (sessions.manager, TIDE_CLOSE_RESTART);
  g_assert_nonnull (strstr (one->log->str,
                            "close 1012 {\"reason\":\"the service takes nobody for a "
                            "while\",\"retry_after_ms\":"));
  tide_websocket_manager_end_drain (sessions.manager);
  next = fake_sessions_open_plain (&sessions, "anna");
  tide_websocket_manager_close_all (sessions.manager, TIDE_CLOSE_SHUTDOWN);
  g_assert_true (g_str_has_suffix (next->log->str, "close 1001 the service ends\n"));
  fake_transport_free (one);
  fake_transport_free (next);
  fake_sessions_clear (&sessions);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-drain/drain", test_drain);
  g_test_add_func ("/sessions/session-drain/spread", test_spread);
  g_test_add_func ("/sessions/session-drain/restart", test_restart);
  g_test_add_func ("/sessions/session-drain/pause", test_pause);
  return g_test_run ();
}
