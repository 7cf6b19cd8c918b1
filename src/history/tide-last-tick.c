/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-last-tick.h"

#include <string.h>

/* Of each symbol one payload is kept, so a long one counts many times. */
#define MAX_BYTES 4096
#define STEP_BYTES 64 /* payloads of a symbol differ by a few bytes */

struct _TideLastTick
{
  TideRoute *route; /* (owned) */
  guint64 id;
  gint64 timestamp_us;
  TidePriority priority;
  guint length;
  guint n_allocated;
  char payload[];
};

/**
 * tide_last_tick_keep:
 * @self: (transfer full) (nullable): what was kept before
 * @event: the newest tick
 *
 * Keeps a tick in place of the one before; nothing, when it is larger than 4 KiB.
 *
 * Returns: (transfer full) (nullable): what is kept now
 */
TideLastTick *
tide_last_tick_keep (TideLastTick *self, const TideEvent *event)
{
  if (event->payload_length > MAX_BYTES)
    {
      g_clear_pointer (&self, tide_last_tick_free);
      return NULL;
    }
  if (self == NULL || self->n_allocated < event->payload_length ||
      self->route != event->route)
    {
      guint n_allocated = (event->payload_length / STEP_BYTES + 1) * STEP_BYTES;

      g_clear_pointer (&self, tide_last_tick_free);
      self = g_malloc (sizeof *self + n_allocated);
      self->route = tide_route_ref (event->route);
      self->n_allocated = n_allocated;
    }
  self->id = event->id;
  self->timestamp_us = event->timestamp_us;
  self->priority = event->priority;
  self->length = event->payload_length;
  memcpy (self->payload, event->payload, event->payload_length);
  return self;
}

/**
 * tide_last_tick_free:
 * @self: (transfer full): what is kept
 *
 * Frees @self.
 */
void
tide_last_tick_free (TideLastTick *self)
{
  tide_route_unref (self->route);
  g_free (self);
}

/**
 * tide_last_tick_make_event:
 * @self: what is kept
 * @symbol: its key
 * @received_us: monotonic time: that the tick is old is no delay of ours
 *
 * Makes an event of a tick, for somebody who comes later. Of its fields it has the key.
 *
 * Returns: (transfer full): an event
 */
TideEvent *
tide_last_tick_make_event (const TideLastTick *self,
                           const char *symbol,
                           gint64 received_us)
{
  g_autofree TideEventValue *values = g_new0 (TideEventValue, self->route->fields->len);
  TideEventFacts facts = {
    .route = self->route,
    .payload = self->payload,
    .payload_length = self->length,
    .values = values,
    .priority = self->priority,
    .id = self->id,
    .received_us = received_us,
    .timestamp_us = self->timestamp_us,
  };

  values[self->route->key_field] = (TideEventValue){ symbol, strlen (symbol) };
  return tide_event_new_full (&facts);
}
