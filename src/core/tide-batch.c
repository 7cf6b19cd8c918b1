/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-batch.h"

#include "tide-pool.h"

/* Takes that are this near to each other count as one moment: the histograms' buckets are
 * wider than that from half a millisecond on. */
#define MOMENT_US 32

/* Delivery and sessions both make batches, and clients may compare ids: one row of
 * numbers for the whole process, the only thing here that is no object's. */
static guint64 last_id;

static gsize
get_size (guint n_events)
{
  return sizeof (TideBatch) + n_events * sizeof (TideBatchItem);
}

static TideBatch *
batch_alloc (guint n_events)
{
  TideBatch *self = tide_pool_alloc0 (get_size (n_events));

  self->ref_count = 1;
  self->n_events = n_events;
  self->id = ++last_id;
  return self;
}

static void
add_item (TideBatch *self, guint i, TideBatchItem item)
{
  self->items[i] = item;
  tide_event_ref (item.event);
  self->n_of_class[item.event->route->delivery_class]++;
  self->n_by_room += item.is_by_room != 0;
  self->has_replayed |= item.is_replayed != 0;
  self->is_urgent |= item.event->priority >= TIDE_PRIORITY_HIGH;
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
    add_item (self, i, (TideBatchItem){ .event = events[i] });
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
    add_item (self, i, items[i]);
  return self;
}

/**
 * tide_batch_get_alone:
 * @event: an event that goes to all connections of whoever gets it, for the first time
 *
 * Finds the batch of just this event, or makes it: as long as somebody holds it, all who
 * send the event alone share its frames.
 *
 * Returns: (transfer full): the batch
 */
TideBatch *
tide_batch_get_alone (TideEvent *event)
{
  if (event->alone != NULL)
    return tide_batch_ref (event->alone);
  event->alone = tide_batch_new (&event, 1);
  return event->alone;
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

/* Puts the takes that were only counted into the histograms. */
static void
fold_takes (TideBatch *self)
{
  for (guint i = 0; i < self->n_events; i++)
    {
      const TideEvent *event = self->items[i].event;

      tide_histogram_add (&self->counters->latency[event->priority],
                          MAX (self->taken_us - event->received_us, 0),
                          self->n_takes);
    }
  self->n_takes = 0;
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
  if (self->n_takes > 0)
    fold_takes (self);
  if (self->n_events == 1 && self->items[0].event->alone == self)
    self->items[0].event->alone = NULL;
  for (guint i = 0; i < self->n_events; i++)
    tide_event_unref (self->items[i].event);
  tide_pool_free (self, get_size (self->n_events));
}

static inline gboolean
is_common (TideWireShape shape)
{
  return shape.version == 0 && !shape.is_deflated;
}

static TideFrame *
find_other (TideBatch *self, TideWireShape shape)
{
  for (TideFrame *frame = self->others; frame != NULL; frame = frame->next)
    if (frame->shape.form == shape.form && frame->shape.is_batched == shape.is_batched &&
        frame->shape.is_deflated == shape.is_deflated &&
        frame->shape.version == shape.version)
      return frame;
  return NULL;
}

/**
 * tide_batch_find_frame:
 * @self: a batch
 * @shape: how it is wanted
 *
 * Returns: (transfer none) (nullable): the frame of that shape, if somebody has it
 */
TideFrame *
tide_batch_find_frame (TideBatch *self, TideWireShape shape)
{
  if (G_LIKELY (is_common (shape)))
    return self->frames[shape.form][shape.is_batched != 0];
  return find_other (self, shape);
}

/**
 * tide_batch_add_frame:
 * @self: a batch that has no frame of that shape
 * @shape: how it is encoded
 * @frame: a new frame of @self's events; holds @self from now on
 *
 * Remembers a frame for as long as somebody has it.
 */
void
tide_batch_add_frame (TideBatch *self, TideWireShape shape, TideFrame *frame)
{
  g_return_if_fail (frame->batch == NULL);

  frame->batch = tide_batch_ref (self);
  frame->shape = shape;
  if (is_common (shape))
    self->frames[shape.form][shape.is_batched != 0] = frame;
  else
    {
      frame->next = self->others;
      self->others = frame;
    }
  if (self->n_holds > 0)
    tide_frame_ref (frame);
}

static void
hold_frame (TideFrame *frame, gboolean is_held)
{
  if (frame == NULL)
    return;
  if (is_held)
    tide_frame_ref (frame);
  else
    tide_frame_unref (frame);
}

static void
hold_frames (TideBatch *self, gboolean is_held)
{
  TideFrame *next;

  for (guint i = 0; i < TIDE_N_WIRE_FORMS; i++)
    for (guint j = 0; j < 2; j++)
      hold_frame (self->frames[i][j], is_held);
  for (TideFrame *frame = self->others; frame != NULL; frame = next)
    {
      next = frame->next;
      hold_frame (frame, is_held);
    }
}

/**
 * tide_batch_hold:
 * @self: a batch that the caller has a reference of
 *
 * Has the frames stay until tide_batch_let_go(), though nobody should have them: one that
 * the first connection has taken at once need not be made again for the second.
 */
void
tide_batch_hold (TideBatch *self)
{
  if (self->n_holds++ == 0)
    hold_frames (self, TRUE);
}

/**
 * tide_batch_let_go:
 * @self: a batch that the caller holds; he has a reference of it besides
 *
 * Lets go of the frames again.
 */
void
tide_batch_let_go (TideBatch *self)
{
  if (--self->n_holds == 0)
    hold_frames (self, FALSE);
}

/**
 * tide_batch_forget_frame:
 * @self: a batch
 * @frame: one of its frames, about to be freed
 *
 * Forgets a frame; only the frame calls this.
 */
void
tide_batch_forget_frame (TideBatch *self, TideFrame *frame)
{
  TideFrame **link = &self->others;

  if (is_common (frame->shape))
    {
      self->frames[frame->shape.form][frame->shape.is_batched != 0] = NULL;
      return;
    }
  while (*link != frame)
    link = &(*link)->next;
  *link = frame->next;
}

/**
 * tide_batch_note_taken:
 * @self: a batch
 * @counters: where to count; must outlive @self
 * @now_us: monotonic time
 *
 * Notes that a connection has taken all events of @self, for the histograms of latency.
 * They learn of it a little later, with all that were taken at the same time, so that
 * most connections cost an addition.
 */
void
tide_batch_note_taken (TideBatch *self, TideCounters *counters, gint64 now_us)
{
  if (self->n_takes > 0 && now_us - self->taken_us > MOMENT_US)
    fold_takes (self);
  if (self->n_takes == 0)
    {
      self->taken_us = now_us;
      self->counters = counters;
    }
  self->n_takes++;
}
