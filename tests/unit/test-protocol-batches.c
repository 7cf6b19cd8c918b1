/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-protocol.h"
#include "tide-websocket-frame.h"

#include <string.h>

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
    "42[\"a\\\"\\\\\\n\\u001f\",{ }]",
    "42[\"\303\251\",{\"x\":\"\\u0001\"}]",
  };
  static const char *const plain[] = {
    "{\"type\":\"tick_data\",\"data\":{\"symbol\":\"A\",\"n\":12345678901234567890}}",
    "{\"type\":\"a\\\"\\\\\\n\\u001f\",\"data\":{ }}",
    "{\"type\":\"\303\251\",\"data\":{\"x\":\"\\u0001\"}}",
  };
  g_autoptr (TideBatch) batch = make_batch (types, payloads, 3);
  g_autoptr (TideFrame) socketio_frame = tide_protocol_encode_batch (
      (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 0 }, batch, NULL);
  g_autoptr (TideFrame) plain_frame = tide_protocol_encode_batch (
      (TideWireShape){ TIDE_WIRE_PLAIN, 0, 0, 0 }, batch, NULL);

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
            g_autoptr (TideFrame) frame = tide_protocol_encode_batch (
                (TideWireShape){ form, 0, 0, 0 }, batch, NULL);
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

/* An event of a route of version 3, which lost `c` and renamed `a` on its way there. */
static TideEvent *
make_versioned (const char *type, guint n_versions)
{
  g_autoptr (TideRoute) route = tide_route_new ("c", type, NULL, TIDE_AUDIENCE_EVERYONE);
  const TideEventFacts facts = {
    .route = route,
    .payload = "{\"new\":1.50,\"x\":[1]}",
    .payload_length = 20,
    .priority = TIDE_PRIORITY_CRITICAL,
    .id = 12345678901234,
    .timestamp_us = 1700000000000123,
  };

  route->schema = 3;
  for (guint i = 0; i < n_versions; i++)
    {
      TideRouteVersion *version = g_new0 (TideRouteVersion, 1);

      version->version = 2 - i;
      version->renames = g_ptr_array_new_with_free_func (g_free);
      version->drops = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (version->renames, g_strdup (i == 0 ? "new" : "middle"));
      g_ptr_array_add (version->renames, g_strdup (i == 0 ? "middle" : "old"));
      if (i == 1)
        g_ptr_array_add (version->drops, g_strdup ("x"));
      g_ptr_array_add (route->versions, version);
    }
  return tide_event_new_full (&facts);
}

static void
assert_shape (TideBatch *batch,
              TideWireShape shape,
              const char *const *expected,
              guint n_events)
{
  g_autoptr (TideFrame) frame = tide_protocol_encode_batch (shape, batch, NULL);

  g_assert_nonnull (frame);
  g_assert_cmpuint (frame->n_events, ==, n_events);
  assert_frames (frame, expected, g_strv_length ((char **) expected));
}

static void
test_event_batch (void)
{
  g_autoptr (TideEvent) one = make_versioned ("one", 0);
  g_autoptr (TideEvent) two = make_versioned ("t\"wo", 0);
  const TideBatchItem items[] = { { one, 0, 0 }, { two, 1, 2 } };
  g_autoptr (TideBatch) batch = tide_batch_new_items (items, 2);
  g_autoptr (TideBatch) single = tide_batch_new_items (items, 1);
  g_autofree char *inside = g_strdup_printf (
      "{\"type\":\"event_batch\",\"batch_id\":\"batch-%" G_GUINT64_FORMAT
      "\",\"events\":["
      "{\"type\":\"one\",\"data\":{\"new\":1.50,\"x\":[1]},\"priority\":\"critical\","
      "\"timestamp\":1700000000.000123,\"message_id\":\"12345678901234\"},"
      "{\"type\":\"t\\\"wo\",\"data\":{\"new\":1.50,\"x\":[1]},\"priority\":\"critical\","
      "\"timestamp\":1700000000.000123,\"message_id\":\"12345678901234\","
      "\"attempts\":2}]}",
      batch->id);
  g_autofree char *socketio = g_strdup_printf ("42[\"event_batch\",%s]", inside);
  g_autofree char *plain =
      g_strdup_printf ("{\"type\":\"event_batch\",\"data\":%s}", inside);
  g_autofree char *alone = g_strdup_printf (
      "42[\"event_batch\",{\"type\":\"event_batch\",\"batch_id\":\"batch-"
      "%" G_GUINT64_FORMAT "\",\"events\":["
      "{\"type\":\"one\",\"data\":{\"new\":1.50,\"x\":[1]},\"priority\":\"critical\","
      "\"timestamp\":1700000000.000123,\"message_id\":\"12345678901234\"}]}]",
      single->id);

  g_test_summary ("Who wants batches gets all events in one, a single one too");

  assert_shape (batch,
                (TideWireShape){ TIDE_WIRE_SOCKETIO, 1, 0, 0 },
                (const char *const[]){ socketio, NULL },
                2);
  assert_shape (batch,
                (TideWireShape){ TIDE_WIRE_PLAIN, 1, 0, 0 },
                (const char *const[]){ plain, NULL },
                2);
  assert_shape (single,
                (TideWireShape){ TIDE_WIRE_SOCKETIO, 1, 0, 0 },
                (const char *const[]){ alone, NULL },
                1);
}

