/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking at lanes. Nothing here is on the way of an event. */

#include "tide-lane-facts.h"

#include "tide-offline-queue-private.h"
#include "tide-scalable-broadcaster-private.h"

#include <string.h>

/* What a ring has counted; a limit that nobody reaches tells. */
static guint
count_last_second (TideRateRing *ring, gint64 now_us)
{
  return G_MAXUINT - tide_rate_ring_get_room (ring, G_MAXUINT, now_us);
}

/* Lanes in step with their rooms have no copies of what waits there. */
static void
add_rooms (TideLaneFacts *facts, const TideLane *lane)
{
  for (guint i = 0; i < lane->n_rooms; i++)
    {
      facts->n_pending += lane->rooms[i].room->entries->len;
      facts->n_pending_bytes += lane->rooms[i].room->n_bytes;
    }
}

/**
 * tide_lane_facts_get_n_slots:
 * @self: a broadcaster
 *
 * Returns: no lane has a slot as high as this
 */
guint
tide_lane_facts_get_n_slots (TideScalableBroadcaster *self)
{
  return self->lanes->len;
}

/**
 * tide_lane_facts_find_connected:
 * @self: a broadcaster
 * @user_slot: a slot, used or not
 * @user: (out): its user; untouched when there is none
 *
 * Returns: whether the slot has a lane whose user is connected
 */
gboolean
tide_lane_facts_find_connected (TideScalableBroadcaster *self,
                                guint32 user_slot,
                                TideUserRef *user)
{
  const TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);

  if (lane == NULL || !lane->is_connected)
    return FALSE;
  *user = lane->user;
  return TRUE;
}

/**
 * tide_lane_facts_get:
 * @self: a broadcaster
 * @user_slot: a user
 * @facts: (out caller-allocates): where to put them
 *
 * Returns: whether the user has a lane
 */
gboolean
tide_lane_facts_get (TideScalableBroadcaster *self,
                     guint32 user_slot,
                     TideLaneFacts *facts)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  if (lane == NULL)
    return FALSE;
  *facts = (TideLaneFacts){
    .user = lane->user,
    .n_last_second = count_last_second (&lane->rate, now_us),
    .n_urgent_last_second = count_last_second (&lane->urgent, now_us),
    .n_pending = lane->n_pending,
    .n_pending_bytes = lane->n_bytes,
    .is_connected = lane->is_connected,
    .is_slow = lane->is_slow,
    .is_at_rate = lane->blocked_until_us > now_us,
  };
  if (!lane->is_apart)
    add_rooms (facts, lane);
  return TRUE;
}

static void
count (TideLaneKinds *kinds, const TideLaneEntry *entry)
{
  if (entry->event == NULL)
    return;
  kinds->n_of_priority[entry->event->priority]++;
  kinds->n_of_class[entry->event->route->delivery_class]++;
}

/**
 * tide_lane_facts_count_kinds:
 * @self: a broadcaster
 * @user_slot: a user
 * @kinds: (out caller-allocates): where to count; all 0 when the user has no lane
 *
 * Counts the events that wait for a user, those for its rooms included. Goes through all
 * of them.
 */
void
tide_lane_facts_count_kinds (TideScalableBroadcaster *self,
                             guint32 user_slot,
                             TideLaneKinds *kinds)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);

  memset (kinds, 0, sizeof *kinds);
  if (lane == NULL)
    return;
  for (const TideLaneChain *at = lane->chain; at != NULL; at = at->older)
    count (kinds, &at->newest);
  for (guint i = 0; lane->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    for (guint k = 0; k < lane->queues[i].length; k++)
      count (kinds, tide_lane_queue_peek (&lane->queues[i], k));
  for (guint i = 0; !lane->is_apart && i < lane->n_rooms; i++)
    {
      const GArray *entries = lane->rooms[i].room->entries;

      for (guint k = 0; k < entries->len; k++)
        count (kinds, &g_array_index (entries, TideLaneEntry, k));
    }
}

/**
 * tide_lane_facts_get_offline:
 * @queue: what is kept for users who are away
 * @user_slot: a user
 * @facts: (out caller-allocates): where to put them; all 0 when nothing is kept
 *
 * Tells how much is kept for a user, and for how long already.
 */
void
tide_lane_facts_get_offline (TideOfflineQueue *queue,
                             guint32 user_slot,
                             TideOfflineFacts *facts)
{
  TideOfflineUser *user =
      g_hash_table_lookup (queue->by_slot, GUINT_TO_POINTER (user_slot + 1));
  const TideOfflineEntry *oldest;

  *facts = (TideOfflineFacts){ 0 };
  if (user == NULL)
    return;
  oldest = user->entries.head->data;
  facts->n_events = user->entries.length;
  facts->n_bytes = user->n_bytes;
  facts->oldest_us =
      tide_clock_now_us (tide_timer_wheel_get_clock (queue->wheel)) - oldest->queued_us;
}
