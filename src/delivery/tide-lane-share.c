/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lanes that were given the same events share what waits: one chain, and one batch for
 * all who flush it. Which lanes these are comes out by itself: nobody looks for them. */

#include "tide-scalable-broadcaster-private.h"

/*
 * tide_batch_new_of_entries:
 * @self: the broadcaster
 * @entries: (array length=n_entries): what to put into it
 * @n_entries: how many, at least 1
 *
 * Makes a batch, or shares that of an event that others get alone too.
 *
 * Returns: (transfer full): a batch
 */
TideBatch *
tide_batch_new_of_entries (TideScalableBroadcaster *self,
                           const TideLaneEntry *entries,
                           guint n_entries)
{
  if (n_entries == 1 && !entries->is_by_room && !entries->is_replayed &&
      entries->n_attempts == 0)
    return tide_batch_get_alone (entries->event);
  g_array_set_size (self->items, 0);
  for (guint i = 0; i < n_entries; i++)
    {
      TideBatchItem item = {
        .event = entries[i].event,
        .is_by_room = entries[i].is_by_room,
        .n_attempts = entries[i].n_attempts,
        .is_replayed = entries[i].is_replayed,
      };

      g_array_append_val (self->items, item);
    }
  return tide_batch_new_items ((TideBatchItem *) (gpointer) self->items->data, n_entries);
}

/*
 * tide_batch_count_made:
 * @self: the broadcaster
 * @n_events: events of a batch
 *
 * Counts a batch that leaves a lane or a room.
 */
void
tide_batch_count_made (TideScalableBroadcaster *self, guint n_events)
{
  TideCounters *counters = self->counters;

  counters->batches++;
  counters->batched_events += n_events;
  counters->largest_batch = MAX (counters->largest_batch, n_events);
}

/*
 * tide_batch_count_delivered:
 * @self: the broadcaster
 * @batch: what a user's connections have taken
 *
 * Gives the events to the sessions' books.
 */
void
tide_batch_count_delivered (TideScalableBroadcaster *self, const TideBatch *batch)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    self->counters->books[i].in_lanes -= batch->n_of_class[i];
}

/*
 * tide_lane_share:
 * @self: the broadcaster
 * @lane: a lane
 * @entry: an event that nothing keeps from leaving with all that waits; references are
 *   taken
 *
 * Puts an event behind all that waits, if that is in a chain or nothing.
 *
 * Returns: whether it was
 */
gboolean
tide_lane_share (TideScalableBroadcaster *self,
                 TideLane *lane,
                 const TideLaneEntry *entry)
{
  if ((lane->chain == NULL && lane->n_pending > 0) ||
      entry->event->route->delivery_class == TIDE_CLASS_LATEST ||
      entry->event->priority >= TIDE_PRIORITY_HIGH)
    return FALSE;
  lane->chain = tide_lane_chain_append (lane->chain, &self->first_chain, entry);
  lane->n_pending++;
  lane->n_bytes += entry->event->payload_length;
  return TRUE;
}

/* A batch of all events of a chain, which come to it without being listed first. */
static TideBatch *
batch_new_of_chain (TideScalableBroadcaster *self, const TideLaneChain *chain)
{
  if (chain->n_events == 1 && !chain->newest.is_by_room)
    return tide_batch_get_alone (chain->newest.event);
  g_array_set_size (self->items, chain->n_events);
  for (guint i = chain->n_events; i > 0; i--, chain = chain->older)
    g_array_index (self->items, TideBatchItem, i - 1) = (TideBatchItem){
      .event = chain->newest.event,
      .is_by_room = chain->newest.is_by_room,
    };
  return tide_batch_new_items ((TideBatchItem *) (gpointer) self->items->data,
                               self->items->len);
}

/* The batch that leaves first, made when the first lane asks for it. */
static void
split (TideScalableBroadcaster *self, TideLaneChain *chain)
{
  guint n_events = tide_scalable_broadcaster_get_max_events (self);
  gsize n_bytes = self->settings.batch_max_bytes;
  g_autoptr (TideBatch) batch = NULL;

  if (chain->is_split && chain->split_events == n_events && chain->split_bytes == n_bytes)
    return;
  if (tide_lane_chain_fits (chain, n_events, n_bytes))
    batch = batch_new_of_chain (self, chain);
  else
    {
      tide_lane_chain_take (chain, n_events, n_bytes, self->taken, self->rest);
      batch = tide_batch_new_of_entries (
          self, (TideLaneEntry *) (gpointer) self->taken->data, self->taken->len);
    }
  tide_lane_chain_set_split (chain, batch, self->rest);
  chain->split_events = n_events;
  chain->split_bytes = n_bytes;
  tide_lane_entries_clear (self->taken);
  tide_lane_entries_clear (self->rest);
}

static void
set_chain (TideLane *lane, TideLaneChain *chain)
{
  lane->chain = chain != NULL ? tide_lane_chain_ref (chain) : NULL;
  lane->n_pending = chain != NULL ? chain->n_events : 0;
  lane->n_bytes = chain != NULL ? chain->n_bytes : 0;
}

/* Puts a batch that nobody has taken before all else again. */
static void
put_back (TideScalableBroadcaster *self, TideLane *lane, TideLaneChain *chain)
{
  tide_lane_chain_take (
      chain, chain->split_events, chain->split_bytes, self->taken, self->rest);
  tide_lane_put_back (
      lane, (TideLaneEntry *) (gpointer) self->taken->data, self->taken->len);
  g_array_set_size (self->taken, 0);
  tide_lane_entries_clear (self->rest);
}

/*
 * tide_lane_flush_shared:
 * @self: the broadcaster
 * @lane: a connected lane with a chain, under no pressure
 * @now_us: monotonic time in microseconds
 *
 * Sends the first batch of a chain; when nobody takes it any more, it is put back until
 * the user's connections have ended.
 *
 * Returns: whether it was taken
 */
gboolean
tide_lane_flush_shared (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  TideLaneChain *chain = g_steal_pointer (&lane->chain);
  gboolean is_taken;

  split (self, chain);
  set_chain (lane, chain->rest);
  tide_batch_count_made (self, chain->batch->n_events);
  is_taken = tide_scalable_broadcaster_deliver (self, chain->batch, lane) > 0;
  if (is_taken)
    {
      tide_batch_count_delivered (self, chain->batch);
      tide_rate_ring_take (&lane->rate, chain->batch->n_events, now_us);
      lane->last_flush_us = now_us;
    }
  else
    {
      tide_lane_stick (self, lane, now_us);
      put_back (self, lane, chain);
    }
  if (self->is_handing_out)
    g_ptr_array_add (self->kept, chain);
  else
    tide_lane_chain_unref (chain);
  return is_taken;
}
