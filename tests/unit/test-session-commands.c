/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-room-table.h"

#include "fake-sessions.h"

static FakeSessions sessions;

static void
test_greet (void)
{
  FakeTransport *anna;
  FakeTransport *nobody;
  FakeTransport *bert;
  g_autofree char *named = NULL;
  g_autofree char *anonymous = NULL;

  g_test_summary ("A plain client is told who it is; a Socket.IO client is not greeted");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_PLAIN, "an\"na");
  nobody = fake_sessions_open (&sessions, TIDE_WIRE_PLAIN, NULL);
  bert = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "bert");
  named = g_strdup_printf ("> {\"type\":\"connected\",\"data\":{\"connection_id\":\"%s\","
                           "\"user\":\"an\\\"na\"}}\n",
                           anna->connection->protocol.socket_sid);
  anonymous =
      g_strdup_printf ("> {\"type\":\"connected\",\"data\":{\"connection_id\":\"%s\","
                       "\"user\":null}}\n",
                       nobody->connection->protocol.socket_sid);
  g_assert_cmpstr (anna->log->str, ==, named);
  g_assert_cmpstr (nobody->log->str, ==, anonymous);
  g_assert_null (strstr (bert->log->str, "connected"));
  /* The Engine.IO session's id is a secret. */
  g_assert_null (strstr (anna->log->str, anna->connection->protocol.engine_sid));
  g_clear_object (&sessions.manager);
  fake_transport_free (anna);
  fake_transport_free (nobody);
  fake_transport_free (bert);
  fake_sessions_clear (&sessions);
}

