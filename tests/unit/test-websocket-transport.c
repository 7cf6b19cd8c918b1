/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-websocket-transport.h"

#include "raw-websocket.h"
#include "socket-harness.h"

#define MAX_PAYLOAD_BYTES 4000
#define OUTBOX_HARD_BYTES 60000

#define FIN 0x80

static SocketHarness harness;

/* The sessions above, and a browser below. */
typedef struct
{
  TideUserTable *users;
  TideWebSocketManager *manager;
  TideWebSocketLimits limits;
  TideSocket *socket;    /* (owned) */
  guint64 connection_id; /* of the last one opened */
  RawWebSocket browser;
} Fixture;

static Fixture fixture;

static void
turn (void)
{
  socket_harness_turn (&harness, 12);
  raw_websocket_take (&fixture.browser);
}

static void
advance (gint64 ms)
{
  socket_harness_advance (&harness, ms);
  raw_websocket_take (&fixture.browser);
}

static TideConnection *
get_connection (void)
{
  return tide_websocket_manager_get_connection (fixture.manager, fixture.connection_id);
}

/* @early: what the browser sent together with its handshake */
static void
open_with (const char *early, gsize n_early, int buffer_bytes)
{
  g_autoptr (GIOStream) stream = NULL;
  g_autoptr (GArray) ids = NULL;
  int peer;

  fixture.socket =
      tide_socket_ref (socket_harness_connect (&harness, buffer_bytes, &peer));
  raw_websocket_init (&fixture.browser, peer);
  stream = tide_stream_new (fixture.socket);
  if (n_early > 0)
    tide_socket_unread (fixture.socket, (const guint8 *) early, n_early);
  tide_websocket_transport_start (
      TIDE_STREAM (stream), fixture.manager, &fixture.limits, TIDE_WIRE_PLAIN, "anna");
  ids = tide_websocket_manager_get_user_connections (fixture.manager, "anna");
  fixture.connection_id = g_array_index (ids, guint64, 0);
}

static void
set_up_with (const char *early, gsize n_early, int buffer_bytes)
{
  TideSessionSettings settings = {
    .protocol = { .ping_interval_us = 100 * G_USEC_PER_SEC,
                  .ping_timeout_us = 4 * G_USEC_PER_SEC,
                  .connect_timeout_us = 20 * G_USEC_PER_SEC,
                  .max_payload_bytes = MAX_PAYLOAD_BYTES },
  };

  socket_harness_init (&harness);
  memset (&fixture, 0, sizeof fixture);
  fixture.limits = (TideWebSocketLimits){ OUTBOX_HARD_BYTES, MAX_PAYLOAD_BYTES };
  fixture.users = tide_user_table_new ();
  fixture.manager = tide_websocket_manager_new (
      fixture.users, harness.wheel, &harness.counters, &settings);
  open_with (early, n_early, buffer_bytes);
}

static void
set_up (void)
{
  set_up_with (NULL, 0, 0);
  turn ();
  g_assert_true (
      g_str_has_prefix (fixture.browser.log->str, "> {\"type\":\"connected\""));
  g_string_truncate (fixture.browser.log, 0);
}

/* By now both sides are through with each other, and nothing of it is left. */
static void
tear_down (void)
{
  raw_websocket_clear (&fixture.browser);
  socket_harness_turn (&harness, 12);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  socket_harness_advance (&harness, 8000);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  g_assert_cmpuint (fixture.socket->n_refs, ==, 1);
  g_assert_cmpuint (harness.counters.deliveries,
                    ==,
                    harness.counters.deliveries_taken +
                        harness.counters.deliveries_discarded);
  tide_socket_unref (fixture.socket);
  g_object_unref (fixture.manager);
  tide_user_table_free (fixture.users);
  socket_harness_clear (&harness);
}

static guint
deliver (const char *payload)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "tick", NULL, TIDE_AUDIENCE_EVERYONE);
  TideEvent *event = tide_event_new (route, payload, strlen (payload), NULL, 0, 0);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);

  tide_event_unref (event);
  return tide_websocket_manager_deliver_room (fixture.manager, batch, "user_anna");
}

static void
test_talk (void)
{
  g_test_summary ("Messages go up, answers and events come down, in order");

  set_up ();
  raw_websocket_send_text (&fixture.browser, "{\"type\":\"ping\",\"id\":1}");
  turn ();
  raw_websocket_assert_log (&fixture.browser, "> {\"type\":\"pong\",\"id\":1}\n");
  g_assert_cmpuint (deliver ("{\"n\":1}"), ==, 1);
  g_assert_cmpuint (deliver ("{\"n\":2}"), ==, 1);
  turn ();
  raw_websocket_assert_log (&fixture.browser,
                            "> {\"type\":\"tick\",\"data\":{\"n\":1}}\n"
                            "> {\"type\":\"tick\",\"data\":{\"n\":2}}\n");
  g_assert_cmpuint (harness.counters.deliveries_taken, ==, 2);
  tear_down ();
  g_assert_cmpuint (harness.counters.connections_closed_protocol, ==, 0);
}

