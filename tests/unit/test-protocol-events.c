/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"

#include <json-glib/json-glib.h>

#include "fake-protocol-host.h"

static TideBatch *
make_batch (const char *const *types, const char *const *payloads, guint n_events)
{
  g_autofree TideEvent **events = g_new0 (TideEvent *, n_events);
  TideBatch *batch;

  for (guint i = 0; i < n_events; i++)
    {
      g_autoptr (TideRoute) route =
          tide_route_new ("c", types[i], NULL, TIDE_AUDIENCE_EVERYONE);

      events[i] = tide_event_new (route, payloads[i], strlen (payloads[i]), NULL, 0, 0);
    }
  batch = tide_batch_new (events, n_events);
  for (guint i = 0; i < n_events; i++)
    tide_event_unref (events[i]);
  return batch;
}

static void
assert_frames (const TideFrame *frame, const char *const *expected, guint n_expected)
{
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + frame->n_bytes;

  for (guint i = 0; i < n_expected; i++)
    {
      TideWebSocketOpcode opcode;
      TideSpan payload;

      g_assert_true (tide_websocket_frame_next (&cursor, end, &opcode, &payload));
      g_assert_cmpint (opcode, ==, TIDE_WEBSOCKET_TEXT);
      g_assert_cmpmem (payload.bytes, payload.length, expected[i], strlen (expected[i]));
    }
  g_assert_true (cursor == end);
}

static void
test_encode_batch (void)
{
  static const char *const types[] = { "tick_data", "a\"\\\n\x1f", "\303\251" };
  static const char *const payloads[] = { "{\"symbol\":\"A\",\"n\":12345678901234567890}",
                                          "{ }",
                                          "{\"x\":\"\\u0001\"}" };
  static const char *const socketio[] = {
    "42[\"tick_data\",{\"symbol\":\"A\",\"n\":12345678901234567890}]",
    "42[\"a\\\"\\\\\\u000a\\u001f\",{ }]",
    "42[\"\303\251\",{\"x\":\"\\u0001\"}]",
  };
  static const char *const plain[] = {
    "{\"type\":\"tick_data\",\"data\":{\"symbol\":\"A\",\"n\":12345678901234567890}}",
    "{\"type\":\"a\\\"\\\\\\u000a\\u001f\",\"data\":{ }}",
    "{\"type\":\"\303\251\",\"data\":{\"x\":\"\\u0001\"}}",
  };
  g_autoptr (TideBatch) batch = make_batch (types, payloads, 3);
  g_autoptr (TideFrame) socketio_frame =
      tide_protocol_encode_batch (TIDE_WIRE_SOCKETIO, batch);
  g_autoptr (TideFrame) plain_frame = tide_protocol_encode_batch (TIDE_WIRE_PLAIN, batch);

  g_test_summary ("Events go out back to back, payloads byte by byte");

  g_assert_cmpuint (socketio_frame->n_events, ==, 3);
  g_assert_cmpuint (plain_frame->n_events, ==, 3);
  assert_frames (socketio_frame, socketio, 3);
  assert_frames (plain_frame, plain, 3);
}

/* Names and payloads around the sizes at which WebSocket headers grow. */
static void
test_encode_batch_sizes (void)
{
  static const gsize sizes[] = { 2, 100, 125, 126, 127, 65500, 65535, 65536, 65600 };

  g_test_summary ("Frames of every size are whole");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize extra = 0; extra < 30; extra++)
      {
        g_autofree char *filler = g_strnfill (sizes[i] + extra, ' ');
        const char *const types[] = { "t", "t" };
        const char *const payloads[] = { filler, "{}" };
        g_autoptr (TideBatch) batch = make_batch (types, payloads, 2);

        filler[0] = '{';
        filler[sizes[i] + extra - 1] = '}';
        for (guint form = 0; form < TIDE_N_WIRE_FORMS; form++)
          {
            g_autoptr (TideFrame) frame = tide_protocol_encode_batch (form, batch);
            const guint8 *cursor = frame->bytes;
            TideWebSocketOpcode opcode;
            TideSpan payload;

            for (guint n = 0; n < 2; n++)
              g_assert_true (tide_websocket_frame_next (
                  &cursor, frame->bytes + frame->n_bytes, &opcode, &payload));
            g_assert_true (cursor == frame->bytes + frame->n_bytes);
          }
      }
}

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
  g_test_add_func ("/protocol/protocol-events/encode-batch", test_encode_batch);
  g_test_add_func ("/protocol/protocol-events/encode-batch-sizes",
                   test_encode_batch_sizes);
  g_test_add_func ("/protocol/protocol-events/random-names", test_random_names);
  g_test_add_func ("/protocol/protocol-events/not-ready", test_not_ready);
  g_test_add_func ("/protocol/protocol-events/make-error", test_make_error);
  return g_test_run ();
}
