/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-protocol-host.h"

#define ERROR(id, code, message)                                                         \
  "> {\"type\":\"error\"," id "\"data\":{\"message\":\"" message "\",\"code\":\"" code   \
  "\",\"event\":\"\"}}\n"
#define NOT_OBJECT ERROR ("", "bad_payload", "A message must be one JSON object in UTF-8")
#define NO_TYPE(id)                                                                      \
  ERROR (id,                                                                             \
         "bad_payload",                                                                  \
         "A message must have a \\\"type\\\", a string of 1 to 64 bytes")
#define BAD_ID(name)                                                                     \
  "> {\"type\":\"error\",\"data\":{\"message\":\"An \\\"id\\\" must be a whole number "  \
  "from 0 to 2^53 - 1\",\"code\":\"bad_payload\",\"event\":\"" name "\"}}\n"
#define NO_BINARY                                                                        \
  ERROR ("", "unsupported", "This server takes no binary data; send JSON as text")

typedef struct
{
  const char *message;
  const char *log;
} MessageCase;

static const MessageCase message_cases[] = {
  { "{\"type\":\"a\"}", "command a {\"type\":\"a\"}\n" },
  { " {\"x\":[1,2],\"type\":\"a\"}\n", "command a  {\"x\":[1,2],\"type\":\"a\"}\n\n" },
  { "{\"type\":\"a\",\"id\":0}", "command a #0 {\"type\":\"a\",\"id\":0}\n" },
  { "{\"id\":9007199254740991,\"type\":\"a\"}",
    "command a #9007199254740991 {\"id\":9007199254740991,\"type\":\"a\"}\n" },
  { "{\"type\":\"\\u0061\"}", "command a {\"type\":\"\\u0061\"}\n" },
  { "{\"type\":7,\"type\":\"b\"}", "command b {\"type\":7,\"type\":\"b\"}\n" },
  { "{\"type\":\"connect\"}", "command connect {\"type\":\"connect\"}\n" },
  { "{\"type\":\"a\",\"data\":{\"type\":1,\"id\":\"x\"}}",
    "command a {\"type\":\"a\",\"data\":{\"type\":1,\"id\":\"x\"}}\n" },

  { "{\"type\":\"ping\"}", "> {\"type\":\"pong\"}\n" },
  { "{\"type\":\"ping\",\"id\":5}", "> {\"type\":\"pong\",\"id\":5}\n" },

  { "", NOT_OBJECT },
  { "x", NOT_OBJECT },
  { "null", NOT_OBJECT },
  { "[]", NOT_OBJECT },
  { "\"a\"", NOT_OBJECT },
  { "{\"type\":\"a\"", NOT_OBJECT },
  { "{\"type\":\"a\"}{}", NOT_OBJECT },
  { "{\"type\":\"a\",\"x\":\"\xff\"}", NOT_OBJECT },
  { "42[\"a\",{}]", NOT_OBJECT },
  { "{}", NO_TYPE ("") },
  { "{\"id\":3}", NO_TYPE ("\"id\":3,") },
  { "{\"type\":null}", NO_TYPE ("") },
  { "{\"type\":\"\"}", NO_TYPE ("") },
  { "{\"type\":{\"type\":\"a\"}}", NO_TYPE ("") },
  { "{\"type\":\"a\\u0000b\"}", NO_TYPE ("") },
  { "{\"type\":\"0123456789012345678901234567890123456789012345678901234567890123x\"}",
    NO_TYPE ("") },
  { "{\"type\":\"a\",\"id\":-1}", BAD_ID ("a") },
  { "{\"type\":\"a\",\"id\":1.0}", BAD_ID ("a") },
  { "{\"type\":\"a\",\"id\":1e2}", BAD_ID ("a") },
  { "{\"type\":\"a\",\"id\":9007199254740992}", BAD_ID ("a") },
  { "{\"type\":\"a\",\"id\":\"1\"}", BAD_ID ("a") },
  { "{\"type\":\"a\",\"id\":null}", BAD_ID ("a") },
  { "{\"type\":\"ping\",\"id\":true}", BAD_ID ("ping") },
};

static void
test_messages (void)
{
  g_test_summary ("Each message is a command, or answered with an error; none closes");

  for (guint i = 0; i < G_N_ELEMENTS (message_cases); i++)
    {
      const MessageCase *message_case = &message_cases[i];
      FakeHost host;
      g_autofree char *shown = g_strescape (message_case->message, NULL);

      g_test_message ("%s", shown);
      fake_host_init (&host, TIDE_WIRE_PLAIN);
      fake_host_assert_log (&host, "ready\n");
      fake_host_receive_text (&host, message_case->message);
      fake_host_assert_log (&host, message_case->log);
      fake_host_receive_text (&host, "{\"type\":\"z\"}");
      fake_host_assert_log (&host, "command z {\"type\":\"z\"}\n");
      fake_host_clear (&host);
    }
}

static void
test_other_messages (void)
{
  FakeHost host;
  g_autofree char *large = g_strnfill (1001, ' ');

  g_test_summary ("NULs and binary messages are refused; only what is too large closes");

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  fake_host_receive (&host, "{\"type\":\"a\"}\0", 13);
  fake_host_receive_binary (&host, 0);
  fake_host_receive_binary (&host, 1000);
  fake_host_assert_log (&host, "ready\n" NOT_OBJECT NO_BINARY NO_BINARY);
  fake_host_receive_text (&host, large);
  fake_host_assert_log (&host, "close too-large message too large\n");
  fake_host_receive_text (&host, "{\"type\":\"a\"}");
  fake_host_assert_log (&host, "");
  fake_host_clear (&host);

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  fake_host_receive_binary (&host, 1001);
  fake_host_assert_log (&host, "ready\nclose too-large message too large\n");
  fake_host_clear (&host);
}

static void
test_replies (void)
{
  FakeHost host;

  g_test_summary ("A reply is one message, with the client's id where it gave one");

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  host.reply = "{\"tickers\":[]}";
  fake_host_receive_text (&host, "{\"type\":\"a\"}");
  fake_host_receive_text (&host, "{\"type\":\"b\",\"id\":9007199254740991}");
  fake_host_assert_log (&host,
                        "ready\n"
                        "command a {\"type\":\"a\"}\n"
                        "> {\"type\":\"answer\",\"data\":{\"tickers\":[]}}\n"
                        "command b #9007199254740991 "
                        "{\"type\":\"b\",\"id\":9007199254740991}\n"
                        "> {\"type\":\"answer\",\"id\":9007199254740991,"
                        "\"data\":{\"tickers\":[]}}\n");
  fake_host_clear (&host);
}

static void
test_events (void)
{
  FakeHost host;

  g_test_summary ("Events go out at once; nobody can be asked for an acknowledgement");

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  tide_protocol_send_event (&host.protocol, "connected", "{\"user\":1}", 10);
  g_assert_cmpuint (tide_protocol_send_event_with_ack (&host.protocol, "e", "{}", 2),
                    ==,
                    TIDE_PROTOCOL_NO_ACK);
  fake_host_assert_log (&host,
                        "ready\n"
                        "> {\"type\":\"connected\",\"data\":{\"user\":1}}\n"
                        "> {\"type\":\"e\",\"data\":{}}\n");
  fake_host_clear (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/plain/messages", test_messages);
  g_test_add_func ("/protocol/plain/other-messages", test_other_messages);
  g_test_add_func ("/protocol/plain/replies", test_replies);
  g_test_add_func ("/protocol/plain/events", test_events);
  return g_test_run ();
}