static void
test_fragments (void)
{
  g_test_summary ("A message in fragments, with a ping in between, is one message");

  set_up ();
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_TEXT, "{\"type\":", 8);
  turn ();
  raw_websocket_send (&fixture.browser, FIN | TIDE_WEBSOCKET_PING, "hi", 2);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "[a] hi\n");
  raw_websocket_send (
      &fixture.browser, FIN | TIDE_WEBSOCKET_CONTINUATION, "\"ping\"}", 7);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "> {\"type\":\"pong\"}\n");
  tear_down ();
}

static void
test_byte_by_byte (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("Bytes that come one by one are a message all the same");

  set_up ();
  raw_websocket_append_frame (bytes,
                              FIN | TIDE_WEBSOCKET_TEXT,
                              "{\"type\":\"ping\"}",
                              strlen ("{\"type\":\"ping\"}"));
  for (guint i = 0; i < bytes->len; i++)
    {
      raw_websocket_send_bytes (&fixture.browser, bytes->data + i, 1);
      turn ();
    }
  raw_websocket_assert_log (&fixture.browser, "> {\"type\":\"pong\"}\n");
  tear_down ();
}

static void
test_client_closes (void)
{
  g_test_summary ("A client's close is answered with its code, and nothing follows");

  set_up ();
  raw_websocket_send_close (&fixture.browser, 4567);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "[close 4567] \nend\n");
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (deliver ("{}"), ==, 0);
  tear_down ();
  g_assert_cmpuint (harness.counters.connections_closed_protocol, ==, 0);
}

static void
test_client_vanishes (void)
{
  g_test_summary ("A client that ends without a close frame is forgotten at once");

  set_up ();
  shutdown (fixture.browser.fd, SHUT_WR);
  turn ();
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  raw_websocket_assert_log (&fixture.browser, "end\n");
  tear_down ();
  g_assert_cmpuint (harness.counters.connections_closed_protocol, ==, 0);
}

static void
test_we_close (void)
{
  g_test_summary ("Our close has its code and reason, and nothing of ours follows it");

  set_up ();
  deliver ("{\"n\":1}");
  tide_connection_close (get_connection (), TIDE_CLOSE_REFUSED, "log in first");
  g_assert_cmpuint (deliver ("{\"n\":2}"), ==, 0);
  turn ();
  raw_websocket_assert_log (
      &fixture.browser,
      "> {\"type\":\"tick\",\"data\":{\"n\":1}}\n[close 4003] log in first\n");
  /* Its pings are not answered any more. */
  raw_websocket_send (&fixture.browser, FIN | TIDE_WEBSOCKET_PING, "hi", 2);
  raw_websocket_send_text (&fixture.browser, "{\"type\":\"ping\"}");
  turn ();
  raw_websocket_assert_log (&fixture.browser, "");
  raw_websocket_send_close (&fixture.browser, 4003);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "end\n");
  tear_down ();
}

static void
test_close_amid_input (void)
{
  g_autofree char *text = g_strnfill (3000, ' ');

  g_test_summary ("A client that is closed while it sends much still ends cleanly");

  set_up ();
  tide_connection_close (get_connection (), TIDE_CLOSE_SHUTDOWN, "bye");
  for (guint i = 0; i < 20; i++)
    raw_websocket_send_text (&fixture.browser, text);
  raw_websocket_send_close (&fixture.browser, 1001);
  for (guint i = 0; i < 20; i++)
    turn ();
  raw_websocket_assert_log (&fixture.browser, "[close 1001] bye\nend\n");
  tear_down ();
}

static void
test_close_unanswered (void)
{
  g_test_summary ("A client that does not answer our close is cut off after 5 s");

  set_up ();
  tide_connection_close (get_connection (), TIDE_CLOSE_TIMEOUT, "ping timeout");
  turn ();
  raw_websocket_assert_log (&fixture.browser, "[close 4001] ping timeout\n");
  advance (4990);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 1);
  raw_websocket_assert_log (&fixture.browser, "");
  advance (14);
  raw_websocket_assert_log (&fixture.browser, "end\n");
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  tear_down ();
}

