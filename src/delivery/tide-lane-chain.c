/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane-chain.h"

#include "tide-lane.h"
#include "tide-pool.h"

/**
 * tide_lane_chain_append:
 * @self: (transfer full) (nullable): a chain, %NULL for an empty one
 * @link: (inout): with an empty chain, where the one that was last made of it stands: one
 *   place for all who share; set to %NULL when that is gone
 * @entry: an event, neither replayed nor tried before; references are taken
 *
 * Finds the chain that has @entry behind the events of @self, or makes it.
 *
 * Returns: (transfer full): the chain
 */
TideLaneChain *
tide_lane_chain_append (TideLaneChain *self,
                        TideLaneChain **link,
                        const TideLaneEntry *entry)
{
  TideLaneChain *longer;

  if (self != NULL)
    link = &self->longer;
  if (*link != NULL && tide_lane_chain_is_of_push (*link, entry))
    {
      longer = tide_lane_chain_ref (*link);
      if (self != NULL)
        tide_lane_chain_unref (self);
      return longer;
    }
  longer = tide_pool_alloc0 (sizeof *longer);
  longer->ref_count = 1;
  longer->newest = *entry;
  longer->newest.priority = entry->event->priority;
  tide_event_ref (entry->event);
  tide_topic_ref (entry->topic);
  longer->older = self;
  longer->n_events = 1 + (self != NULL ? self->n_events : 0);
  longer->n_bytes = entry->event->payload_length + (self != NULL ? self->n_bytes : 0);
  longer->is_level = self == NULL ||
                     (self->is_level && self->newest.priority == longer->newest.priority);
  longer->link = link;
  *link = longer;
  return longer;
}

/**
 * tide_lane_chain_ref:
 * @self: a chain
 *
 * Returns: (transfer full): @self
 */
TideLaneChain *
tide_lane_chain_ref (TideLaneChain *self)
{
  self->ref_count++;
  return self;
}

static void
forget_split (TideLaneChain *self)
{
  if (self->batch != NULL)
    tide_batch_let_go (self->batch);
  g_clear_pointer (&self->batch, tide_batch_unref);
  g_clear_pointer (&self->rest, tide_lane_chain_unref);
  self->is_split = FALSE;
}

/**
 * tide_lane_chain_unref:
 * @self: (transfer full): a chain
 *
 * Lets go of @self.
 */
void
tide_lane_chain_unref (TideLaneChain *self)
{
  while (self != NULL && --self->ref_count == 0)
    {
      TideLaneChain *older = self->older;

      if (self->link != NULL && *self->link == self)
        *self->link = NULL;
      forget_split (self);
      tide_lane_entry_clear (&self->newest);
      tide_pool_free (self, sizeof *self);
      self = older;
    }
}

/**
 * tide_lane_chain_list:
 * @self: a chain
 * @entries: (element-type TideLaneEntry): where to put its events; empty
 *
 * Lists the events, oldest first; each with a reference.
 */
void
tide_lane_chain_list (const TideLaneChain *self, GArray *entries)
{
  g_array_set_size (entries, self->n_events);
  for (guint i = self->n_events; i > 0; i--, self = self->older)
    {
      g_array_index (entries, TideLaneEntry, i - 1) = self->newest;
      tide_event_ref (self->newest.event);
      tide_topic_ref (self->newest.topic);
    }
}

/**
 * tide_lane_chain_take:
 * @self: a chain
 * @n_events: the most to take
 * @n_bytes: the most bytes of payload; one event is taken whatever its size
 * @taken: (element-type TideLaneEntry): where to put what leaves first; empty
 * @rest: (element-type TideLaneEntry): where to put what stays, oldest first; empty
 *
 * Lists what a lane with these events would send next; each with a reference.
 */
void
tide_lane_chain_take (
    TideLaneChain *self, guint n_events, gsize n_bytes, GArray *taken, GArray *rest)
{
  TideLane lane = {
    .chain = self,
    .n_pending = self->n_events,
    .n_bytes = self->n_bytes,
  };

  if (tide_lane_chain_fits (self, n_events, n_bytes))
    {
      tide_lane_chain_list (self, taken);
      return;
    }
  tide_lane_chain_ref (self);
  tide_lane_take (&lane, n_events, n_bytes, taken);
  tide_lane_take_all (&lane, rest);
}

/**
 * tide_lane_chain_set_split:
 * @self: a chain
 * @batch: what leaves first
 * @rest: (element-type TideLaneEntry): what stays then, oldest first
 *
 * Remembers what tide_lane_chain_take() said, for all who have the chain. The frames of
 * the batch stay until the chain is gone.
 */
void
tide_lane_chain_set_split (TideLaneChain *self, TideBatch *batch, const GArray *rest)
{
  forget_split (self);
  self->is_split = TRUE;
  self->batch = tide_batch_ref (batch);
  tide_batch_hold (batch);
  for (guint i = 0; i < rest->len; i++)
    {
      TideLaneChain *none = NULL;

      self->rest = tide_lane_chain_append (
          self->rest, &none, &g_array_index (rest, TideLaneEntry, i));
      if (i == 0)
        self->rest->link = NULL;
    }
}

/**
 * tide_lane_chain_has_topic:
 * @self: (nullable): a chain
 * @topic: a topic
 *
 * Returns: whether one of its events is of that topic
 */
gboolean
tide_lane_chain_has_topic (const TideLaneChain *self, const TideTopic *topic)
{
  for (; self != NULL; self = self->older)
    if (self->newest.topic == topic)
      return TRUE;
  return FALSE;
}
