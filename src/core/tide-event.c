/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event.h"

#include <string.h>

/**
 * tide_event_new:
 * @route: the route that the event came in by
 * @payload: (array length=payload_length): one JSON object, already scanned
 * @payload_length: its length in bytes
 * @key: (nullable) (array length=key_length): what the event is about, such as a symbol;
 *   only on a route with a key
 * @key_length: its length in bytes
 * @received_us: monotonic time at which the source took it
 *
 * Creates an event of its route's own priority, of which no field but the key is known.
 *
 * Returns: (transfer full): an event
 */
TideEvent *
tide_event_new (TideRoute *route,
                const char *payload,
                gsize payload_length,
                const char *key,
                gsize key_length,
                gint64 received_us)
{
  g_autofree TideEventValue *values = g_new0 (TideEventValue, route->fields->len);
  TideEventFacts facts = {
    .route = route,
    .payload = payload,
    .payload_length = payload_length,
    .values = values,
    .priority = route->priority,
    .received_us = received_us,
  };

  if (key != NULL && route->key_field >= 0)
    values[route->key_field] = (TideEventValue){ key, key_length };
  return tide_event_new_full (&facts);
}

/* Copies the values' texts to @at and points at them. */
static void
copy_values (TideEvent *self, const TideEventValue *values, char *at)
{
  for (guint i = 0; i < self->route->fields->len; i++)
    {
      self->values[i] = (TideEventValue){ NULL, 0 };
      if (values == NULL || values[i].text == NULL)
        continue;
      self->values[i].text = memcpy (at, values[i].text, values[i].length);
      self->values[i].length = values[i].length;
      at += values[i].length;
    }
}

/**
 * tide_event_new_full:
 * @facts: what it is made of, copied
 *
 * Creates an event, in one allocation.
 *
 * Returns: (transfer full): an event
 */
TideEvent *
tide_event_new_full (const TideEventFacts *facts)
{
  TideRoute *route = facts->route;
  gsize values_offset = sizeof (TideEvent) + facts->payload_length + 1;
  gsize n_bytes;
  TideEvent *self;

  values_offset += -values_offset % sizeof (gpointer);
  n_bytes = values_offset + route->fields->len * sizeof (TideEventValue);
  for (guint i = 0; facts->values != NULL && i < route->fields->len; i++)
    n_bytes += facts->values[i].length;
  self = g_malloc (n_bytes);
  self->ref_count = 1;
  self->priority = facts->priority;
  self->route = tide_route_ref (route);
  self->id = facts->id;
  self->received_us = facts->received_us;
  self->timestamp_us = facts->timestamp_us;
  self->alone = NULL;
  self->payload_length = facts->payload_length;
  memcpy (self->payload, facts->payload, facts->payload_length);
  self->payload[facts->payload_length] = '\0';
  self->values = (TideEventValue *) (gpointer) ((char *) self + values_offset);
  copy_values (self, facts->values, (char *) (self->values + route->fields->len));
  self->key = route->key_field >= 0 ? self->values[route->key_field].text : NULL;
  self->key_length = route->key_field >= 0 ? self->values[route->key_field].length : 0;
  return self;
}

/**
 * tide_event_ref:
 * @self: an event
 *
 * Returns: (transfer full): @self
 */
TideEvent *
tide_event_ref (TideEvent *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_event_unref:
 * @self: (transfer full): an event
 *
 * Lets go of @self.
 */
void
tide_event_unref (TideEvent *self)
{
  if (--self->ref_count > 0)
    return;
  tide_route_unref (self->route);
  g_free (self);
}