static void
test_versions (void)
{
  g_autoptr (TideEvent) all = make_versioned ("all", 2);
  g_autoptr (TideEvent) none = make_versioned ("none", 0);
  TideEvent *events[] = { none, all, none };
  g_autoptr (TideBatch) batch = tide_batch_new (events, 3);
  g_autoptr (TideBatch) nothing = tide_batch_new (events, 1);
  static const char *const native[] = { "42[\"none\",{\"new\":1.50,\"x\":[1]}]",
                                        "42[\"all\",{\"new\":1.50,\"x\":[1]}]",
                                        "42[\"none\",{\"new\":1.50,\"x\":[1]}]",
                                        NULL };
  static const char *const two[] = { "42[\"all\",{\"middle\":1.50,\"x\":[1]}]", NULL };
  static const char *const one[] = { "42[\"all\",{\"old\":1.50}]", NULL };

  g_test_summary ("Who knows older versions gets these; what has none is left out");

  assert_shape (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 0 }, native, 3);
  assert_shape (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 3 }, native, 3);
  assert_shape (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 900 }, native, 3);
  assert_shape (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 2 }, two, 1);
  assert_shape (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 1 }, one, 1);
  for (guint is_batched = 0; is_batched < 2; is_batched++)
    g_assert_null (tide_protocol_encode_batch (
        (TideWireShape){ TIDE_WIRE_PLAIN, is_batched, 0, 1 }, nothing, NULL));
}

/* The oracle: where each message of the frame ends, and which event it is. */
static void
check_cuts (TideBatch *batch, TideWireShape shape, const guint *items, guint n_messages)
{
  TideDeflater *deflater = tide_deflater_new ();
  TideFrame *frame = tide_protocol_encode_batch (shape, batch, deflater);
  const guint8 *cursor = frame->bytes;
  const guint8 *start = frame->bytes;
  guint n_whole = 0;

  tide_batch_add_frame (batch, shape, frame);
  for (gsize n = 0; n < frame->n_bytes; n++)
    {
      TideFrameCut cut = tide_protocol_cut_frame (frame, n);
      TideWebSocketOpcode opcode;
      TideSpan payload;

      while (cursor <= frame->bytes + n)
        {
          start = cursor;
          g_assert_true (tide_websocket_frame_next (
              &cursor, frame->bytes + frame->n_bytes, &opcode, &payload));
          n_whole++;
        }
      g_assert_cmpuint (n_whole, <=, n_messages);
      g_assert_cmpuint (cut.n_items, ==, n_whole > 1 ? items[n_whole - 2] + 1 : 0);
      if (start == frame->bytes + n)
        g_assert_cmpuint (cut.n_bytes_missing, ==, 0);
      else
        {
          g_assert_cmpuint (cut.n_bytes_missing, ==, cursor - frame->bytes - n);
          g_assert_cmpint (
              cut.is_lossless,
              ==,
              shape.is_batched ||
                  batch->items[items[n_whole - 1]].event->route->delivery_class ==
                      TIDE_CLASS_LOSSLESS);
        }
    }
  tide_frame_unref (frame);
  tide_deflater_free (deflater);
}

static void
test_cut (void)
{
  g_autoptr (TideEvent) all = make_versioned ("all", 2);
  g_autoptr (TideEvent) none = make_versioned ("none", 0);
  g_autoptr (TideEvent) lossy = make_versioned ("lossy", 2);
  TideEvent *events[] = { none, all, none, lossy, all, none };
  g_autoptr (TideBatch) batch = tide_batch_new (events, 6);
  static const guint every[] = { 0, 1, 2, 3, 4, 5 };
  static const guint some[] = { 1, 3, 4 };
  static const guint batched[] = { 5 };

  g_test_summary ("Of a frame cut anywhere it is known which events are in one piece");

  lossy->route->delivery_class = TIDE_CLASS_LATEST;
  check_cuts (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 0, 0 }, every, 6);
  check_cuts (batch, (TideWireShape){ TIDE_WIRE_PLAIN, 0, 0, 1 }, some, 3);
  check_cuts (batch, (TideWireShape){ TIDE_WIRE_PLAIN, 1, 0, 0 }, batched, 1);
  check_cuts (batch, (TideWireShape){ TIDE_WIRE_SOCKETIO, 0, 1, 0 }, every, 6);
  check_cuts (batch, (TideWireShape){ TIDE_WIRE_PLAIN, 1, 1, 0 }, batched, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/protocol-batches/encode-batch", test_encode_batch);
  g_test_add_func ("/protocol/protocol-batches/encode-batch-sizes",
                   test_encode_batch_sizes);
  g_test_add_func ("/protocol/protocol-batches/event-batch", test_event_batch);
  g_test_add_func ("/protocol/protocol-batches/versions", test_versions);
  g_test_add_func ("/protocol/protocol-batches/cut", test_cut);
  return g_test_run ();
}