static void
test_close_all_codes (void)
{
  static const struct
  {
    TideCloseReason reason;
    const char *expected;
  } cases[] = {
    { TIDE_CLOSE_CLIENT, "[close 1000] x\n" },
    { TIDE_CLOSE_TIMEOUT, "[close 4001] x\n" },
    { TIDE_CLOSE_PROTOCOL, "[close 1002] x\n" },
    { TIDE_CLOSE_TOO_LARGE, "[close 1009] x\n" },
    { TIDE_CLOSE_SLOW, "[close 4002] x\n" },
    { TIDE_CLOSE_REFUSED, "[close 4003] x\n" },
    { TIDE_CLOSE_SHUTDOWN, "[close 1001] x\n" },
  };

  g_test_summary ("Every reason reaches the client as its code");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      set_up ();
      tide_connection_close (get_connection (), cases[i].reason, "x");
      turn ();
      raw_websocket_assert_log (&fixture.browser, cases[i].expected);
      tear_down ();
    }
}

static void
test_longest_reason (void)
{
  g_autofree char *text = g_strnfill (123, 'x');
  g_autofree char *expected = g_strdup_printf ("[close 4003] %s\n", text);

  g_test_summary ("A reason of 123 bytes arrives whole");

  set_up ();
  tide_connection_close (get_connection (), TIDE_CLOSE_REFUSED, text);
  turn ();
  raw_websocket_assert_log (&fixture.browser, expected);
  tear_down ();
}

/* --- broken and hostile clients --- */

static void
test_broken_frames (void)
{
  static const struct
  {
    const char *what;
    guint8 bytes[16];
    gsize n_bytes;
    const char *expected;
  } cases[] = {
    { "not masked", { 0x81, 1, 'x' }, 3, "[close 1002] \nend\n" },
    { "reserved bit", { 0xc1, 0x81, 0, 0, 0, 0, 'x' }, 7, "[close 1002] \nend\n" },
    { "unknown data", { 0x83, 0x81, 0, 0, 0, 0, 'x' }, 7, "[close 1002] \nend\n" },
    { "unknown control", { 0x8b, 0x80, 0, 0, 0, 0 }, 6, "[close 1002] \nend\n" },
    { "fragmented ping", { 0x09, 0x80, 0, 0, 0, 0 }, 6, "[close 1002] \nend\n" },
    { "nothing to continue", { 0x80, 0x80, 0, 0, 0, 0 }, 6, "[close 1002] \nend\n" },
    { "length too long", { 0x81, 0xfe, 0, 5 }, 4, "[close 1002] \nend\n" },
    { "not UTF-8", { 0x81, 0x81, 0, 0, 0, 0, 0xff }, 7, "[close 1007] \nend\n" },
    { "code of one byte", { 0x88, 0x81, 0, 0, 0, 0, 3 }, 7, "[close 1002] \nend\n" },
    { "reserved code",
      { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed },
      8,
      "[close 1002] \nend\n" },
  };

  g_test_summary ("Frames that break RFC 6455 end the connection, and count as such");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].what);
      set_up ();
      raw_websocket_send_bytes (&fixture.browser, cases[i].bytes, cases[i].n_bytes);
      turn ();
      raw_websocket_assert_log (&fixture.browser, cases[i].expected);
      g_assert_cmpuint (harness.counters.connections, ==, 0);
      g_assert_cmpuint (harness.counters.connections_closed_protocol, <=, 1);
      tear_down ();
    }
}

static void
assert_too_large (void)
{
  turn ();
  raw_websocket_assert_log (&fixture.browser,
                            "[close 1009] the message is over max-payload-bytes\nend\n");
  g_assert_cmpuint (harness.counters.connections_closed_protocol, ==, 1);
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (MAX_PAYLOAD_BYTES + 1, ' ');

  g_test_summary ("A message over the limit is refused as soon as its header comes");

  set_up ();
  raw_websocket_send (
      &fixture.browser, FIN | TIDE_WEBSOCKET_TEXT, text, MAX_PAYLOAD_BYTES);
  turn ();
  g_assert_nonnull (strstr (fixture.browser.log->str, "bad_payload"));
  g_string_truncate (fixture.browser.log, 0);
  raw_websocket_send_bytes (&fixture.browser, "\x81\xfe\x0f\xa1\0\0\0\0", 8);
  assert_too_large ();
  tear_down ();
}

static void
test_too_large_in_fragments (void)
{
  g_autofree char *text = g_strnfill (500, ' ');

  g_test_summary ("A message over the limit in many fragments is refused");

  set_up ();
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_TEXT, text, 500);
  for (guint i = 0; i < 7; i++)
    raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_CONTINUATION, text, 500);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "");
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_CONTINUATION, text, 1);
  assert_too_large ();
  tear_down ();
}

