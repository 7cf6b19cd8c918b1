/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pending events of one user: in which order they leave, and which give way. When
 * they leave is decided in tide-lane-flush.c. */

#include "tide-lane.h"

static TideLaneQueue *
get_queue (TideLane *self, TidePriority priority)
{
  if (self->queues == NULL)
    self->queues = g_new0 (TideLaneQueue, TIDE_N_PRIORITIES);
  return &self->queues[priority];
}

static void
note_taken (TideLane *self, const TideLaneEntry *entry)
{
  self->n_pending--;
  self->n_bytes -= entry->event->payload_length;
  if (entry->is_replayed)
    self->n_replayed--;
}

static void
note_added (TideLane *self, const TideLaneEntry *entry)
{
  self->n_pending++;
  self->n_bytes += entry->event->payload_length;
  if (entry->is_replayed)
    self->n_replayed++;
}

static void
drop (TideLane *self, TideLaneQueue *queue, TideLaneEntry *at, guint *n_of_class)
{
  n_of_class[at->event->route->delivery_class]++;
  tide_lane_drop (self, queue, at);
}

/**
 * tide_lane_tidy:
 * @self: a lane out of whose queues something was taken
 *
 * Gives up places that are not needed any more, and the queues when nothing waits: most
 * lanes are idle.
 */
void
tide_lane_tidy (TideLane *self)
{
  for (guint i = 0; self->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    tide_lane_queue_tidy (&self->queues[i]);
  if (self->n_pending == 0)
    g_clear_pointer (&self->queues, g_free);
}

/**
 * tide_lane_clear:
 * @self: a lane
 *
 * Drops everything, uncounted.
 */
void
tide_lane_clear (TideLane *self)
{
  for (guint i = 0; self->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    tide_lane_queue_clear (&self->queues[i]);
  g_clear_pointer (&self->queues, g_free);
  g_clear_pointer (&self->chain, tide_lane_chain_unref);
  self->n_pending = 0;
  self->n_replayed = 0;
  self->n_bytes = 0;
}

/**
 * tide_lane_unshare:
 * @self: a lane
 *
 * Puts what is in the chain into queues of the lane's own, where it can be taken out of
 * the middle. Whatever does more than append and take in turn begins with this.
 */
void
tide_lane_unshare (TideLane *self)
{
  TideLaneChain *chain = g_steal_pointer (&self->chain);
  g_autoptr (GArray) entries = NULL;
  TideLaneTally tally = { { 0 }, { 0 } };

  if (chain == NULL)
    return;
  entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  tide_lane_chain_list (chain, entries);
  tide_lane_chain_unref (chain);
  self->n_pending = 0;
  self->n_bytes = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      TideLaneEntry *entry = &g_array_index (entries, TideLaneEntry, i);

      tide_lane_raise (self, entry->topic, entry->priority, FALSE, &tally);
      tide_lane_append (self, entry, entry->priority);
    }
}

/**
 * tide_lane_drop:
 * @self: a lane
 * @queue: one of its queues, to be tidied by the caller
 * @at: an entry of it
 *
 * Drops an event, uncounted.
 */
void
tide_lane_drop (TideLane *self, TideLaneQueue *queue, TideLaneEntry *at)
{
  TideLaneEntry entry;

  tide_lane_queue_steal (queue, at, &entry);
  note_taken (self, &entry);
  tide_lane_entry_clear (&entry);
}

/**
 * tide_lane_append:
 * @self: a lane
 * @entry: (transfer full): an event
 * @priority: the queue to put it in
 *
 * Puts an event behind all others of its priority.
 */
void
tide_lane_append (TideLane *self, TideLaneEntry *entry, TidePriority priority)
{
  tide_lane_unshare (self);
  entry->priority = priority;
  note_added (self, entry);
  tide_lane_queue_append (get_queue (self, priority), entry);
}

/**
 * tide_lane_put_back:
 * @self: a lane
 * @entries: (transfer full) (array length=n_entries): what was taken and did not leave
 * @n_entries: how many
 *
 * Puts events before all others, in their order.
 */
void
tide_lane_put_back (TideLane *self, const TideLaneEntry *entries, guint n_entries)
{
  tide_lane_unshare (self);
  for (guint i = n_entries; i > 0; i--)
    {
      TideLaneEntry entry = entries[i - 1];

      entry.priority = TIDE_PRIORITY_CRITICAL;
      note_added (self, &entry);
      tide_lane_queue_prepend (get_queue (self, TIDE_PRIORITY_CRITICAL), &entry);
    }
}

/**
 * tide_lane_replace:
 * @self: a lane
 * @entry: an event; taken when something was replaced
 * @tally: where to count what was replaced
 *
 * Puts an event in the place of the pending one of its topic, if there is one of the same
 * or a higher priority that may be replaced.
 *
 * Returns: whether there was one
 */
gboolean
tide_lane_replace (TideLane *self, TideLaneEntry *entry, TideLaneTally *tally)
{
  TideLaneEntry *old = NULL;

  tide_lane_unshare (self);
  if (self->queues == NULL || tide_topic_is_mixed (entry->topic))
    return FALSE;
  for (guint i = entry->event->priority; i < TIDE_N_PRIORITIES && old == NULL; i++)
    if (self->queues[i].n_live > 0)
      old = tide_lane_queue_find (&self->queues[i], entry->topic);
  if (old == NULL)
    return FALSE;
  tally->n_conflated[old->event->route->delivery_class]++;
  note_taken (self, old);
  note_added (self, entry);
  tide_event_unref (old->event);
  old->event = entry->event;
  old->sequence = entry->sequence;
  old->is_by_room = entry->is_by_room;
  tide_topic_unref (entry->topic);
  return TRUE;
}

/**
 * tide_lane_raise:
 * @self: a lane
 * @topic: the topic of an event that is about to be added
 * @priority: its priority
 * @replaces: whether older events that may be replaced are
 * @tally: where to count those
 *
 * Lets no event be passed by a newer one of its topic: those in lower queues move to the
 * end of the one for @priority, or are replaced.
 */
void
tide_lane_raise (TideLane *self,
                 const TideTopic *topic,
                 TidePriority priority,
                 gboolean replaces,
                 TideLaneTally *tally)
{
  tide_lane_unshare (self);
  /* Of a topic, those in a higher queue are older. */
  for (guint i = self->queues != NULL ? priority : 0; i > 0; i--)
    {
      TideLaneQueue *queue = &self->queues[i - 1];

      if (queue->n_live == 0)
        continue;
      for (guint j = 0; j < queue->length; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);
          TideLaneEntry entry;

          if (at->topic != topic)
            continue;
          if (replaces && tide_lane_entry_can_be_replaced (at))
            {
              drop (self, queue, at, tally->n_conflated);
              continue;
            }
          tide_lane_queue_steal (queue, at, &entry);
          entry.priority = priority;
          tide_lane_queue_append (&self->queues[priority], &entry);
        }
    }
  tide_lane_tidy (self);
}

