/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-harness.h"

/* Clients that break the rules, send too much, or read too slowly. */

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
    { "not masked", { 0x81, 1, 'x' }, 3, "[close 1002] a frame is not masked\nend\n" },
    { "reserved bit",
      { 0xc1, 0x81, 0, 0, 0, 0, 'x' },
      7,
      "[close 1002] a reserved bit is set\nend\n" },
    { "unknown data",
      { 0x83, 0x81, 0, 0, 0, 0, 'x' },
      7,
      "[close 1002] unknown opcode\nend\n" },
    { "unknown control",
      { 0x8b, 0x80, 0, 0, 0, 0 },
      6,
      "[close 1002] unknown opcode\nend\n" },
    { "fragmented ping",
      { 0x09, 0x80, 0, 0, 0, 0 },
      6,
      "[close 1002] a control frame in fragments\nend\n" },
    { "nothing to continue",
      { 0x80, 0x80, 0, 0, 0, 0 },
      6,
      "[close 1002] a continuation of nothing\nend\n" },
    { "length too long",
      { 0x81, 0xfe, 0, 5, 0, 0, 0, 0 },
      8,
      "[close 1002] a length takes more bytes than it needs\nend\n" },
    { "not UTF-8",
      { 0x81, 0x81, 0, 0, 0, 0, 0xff },
      7,
      "[close 1007] a text is no UTF-8\nend\n" },
    { "code of one byte",
      { 0x88, 0x81, 0, 0, 0, 0, 3 },
      7,
      "[close 1002] no good close code\nend\n" },
    { "reserved code",
      { 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed },
      8,
      "[close 1002] no good close code\nend\n" },
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
      g_assert_cmpuint (harness.counters.connections_closed_protocol, ==, 1);
      tear_down ();
    }
}

static void
assert_too_large (const char *reason)
{
  g_autofree char *expected = g_strdup_printf ("[close 1009] %s\nend\n", reason);

  turn ();
  raw_websocket_assert_log (&fixture.browser, expected);
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
  assert_too_large ("the message is over max-payload-bytes");
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
  assert_too_large ("the message is over max-payload-bytes");
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
  assert_too_large ("the message has too many fragments");
  tear_down ();
}

static void
assert_unfinished (void)
{
  raw_websocket_assert_log (&fixture.browser,
                            "[close 1008] a message was not complete in time\n");
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (harness.counters.connections_closed_unfinished, ==, 1);
  /* It does not answer the close frame either. */
  advance (6000);
  g_assert_cmpint (fixture.socket->mode, ==, TIDE_SOCKET_CLOSED);
}

static void
test_unfinished (void)
{
  static const struct
  {
    const char *bytes;
    gsize n_bytes;
  } beginnings[] = {
    { "\x81", 1 },                        /* half a header */
    { "\x89\x81\0\0\0", 5 },              /* a ping's */
    { "\x81\x85\0\0\0\0ab", 8 },          /* half a text */
    { "\x01\x82\0\0\0\0ab", 8 },          /* the first fragment */
    { "\x01\x80\0\0\0\0", 6 },            /* an empty one */
    { "\x81\x82\0\0\0\0ab\x81\x85", 10 }, /* behind a whole message */
  };

  g_test_summary ("A message or frame that is not complete in time ends with 1008");

  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      set_up ();
      fixture.limits.message_timeout_us = 3 * G_USEC_PER_SEC;
      advance (10000);
      raw_websocket_send_bytes (
          &fixture.browser, beginnings[i].bytes, beginnings[i].n_bytes);
      turn ();
      advance (2900);
      g_assert_cmpuint (harness.counters.connections, ==, 1);
      g_string_truncate (fixture.browser.log, 0);
      advance (200);
      assert_unfinished ();
      tear_down ();
    }
}

static void
test_unfinished_drips (void)
{
  g_test_summary ("Neither drops of it nor pings between give a message more time");

  set_up ();
  fixture.limits.message_timeout_us = 3 * G_USEC_PER_SEC;
  raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_TEXT, "", 0);
  for (guint i = 0; i < 5; i++)
    {
      turn ();
      advance (580);
      raw_websocket_send (&fixture.browser, TIDE_WEBSOCKET_CONTINUATION, " ", 1);
      raw_websocket_send (&fixture.browser, FIN | TIDE_WEBSOCKET_PING, "", 0);
    }
  turn ();
  g_assert_cmpuint (harness.counters.connections, ==, 1);
  g_string_truncate (fixture.browser.log, 0);
  advance (200);
  assert_unfinished ();
  tear_down ();
}