static void
test_too_many_fragments (void)
{
  g_test_summary ("A message of empty fragments without end is refused");

  set_up ();
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_TEXT, "", 0);
  for (guint i = 0; i < 1024; i++)
    {
      raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_CONTINUATION, "", 0);
      turn ();
    }
  assert_too_large ();
  tear_down ();
}

static void
test_early (void)
{
  g_autoptr (GByteArray) early = g_byte_array_new ();
  static const char text[] = "{\"type\":\"ping\",\"id\":1}";

  g_test_summary ("What was sent together with the handshake is not lost");

  raw_websocket_append_frame (early, FIN | TIDE_WEBSOCKET_TEXT, text, sizeof text - 1);
  raw_websocket_append_frame (early, FIN | TIDE_WEBSOCKET_TEXT, text, sizeof text - 1);
  set_up_with ((const char *) early->data, early->len - 5, 0);
  turn ();
  raw_websocket_send_bytes (&fixture.browser, early->data + early->len - 5, 5);
  turn ();
  g_assert_true (g_str_has_suffix (fixture.browser.log->str,
                                   "}\n> {\"type\":\"pong\",\"id\":1}\n"
                                   "> {\"type\":\"pong\",\"id\":1}\n"));
  tear_down ();
}

static void
test_early_is_measured (void)
{
  g_autofree char *text = g_strnfill (MAX_PAYLOAD_BYTES, ' ');
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("A message that begins with the handshake meets the limit, too");

  raw_websocket_append_frame (bytes, TIDE_WEBSOCKET_TEXT, text, MAX_PAYLOAD_BYTES);
  set_up_with ((const char *) bytes->data, 100, 0);
  turn ();
  g_string_truncate (fixture.browser.log, 0);
  raw_websocket_send_bytes (&fixture.browser, bytes->data + 100, bytes->len - 100);
  turn ();
  raw_websocket_assert_log (&fixture.browser, "");
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_CONTINUATION, text, 1);
  assert_too_large ();
  tear_down ();
}

/* --- slow readers --- */

static void
test_slow (void)
{
  g_autofree char *payload = g_strnfill (5000, ' ');

  g_test_summary ("Over the hard limit a client is closed, and what it loses is counted");

  set_up_with (NULL, 0, 4096);
  socket_harness_turn (&harness, 4);
  memcpy (payload, "{}", 2);
  for (guint i = 0; i < 20; i++)
    {
      deliver (payload);
      socket_harness_turn (&harness, 1);
      g_assert_cmpuint (fixture.socket->outbox.n_bytes, <=, OUTBOX_HARD_BYTES);
    }
  g_assert_cmpuint (harness.counters.deliveries, <, 20);
  socket_harness_advance (&harness, 4);
  g_assert_cmpuint (harness.counters.connections_closed_slow, ==, 1);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  socket_harness_advance (&harness, 5004);
  g_assert_cmpuint (harness.counters.deliveries_discarded, >, 5);
  g_assert_cmpuint (harness.counters.deliveries_taken +
                        harness.counters.deliveries_discarded,
                    ==,
                    harness.counters.deliveries);
  tear_down ();
}

static void
test_slow_but_reads (void)
{
  g_autofree char *payload = g_strnfill (5000, ' ');

  g_test_summary ("A client that was too slow and reads on learns why it is closed");

  set_up_with (NULL, 0, 4096);
  memcpy (payload, "{}", 2);
  for (guint i = 0; i < 20; i++)
    deliver (payload);
  socket_harness_advance (&harness, 4);
  for (guint i = 0; i < 200; i++)
    turn ();
  g_assert_true (g_str_has_suffix (fixture.browser.log->str,
                                   "[close 4002] the client reads too slowly\n"));
  g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 0);
  tear_down ();
}

static void
test_ping_flood (void)
{
  char text[125];
  gsize max_bytes = 0;

  g_test_summary ("A client that sends pings and reads nothing meets the hard limit");

  memset (text, 'x', sizeof text);
  set_up_with (NULL, 0, 4096);
  for (guint i = 0; i < 3000 && harness.counters.connections > 0; i++)
    {
      raw_websocket_send (&fixture.browser, FIN | TIDE_WEBSOCKET_PING, text, sizeof text);
      socket_harness_turn (&harness, 3);
      max_bytes = MAX (max_bytes, fixture.socket->outbox.n_bytes);
    }
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (harness.counters.connections_closed_slow, ==, 1);
  g_assert_cmpuint (max_bytes, <, OUTBOX_HARD_BYTES + 10000);
  tear_down ();
}

