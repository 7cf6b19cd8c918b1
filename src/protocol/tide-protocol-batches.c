/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Batches as WebSocket frames: the events by themselves, back to back, or in one
 * `event_batch`; payloads as they came, or in the version that a client knows. */

#include "tide-event-version.h"
#include "tide-protocol-private.h"

#include <string.h>

#define EVENT_BATCH "\"event_batch\""
#define BATCH_ID "{\"type\":" EVENT_BATCH ",\"batch_id\":\"batch-"
#define BATCH_EVENTS "\",\"events\":["
#define BATCH_END "]}"
#define ITEM_TYPE "{\"type\":"
#define ITEM_DATA ",\"data\":"
#define ITEM_PRIORITY ",\"priority\":\""
#define ITEM_TIMESTAMP "\",\"timestamp\":"
#define ITEM_ID ",\"message_id\":\""
#define ITEM_ATTEMPTS ",\"attempts\":"
#define FEW 16         /* events of a batch for which nothing is allocated */
#define MICRO_DIGITS 6 /* of a timestamp, behind its point */

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
clear_payloads (Payload *payloads, guint n_payloads)
{
  for (guint i = 0; i < n_payloads; i++)
    if (payloads[i].made != NULL)
      g_string_free (payloads[i].made, TRUE);
}

static inline TideSpan
get_name (const TideEvent *event)
{
  const GString *json = event->route->event_json;

  return (TideSpan){ json->str, json->len };
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
            around, get_name (batch->items[i].event), payloads[i].length);

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
                                       get_name (batch->items[i].event),
                                       payloads[i].bytes,
                                       payloads[i].length);
  return frame;
}

static guint
count_digits (guint64 number)
{
  guint n = 1;

  while (number >= 10)
    {
      number /= 10;
      n++;
    }
  return n;
}

/* Writes a number in as many digits as it is to have, with zeros in front. */
static guint8 *
write_number (guint8 *out, guint64 number, guint n_digits)
{
  for (guint i = n_digits; i > 0; i--)
    {
      out[i - 1] = '0' + number % 10;
      number /= 10;
    }
  return out + n_digits;
}

static inline guint8 *
write_text (guint8 *out, const char *text)
{
  return tide_protocol_write_span (out, tide_span_of (text));
}

/* What write_item() writes, in bytes. */
static gsize
get_item_size (const TideBatchItem *item, const Payload *payload)
{
  const TideEvent *event = item->event;
  gsize size =
      strlen (ITEM_TYPE ITEM_DATA ITEM_PRIORITY ITEM_TIMESTAMP "." ITEM_ID "\"}") +
      MICRO_DIGITS;

  size += get_name (event).length + payload->length;
  size += strlen (tide_priority_get_nick (event->priority)) + count_digits (event->id);
  size += count_digits (MAX (event->timestamp_us, 0) / G_USEC_PER_SEC);
  if (item->n_attempts > 0)
    size += strlen (ITEM_ATTEMPTS) + count_digits (item->n_attempts);
  return size;
}

static guint8 *
write_item (guint8 *out, const TideBatchItem *item, const Payload *payload)
{
  const TideEvent *event = item->event;
  guint64 timestamp_us = MAX (event->timestamp_us, 0);
  guint64 timestamp_s = timestamp_us / G_USEC_PER_SEC;

  out = write_text (out, ITEM_TYPE);
  out = tide_protocol_write_span (out, get_name (event));
  out = write_text (out, ITEM_DATA);
  out = tide_protocol_write_span (out, (TideSpan){ payload->bytes, payload->length });
  out = write_text (out, ITEM_PRIORITY);
  out = write_text (out, tide_priority_get_nick (event->priority));
  out = write_text (out, ITEM_TIMESTAMP);
  out = write_number (out, timestamp_s, count_digits (timestamp_s));
  *out++ = '.';
  out = write_number (out, timestamp_us % G_USEC_PER_SEC, MICRO_DIGITS);
  out = write_text (out, ITEM_ID);
  out = write_number (out, event->id, count_digits (event->id));
  *out++ = '"';
  if (item->n_attempts > 0)
    {
      out = write_text (out, ITEM_ATTEMPTS);
      out = write_number (out, item->n_attempts, count_digits (item->n_attempts));
    }
  *out++ = '}';
  return out;
}

/* Payloads are copied once, to where they stay: a batch is often for one user only. */
static TideFrame *
encode_batched (TideWireShape shape, const TideBatch *batch, const Payload *payloads)
{
  static const TideSpan name = TIDE_SPAN (EVENT_BATCH);
  const TideEventShape *around = &tide_protocol_get_form (shape.form)->event_shape;
  gsize length = strlen (BATCH_ID BATCH_EVENTS BATCH_END) + count_digits (batch->id);
  guint n_events = 0;
  TideFrame *frame;
  guint8 *out;
  gsize size;

  for (guint i = 0; i < batch->n_events; i++)
    if (payloads[i].bytes != NULL)
      length += get_item_size (&batch->items[i], &payloads[i]) + (n_events++ > 0);
  if (n_events == 0)
    return NULL;
  size = tide_protocol_get_event_size (around, name, length);
  frame = tide_frame_new (tide_websocket_header_size (size) + size, n_events);
  out = tide_protocol_begin_event (frame->bytes, around, name, length);
  out = write_text (out, BATCH_ID);
  out = write_number (out, batch->id, count_digits (batch->id));
  out = write_text (out, BATCH_EVENTS);
  for (guint i = 0; i < batch->n_events; i++)
    if (payloads[i].bytes != NULL)
      {
        out = write_item (out, &batch->items[i], &payloads[i]);
        if (--n_events > 0)
          *out++ = ',';
      }
  out = write_text (out, BATCH_END);
  tide_protocol_write_span (out, around->tail);
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
  Payload few[FEW];
  Payload *payloads = batch->n_events <= FEW ? few : g_new (Payload, batch->n_events);
  TideFrame *frame;

  for (guint i = 0; i < batch->n_events; i++)
    payloads[i] = get_payload (shape, batch->items[i].event);
  frame = shape.is_batched ? encode_batched (shape, batch, payloads)
                           : encode_single (shape, batch, payloads);
  clear_payloads (payloads, batch->n_events);
  if (payloads != few)
    g_free (payloads);
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
