/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-socketio-packet.h"

#include "fake-protocol-host.h"

#define OPEN_LOG                                                                         \
  "> 0{\"sid\":\"engine\",\"upgrades\":[],\"pingInterval\":1000,"                        \
  "\"pingTimeout\":400,\"maxPayload\":1000}\n"
#define CONNECT_LOG "> 40{\"sid\":\"socket\"}\nready\n"
#define BAD_NAME                                                                         \
  "{\"message\":\"The name of an event must be 1 to 64 bytes long\","                    \
  "\"code\":\"bad_payload\",\"event\":\"\"}"
#define BAD_PAYLOAD(event)                                                               \
  "{\"message\":\"An event must have one argument, a JSON object, or none\","            \
  "\"code\":\"bad_payload\",\"event\":\"" event "\"}"
#define NO_BINARY(event)                                                                 \
  "{\"message\":\"This server takes no binary data; send JSON\","                        \
  "\"code\":\"unsupported\",\"event\":\"" event "\"}"
#define PLACEHOLDER_0 "{\"_placeholder\":true,\"num\":0}"
#define PLACEHOLDER_1 "{\"_placeholder\":true,\"num\":1}"

static void
init_connected (FakeHost *host)
{
  fake_host_init (host, TIDE_WIRE_SOCKETIO);
  fake_host_receive_text (host, "40");
  fake_host_assert_log (host, OPEN_LOG CONNECT_LOG);
}

static void
test_handshake (void)
{
  FakeHost host;

  g_test_summary ("The open packet comes first; CONNECT is answered with the public sid");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  g_assert_false (host.protocol.is_ready);
  fake_host_assert_log (&host, OPEN_LOG);
  fake_host_receive_text (&host, "40{\"token\":\"abc\"}");
  fake_host_assert_log (&host, CONNECT_LOG);
  g_assert_true (host.protocol.is_ready);
  fake_host_clear (&host);
}

static void
test_namespaces (void)
{
  FakeHost host;

  g_test_summary ("Other namespaces are refused, before and after joining the main one");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  fake_host_receive_text (&host, "40/unknown,{\"a\":1}");
  fake_host_assert_log (&host,
                        OPEN_LOG "> 44/unknown,{\"message\":\"Invalid namespace\"}\n");
  fake_host_receive_text (&host, "40/,");
  fake_host_assert_log (&host, CONNECT_LOG);
  fake_host_receive_text (&host, "40/a");
  fake_host_receive_text (&host, "42/,[\"ping\"]");
  fake_host_assert_log (&host,
                        "> 44/a,{\"message\":\"Invalid namespace\"}\ncommand ping {}\n");
  fake_host_clear (&host);
}

typedef struct
{
  gboolean is_connected;
  const char *packet;
  const char *log;
} PacketCase;

