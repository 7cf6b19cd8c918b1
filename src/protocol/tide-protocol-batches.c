/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Batches as WebSocket frames: the events by themselves, back to back, or in one
 * `event_batch`; payloads as they came, or in the version that a client knows. */

#include "tide-event-version.h"
#include "tide-json-string.h"
#include "tide-protocol-private.h"

#define EVENT_BATCH "event_batch"

/* The payload of an event in a shape. */
typedef struct
{
  const char *bytes; /* (unowned) (nullable), NULL: the shape has no such event */
  gsize length;
  GString *made; /* (owned) (nullable), what @bytes points into, when not the event */
} Payload;

static gboolean
is_native (TideWireShape shape, const TideEvent *event)
{
  return shape.version == 0 || shape.version >= event->route->schema;
}

static gboolean
has_event (TideWireShape shape, const TideEvent *event)
{
  return is_native (shape, event) || tide_route_has_version (event->route, shape.version);
}

static Payload
get_payload (TideWireShape shape, const TideEvent *event)
{
  Payload payload = { event->payload, event->payload_length, NULL };

  if (is_native (shape, event))
    return payload;
  payload.made = tide_event_make_version (event, shape.version);
  payload.bytes = payload.made != NULL ? payload.made->str : NULL;
  payload.length = payload.made != NULL ? payload.made->len : 0;
  return payload;
}

static void
free_payloads (Payload *payloads, guint n_payloads)
{
  for (guint i = 0; i < n_payloads; i++)
    if (payloads[i].made != NULL)
      g_string_free (payloads[i].made, TRUE);
  g_free (payloads);
}

static TideFrame *
encode_single (TideWireShape shape, const TideBatch *batch, const Payload *payloads)
{
  const TideEventShape *around = &tide_protocol_get_form (shape.form)->event_shape;
  gsize n_bytes = 0;
  guint n_events = 0;

  for (guint i = 0; i < batch->n_events; i++)
    if (payloads[i].bytes != NULL)
      {
        gsize size = tide_protocol_get_event_size (
            around, batch->items[i].event->route->event_type, payloads[i].length);

        n_bytes += tide_websocket_header_size (size) + size;
        n_events++;
      }
  if (n_events == 0)
    return NULL;

  TideFrame *frame = tide_frame_new (n_bytes, n_events);
  guint8 *out = frame->bytes;

  for (guint i = 0; i < batch->n_events; i++)
    if (payloads[i].bytes != NULL)
      out = tide_protocol_write_event (out,
                                       around,
                                       batch->items[i].event->route->event_type,
                                       payloads[i].bytes,
                                       payloads[i].length);
  return frame;
}

static void
append_item (GString *out, const TideBatchItem *item, const Payload *payload)
{
  const TideEvent *event = item->event;
  gint64 timestamp_us = MAX (event->timestamp_us, 0);

  g_string_append (out, "{\"type\":");
  tide_json_append_string (out, event->route->event_type, -1);
  g_string_append (out, ",\"data\":");
  g_string_append_len (out, payload->bytes, payload->length);
  g_string_append_printf (out,
                          ",\"priority\":\"%s\",\"timestamp\":%" G_GINT64_FORMAT
                          ".%06d,\"message_id\":\"%" G_GUINT64_FORMAT "\"",
                          tide_priority_get_nick (event->priority),
                          timestamp_us / G_USEC_PER_SEC,
                          (int) (timestamp_us % G_USEC_PER_SEC),
                          event->id);
  if (item->n_attempts > 0)
    g_string_append_printf (out, ",\"attempts\":%u", item->n_attempts);
  g_string_append_c (out, '}');
}

static TideFrame *
encode_batched (TideWireShape shape, const TideBatch *batch, const Payload *payloads)
{
  const TideEventShape *around = &tide_protocol_get_form (shape.form)->event_shape;
  g_autoptr (GString) text = g_string_sized_new (batch->n_events * 256);
  guint n_events = 0;
  TideFrame *frame;
  gsize size;

  g_string_append_printf (text,
                          "{\"type\":\"" EVENT_BATCH
                          "\",\"batch_id\":\"batch-%" G_GUINT64_FORMAT "\",\"events\":[",
                          batch->id);
  for (guint i = 0; i < batch->n_events; i++)
    if (payloads[i].bytes != NULL)
      {
        if (n_events++ > 0)
          g_string_append_c (text, ',');
        append_item (text, &batch->items[i], &payloads[i]);
      }
  g_string_append (text, "]}");
  if (n_events == 0)
    return NULL;
  size = tide_protocol_get_event_size (around, EVENT_BATCH, text->len);
  frame = tide_frame_new (tide_websocket_header_size (size) + size, n_events);
  tide_protocol_write_event (frame->bytes, around, EVENT_BATCH, text->str, text->len);
  return frame;
}

/**
 * tide_protocol_encode_batch:
 * @shape: how it is wanted
 * @batch: a batch
 * @deflater: (nullable): what compresses it, when the shape says so
 *
 * Encodes the events of a batch, each a WebSocket frame of its own, back to back, or all
 * in one `event_batch`. Payloads are the producer's, byte by byte, but where the shape's
 * version is older than they are; events that cannot be given in it are left out.
 *
 * Returns: (transfer full) (nullable): a frame, %NULL when all events are left out
 */
TideFrame *
tide_protocol_encode_batch (TideWireShape shape,
                            const TideBatch *batch,
                            TideDeflater *deflater)
{
  Payload *payloads = g_new (Payload, batch->n_events);
  TideFrame *frame;

  for (guint i = 0; i < batch->n_events; i++)
    payloads[i] = get_payload (shape, batch->items[i].event);
  frame = shape.is_batched ? encode_batched (shape, batch, payloads)
                           : encode_single (shape, batch, payloads);
  free_payloads (payloads, batch->n_events);
  if (frame != NULL && shape.is_deflated)
    {
      g_autoptr (TideFrame) plain = frame;

      frame = tide_deflater_run (deflater, plain);
    }
  return frame;
}

/* The first item from @i on that the frame has; the batch's end when there is none. */
static guint
find_item (const TideFrame *frame, guint i)
{
  while (i < frame->batch->n_events &&
         !has_event (frame->shape, frame->batch->items[i].event))
    i++;
  return i;
}

static TideDeliveryClass
get_class (const TideBatch *batch, guint i)
{
  return batch->items[i].event->route->delivery_class;
}

/**
 * tide_protocol_cut_frame:
 * @frame: a frame of a batch
 * @n_taken: how many of its bytes are sent, not all of them
 *
 * Finds out what a client has of a frame that is sent in part.
 *
 * Returns: which of the batch's events it has, and how much is missing of the message
 *   that it has the beginning of
 */
TideFrameCut
tide_protocol_cut_frame (const TideFrame *frame, gsize n_taken)
{
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + n_taken;
  TideFrameCut cut = { 0 };
  TideWebSocketOpcode opcode;
  TideSpan payload;

  while (cursor < end)
    {
      const guint8 *next = cursor;
      guint item = find_item (frame, cut.n_items);

      if (!tide_websocket_frame_next (
              &next, frame->bytes + frame->n_bytes, &opcode, &payload))
        break;
      if (next > end)
        {
          cut.n_bytes_missing = next - end;
          cut.is_lossless = frame->shape.is_batched
                                ? frame->batch->n_of_class[TIDE_CLASS_LOSSLESS] > 0
                                : get_class (frame->batch, item) == TIDE_CLASS_LOSSLESS;
          break;
        }
      cut.n_items = item + 1;
      cursor = next;
    }
  return cut;
}