static void
test_handler (void)
{
  FakeTransport *anna;

  g_test_summary ("A command goes up with its user, and its answer comes down");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  g_string_truncate (sessions.stage->log, 0);
  fake_transport_receive (anna, "{\"type\":\"do\",\"id\":7,\"user_id\":\"bert\"}");
  fake_assert_log (sessions.stage->log,
                   "command do {\"type\":\"do\",\"id\":7,\"user_id\":\"bert\"}\n");
  g_assert_cmpuint (sessions.stage->user.slot, ==, anna->connection->user.slot);
  fake_assert_log (anna->log, "> {\"type\":\"done\",\"id\":7,\"data\":{\"n\":1}}\n");
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 0);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_refused (void)
{
  FakeTransport *anna;

  g_test_summary ("What can't be done is answered with an error, and counted");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"fail\",\"id\":1}");
  fake_assert_log (anna->log,
                   "> {\"type\":\"error\",\"id\":1,\"data\":{\"message\":\"it "
                   "\\\"failed\\\"\",\"code\":\"failed\",\"event\":\"fail\"}}\n");
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 1);
  tide_websocket_manager_set_command_handler (sessions.manager, NULL);
  fake_transport_receive (anna, "{\"type\":\"do\"}");
  g_assert_nonnull (strstr (anna->log->str, "\"code\":\"unknown_command\""));
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 2);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_closes (void)
{
  FakeTransport *anna;

  g_test_summary ("A command may close the connection that it came by");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"close\"}");
  fake_assert_log (anna->log, "close 4003 closed by its command\n");
  g_assert_cmpuint (sessions.counters.connections, ==, 0);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_rooms (void)
{
  FakeTransport *anna;

  g_test_summary ("Open rooms can be joined and left, any number of times");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  for (guint i = 0; i < 2; i++)
    {
      fake_transport_receive (anna, "{\"type\":\"join_room\",\"room\":\"open\"}");
      fake_assert_log (anna->log,
                       "> {\"type\":\"room_joined\",\"data\":{\"room\":\"open\"}}\n");
      g_assert_cmpuint (sessions.counters.rooms, ==, 1);
    }
  g_assert_true (tide_room_table_has (anna->connection, "open"));
  for (guint i = 0; i < 2; i++)
    {
      fake_transport_receive (anna, "{\"type\":\"leave_room\",\"room\":\"open\"}");
      fake_assert_log (anna->log,
                       "> {\"type\":\"room_left\",\"data\":{\"room\":\"open\"}}\n");
      g_assert_cmpuint (sessions.counters.rooms, ==, 0);
    }
  g_assert_false (tide_room_table_has (anna->connection, "open"));
  fake_transport_receive (anna,
                          "{\"type\":\"join_room\",\"room\":\"\\u00e4 \\\"b\\\"\"}");
  fake_assert_log (
      anna->log,
      "> {\"type\":\"room_joined\",\"data\":{\"room\":\"\xc3\xa4 \\\"b\\\"\"}}\n");
  fake_transport_end (anna);
  g_assert_cmpuint (sessions.counters.rooms, ==, 0);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_closed_rooms (void)
{
  static const struct
  {
    const char *room; /* JSON */
    const char *code;
  } cases[] = {
    { "\"closed\"", "forbidden" },    { "\"user_anna\"", "forbidden" },
    { "\"user_bert\"", "forbidden" }, { "\"Open\"", "forbidden" },
    { "\"\"", "forbidden" },          { "\"open\\u0000\"", "bad_payload" },
    { "\"open \"", "forbidden" },     { "1", "bad_payload" },
    { "null", "bad_payload" },        { "[\"open\"]", "bad_payload" },
  };
  FakeTransport *anna;

  g_test_summary ("No other room can be joined, least of all a user's own");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{\"type\":\"join_room\",\"room\":%s}", cases[i].room);
      g_autofree char *code = g_strdup_printf ("\"code\":\"%s\"", cases[i].code);

      g_test_message ("%s", text);
      fake_transport_receive (anna, text);
      g_assert_nonnull (strstr (anna->log->str, code));
      g_string_truncate (anna->log, 0);
      g_assert_cmpuint (sessions.counters.rooms, ==, 0);
      g_assert_cmpuint (sessions.counters.commands_refused, ==, i + 1);
    }
  fake_transport_receive (anna, "{\"type\":\"join_room\"}");
  g_assert_nonnull (strstr (anna->log->str, "\"code\":\"bad_payload\""));
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_reload (void)
{
  static const char *const rooms[] = { "other", NULL };
  TideSessionSettings settings;
  FakeTransport *anna;

  g_test_summary ("Rooms that a reload closes can still be left by who is inside");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"join_room\",\"room\":\"open\"}");
  settings = sessions.settings;
  settings.open_rooms = (char **) rooms;
  tide_websocket_manager_reload (sessions.manager, &settings);
  g_assert_cmpuint (sessions.counters.rooms, ==, 1);
  fake_transport_receive (anna, "{\"type\":\"join_room\",\"room\":\"other\"}");
  g_assert_cmpuint (sessions.counters.rooms, ==, 2);
  fake_transport_receive (anna, "{\"type\":\"leave_room\",\"room\":\"open\"}");
  g_assert_cmpuint (sessions.counters.rooms, ==, 1);
  settings.open_rooms = NULL;
  tide_websocket_manager_reload (sessions.manager, &settings);
  fake_transport_receive (anna, "{\"type\":\"join_room\",\"room\":\"open\"}");
  g_assert_cmpuint (sessions.counters.rooms, ==, 1);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
set_rate (guint per_second)
{
  TideSessionSettings settings = { .max_connections_per_user = 3,
                                   .client_events_per_second = per_second };

  tide_websocket_manager_reload (sessions.manager, &settings);
}

static guint
count_in_log (GString *log, const char *text)
{
  guint n = 0;

  for (const char *at = log->str; (at = strstr (at, text)) != NULL; at++)
    n++;
  return n;
}

static void
test_rate (void)
{
  FakeTransport *anna;

  g_test_summary ("Commands over the rate are refused and not done, then done again");

  fake_sessions_init (&sessions);
  set_rate (2);
  anna = fake_sessions_open_plain (&sessions, "anna");
  g_string_truncate (sessions.stage->log, 0);
  for (guint i = 0; i < 6; i++)
    fake_transport_receive (anna, "{\"type\":\"do\",\"id\":1}");
  g_assert_cmpuint (count_in_log (anna->log, "\"type\":\"done\""), ==, 4);
  g_assert_cmpuint (count_in_log (anna->log, "\"code\":\"rate_limited\""), ==, 2);
  g_assert_cmpuint (count_in_log (sessions.stage->log, "command do"), ==, 4);
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 2);
  g_assert_cmpuint (sessions.counters.messages_over_rate, ==, 2);
  fake_sessions_advance (&sessions, 500);
  fake_transport_receive (anna, "{\"type\":\"do\",\"id\":1}");
  g_assert_cmpuint (count_in_log (anna->log, "\"type\":\"done\""), ==, 5);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_rate_closes (void)
{
  FakeTransport *anna;

  g_test_summary ("Who goes on after ten refusals is closed, whatever it sends");

  fake_sessions_init (&sessions);
  set_rate (2);
  anna = fake_sessions_open_plain (&sessions, "anna");
  for (guint i = 0; i < 14; i++)
    fake_transport_receive (anna, "rubbish");
  g_assert_cmpuint (sessions.counters.connections, ==, 1);
  g_string_truncate (anna->log, 0);
  fake_transport_receive (anna, "rubbish");
  g_assert_true (g_str_has_prefix (anna->log->str, "close 1008 too_many_events: "));
  g_assert_cmpuint (sessions.counters.connections, ==, 0);
  g_assert_cmpuint (sessions.counters.connections_closed_rate, ==, 1);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-commands/rate", test_rate);
  g_test_add_func ("/sessions/session-commands/rate-closes", test_rate_closes);
  g_test_add_func ("/sessions/session-commands/greet", test_greet);
  g_test_add_func ("/sessions/session-commands/handler", test_handler);
  g_test_add_func ("/sessions/session-commands/refused", test_refused);
  g_test_add_func ("/sessions/session-commands/closes", test_closes);
  g_test_add_func ("/sessions/session-commands/rooms", test_rooms);
  g_test_add_func ("/sessions/session-commands/closed-rooms", test_closed_rooms);
  g_test_add_func ("/sessions/session-commands/reload", test_reload);
  return g_test_run ();
}