static void
test_finished_in_time (void)
{
  g_test_summary ("Each message has a time of its own, and none is timed between them");

  set_up ();
  fixture.limits.message_timeout_us = 3 * G_USEC_PER_SEC;
  for (guint i = 0; i < 5; i++)
    {
      /* A whole one ends, and the next begins, in the same bytes. */
      raw_websocket_send_bytes (&fixture.browser, "\x81\x81\0\0", 4);
      turn ();
      advance (2000);
      raw_websocket_send_bytes (&fixture.browser, "\0\0 \x81\x81\0", 6);
      turn ();
      advance (2000);
      raw_websocket_send_bytes (&fixture.browser, "\0\0\0 ", 4);
      turn ();
      advance (7000);
    }
  g_assert_cmpuint (harness.counters.connections, ==, 1);
  g_assert_cmpuint (harness.counters.messages_received, ==, 10);
  g_assert_cmpuint (harness.counters.connections_closed_unfinished, ==, 0);
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
  assert_too_large ("the message is over max-payload-bytes");
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

#define SOFT_BYTES 10000

/* Gives a client twice the soft limit in one batch. */
static void
deliver_full_batch (int buffer_bytes)
{
  const TideSessionSettings settings = { .outbox_soft_bytes = SOFT_BYTES };
  g_autofree char *payload = g_strnfill (2 * SOFT_BYTES, ' ');

  set_up_with (NULL, 0, buffer_bytes);
  turn ();
  tide_websocket_manager_reload (fixture.manager, &settings);
  memcpy (payload, "{}", 2);
  deliver (payload);
  g_assert_cmpuint (fixture.socket->outbox.n_bytes, >, 2 * SOFT_BYTES);
  g_assert_cmpuint (harness.counters.slow_users, ==, 0);
  socket_harness_turn (&harness, 1);
}

static void
test_full_batch (void)
{
  g_test_summary ("A full batch is written at the end of the turn; who does not take it "
                  "then is slow until it has read");

  deliver_full_batch (0);
  g_assert_cmpuint (fixture.socket->outbox.n_bytes, ==, 0);
  g_assert_cmpuint (harness.counters.slow_users, ==, 0);
  tear_down ();
  deliver_full_batch (4096);
  g_assert_cmpuint (fixture.socket->outbox.n_bytes, >, SOFT_BYTES);
  g_assert_cmpuint (harness.counters.slow_users, ==, 1);
  for (guint i = 0; i < 50; i++)
    turn ();
  g_assert_cmpuint (fixture.socket->outbox.n_bytes, ==, 0);
  g_assert_cmpuint (harness.counters.slow_users, ==, 0);
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
  g_assert_cmpuint (harness.counters.deliveries_discarded, >, 0);
  g_assert_cmpuint (harness.counters.books[TIDE_CLASS_CONFLATE].dropped_slow,
                    ==,
                    harness.counters.deliveries_discarded);
  tear_down ();
}

/* What came back to the stages above: how many events. */
static guint64
count_returned (const TideCounters *counters)
{
  const TideBook *book = &counters->books[TIDE_CLASS_LOSSLESS];

  return book->offered - book->delivered - book->dropped_left - book->dropped_slow;
}

static guint
deliver_lossless (const char *payload)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "tick", NULL, TIDE_AUDIENCE_EVERYONE);
  g_autoptr (TideEvent) event =
      tide_event_new (route, payload, strlen (payload), NULL, 0, 0);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);
  guint n = deliver_batch (batch);

  harness.counters.books[TIDE_CLASS_LOSSLESS].offered += n;
  return n;
}

