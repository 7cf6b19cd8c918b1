/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-batch.h"

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

  TideBatch *self = g_malloc0 (sizeof (TideBatch) + n_events * sizeof (TideEvent *));

  self->ref_count = 1;
  self->n_events = n_events;
  for (guint i = 0; i < n_events; i++)
    self->events[i] = tide_event_ref (events[i]);
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
    tide_event_unref (self->events[i]);
  g_free (self);
}
