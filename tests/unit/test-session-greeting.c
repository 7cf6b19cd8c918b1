/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

/* What clients ask for, and what they get of it. */

static FakeSessions sessions;
static TideRouteTable *routes;

static void
add_route (const char *type, guint schema, guint n_versions)
{
  TideRoute *route = tide_route_new (type, type, NULL, TIDE_AUDIENCE_EVERYONE);

  route->schema = schema;
  for (guint i = 0; i < n_versions; i++)
    {
      TideRouteVersion *version = g_new0 (TideRouteVersion, 1);

      version->version = schema - 1 - i;
      version->renames = g_ptr_array_new_with_free_func (g_free);
      version->drops = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (version->drops, g_strdup ("x"));
      g_ptr_array_add (route->versions, version);
    }
  tide_route_table_add (routes, route);
}

static void
set_up (void)
{
  routes = tide_route_table_new ();
  add_route ("kept", 3, 2);
  add_route ("cut", 3, 1);
  add_route ("new", 2, 0);
  add_route ("first", 1, 0);
  fake_sessions_init (&sessions);
  tide_websocket_manager_set_routes (sessions.manager, routes);
}

static FakeTransport *
open_plain (const char *batch, const char *version)
{
  TideNewcomer newcomer = { .form = TIDE_WIRE_PLAIN, .user_name = "anna" };
  FakeTransport *anna;

  tide_wishes_take_query (&newcomer.wishes, batch, version);
  anna = fake_sessions_open_newcomer (&sessions, &newcomer);
  g_assert_true (g_str_has_prefix (anna->log->str, "> {\"type\":\"connected\","));
  g_string_erase (anna->log, 0, strchr (anna->log->str, '\n') + 1 - anna->log->str);
  return anna;
}

/* One event of a route of the table. */
static void
deliver (const char *type)
{
  g_autoptr (TideEvent) event =
      tide_event_new (tide_route_table_find (routes, type, strlen (type)),
                      "{\"x\":1,\"y\":2}",
                      13,
                      NULL,
                      0,
                      0);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);

  g_assert_cmpuint (fake_sessions_deliver_everyone (&sessions, batch), ==, 1);
}

static void
tear_down (FakeTransport *transport)
{
  fake_transport_end (transport);
  fake_transport_free (transport);
  g_assert_cmpuint (sessions.counters.books[TIDE_CLASS_LOSSLESS].in_outboxes, ==, 0);
  fake_sessions_clear (&sessions);
  g_clear_pointer (&routes, tide_route_table_unref);
}

static void
test_old (void)
{
  FakeTransport *anna;

  g_test_summary ("Who knows an old version gets it, and learns what it will not get");

  set_up ();
  anna = open_plain (NULL, "1");
  fake_assert_log (anna->log,
                   "> {\"type\":\"error\",\"data\":{\"message\":\"these events cannot be "
                   "had in a version so old, and do not come: cut, new\","
                   "\"code\":\"unsupported\",\"event\":\"\"}}\n");
  deliver ("kept");
  deliver ("first");
  fake_assert_log (anna->log,
                   "> {\"type\":\"kept\",\"data\":{\"y\":2}}\n"
                   "> {\"type\":\"first\",\"data\":{\"x\":1,\"y\":2}}\n");
  /* What it cannot get does not wait for it either. */
  deliver ("cut");
  fake_assert_log (anna->log, "");
  g_assert_cmpuint (sessions.counters.books[TIDE_CLASS_LOSSLESS].delivered, ==, 3);
  g_assert_cmpuint (sessions.counters.frames_made, ==, 2);
  tear_down (anna);
}

static void
test_middle (void)
{
  FakeTransport *anna;

  g_test_summary ("Nothing is said when all events can be had in the version");

  set_up ();
  anna = open_plain (NULL, "2");
  deliver ("cut");
  deliver ("new");
  fake_assert_log (anna->log,
                   "> {\"type\":\"cut\",\"data\":{\"y\":2}}\n"
                   "> {\"type\":\"new\",\"data\":{\"x\":1,\"y\":2}}\n");
  tear_down (anna);
}

static void
test_newest (void)
{
  FakeTransport *anna;

  g_test_summary ("Who knows all versions shares the frames of those who do not ask");

  set_up ();
  anna = open_plain ("1", "3");
  g_assert_cmpuint (anna->connection->shape.version, ==, 0);
  g_assert_true (anna->connection->shape.is_batched);
  fake_assert_log (anna->log, "");
  tear_down (anna);
}

