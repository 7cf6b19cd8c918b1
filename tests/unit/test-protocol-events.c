/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"

#include <json-glib/json-glib.h>

#include "fake-protocol-host.h"

static void
test_random_names (void)
{
  g_test_summary ("Any name is a JSON string that reads as the name, in every frame");

  for (guint round = 0; round < 2000; round++)
    {
      FakeHost host;
      char name[12] = "";
      gsize length = g_test_rand_int_range (1, sizeof name);
      g_autoptr (JsonParser) parser = json_parser_new ();
      JsonObject *object;

      for (gsize i = 0; i < length; i++)
        name[i] = g_test_rand_int_range (1, 128);

      fake_host_init (&host, TIDE_WIRE_PLAIN);
      g_string_truncate (host.log, 0);
      tide_protocol_send_event (&host.protocol, name, "{}", 2);
      g_assert_true (json_parser_load_from_data (parser, host.log->str + 2, -1, NULL));
      object = json_node_get_object (json_parser_get_root (parser));
      g_assert_cmpstr (json_object_get_string_member (object, "type"), ==, name);
      fake_host_clear (&host);
    }
}

static void
test_not_ready (void)
{
  const TideProtocolCommand command = { .name = "a", .wants_ack = TRUE };
  FakeHost host;

  g_test_summary ("Nothing is sent before the handshake is complete");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  g_string_truncate (host.log, 0);
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  tide_protocol_send_reply (&host.protocol, &command, "a", "{}", 2);
  g_assert_cmpuint (tide_protocol_send_event_with_ack (&host.protocol, "a", "{}", 2),
                    ==,
                    TIDE_PROTOCOL_NO_ACK);
  fake_host_assert_log (&host, "");
  fake_host_receive_text (&host, "40");
  g_string_truncate (host.log, 0);
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  g_assert_cmpuint (
      tide_protocol_send_event_with_ack (&host.protocol, "a", "{}", 2), ==, 0);
  fake_host_assert_log (&host, "> 42[\"a\",{}]\n> 420[\"a\",{}]\n");
  fake_host_clear (&host);
}

static void
test_make_error (void)
{
  g_autoptr (GString) error = tide_protocol_make_error ("No \"x\"", "bad_payload", "e\n");

  g_test_summary ("An error has message, code and event");

  g_assert_cmpstr (error->str,
                   ==,
                   "{\"message\":\"No \\\"x\\\"\",\"code\":\"bad_payload\","
                   "\"event\":\"e\\n\"}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/protocol-events/random-names", test_random_names);
  g_test_add_func ("/protocol/protocol-events/not-ready", test_not_ready);
  g_test_add_func ("/protocol/protocol-events/make-error", test_make_error);
  return g_test_run ();
}
