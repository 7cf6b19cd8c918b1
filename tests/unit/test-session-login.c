/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-session-list.h"

#include "fake-sessions.h"

/* Clients that are not known when they come, and log-ins that run out. A token here is
 * the user's name; `NAME@SECONDS` is good for so long, and `bad` for nobody. */

static FakeSessions sessions;

static gboolean
check_token (const char *token,
             TideIdentity *identity,
             gpointer user_data,
             GError **error)
{
  const char *at = strchr (token, '@');

  g_assert_true (user_data == &sessions);
  if (g_str_equal (token, "bad"))
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_LOGIN_REFUSED, "wrong \"key\"");
      return FALSE;
    }
  identity->user_name = at != NULL ? g_strndup (token, at - token) : g_strdup (token);
  if (at != NULL)
    identity->lifetime_us = g_ascii_strtoll (at + 1, NULL, 10) * G_USEC_PER_SEC;
  return TRUE;
}

static void
set_up (gboolean takes_tokens, gboolean takes_guests)
{
  TideLoginFuncs funcs = {
    .check_token = takes_tokens ? check_token : NULL,
    .takes_guests = takes_guests,
    .grace_us = 5 * G_USEC_PER_SEC,
    .user_data = &sessions,
  };

  fake_sessions_init (&sessions);
  tide_websocket_manager_set_login_funcs (sessions.manager, &funcs);
}

static void
tear_down (FakeTransport *transport)
{
  if (!transport->is_closed)
    fake_transport_end (transport);
  fake_transport_free (transport);
  fake_sessions_clear (&sessions);
}

static FakeTransport *
open_unknown (TideWireForm form)
{
  g_autoptr (GError) refusal = g_error_new_literal (
      TIDE_ERROR, TIDE_ERROR_LOGIN_REQUIRED, "there is no \"token\"");
  TideNewcomer newcomer = { .form = form, .refusal = refusal };
  FakeTransport *transport = fake_sessions_open_newcomer (&sessions, &newcomer);

  if (form == TIDE_WIRE_SOCKETIO)
    g_string_truncate (transport->log, 0);
  return transport;
}

static void
assert_users (const char *expected)
{
  GString *names = g_string_new (NULL);

  for (guint32 slot = 0; slot < tide_user_table_get_n_slots (sessions.users); slot++)
    {
      const char *name = tide_user_table_get_name (sessions.users, slot);

      if (name != NULL &&
          tide_websocket_manager_is_user_connected (sessions.manager, name))
        g_string_append_printf (names, "%s ", name);
    }
  g_assert_cmpstr (names->str, ==, expected);
  g_string_free (names, TRUE);
}

static void
assert_connected (FakeTransport *transport)
{
  g_assert_true (g_str_has_prefix (transport->log->str, "> 40{\"sid\":\""));
  g_string_truncate (transport->log, 0);
}

