/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

static FakeSessions sessions;

/* Has something put into a connection's outbox that nobody takes. */
static void
fill (FakeTransport *transport, gsize n_bytes)
{
  g_autofree char *text = g_strnfill (n_bytes, ' ');
  const TideSpan span = { text, n_bytes };

  transport->is_holding = TRUE;
  g_assert_true (
      tide_connection_send (transport->connection,
                            tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, &span, 1, 0)));
}

static void
test_thin (void)
{
  FakeTransport *anna, *bert;
  TideSessionSettings settings;

  g_test_summary (
      "While memory is short an eighth of the soft limit makes a client slow");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  bert = fake_sessions_open_plain (&sessions, "bert");
  fill (anna, 500);
  g_assert_cmpuint (sessions.counters.slow_users, ==, 0);
  tide_websocket_manager_set_thin (sessions.manager, TRUE);
  fill (anna, 1);
  fill (bert, 100);
  g_assert_cmpuint (sessions.counters.slow_users, ==, 1);
  /* A reload does not end it. */
  settings = sessions.settings;
  settings.outbox_soft_bytes = 400;
  tide_websocket_manager_reload (sessions.manager, &settings);
  fill (bert, 1);
  g_assert_cmpuint (sessions.counters.slow_users, ==, 2);
  tide_websocket_manager_set_thin (sessions.manager, FALSE);
  fake_transport_take (bert, 1);
  g_assert_cmpuint (sessions.counters.slow_users, ==, 1);
  fake_transport_end (anna);
  fake_transport_end (bert);
  fake_transport_free (anna);
  fake_transport_free (bert);
  fake_sessions_clear (&sessions);
}

static void
test_largest (void)
{
  FakeTransport *clients[5];
  static const gsize sizes[] = { 20000, 50000, 0, 10000, 30000 };

  g_test_summary ("Those for whom most waits are closed, until enough is free");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = fake_sessions_open_plain (&sessions, NULL);
      if (sizes[i] > 0)
        fill (clients[i], sizes[i]);
      g_string_truncate (clients[i]->log, 0);
    }
  clients[2]->base.n_unfinished = 40000;
  g_assert_cmpuint (tide_websocket_manager_close_largest (sessions.manager, 0), ==, 0);
  g_assert_cmpuint (sessions.counters.connections, ==, 5);
  g_assert_cmpuint (
      tide_websocket_manager_close_largest (sessions.manager, 60000), >=, 90000);
  g_assert_cmpuint (sessions.counters.connections_closed_memory, ==, 2);
  g_assert_true (g_str_has_prefix (clients[1]->log->str, "close 1013 "));
  g_assert_true (g_str_has_prefix (clients[2]->log->str, "close 1013 "));
  g_assert_false (clients[4]->is_closed);
  /* Who holds little is never closed, however much is wanted. */
  g_assert_cmpuint (
      tide_websocket_manager_close_largest (sessions.manager, G_MAXSIZE), >=, 50000);
  g_assert_cmpuint (sessions.counters.connections, ==, 1);
  g_assert_false (clients[3]->is_closed);
  fake_transport_end (clients[3]);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    fake_transport_free (clients[i]);
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-shed/thin", test_thin);
  g_test_add_func ("/sessions/session-shed/largest", test_largest);
  return g_test_run ();
}
