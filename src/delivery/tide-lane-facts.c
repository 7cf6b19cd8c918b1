/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Looking at lanes. Nothing here is on the way of an event. */

#include "tide-lane-facts.h"

#include "tide-scalable-broadcaster-private.h"

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