static void
test_connect_token (void)
{
  FakeTransport *client;

  g_test_summary ("A Socket.IO client is whom the token of its CONNECT names");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_receive (client, "40{\"token\":\"anna\",\"batch\":true}");
  assert_connected (client);
  assert_users ("anna ");
  g_assert_cmpuint (sessions.counters.logins_refused, ==, 0);
  fake_transport_receive (client, "42[\"x\",{\"user_id\":\"anna\"}]");
  fake_assert_log (client->log, "> 42[\"done\",{\"n\":1}]\n");
  g_assert_cmpstr (
      tide_user_table_get_name (sessions.users, sessions.stage->user.slot), ==, "anna");
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_connect_refused (void)
{
  FakeTransport *client;

  g_test_summary ("Who is refused is told why with a code, and may try again in time");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40");
  fake_assert_log (client->log,
                   "> 44{\"message\":\"there is no \\\"token\\\"\","
                   "\"data\":{\"code\":\"login_required\"}}\n");
  fake_transport_receive (client, "40{\"token\":\"bad\"}");
  fake_assert_log (client->log,
                   "> 44{\"message\":\"wrong \\\"key\\\"\","
                   "\"data\":{\"code\":\"login_refused\"}}\n");
  fake_transport_receive (client, "40{\"token\":7}");
  fake_assert_log (client->log,
                   "> 44{\"message\":\"there is no \\\"token\\\"\","
                   "\"data\":{\"code\":\"login_required\"}}\n");
  g_assert_cmpuint (sessions.counters.logins_refused, ==, 3);
  g_assert_cmpuint (sessions.counters.users, ==, 0);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_receive (client, "40{\"token\":\"a\\u0000b\"}");
  g_string_truncate (client->log, 0);
  fake_sessions_advance (&sessions, 20000);
  fake_assert_log (client->log, "close 4001 not connected in time\n");
  tear_down (client);
}

static void
test_no_tokens (void)
{
  FakeTransport *client;

  g_test_summary ("Where no tokens are taken, one in CONNECT changes nothing");

  set_up (FALSE, FALSE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40{\"token\":\"anna\"}");
  fake_assert_log (client->log,
                   "> 44{\"message\":\"there is no \\\"token\\\"\","
                   "\"data\":{\"code\":\"login_required\"}}\n");
  tear_down (client);
}

static void
test_limit (void)
{
  FakeTransport *tabs[3];
  FakeTransport *client;

  g_test_summary ("The limit of connections of a user holds for those who come by token");

  set_up (TRUE, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (tabs); i++)
    tabs[i] = fake_sessions_open_plain (&sessions, "anna");
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40{\"token\":\"anna\"}");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"limit_exceeded\""));
  g_string_truncate (client->log, 0);
  fake_transport_end (tabs[0]);
  fake_transport_receive (client, "40{\"token\":\"anna\"}");
  assert_connected (client);
  for (gsize i = 0; i < G_N_ELEMENTS (tabs); i++)
    {
      if (i > 0)
        fake_transport_end (tabs[i]);
      fake_transport_free (tabs[i]);
    }
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_plain (void)
{
  FakeTransport *client;

  g_test_summary ("On /ws an unknown client says who it is first, and nothing else");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_PLAIN);
  fake_assert_log (client->log, "");
  fake_transport_receive (client, "{\"type\":\"subscribe\"}");
  fake_assert_log (client->log,
                   "> {\"type\":\"error\",\"data\":{\"message\":\"Log in first: send "
                   "authenticate with a token\",\"code\":\"login_required\","
                   "\"event\":\"subscribe\"}}\n");
  fake_transport_receive (client, "{\"type\":\"authenticate\",\"token\":\"bad\"}");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"login_refused\""));
  g_string_truncate (client->log, 0);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_receive (client,
                          "{\"type\":\"authenticate\",\"id\":3,\"token\":\"bob@60\"}");
  g_assert_nonnull (strstr (client->log->str, "\"user\":\"bob\"}}\n"));
  g_assert_nonnull (
      strstr (client->log->str,
              "> {\"type\":\"authenticated\",\"id\":3,\"data\":{\"user\":\"bob\","
              "\"expires_in_s\":60}}\n"));
  assert_users ("bob ");
  g_string_truncate (client->log, 0);
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_plain_timeout (void)
{
  FakeTransport *client;

  g_test_summary ("On /ws an unknown client has the connect timeout to log in");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_PLAIN);
  for (guint i = 0; i < 19; i++)
    {
      fake_sessions_advance (&sessions, 1000);
      fake_transport_receive (client, "{\"type\":\"ping\"}");
    }
  g_assert_false (client->is_closed);
  fake_sessions_advance (&sessions, 1000);
  g_assert_nonnull (strstr (client->log->str, "close 4001 not connected in time"));
  tear_down (client);
}

