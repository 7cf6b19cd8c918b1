/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event.h"

#include <string.h>

/**
 * tide_event_new:
 * @route: the route that the event came in by
 * @payload: (array length=payload_length): one JSON object, already scanned
 * @payload_length: its length in bytes
 * @key: (nullable) (array length=key_length): what the event is about, such as a symbol
 * @key_length: its length in bytes
 * @received_us: monotonic time at which the source took it
 *
 * Creates an event; payload and key are copied, in one allocation.
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
  TideEvent *self = g_malloc (sizeof (TideEvent) + payload_length + 1 + key_length);

  self->ref_count = 1;
  self->route = tide_route_ref (route);
  self->received_us = received_us;
  memcpy (self->payload, payload, payload_length);
  self->payload[payload_length] = '\0';
  self->payload_length = payload_length;
  self->key = NULL;
  self->key_length = key_length;
  if (key != NULL)
    self->key = memcpy (self->payload + payload_length + 1, key, key_length);
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
