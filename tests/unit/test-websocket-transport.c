/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transport-harness.h"

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
  g_test_add_data_func (
      "/server/websocket-transport/reactor-ends", GINT_TO_POINTER (0), test_reactor_ends);
  g_test_add_data_func ("/server/websocket-transport/reactor-ends-amid-close",
                        GINT_TO_POINTER (1),
                        test_reactor_ends);
  g_test_add_func ("/server/websocket-transport/random", test_random);
  return g_test_run ();
}