static void
test_expiry (void)
{
  FakeTransport *client;
  TideConnectionFacts facts;

  g_test_summary ("A log-in that runs out is told once, and ends after the grace");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40{\"token\":\"anna@3\"}");
  assert_connected (client);
  g_assert_true (tide_session_get_connection_facts (
      sessions.manager, client->connection->id, &facts));
  g_assert_cmpint (
      facts.login_end_us, ==, tide_clock_now_us (sessions.clock) + 3 * G_USEC_PER_SEC);
  fake_sessions_advance (&sessions, 2990);
  fake_assert_log (client->log, "");
  fake_sessions_advance (&sessions, 20);
  fake_assert_log (client->log,
                   "> 42[\"login_expired\",{\"message\":\"The log-in has run out: send "
                   "authenticate with a new token\",\"code\":\"login_expired\","
                   "\"closes_in_s\":5}]\n");
  fake_sessions_advance (&sessions, 4970);
  fake_assert_log (client->log, "");
  fake_sessions_advance (&sessions, 30);
  fake_assert_log (client->log, "close 4004 the log-in has run out\n");
  g_assert_cmpuint (sessions.counters.connections_closed_expired, ==, 1);
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_renewal (void)
{
  FakeTransport *client;

  g_test_summary (
      "A new token of the same user, in time, goes on; of another it does not");

  set_up (TRUE, FALSE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40{\"token\":\"anna@3\"}");
  fake_sessions_advance (&sessions, 4000);
  g_string_truncate (client->log, 0);
  fake_transport_receive (client, "42[\"authenticate\",{\"token\":\"bob@60\"}]");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"forbidden\""));
  g_string_truncate (client->log, 0);
  fake_transport_receive (client, "42[\"authenticate\",{\"token\":\"bad\"}]");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"login_refused\""));
  g_string_truncate (client->log, 0);
  fake_transport_receive (client, "42[\"authenticate\",{}]");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"bad_payload\""));
  g_string_truncate (client->log, 0);
  fake_transport_receive (client, "427[\"authenticate\",{\"token\":\"anna@8\"}]");
  fake_assert_log (client->log,
                   "> 42[\"authenticated\",{\"user\":\"anna\",\"expires_in_s\":8}]\n"
                   "> 437[{\"user\":\"anna\",\"expires_in_s\":8}]\n");
  fake_sessions_advance (&sessions, 5000);
  g_assert_false (client->is_closed);
  g_string_truncate (client->log, 0);
  fake_sessions_advance (&sessions, 3010);
  g_assert_nonnull (strstr (client->log->str, "login_expired"));
  /* One without an end ends that. */
  fake_transport_receive (client, "42[\"authenticate\",{\"token\":\"anna\"}]");
  g_assert_nonnull (strstr (client->log->str, "[\"authenticated\",{\"user\":\"anna\"}]"));
  fake_transport_receive (client, "3");
  fake_sessions_advance (&sessions, 6000);
  g_assert_false (client->is_closed);
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_guest (void)
{
  FakeTransport *client;

  g_test_summary ("A stranger is a guest where there are guests, in no room, and becomes "
                  "somebody by a token");

  set_up (TRUE, TRUE);
  client = open_unknown (TIDE_WIRE_SOCKETIO);
  fake_transport_receive (client, "40");
  assert_connected (client);
  g_assert_cmpuint (tide_user_table_get_n_guests (sessions.users), ==, 1);
  fake_transport_receive (client, "42[\"join_room\",{\"room\":\"open\"}]");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"login_required\""));
  g_string_truncate (client->log, 0);
  fake_assert_log (sessions.stage->log, "came 1\n");
  fake_transport_receive (client, "42[\"authenticate\",{\"token\":\"anna\"}]");
  fake_assert_log (client->log, "> 42[\"authenticated\",{\"user\":\"anna\"}]\n");
  fake_assert_log (sessions.stage->log, "gone 1\nleft 1\ncame 0\n");
  g_assert_cmpuint (tide_user_table_get_n_guests (sessions.users), ==, 0);
  assert_users ("anna ");
  fake_transport_receive (client, "42[\"join_room\",{\"room\":\"open\"}]");
  fake_assert_log (client->log, "> 42[\"room_joined\",{\"room\":\"open\"}]\n");
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_plain_guest (void)
{
  TideNewcomer newcomer = { .form = TIDE_WIRE_PLAIN, .is_guest = TRUE };
  FakeTransport *client;

  g_test_summary ("A guest of /ws learns that it is one");

  set_up (FALSE, TRUE);
  client = fake_sessions_open_newcomer (&sessions, &newcomer);
  g_assert_nonnull (strstr (client->log->str, "\"user\":null,\"guest\":true}}\n"));
  g_string_truncate (client->log, 0);
  fake_transport_receive (client, "{\"type\":\"authenticate\",\"token\":\"anna\"}");
  g_assert_nonnull (strstr (client->log->str, "\"code\":\"unsupported\""));
  g_string_truncate (client->log, 0);
  g_string_truncate (sessions.stage->log, 0);
  tear_down (client);
}

static void
test_log_out (void)
{
  FakeTransport *tabs[3];
  FakeTransport *bob;

  g_test_summary ("A log-out closes all tabs of one user for good, and no other's");

  set_up (FALSE, FALSE);
  tabs[0] = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_transport_receive (tabs[0], "40");
  tabs[1] = fake_sessions_open_plain (&sessions, "anna");
  /* This one has not connected yet. */
  tabs[2] = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  bob = fake_sessions_open_plain (&sessions, "bob");
  for (gsize i = 0; i < G_N_ELEMENTS (tabs); i++)
    g_string_truncate (tabs[i]->log, 0);
  g_assert_cmpuint (tide_websocket_manager_log_out (sessions.manager, "nobody"), ==, 0);
  g_assert_cmpuint (tide_websocket_manager_log_out (sessions.manager, "anna"), ==, 3);
  fake_assert_log (tabs[0]->log, "> 41\nclose 4003 logged out\n");
  fake_assert_log (tabs[1]->log, "close 4003 logged out\n");
  fake_assert_log (tabs[2]->log, "close 4003 logged out\n");
  g_assert_cmpuint (sessions.counters.connections_logged_out, ==, 3);
  assert_users ("bob ");
  for (gsize i = 0; i < G_N_ELEMENTS (tabs); i++)
    fake_transport_free (tabs[i]);
  g_string_truncate (sessions.stage->log, 0);
  tear_down (bob);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-login/connect-token", test_connect_token);
  g_test_add_func ("/sessions/session-login/connect-refused", test_connect_refused);
  g_test_add_func ("/sessions/session-login/no-tokens", test_no_tokens);
  g_test_add_func ("/sessions/session-login/limit", test_limit);
  g_test_add_func ("/sessions/session-login/plain", test_plain);
  g_test_add_func ("/sessions/session-login/plain-timeout", test_plain_timeout);
  g_test_add_func ("/sessions/session-login/expiry", test_expiry);
  g_test_add_func ("/sessions/session-login/renewal", test_renewal);
  g_test_add_func ("/sessions/session-login/guest", test_guest);
  g_test_add_func ("/sessions/session-login/plain-guest", test_plain_guest);
  g_test_add_func ("/sessions/session-login/log-out", test_log_out);
  return g_test_run ();
}