static void
test_bad (void)
{
  FakeTransport *anna;

  g_test_summary ("A version that cannot be is refused, and events come as they are");

  set_up ();
  anna = open_plain (NULL, "1001");
  fake_assert_log (
      anna->log,
      "> {\"type\":\"error\",\"data\":{\"message\":\"v must be a whole number "
      "from 1 to 1000; all events come in their newest version\","
      "\"code\":\"bad_payload\",\"event\":\"\"}}\n");
  deliver ("kept");
  fake_assert_log (anna->log, "> {\"type\":\"kept\",\"data\":{\"x\":1,\"y\":2}}\n");
  tear_down (anna);
}

static void
test_connect (void)
{
  TideNewcomer newcomer = { .form = TIDE_WIRE_SOCKETIO, .user_name = "anna" };
  FakeTransport *anna;

  g_test_summary ("CONNECT says more than the query, for as long as it holds");

  set_up ();
  tide_wishes_take_query (&newcomer.wishes, NULL, "2");
  anna = fake_sessions_open_newcomer (&sessions, &newcomer);
  fake_transport_receive (anna, "40{\"batch\":true,\"v\":1}");
  g_assert_true (anna->connection->shape.is_batched);
  g_assert_cmpuint (anna->connection->shape.version, ==, 1);
  g_assert_nonnull (
      strstr (anna->log->str, "\n> 42[\"error\",{\"message\":\"these events"));
  fake_transport_receive (anna, "41");
  g_string_truncate (anna->log, 0);
  fake_transport_receive (anna, "40");
  g_assert_false (anna->connection->shape.is_batched);
  g_assert_cmpuint (anna->connection->shape.version, ==, 2);
  g_assert_null (strstr (anna->log->str, "error"));
  tear_down (anna);
}

static void
test_notice (void)
{
  FakeTransport *anna, *bert;

  g_test_summary ("Newcomers are told what there is to tell, after who they are");

  set_up ();
  tide_websocket_manager_set_notice (sessions.manager, "news", "{\"n\":1}");
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  g_assert_null (strstr (anna->log->str, "news"));
  fake_transport_receive (anna, "40");
  g_assert_true (g_str_has_suffix (anna->log->str, "\n> 42[\"news\",{\"n\":1}]\n"));
  tide_websocket_manager_set_notice (sessions.manager, "news", NULL);
  bert = fake_sessions_open (&sessions, TIDE_WIRE_PLAIN, "bert");
  g_assert_null (strstr (bert->log->str, "news"));
  fake_transport_end (bert);
  fake_transport_free (bert);
  tear_down (anna);
}

static void
test_tell_all (void)
{
  FakeTransport *anna, *plain, *late;

  g_test_summary ("All whose handshake is complete are told at once, in no book");

  set_up ();
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_transport_receive (anna, "40{\"batch\":true}");
  plain = open_plain (NULL, "1");
  late = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "late");
  g_string_truncate (anna->log, 0);
  g_string_truncate (plain->log, 0);
  g_string_truncate (late->log, 0);
  tide_websocket_manager_tell_all (sessions.manager, "news", "{\"n\":1}");
  deliver ("first");
  fake_assert_log (plain->log,
                   "> {\"type\":\"news\",\"data\":{\"n\":1}}\n"
                   "> {\"type\":\"first\",\"data\":{\"x\":1,\"y\":2}}\n");
  g_assert_true (g_str_has_prefix (anna->log->str,
                                   "> 42[\"news\",{\"n\":1}]\n> 42[\"event_batch\","));
  fake_assert_log (late->log, "");
  g_assert_cmpuint (sessions.counters.deliveries, ==, 2);
  fake_transport_end (plain);
  fake_transport_free (plain);
  fake_transport_end (late);
  fake_transport_free (late);
  tear_down (anna);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-greeting/old", test_old);
  g_test_add_func ("/sessions/session-greeting/middle", test_middle);
  g_test_add_func ("/sessions/session-greeting/newest", test_newest);
  g_test_add_func ("/sessions/session-greeting/bad", test_bad);
  g_test_add_func ("/sessions/session-greeting/connect", test_connect);
  g_test_add_func ("/sessions/session-greeting/notice", test_notice);
  g_test_add_func ("/sessions/session-greeting/tell-all", test_tell_all);
  return g_test_run ();
}