static void
test_slow_lossless (void)
{
  g_autofree char *payload = g_strnfill (5000, ' ');
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const guint8 *cursor;
  TideWebSocketOpcode opcode;
  TideSpan message;
  guint n_seen = 0;

  g_test_summary ("A lossless event is seen by the client, or goes back, but never both");

  set_up_with (NULL, 0, 4096);
  memcpy (payload, "{}", 2);
  for (guint i = 0; i < 20; i++)
    deliver_lossless (payload);
  socket_harness_advance (&harness, 4);
  g_assert_cmpuint (harness.counters.connections_closed_slow, ==, 1);
  for (guint i = 0; i < 200; i++)
    {
      peer_read (fixture.browser.fd, G_MAXSIZE, bytes);
      socket_harness_turn (&harness, 1);
    }
  cursor = bytes->data;
  while (tide_websocket_frame_next (&cursor, bytes->data + bytes->len, &opcode, &message))
    n_seen += opcode == TIDE_WEBSOCKET_TEXT;
  /* The first message is the greeting, and half a message comes last. */
  g_assert_cmpuint (
      n_seen, ==, 1 + harness.counters.books[TIDE_CLASS_LOSSLESS].delivered);
  g_assert_true (cursor < bytes->data + bytes->len);
  g_assert_cmpuint (count_returned (&harness.counters), >, 5);
  raw_websocket_clear (&fixture.browser);
  raw_websocket_init (&fixture.browser, -1);
  tear_down ();
}

static void
test_broken (void)
{
  g_test_summary ("What is written to a client that has gone goes back");

  set_up ();
  deliver_lossless ("{\"n\":1}");
  turn ();
  raw_websocket_clear (&fixture.browser);
  deliver_lossless ("{\"n\":2}");
  deliver_lossless ("{\"n\":3}");
  socket_harness_turn (&harness, 12);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (harness.counters.books[TIDE_CLASS_LOSSLESS].delivered, ==, 1);
  g_assert_cmpuint (count_returned (&harness.counters), ==, 2);
  g_assert_cmpuint (harness.counters.books[TIDE_CLASS_LOSSLESS].in_outboxes, ==, 0);
  raw_websocket_init (&fixture.browser, -1);
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

static void
test_control_flood (void)
{
  static const TideWebSocketOpcode opcodes[] = { TIDE_WEBSOCKET_PING,
                                                 TIDE_WEBSOCKET_PONG };

  g_test_summary ("Pings and pongs without end are a flood like any other");

  for (gsize i = 0; i < G_N_ELEMENTS (opcodes); i++)
    {
      TideSessionSettings settings = { .client_events_per_second = 5 };

      set_up ();
      tide_websocket_manager_reload (fixture.manager, &settings);
      for (guint j = 0; j < 20; j++)
        raw_websocket_send (&fixture.browser, FIN | opcodes[i], "", 0);
      turn ();
      g_assert_cmpuint (harness.counters.connections, ==, 1);
      raw_websocket_send (&fixture.browser, FIN | opcodes[i], "", 0);
      turn ();
      g_assert_cmpuint (harness.counters.connections, ==, 0);
      g_assert_nonnull (
          strstr (fixture.browser.log->str, "[close 1008] too_many_events"));
      g_assert_cmpuint (harness.counters.messages_over_rate, ==, 11);
      tear_down ();
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/websocket-transport-limits/control-flood",
                   test_control_flood);
  g_test_add_func ("/server/websocket-transport-limits/broken-frames",
                   test_broken_frames);
  g_test_add_func ("/server/websocket-transport-limits/too-large", test_too_large);
  g_test_add_func ("/server/websocket-transport-limits/too-large-in-fragments",
                   test_too_large_in_fragments);
  g_test_add_func ("/server/websocket-transport-limits/too-many-fragments",
                   test_too_many_fragments);
  g_test_add_func ("/server/websocket-transport-limits/unfinished", test_unfinished);
  g_test_add_func ("/server/websocket-transport-limits/unfinished-drips",
                   test_unfinished_drips);
  g_test_add_func ("/server/websocket-transport-limits/finished-in-time",
                   test_finished_in_time);
  g_test_add_func ("/server/websocket-transport-limits/early", test_early);
  g_test_add_func ("/server/websocket-transport-limits/early-is-measured",
                   test_early_is_measured);
  g_test_add_func ("/server/websocket-transport-limits/slow", test_slow);
  g_test_add_func ("/server/websocket-transport-limits/full-batch", test_full_batch);
  g_test_add_func ("/server/websocket-transport-limits/slow-but-reads",
                   test_slow_but_reads);
  g_test_add_func ("/server/websocket-transport-limits/slow-lossless",
                   test_slow_lossless);
  g_test_add_func ("/server/websocket-transport-limits/broken", test_broken);
  g_test_add_func ("/server/websocket-transport-limits/ping-flood", test_ping_flood);
  return g_test_run ();
}