/* --- the end --- */

/* @user_data: whether we had begun to close it */
static void
test_reactor_ends (gconstpointer user_data)
{
  g_test_summary ("What is open when the reactor ends is freed with it");

  set_up ();
  if (GPOINTER_TO_INT (user_data))
    tide_websocket_manager_close_all (fixture.manager, TIDE_CLOSE_SHUTDOWN);
  socket_harness_clear (&harness);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (fixture.socket->n_refs, ==, 1);
  tide_socket_unref (fixture.socket);
  g_object_unref (fixture.manager);
  tide_user_table_free (fixture.users);
  raw_websocket_clear (&fixture.browser);
}

/* Sends what the socket has room for, if it is still there. */
static void
try_send (guint8 first, const char *text)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  raw_websocket_append_frame (frame, first, text, strlen (text));
  if (send (fixture.browser.fd, frame->data, frame->len, MSG_NOSIGNAL) < 0)
    g_assert_true (errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
}

static void
test_random (void)
{
  static const char *const texts[] = { "{\"type\":\"ping\"}", "{}", "", "x" };

  g_test_summary (
      "Whatever both sides do at random, all of it ends and is accounted for");

  for (guint seed = 0; seed < 300; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

      set_up_with (NULL, 0, seed % 2 == 0 ? 0 : 4096);
      for (guint i = 0; i < 60 && !fixture.browser.has_ended; i++)
        {
          const char *text = texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))];
          guint8 first = g_rand_int_range (rand, 0, 40) == 0 ? g_rand_int (rand)
                                                             : FIN | TIDE_WEBSOCKET_TEXT;

          switch (g_rand_int_range (rand, 0, 60))
            {
            case 0:
              try_send (FIN | TIDE_WEBSOCKET_CLOSE, "");
              break;
            case 1:
              if (get_connection () != NULL)
                tide_connection_close (get_connection (), TIDE_CLOSE_REFUSED, "x");
              break;
            case 2:
              shutdown (fixture.browser.fd, SHUT_WR);
              i = 60;
              break;
            case 3:
              tide_socket_abort (fixture.socket);
              break;
            default:
              if (g_rand_boolean (rand))
                deliver ("{\"n\":1}");
              else
                try_send (first, text);
              break;
            }
          socket_harness_turn (&harness, g_rand_int_range (rand, 0, 3));
          if (g_rand_boolean (rand))
            raw_websocket_take (&fixture.browser);
        }
      tear_down ();
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/websocket-transport/talk", test_talk);
  g_test_add_func ("/server/websocket-transport/fragments", test_fragments);
  g_test_add_func ("/server/websocket-transport/byte-by-byte", test_byte_by_byte);
  g_test_add_func ("/server/websocket-transport/client-closes", test_client_closes);
  g_test_add_func ("/server/websocket-transport/client-vanishes", test_client_vanishes);
  g_test_add_func ("/server/websocket-transport/we-close", test_we_close);
  g_test_add_func ("/server/websocket-transport/close-amid-input", test_close_amid_input);
  g_test_add_func ("/server/websocket-transport/close-unanswered", test_close_unanswered);
  g_test_add_func ("/server/websocket-transport/close-codes", test_close_all_codes);
  g_test_add_func ("/server/websocket-transport/longest-reason", test_longest_reason);
  g_test_add_func ("/server/websocket-transport/broken-frames", test_broken_frames);
  g_test_add_func ("/server/websocket-transport/too-large", test_too_large);
  g_test_add_func ("/server/websocket-transport/too-large-in-fragments",
                   test_too_large_in_fragments);
  g_test_add_func ("/server/websocket-transport/too-many-fragments",
                   test_too_many_fragments);
  g_test_add_func ("/server/websocket-transport/early", test_early);
  g_test_add_func ("/server/websocket-transport/early-is-measured",
                   test_early_is_measured);
  g_test_add_func ("/server/websocket-transport/slow", test_slow);
  g_test_add_func ("/server/websocket-transport/slow-but-reads", test_slow_but_reads);
  g_test_add_func ("/server/websocket-transport/ping-flood", test_ping_flood);
  g_test_add_data_func (
      "/server/websocket-transport/reactor-ends", GINT_TO_POINTER (0), test_reactor_ends);
  g_test_add_data_func ("/server/websocket-transport/reactor-ends-amid-close",
                        GINT_TO_POINTER (1),
                        test_reactor_ends);
  g_test_add_func ("/server/websocket-transport/random", test_random);
  return g_test_run ();
}
