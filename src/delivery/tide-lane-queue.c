/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane-queue.h"

/* Up to here it is faster to look at all than to keep a table. */
#define LOOKED_THROUGH 24

#define FIRST_ALLOCATED 4

/**
 * tide_lane_entry_clear:
 * @self: an entry
 *
 * Lets go of what an entry holds.
 */
void
tide_lane_entry_clear (TideLaneEntry *self)
{
  g_clear_pointer (&self->event, tide_event_unref);
  g_clear_pointer (&self->topic, tide_topic_unref);
}

/**
 * tide_lane_entries_clear:
 * @entries: (element-type TideLaneEntry): entries, each with an event
 *
 * Lets go of what the entries hold, and of them.
 */
void
tide_lane_entries_clear (GArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    tide_lane_entry_clear (&g_array_index (entries, TideLaneEntry, i));
  g_array_set_size (entries, 0);
}

static TideLaneEntry *
get_place (TideLaneQueue *self, guint index)
{
  return &self->entries[(self->head + index) & (self->n_allocated - 1)];
}

/**
 * tide_lane_queue_clear:
 * @self: a queue
 *
 * Drops all events and gives the memory back.
 */
void
tide_lane_queue_clear (TideLaneQueue *self)
{
  for (guint i = 0; i < self->length; i++)
    tide_lane_entry_clear (get_place (self, i));
  g_clear_pointer (&self->by_topic, g_hash_table_unref);
  g_free (self->entries);
  *self = (TideLaneQueue){ .first = self->first };
}

static void
make_room (TideLaneQueue *self)
{
  guint n_allocated = self->n_allocated > 0 ? self->n_allocated * 2 : FIRST_ALLOCATED;
  TideLaneEntry *entries;

  if (self->length < self->n_allocated)
    return;
  entries = g_new (TideLaneEntry, n_allocated);
  for (guint i = 0; i < self->length; i++)
    entries[i] = *get_place (self, i);
  g_free (self->entries);
  self->entries = entries;
  self->n_allocated = n_allocated;
  self->head = 0;
}

static void
note_topic (TideLaneQueue *self, const TideLaneEntry *entry, gint64 number)
{
  if (tide_lane_entry_can_be_replaced (entry))
    g_hash_table_insert (self->by_topic, entry->topic, GSIZE_TO_POINTER ((gsize) number));
}

static void
make_table (TideLaneQueue *self)
{
  self->by_topic = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < self->length; i++)
    if (get_place (self, i)->event != NULL)
      note_topic (self, get_place (self, i), self->first + i);
}

/**
 * tide_lane_queue_append:
 * @self: a queue
 * @entry: (transfer full): an event
 *
 * Puts an event behind all others.
 */
void
tide_lane_queue_append (TideLaneQueue *self, const TideLaneEntry *entry)
{
  make_room (self);
  *get_place (self, self->length) = *entry;
  if (self->by_topic != NULL)
    note_topic (self, entry, self->first + self->length);
  self->length++;
  self->n_live++;
}

/**
 * tide_lane_queue_prepend:
 * @self: a queue
 * @entry: (transfer full): an event that is older than all others
 *
 * Puts an event before all others.
 */
void
tide_lane_queue_prepend (TideLaneQueue *self, const TideLaneEntry *entry)
{
  make_room (self);
  self->head = (self->head - 1) & (self->n_allocated - 1);
  self->first--;
  *get_place (self, 0) = *entry;
  self->length++;
  self->n_live++;
  if (self->by_topic != NULL && !g_hash_table_contains (self->by_topic, entry->topic))
    note_topic (self, entry, self->first);
}

/**
 * tide_lane_queue_find:
 * @self: a queue
 * @topic: a topic
 *
 * Finds the newest event of @topic that may be replaced.
 *
 * Returns: (transfer none) (nullable): its entry, whose event may be changed; valid until
 *   the queue is changed otherwise
 */
TideLaneEntry *
tide_lane_queue_find (TideLaneQueue *self, const TideTopic *topic)
{
  gpointer number;

  if (self->length > LOOKED_THROUGH)
    {
      if (self->by_topic == NULL)
        make_table (self);
      if (!g_hash_table_lookup_extended (self->by_topic, topic, NULL, &number))
        return NULL;
      return get_place (self, (gint64) GPOINTER_TO_SIZE (number) - self->first);
    }
  for (guint i = self->length; i > 0; i--)
    {
      TideLaneEntry *entry = get_place (self, i - 1);

      if (entry->topic == topic && tide_lane_entry_can_be_replaced (entry))
        return entry;
    }
  return NULL;
}

/**
 * tide_lane_queue_peek:
 * @self: a queue
 * @index: below the queue's length; 0 for the oldest
 *
 * Returns: (transfer none): the entry there, which may be without an event
 */
TideLaneEntry *
tide_lane_queue_peek (TideLaneQueue *self, guint index)
{
  return get_place (self, index);
}

/* Gives the places up that were emptied at the front; of an empty queue all memory. */
static void
trim (TideLaneQueue *self)
{
  if (self->n_live == 0)
    {
      tide_lane_queue_clear (self);
      return;
    }
  while (get_place (self, 0)->event == NULL)
    {
      self->head = (self->head + 1) & (self->n_allocated - 1);
      self->first++;
      self->length--;
    }
}

/* Has the table name the next older event of a topic when it names @at. */
static void
forget_newest (TideLaneQueue *self, const TideLaneEntry *at)
{
  guint index = ((guint) (at - self->entries) - self->head) & (self->n_allocated - 1);
  gpointer number;

  if (!g_hash_table_lookup_extended (self->by_topic, at->topic, NULL, &number) ||
      (gint64) GPOINTER_TO_SIZE (number) != self->first + index)
    return;
  g_hash_table_remove (self->by_topic, at->topic);
  for (guint i = index; i > 0; i--)
    {
      TideLaneEntry *older = get_place (self, i - 1);

      if (older->topic != at->topic || !tide_lane_entry_can_be_replaced (older))
        continue;
      note_topic (self, older, self->first + i - 1);
      return;
    }
}

/**
 * tide_lane_queue_steal:
 * @self: a queue
 * @at: an entry of @self with an event
 * @entry: (out caller-allocates): where to put it
 *
 * Takes an event out, wherever it is. Its place stays until tide_lane_queue_tidy(), so
 * that a caller may be going through the queue.
 */
void
tide_lane_queue_steal (TideLaneQueue *self, TideLaneEntry *at, TideLaneEntry *entry)
{
  *entry = *at;
  if (self->by_topic != NULL)
    forget_newest (self, at);
  at->event = NULL;
  at->topic = NULL;
  self->n_live--;
}

/**
 * tide_lane_queue_tidy:
 * @self: a queue
 *
 * Gives up places that are not needed after tide_lane_queue_steal(): those at the front,
 * and all when more are empty than not.
 */
void
tide_lane_queue_tidy (TideLaneQueue *self)
{
  guint n = 0;

  if (self->length == 0)
    return;
  trim (self);
  if (self->length - self->n_live <= MAX (self->n_live, LOOKED_THROUGH))
    return;
  for (guint i = 0; i < self->length; i++)
    {
      TideLaneEntry *entry = get_place (self, i);

      if (entry->event != NULL)
        *get_place (self, n++) = *entry;
    }
  self->length = n;
  g_clear_pointer (&self->by_topic, g_hash_table_unref);
}
