/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

static FakeSessions sessions;

static void
test_send (void)
{
  FakeTransport *anna;
  TideFrame *frame;

  g_test_summary ("A frame goes to the transport, and nowhere once that is closed");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  frame = tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, NULL, 0, 0);
  g_assert_true (tide_connection_send (anna->connection, tide_frame_ref (frame)));
  fake_assert_log (anna->log, "> \n");
  g_assert_cmpuint (frame->ref_count, ==, 1);
  tide_frame_unref (frame);
  tide_connection_close (anna->connection, TIDE_CLOSE_REFUSED, "go away");
  fake_assert_log (anna->log, "close 4003 go away\n");
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow (void)
{
  FakeTransport *anna;

  g_test_summary ("A client over its limit is closed soon, but not within the send");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  anna->is_full = TRUE;
  g_assert_false (tide_connection_send (anna->connection, tide_frame_new_copy ("x", 1)));
  g_assert_false (anna->is_closed);
  anna->is_full = FALSE;
  g_assert_false (tide_connection_send (anna->connection, tide_frame_new_copy ("x", 1)));
  fake_assert_log (anna->log, "");
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (anna->log, "close 4002 the client reads too slowly\n");
  g_assert_cmpuint (sessions.counters.connections_closed_slow, ==, 1);
  g_assert_cmpuint (sessions.counters.connections, ==, 0);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow_is_not_heard (void)
{
  FakeTransport *anna;

  g_test_summary ("Who is about to be closed for reading too slowly can't ask for more");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  g_string_truncate (sessions.stage->log, 0);
  fake_transport_receive (anna, "{\"type\":\"one\"}");
  fake_assert_log (sessions.stage->log, "command one {\"type\":\"one\"}\n");
  anna->is_full = TRUE;
  fake_transport_receive (anna, "{\"type\":\"two\"}");
  fake_assert_log (sessions.stage->log, "command two {\"type\":\"two\"}\n");
  fake_transport_receive (anna, "{\"type\":\"three\"}");
  fake_assert_log (sessions.stage->log, "");
  fake_sessions_advance (&sessions, 4);
  g_assert_true (anna->is_closed);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow_at_ping (void)
{
  FakeTransport *anna;

  g_test_summary ("A client with no room for a ping is closed as soon as any other");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  anna->is_full = TRUE;
  fake_sessions_advance (&sessions, 10000);
  g_assert_false (anna->is_closed);
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (anna->log, "close 4002 the client reads too slowly\n");
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow_at_open (void)
{
  FakeTransport *anna = fake_transport_new ();

  g_test_summary ("A client with no room for the first packet is closed soon");

  fake_sessions_init (&sessions);
  anna->is_full = TRUE;
  anna->connection = tide_websocket_manager_register_user (
      sessions.manager,
      &anna->base,
      &(TideNewcomer){ .form = TIDE_WIRE_SOCKETIO, .user_name = "anna" });
  g_assert_false (anna->is_closed);
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (anna->log, "close 4002 the client reads too slowly\n");
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow_then_gone (void)
{
  FakeTransport *anna;

  g_test_summary ("A slow client that goes by itself counts as slow");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  anna->is_full = TRUE;
  tide_connection_send (anna->connection, tide_frame_new_copy ("x", 1));
  fake_transport_end (anna);
  g_assert_cmpuint (sessions.counters.connections_closed_slow, ==, 1);
  fake_sessions_advance (&sessions, 100);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_pings (void)
{
  FakeTransport *anna;

  g_test_summary ("Pings come by the wheel; any sign of life keeps a connection");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_sessions_advance (&sessions, 9990);
  fake_assert_log (anna->log, "");
  fake_sessions_advance (&sessions, 14);
  fake_assert_log (anna->log, "> [ping] \n");
  fake_sessions_advance (&sessions, 3900);
  tide_connection_heard (anna->connection);
  fake_sessions_advance (&sessions, 6110);
  fake_assert_log (anna->log, "> [ping] \n");
  fake_sessions_advance (&sessions, 3980);
  fake_assert_log (anna->log, "");
  fake_sessions_advance (&sessions, 24);
  fake_assert_log (anna->log, "close 4001 ping timeout\n");
  g_assert_cmpuint (sessions.counters.connections_timed_out, ==, 1);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_connect_timeout (void)
{
  FakeTransport *anna;

  g_test_summary ("A Socket.IO client that never connects is sent away in time");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  g_assert_true (g_str_has_prefix (anna->log->str, "> 0{\"sid\":"));
  for (guint i = 0; i < 9; i++)
    {
      fake_sessions_advance (&sessions, 2000);
      fake_transport_receive (anna, "3");
    }
  g_assert_false (anna->is_closed);
  fake_sessions_advance (&sessions, 2004);
  g_assert_true (anna->is_closed);
  g_assert_nonnull (strstr (anna->log->str, "close 4001 not connected in time\n"));
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_broken (void)
{
  FakeTransport *anna;

  g_test_summary ("Who breaks the protocol is closed from within, safely");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_transport_receive (anna, "9");
  g_assert_true (anna->is_closed);
  g_assert_nonnull (strstr (anna->log->str, "close 1002 "));
  g_assert_cmpuint (sessions.counters.connections_closed_protocol, ==, 1);
  g_assert_cmpuint (sessions.counters.messages_received, ==, 1);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (1001, ' ');
  g_autoptr (GBytes) bytes = g_bytes_new (text, 1001);
  FakeTransport *anna;
  FakeTransport *bert;

  g_test_summary ("A message over the limit closes the connection, text or binary");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  bert = fake_sessions_open_plain (&sessions, "bert");
  fake_transport_receive (anna, text);
  fake_assert_log (anna->log, "close 1009 message too large\n");
  tide_connection_receive_binary (bert->connection, bytes);
  fake_assert_log (bert->log, "close 1009 message too large\n");
  g_assert_cmpuint (sessions.counters.connections_closed_protocol, ==, 2);
  fake_transport_free (anna);
  fake_transport_free (bert);
  fake_sessions_clear (&sessions);
}

static void
test_binary (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1", 2);
  FakeTransport *anna;

  g_test_summary ("A binary message is refused and does not end the connection");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  tide_connection_receive_binary (anna->connection, bytes);
  g_assert_nonnull (strstr (anna->log->str, "\"code\":\"unsupported\""));
  g_assert_false (anna->is_closed);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/connection/send", test_send);
  g_test_add_func ("/sessions/connection/slow", test_slow);
  g_test_add_func ("/sessions/connection/slow-is-not-heard", test_slow_is_not_heard);
  g_test_add_func ("/sessions/connection/slow-at-ping", test_slow_at_ping);
  g_test_add_func ("/sessions/connection/slow-at-open", test_slow_at_open);
  g_test_add_func ("/sessions/connection/slow-then-gone", test_slow_then_gone);
  g_test_add_func ("/sessions/connection/pings", test_pings);
  g_test_add_func ("/sessions/connection/connect-timeout", test_connect_timeout);
  g_test_add_func ("/sessions/connection/broken", test_broken);
  g_test_add_func ("/sessions/connection/too-large", test_too_large);
  g_test_add_func ("/sessions/connection/binary", test_binary);
  return g_test_run ();
}
