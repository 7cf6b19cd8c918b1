/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-protocol-host.h"

#define ONE "{\"_placeholder\":true,\"num\":0}"
#define TWO "{\"_placeholder\":true,\"num\":1}"

/* A host that wants raw events, in / and /custom. */
static void
init_raw (FakeHost *host)
{
  fake_host_init (host, TIDE_WIRE_SOCKETIO);
  host->funcs.raw = fake_host_raw_funcs;
  fake_host_receive_text (host, "40");
  fake_host_receive_text (host, "40/custom,");
  g_string_truncate (host->log, 0);
}

static void
test_joined (void)
{
  FakeHost host;

  g_test_summary ("The host gets the payload of CONNECT, after the answer");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  host.funcs.raw = fake_host_raw_funcs;
  host.echoes = TRUE;
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "40{\"token\": 1}");
  fake_host_assert_log (&host,
                        "> 40{\"sid\":\"socket\"}\nready\njoined / {\"token\": 1}\n"
                        "> 42[\"auth\",{\"token\": 1}]\n");
  fake_host_receive_text (&host, "40/custom,");
  g_assert_nonnull (
      strstr (host.log->str, "\njoined /custom {}\n> 42/custom,[\"auth\",{}]\n"));
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "40/unknown,");
  fake_host_assert_log (&host, "> 44/unknown,{\"message\":\"Invalid namespace\"}\n");
  fake_host_clear (&host);
}

static void
test_events (void)
{
  static const struct
  {
    const char *packet;
    const char *log;
  } cases[] = {
    { "42[\"a\"]", "event / a \n" },
    { "42[\"a\",1,\"2\",{\"3\":[true]}]", "event / a 1,\"2\",{\"3\":[true]}\n" },
    { "42[ \"a\" , 1 ] ", "event / a  1 \n" },
    { "42[\"a\",[\"]\"]]\n", "event / a [\"]\"]\n" },
    { "4212[\"a\",null]", "event / a #12 null\n" },
    { "42/custom,[\"a\",{}]", "event /custom a {}\n" },
    { "42/custom,3[\"a\"]", "event /custom a #3 \n" },
    { "42[5,1]", "event / 5 1\n" },
    { "42[\"\\u0061\"]", "event / a \n" },
    { "42[\"\"]", "event / - \n" },
    { "42[\"x\\u0000\"]", "event / - \n" },
    { "43/custom,3[1]", "" },
    { "433[1]", "" },
  };
  FakeHost host;

  g_test_summary ("The host gets every event as it came, and no commands");

  init_raw (&host);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fake_host_receive_text (&host, cases[i].packet);
      fake_host_assert_log (&host, cases[i].log);
    }
  fake_host_clear (&host);
}

static void
test_echo (void)
{
  FakeHost host;

  g_test_summary (
      "What came can go back as it is, as an event and as an acknowledgement");

  init_raw (&host);
  host.echoes = TRUE;
  fake_host_receive_text (&host, "42[\"a\\\"\",1,{\"b\":[]}]");
  fake_host_assert_log (&host,
                        "event / a\" 1,{\"b\":[]}\n> 42[\"a\\\"\",1,{\"b\":[]}]\n");
  fake_host_receive_text (&host, "42/custom,7[\"a\"]");
  fake_host_assert_log (&host,
                        "event /custom a #7 \n> 42/custom,7[\"a\"]\n> 43/custom,7[]\n");
  fake_host_clear (&host);
}

static void
test_binary (void)
{
  FakeHost host;

  g_test_summary ("Attachments are kept for the host and can go back");

  init_raw (&host);
  host.echoes = TRUE;
  fake_host_receive_text (&host, "452-/custom,[\"a\"," ONE ",{\"x\":" TWO "}]");
  fake_host_receive_binary (&host, 0);
  fake_host_assert_log (&host, "");
  fake_host_receive_binary (&host, 1);
  g_assert_true (g_str_has_prefix (host.log->str,
                                   "event /custom a " ONE ",{\"x\":" TWO "} +0 +1\n"
                                   "> 452-/custom,[\"a\"," ONE ",{\"x\":" TWO
                                   "}]\n> [2] \n> [2] "));
  g_assert_null (host.protocol.pending);
  g_string_truncate (host.log, 0);

  fake_host_receive_text (&host, "451-3[\"a\"," ONE "]");
  fake_host_receive_binary (&host, 0);
  fake_host_assert_log (&host,
                        "event / a #3 " ONE " +0\n> 451-3[\"a\"," ONE "]\n> [2] \n"
                        "> 461-3[" ONE "]\n> [2] \n");

  /* Attachments of an acknowledgement that nobody waits for. */
  host.echoes = FALSE;
  fake_host_receive_text (&host, "461-3[" ONE "]");
  fake_host_receive_binary (&host, 5);
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_assert_log (&host, "event / a \n");

  /* What is pending is freed at the end, and is bounded. */
  fake_host_receive_text (&host, "452-[\"a\"," ONE "," TWO "]");
  fake_host_receive_binary (&host, 600);
  fake_host_receive_binary (&host, 600);
  fake_host_assert_log (&host, "close too-large attachments too large\n");
  fake_host_clear (&host);
}

static void
test_end_from_within (void)
{
  FakeHost host;

  g_test_summary ("A host may end the connection while it echoes");

  init_raw (&host);
  host.echoes = TRUE;
  host.ends_on_send = TRUE;
  fake_host_receive_text (&host, "451-3[\"a\"," ONE "]");
  fake_host_receive_binary (&host, 0);
  fake_host_assert_log (
      &host, "event / a #3 " ONE " +0\n> 451-3[\"a\"," ONE "]\nclose slow slow\n");
  fake_host_clear (&host);
}

static void
test_not_joined (void)
{
  const TideProtocolEvent other = { .namespace = "/other", .name = "a" };
  const TideProtocolEvent unknown = { .namespace = "/unknown", .name = "a" };
  const TideProtocolEvent ack = { .namespace = "/other", .has_ack_id = TRUE };
  const TideProtocolEvent main_event = { .namespace = "/", .name = "a" };
  FakeHost host;

  g_test_summary ("Nothing goes out where the client is not");

  init_raw (&host);
  tide_protocol_send_raw_event (&host.protocol, &other);
  tide_protocol_send_raw_event (&host.protocol, &unknown);
  tide_protocol_send_raw_ack (&host.protocol, &ack);
  tide_protocol_send_raw_message (&host.protocol, "x", 1, TRUE);
  fake_host_assert_log (&host, "");
  tide_protocol_send_raw_event (&host.protocol, &main_event);
  fake_host_assert_log (&host, "> 42[\"a\"]\n");
  fake_host_clear (&host);

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  g_string_truncate (host.log, 0);
  tide_protocol_send_raw_event (&host.protocol, &main_event);
  fake_host_assert_log (&host, "");
  fake_host_clear (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/socketio-raw/joined", test_joined);
  g_test_add_func ("/protocol/socketio-raw/events", test_events);
  g_test_add_func ("/protocol/socketio-raw/echo", test_echo);
  g_test_add_func ("/protocol/socketio-raw/binary", test_binary);
  g_test_add_func ("/protocol/socketio-raw/end-from-within", test_end_from_within);
  g_test_add_func ("/protocol/socketio-raw/not-joined", test_not_joined);
  return g_test_run ();
}