static gboolean
is_lossless (const TideLaneEntry *entry)
{
  return entry->event->route->delivery_class == TIDE_CLASS_LOSSLESS;
}

/* Takes events, the highest first, until there are enough. */
static void
take (TideLane *self, guint n_events, gsize n_bytes, gboolean only_lossless, GArray *out)
{
  gsize n_taken_bytes = 0;

  tide_lane_unshare (self);
  for (guint i = self->queues != NULL ? TIDE_N_PRIORITIES : 0; i > 0; i--)
    {
      TideLaneQueue *queue = &self->queues[i - 1];

      for (guint j = 0; j < queue->length && n_events > 0; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);
          TideLaneEntry entry;

          if (at->event == NULL || (only_lossless && !is_lossless (at)))
            continue;
          n_taken_bytes += at->event->payload_length;
          if (out->len > 0 && n_taken_bytes > n_bytes)
            n_events = 0;
          else
            {
              tide_lane_queue_steal (queue, at, &entry);
              note_taken (self, &entry);
              g_array_append_val (out, entry);
              n_events--;
            }
        }
    }
  tide_lane_tidy (self);
}

/**
 * tide_lane_take:
 * @self: a lane
 * @n_events: the most to take
 * @n_bytes: the most bytes of payload; one event is taken whatever its size
 * @entries: (element-type TideLaneEntry): where to put them; empty
 *
 * Takes the events that leave next, first to be sent first.
 */
void
tide_lane_take (TideLane *self, guint n_events, gsize n_bytes, GArray *entries)
{
  take (self, n_events, n_bytes, FALSE, entries);
}

/**
 * tide_lane_take_lossless:
 * @self: a lane
 * @n_events: as for tide_lane_take()
 * @n_bytes: the same
 * @entries: (element-type TideLaneEntry): the same
 *
 * Takes the lossless events that leave next; all others stay.
 */
void
tide_lane_take_lossless (TideLane *self, guint n_events, gsize n_bytes, GArray *entries)
{
  take (self, n_events, n_bytes, TRUE, entries);
}

/**
 * tide_lane_take_topic:
 * @self: a lane
 * @topic: the topic of an event that leaves at once
 * @entries: (element-type TideLaneEntry): where to put those that go before it
 * @tally: where to count those that it replaces
 *
 * Takes all events of a topic: those that may be replaced are, the others leave too.
 */