static const PacketCase packet_cases[] = {
  /* Commands. */
  { TRUE, "42[\"a\",{\"x\":[1,\"}\"]}]", "command a {\"x\":[1,\"}\"]}\n" },
  { TRUE, "42[\"a\" , { } ]\n", "command a { }\n" },
  { TRUE, "42[\"a\"]", "command a {}\n" },
  { TRUE, "420[\"a\"]", "command a #0 {}\n" },
  { TRUE, "4212[\"a\",{}]", "command a #12 {}\n" },
  { TRUE, "42[\"\\u0061\\n\",{}]", "command a\n {}\n" },
  { TRUE, "42[\"\\ud800\"]", "command \xef\xbf\xbd {}\n" },
  { TRUE, "42[5,{}]", "command 5 {}\n" },
  { TRUE,
    "429007199254740991[\"a\",{\"n\":12345678901234567890}]",
    "command a #9007199254740991 {\"n\":12345678901234567890}\n" },

  /* Answered with an error; the connection stays. */
  { TRUE, "42[\"a\",null]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE, "42[\"a\",\"x\"]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE, "42[\"a\",7]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE, "42[\"a\",[{}]]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE, "42[\"a\",{},{}]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE, "42[\"a\",{},null]", "> 42[\"error\"," BAD_PAYLOAD ("a") "]\n" },
  { TRUE,
    "427[\"\\\"\",1]",
    "> 42[\"error\"," BAD_PAYLOAD ("\\\"") "]\n> 437[" BAD_PAYLOAD ("\\\"") "]\n" },
  { TRUE, "42[\"\"]", "> 42[\"error\"," BAD_NAME "]\n" },
  { TRUE, "42[\"a\\u0000\",{}]", "> 42[\"error\"," BAD_NAME "]\n" },
  { TRUE,
    "423[\"0123456789012345678901234567890123456789012345678901234567890123x\"]",
    "> 42[\"error\"," BAD_NAME "]\n> 433[" BAD_NAME "]\n" },
  { TRUE,
    "42[\"0123456789012345678901234567890123456789012345678901234567890123\"]",
    "command 0123456789012345678901234567890123456789012345678901234567890123 {}\n" },

  /* Passed over. */
  { TRUE, "430[]", "" },
  { TRUE, "439007199254740991[1]", "" },
  { TRUE, "3", "" },
  { TRUE, "6", "" },

  /* The end. */
  { TRUE, "1", "close client closed by the client\n" },
  { FALSE, "1", "close client closed by the client\n" },
  { TRUE, "40", "close protocol connected twice\n" },
  { TRUE, "40{}", "close protocol connected twice\n" },
  { TRUE, "41/custom,", "close protocol not connected to that namespace\n" },
  { TRUE, "42/custom,[\"a\"]", "close protocol not connected to that namespace\n" },
  { TRUE, "43/custom,0[]", "close protocol not connected to that namespace\n" },
  { FALSE, "41", "close protocol not connected to that namespace\n" },
  { FALSE, "42[\"a\"]", "close protocol not connected to that namespace\n" },
  { FALSE, "430[]", "close protocol not connected to that namespace\n" },
  { FALSE,
    "451-[\"a\"," PLACEHOLDER_0 "]",
    "close protocol not connected to that namespace\n" },
  { TRUE,
    "44{\"message\":\"x\"}",
    "close protocol only the server refuses connections\n" },
  { TRUE, "2", "close protocol only the server sends pings\n" },
  { TRUE, "2probe", "close protocol only the server sends pings\n" },
  { TRUE, "", "close protocol unknown Engine.IO packet\n" },
  { TRUE, "abc", "close protocol unknown Engine.IO packet\n" },
  { TRUE, "4", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "4abc", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "42{}", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "42abc[\"a\",1]", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "42[\"disconnect\"]", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "42[\"a\"]42[\"a\"]", "close protocol malformed Socket.IO packet\n" },
  { TRUE, "42[\"a\",{\"x\":\"\xff\"}]", "close protocol malformed Socket.IO packet\n" },
  { FALSE, "40[]", "close protocol malformed Socket.IO packet\n" },
};

static void
test_packets (void)
{
  g_test_summary ("Each packet is carried out, answered, passed over, or ends it all");

  for (guint i = 0; i < G_N_ELEMENTS (packet_cases); i++)
    {
      const PacketCase *packet_case = &packet_cases[i];
      FakeHost host;
      g_autofree char *shown = g_strescape (packet_case->packet, NULL);

      g_test_message ("%s", shown);
      fake_host_init (&host, TIDE_WIRE_SOCKETIO);
      if (packet_case->is_connected)
        fake_host_receive_text (&host, "40");
      g_string_truncate (host.log, 0);

      fake_host_receive_text (&host, packet_case->packet);
      fake_host_assert_log (&host, packet_case->log);

      /* Either it goes on as before, or nothing is heard any more. */
      fake_host_receive_text (&host, packet_case->is_connected ? "42[\"z\"]" : "40");
      fake_host_receive_binary (&host, 0);
      if (g_str_has_prefix (packet_case->log, "close"))
        fake_host_assert_log (&host, "");
      else
        fake_host_assert_log (&host,
                              packet_case->is_connected
                                  ? "command z {}\n"
                                    "close protocol unexpected binary message\n"
                                  : CONNECT_LOG
                                  "close protocol unexpected binary message\n");
      fake_host_clear (&host);
    }
}

static void
test_nuls (void)
{
  FakeHost host;

  g_test_summary ("A NUL within a message is malformed like any other wrong byte");

  init_connected (&host);
  fake_host_receive (&host, "42[\"a\",{}]\0", 11);
  fake_host_assert_log (&host, "close protocol malformed Socket.IO packet\n");
  fake_host_clear (&host);
}

static void
test_too_large (void)
{
  FakeHost host;
  g_autofree char *filler = g_strnfill (1000 - strlen ("42[\"a\",{\"x\":\"\"}]"), 'x');
  g_autofree char *fits = g_strdup_printf ("42[\"a\",{\"x\":\"%s\"}]", filler);
  g_autofree char *too_large = g_strdup_printf ("%s ", fits);

  g_test_summary ("A message over the limit closes, one at the limit is taken");

  init_connected (&host);
  g_assert_cmpuint (strlen (fits), ==, 1000);
  fake_host_receive_text (&host, fits);
  g_assert_true (g_str_has_prefix (host.log->str, "command a {\"x\":\"xxx"));
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, too_large);
  fake_host_assert_log (&host, "close too-large message too large\n");
  fake_host_clear (&host);
}

static void
test_replies (void)
{
  FakeHost host;

  g_test_summary ("A reply is an event, and an acknowledgement where one was asked for");

  init_connected (&host);
  host.reply = "{\"tickers\":[\"A\"]}";
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_receive_text (&host, "4212[\"b\",{}]");
  fake_host_assert_log (&host,
                        "command a {}\n"
                        "> 42[\"answer\",{\"tickers\":[\"A\"]}]\n"
                        "command b #12 {}\n"
                        "> 42[\"answer\",{\"tickers\":[\"A\"]}]\n"
                        "> 4312[{\"tickers\":[\"A\"]}]\n");

  /* The event overfills the outbox: no acknowledgement after the end. */
  host.ends_on_send = TRUE;
  fake_host_receive_text (&host, "4213[\"b\",{}]");
  fake_host_assert_log (&host,
                        "command b #13 {}\n"
                        "> 42[\"answer\",{\"tickers\":[\"A\"]}]\n"
                        "close slow slow\n");
  fake_host_clear (&host);
}

static void
test_acks (void)
{
  FakeHost host;

  g_test_summary ("Acknowledgements count once, for ids that were given, the last 64");

  init_connected (&host);
  g_assert_cmpuint (
      tide_protocol_send_event_with_ack (&host.protocol, "e", "{}", 2), ==, 0);
  g_assert_cmpuint (
      tide_protocol_send_event_with_ack (&host.protocol, "e", "[7]", 3), ==, 1);
  fake_host_assert_log (&host, "> 420[\"e\",{}]\n> 421[\"e\",[7]]\n");
  fake_host_receive_text (&host, "432[\"not given\"]");
  fake_host_receive_text (&host, "431[{\"ok\":true}]");
  fake_host_receive_text (&host, "431[]");
  fake_host_receive_text (&host, "430[]");
  fake_host_receive_text (&host, "430[]");
  fake_host_assert_log (&host, "acked #1 [{\"ok\":true}]\nacked #0 []\n");

  for (guint64 id = 2; id < 70; id++)
    g_assert_cmpuint (
        tide_protocol_send_event_with_ack (&host.protocol, "e", "{}", 2), ==, id);
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "432[]");
  fake_host_receive_text (&host, "435[]");
  fake_host_receive_text (&host, "436[]");
  fake_host_receive_text (&host, "4369[]");
  fake_host_receive_text (&host, "4370[]");
  fake_host_assert_log (&host, "acked #6 []\nacked #69 []\n");
  fake_host_clear (&host);
}

static void
test_binary (void)
{
  FakeHost host;

  g_test_summary ("Binary packets are collected and refused; the connection stays");

  init_connected (&host);
  fake_host_receive_text (&host, "451-[\"up\"," PLACEHOLDER_0 "]");
  fake_host_assert_log (&host, "");
  fake_host_receive_binary (&host, 0);
  fake_host_assert_log (&host, "> 42[\"error\"," NO_BINARY ("up") "]\n");

  fake_host_receive_text (&host,
                          "452-9[\"up\",{\"a\":[" PLACEHOLDER_1 "]}," PLACEHOLDER_0 "]");
  fake_host_receive_binary (&host, 100);
  fake_host_receive_text (&host, "3");
  fake_host_assert_log (&host, "");
  fake_host_receive_binary (&host, 100);
  fake_host_assert_log (
      &host, "> 42[\"error\"," NO_BINARY ("up") "]\n> 439[" NO_BINARY ("up") "]\n");

  /* An acknowledgement with binary arguments is one that can't be told of. */
  tide_protocol_send_event_with_ack (&host.protocol, "e", "{}", 2);
  fake_host_receive_text (&host, "461-0[" PLACEHOLDER_0 "]");
  fake_host_receive_binary (&host, 1);
  fake_host_receive_text (&host, "430[]");
  fake_host_receive_text (&host, "42[\"z\"]");
  fake_host_assert_log (&host,
                        "> 420[\"e\",{}]\n"
                        "> 42[\"error\"," NO_BINARY ("") "]\n"
                                                         "command z {}\n");
  fake_host_clear (&host);
}

static void
test_binary_bad (void)
{
  static const struct
  {
    const char *text;
    gssize n_binary; /* -1: a text message instead */
    const char *log;
  } cases[] = {
    { NULL, 0, "close protocol unexpected binary message\n" },
    { "451-[\"a\"," PLACEHOLDER_0 "]", -1, "close protocol an attachment is missing\n" },
    { "451-[\"a\"," PLACEHOLDER_0 "]", 1000, "close too-large attachments too large\n" },
    { "451-[\"a\"," PLACEHOLDER_0 "]", 1001, "close too-large message too large\n" },
    { "450-[\"a\"]", 0, "close protocol malformed Socket.IO packet\n" },
    { "4511-[\"a\"]", 0, "close protocol malformed Socket.IO packet\n" },
    { "451-[\"a\"]", 0, "close protocol malformed Socket.IO packet\n" },
  };

  g_test_summary (
      "Attachments that are missing, too many or too large end the connection");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FakeHost host;

      init_connected (&host);
      if (cases[i].text != NULL)
        fake_host_receive_text (&host, cases[i].text);
      if (cases[i].n_binary < 0)
        fake_host_receive_text (&host, "42[\"a\"]");
      else
        fake_host_receive_binary (&host, cases[i].n_binary);
      fake_host_assert_log (&host, cases[i].log);
      fake_host_clear (&host);
    }

  /* Together they may hold what one message may; what is pending is freed at the end. */
  FakeHost host;

  init_connected (&host);
  fake_host_receive_text (&host, "452-[\"a\"," PLACEHOLDER_0 "," PLACEHOLDER_1 "]");
  fake_host_receive_binary (&host, 500);
  fake_host_receive_binary (&host, 500);
  fake_host_assert_log (&host, "close too-large attachments too large\n");
  fake_host_clear (&host);

  init_connected (&host);
  fake_host_receive_text (&host, "451-[\"a\"," PLACEHOLDER_0 "]");
  g_assert_nonnull (host.protocol.pending);
  fake_host_clear (&host);
}

static void
test_end_from_within (void)
{
  FakeHost host;

  g_test_summary ("A host may end the connection from within a send");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  host.ends_on_send = TRUE;
  fake_host_receive_text (&host, "40");
  fake_host_assert_log (&host, OPEN_LOG "> 40{\"sid\":\"socket\"}\nclose slow slow\n");
  fake_host_clear (&host);

  init_connected (&host);
  fake_host_receive_text (&host, "451-[\"a\"," PLACEHOLDER_0 "]");
  host.ends_on_send = TRUE;
  fake_host_receive_binary (&host, 1);
  fake_host_assert_log (&host, "> 42[\"error\"," NO_BINARY ("a") "]\nclose slow slow\n");
  fake_host_clear (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/socketio/handshake", test_handshake);
  g_test_add_func ("/protocol/socketio/namespaces", test_namespaces);
  g_test_add_func ("/protocol/socketio/packets", test_packets);
  g_test_add_func ("/protocol/socketio/nuls", test_nuls);
  g_test_add_func ("/protocol/socketio/too-large", test_too_large);
  g_test_add_func ("/protocol/socketio/replies", test_replies);
  g_test_add_func ("/protocol/socketio/acks", test_acks);
  g_test_add_func ("/protocol/socketio/binary", test_binary);
  g_test_add_func ("/protocol/socketio/binary-bad", test_binary_bad);
  g_test_add_func ("/protocol/socketio/end-from-within", test_end_from_within);
  return g_test_run ();
}
