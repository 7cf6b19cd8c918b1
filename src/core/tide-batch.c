/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-batch.h"

static TideBatch *
batch_alloc (guint n_events)
{
  TideBatch *self = g_malloc0 (sizeof (TideBatch) + n_events * sizeof (TideBatchItem));

  self->ref_count = 1;
  self->n_events = n_events;
  return self;
}

/**
 * tide_batch_new:
 * @events: (array length=n_events): the events, first to be sent first
 * @n_events: how many, at least 1
 *
 * Returns: (transfer full): a batch that holds the events
 */
TideBatch *
tide_batch_new (TideEvent *const *events, guint n_events)
{
  g_return_val_if_fail (n_events > 0, NULL);

  TideBatch *self = batch_alloc (n_events);

  for (guint i = 0; i < n_events; i++)
    self->items[i].event = tide_event_ref (events[i]);
  return self;
}

/**
 * tide_batch_new_items:
 * @items: (array length=n_items): the events, first to be sent first
 * @n_items: how many, at least 1
 *
 * Returns: (transfer full): a batch that holds the events
 */
TideBatch *
tide_batch_new_items (const TideBatchItem *items, guint n_items)
{
  g_return_val_if_fail (n_items > 0, NULL);

  TideBatch *self = batch_alloc (n_items);

  for (guint i = 0; i < n_items; i++)
    {
      self->items[i] = items[i];
      tide_event_ref (items[i].event);
    }
  return self;
}

/**
 * tide_batch_ref:
 * @self: a batch
 *
 * Returns: (transfer full): @self
 */
TideBatch *
tide_batch_ref (TideBatch *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_batch_unref:
 * @self: (transfer full): a batch
 *
 * Lets go of @self.
 */
void
tide_batch_unref (TideBatch *self)
{
  if (--self->ref_count > 0)
    return;
  for (guint i = 0; i < TIDE_N_WIRE_FORMS; i++)
    g_clear_pointer (&self->frames[i], tide_frame_unref);
  for (guint i = 0; i < self->n_events; i++)
    tide_event_unref (self->items[i].event);
  g_free (self);
}
