/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"
#include "tide-topic-table.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideLaneEntry:
 *
 * An event that waits.
 */
typedef struct
{
  TideEvent *event; /* (owned) (nullable), NULL where one was taken out of the middle */
  TideTopic *topic; /* (owned) (nullable), NULL with @event */
  guint64 sequence; /* goes up with every event that delivery is given */
  guint8 priority;  /* of the queue that it is in: its own or a higher one */
  guint8 is_by_room;
  guint8 n_attempts;
  guint8 is_replayed; /* it was kept while the user was away */
} TideLaneEntry;

/**
 * TideLaneQueue:
 *
 * Events that wait, first in, first out, of which the newest of a topic can be found and
 * any can be taken out. A zeroed one is empty.
 */
typedef struct
{
  TideLaneEntry *entries; /* (owned) (nullable), @n_allocated places, a ring */
  guint n_allocated;      /* 0 or a power of two */
  guint head;             /* place of the oldest */
  guint length;           /* places in use, those that were emptied included */
  guint n_live;           /* events */
  gint64 first;           /* number of the place at @head; numbers never change */
  GHashTable *by_topic;   /* (owned) (nullable), topic → number of its newest that may
                             be replaced; only while the queue is long */
} TideLaneQueue;

void tide_lane_queue_clear (TideLaneQueue *self);
void tide_lane_queue_append (TideLaneQueue *self, const TideLaneEntry *entry);
void tide_lane_queue_prepend (TideLaneQueue *self, const TideLaneEntry *entry);
TideLaneEntry *tide_lane_queue_find (TideLaneQueue *self, const TideTopic *topic);
TideLaneEntry *tide_lane_queue_peek (TideLaneQueue *self, guint index);
void tide_lane_queue_steal (TideLaneQueue *self, TideLaneEntry *at, TideLaneEntry *entry);
void tide_lane_queue_tidy (TideLaneQueue *self);

void tide_lane_entry_clear (TideLaneEntry *self);
void tide_lane_entries_clear (GArray *entries);

/**
 * tide_lane_entry_can_be_replaced:
 * @self: an entry with an event
 *
 * Returns: whether a newer event of its topic may take its place
 */
static inline gboolean
tide_lane_entry_can_be_replaced (const TideLaneEntry *self)
{
  TideDeliveryClass delivery_class = self->event->route->delivery_class;

  return delivery_class == TIDE_CLASS_CONFLATE || delivery_class == TIDE_CLASS_LATEST;
}

G_END_DECLS