void
tide_lane_take_topic (TideLane *self,
                      const TideTopic *topic,
                      GArray *entries,
                      TideLaneTally *tally)
{
  if (self->chain != NULL && !tide_lane_chain_has_topic (self->chain, topic))
    return;
  tide_lane_unshare (self);
  for (guint i = TIDE_N_PRIORITIES; i > 0 && self->n_pending > 0; i--)
    {
      TideLaneQueue *queue = &self->queues[i - 1];

      for (guint j = 0; j < queue->length; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);
          TideLaneEntry entry;

          if (at->topic != topic)
            continue;
          if (tide_lane_entry_can_be_replaced (at))
            {
              drop (self, queue, at, tally->n_conflated);
              continue;
            }
          tide_lane_queue_steal (queue, at, &entry);
          note_taken (self, &entry);
          g_array_append_val (entries, entry);
        }
    }
  tide_lane_tidy (self);
}

/**
 * tide_lane_count_topic:
 * @self: a lane
 * @topic: a topic
 * @n_bytes: (inout): what the size of their payloads is added to
 *
 * Returns: how many events tide_lane_take_topic() would take
 */
guint
tide_lane_count_topic (TideLane *self, const TideTopic *topic, gsize *n_bytes)
{
  guint n = 0;

  if (self->chain != NULL && !tide_lane_chain_has_topic (self->chain, topic))
    return 0;
  tide_lane_unshare (self);
  for (guint i = 0; i < TIDE_N_PRIORITIES && self->n_pending > 0; i++)
    for (guint j = 0; j < self->queues[i].length; j++)
      {
        TideLaneEntry *at = tide_lane_queue_peek (&self->queues[i], j);

        if (at->topic != topic || tide_lane_entry_can_be_replaced (at))
          continue;
        *n_bytes += at->event->payload_length;
        n++;
      }
  return n;
}

static int
compare_sequences (gconstpointer a, gconstpointer b)
{
  guint64 one = ((const TideLaneEntry *) a)->sequence;
  guint64 other = ((const TideLaneEntry *) b)->sequence;

  return one < other ? -1 : one > other;
}

/**
 * tide_lane_take_all:
 * @self: a lane
 * @entries: (element-type TideLaneEntry): where to put them
 *
 * Takes everything, oldest first.
 */
void
tide_lane_take_all (TideLane *self, GArray *entries)
{
  take (self, G_MAXUINT, G_MAXSIZE, FALSE, entries);
  g_array_sort (entries, compare_sequences);
}

/**
 * tide_lane_conflate:
 * @self: a lane that is under pressure from now on
 * @tally: where to count
 *
 * Of pending events of a topic and priority that may be replaced, keeps the newest, in
 * the place of the oldest.
 */
void
tide_lane_conflate (TideLane *self, TideLaneTally *tally)
{
  tide_lane_unshare (self);
  for (guint i = 0; self->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    {
      TideLaneQueue *queue = &self->queues[i];
      g_autoptr (GHashTable) seen = NULL;

      if (queue->n_live < 2)
        continue;
      g_clear_pointer (&queue->by_topic, g_hash_table_unref);
      seen = g_hash_table_new (NULL, NULL);
      for (guint j = 0; j < queue->length; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);
          TideLaneEntry *first;
          TideEvent *older;

          if (at->event == NULL || !tide_lane_entry_can_be_replaced (at) ||
              tide_topic_is_mixed (at->topic))
            continue;
          first = g_hash_table_lookup (seen, at->topic);
          if (first == NULL)
            {
              g_hash_table_insert (seen, at->topic, at);
              continue;
            }
          older = first->event;
          first->event = at->event;
          first->sequence = at->sequence;
          first->is_by_room = at->is_by_room;
          at->event = older;
          drop (self, queue, at, tally->n_conflated);
        }
    }
  tide_lane_tidy (self);
}

/**
 * tide_lane_shed:
 * @self: a lane that is under pressure
 * @tally: where to count
 *
 * Drops the droppable events.
 */
void
tide_lane_shed (TideLane *self, TideLaneTally *tally)
{
  tide_lane_unshare (self);
  for (guint i = 0; self->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    {
      TideLaneQueue *queue = &self->queues[i];

      for (guint j = 0; j < queue->length; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);

          if (at->event != NULL &&
              at->event->route->delivery_class == TIDE_CLASS_DROPPABLE)
            drop (self, queue, at, tally->n_dropped);
        }
    }
  tide_lane_tidy (self);
}

/**
 * tide_lane_drop_oldest:
 * @self: a lane with pending events
 * @tally: where to count
 *
 * Drops the event that has waited longest in the lowest queue that has any.
 */
void
tide_lane_drop_oldest (TideLane *self, TideLaneTally *tally)
{
  tide_lane_unshare (self);
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    {
      TideLaneQueue *queue = &self->queues[i];

      if (queue->n_live == 0)
        continue;
      tide_lane_queue_tidy (queue);
      drop (self, queue, tide_lane_queue_peek (queue, 0), tally->n_dropped);
      tide_lane_tidy (self);
      return;
    }
}
