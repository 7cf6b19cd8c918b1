/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits of single users. They are in a table aside, and a bit in the lane says that
 * there are some: lanes without pay nothing for it. */

#include "tide-scalable-broadcaster-private.h"

typedef struct
{
  TideUserRef user; /* whose they are; the slot may have another one since */
  TideUserLimits limits;
} OwnLimits;

static const OwnLimits *
find (const TideScalableBroadcaster *self, TideUserRef user)
{
  const OwnLimits *own =
      g_hash_table_lookup (self->own_limits, GUINT_TO_POINTER (user.slot));

  return own != NULL && own->user.generation == user.generation ? own : NULL;
}

/*
 * tide_lane_find_limits:
 * @self: the broadcaster
 * @lane: a lane
 *
 * Notes whether the user of a lane has limits of its own.
 */
void
tide_lane_find_limits (TideScalableBroadcaster *self, TideLane *lane)
{
  lane->is_limited =
      g_hash_table_size (self->own_limits) > 0 && find (self, lane->user) != NULL;
}

/*
 * tide_lane_forget_limits:
 * @self: the broadcaster
 * @user: a user who is gone, or has the limits of all others again
 *
 * Forgets the limits of a user, if there are any.
 */
void
tide_lane_forget_limits (TideScalableBroadcaster *self, TideUserRef user)
{
  if (g_hash_table_size (self->own_limits) > 0 && find (self, user) != NULL)
    g_hash_table_remove (self->own_limits, GUINT_TO_POINTER (user.slot));
}

/*
 * tide_lane_get_own_rate:
 * @self: the broadcaster
 * @lane: a lane with limits of its own
 *
 * Returns: the events that its user gets in a second at most; 0: no limit
 */
guint
tide_lane_get_own_rate (const TideScalableBroadcaster *self, const TideLane *lane)
{
  return self->is_own_unlimited ? 0 : find (self, lane->user)->limits.events_per_second;
}

/*
 * tide_lane_get_own_urgent_rate:
 * @self: the broadcaster
 * @lane: a lane with limits of its own
 *
 * Returns: the urgent events that its user gets besides these; 0: no limit
 */
guint
tide_lane_get_own_urgent_rate (const TideScalableBroadcaster *self, const TideLane *lane)
{
  return self->is_own_unlimited
             ? 0
             : find (self, lane->user)->limits.urgent_events_per_second;
}

static void
put (TideScalableBroadcaster *self, TideUserRef user, const TideUserLimits *limits)
{
  OwnLimits *own = g_new0 (OwnLimits, 1);

  own->user = user;
  own->limits = *limits;
  g_hash_table_insert (self->own_limits, GUINT_TO_POINTER (user.slot), own);
}

/**
 * tide_scalable_broadcaster_limit_user:
 * @self: a broadcaster
 * @user: a user who is here, or waited for
 * @limits: (nullable): limits from now on, %NULL for those of all others
 *
 * Sets the limits of one user. They stay until they are set again or the user is gone,
 * whatever becomes of those of all others. What waits leaves now as far as they allow.
 */
void
tide_scalable_broadcaster_limit_user (TideScalableBroadcaster *self,
                                      TideUserRef user,
                                      const TideUserLimits *limits)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  if (limits != NULL)
    put (self, user, limits);
  else
    tide_lane_forget_limits (self, user);
  if (lane == NULL)
    return;
  tide_lane_find_limits (self, lane);
  if (!lane->is_connected || lane->n_pending == 0)
    return;
  lane->blocked_until_us = 0;
  tide_lane_flush (self, lane, now_us);
}

/**
 * tide_scalable_broadcaster_get_user_limits:
 * @self: a broadcaster
 * @user: a user
 *
 * Returns: (transfer none) (nullable): the limits that the user has of its own, until
 * they are set again; %NULL for those of all others
 */
const TideUserLimits *
tide_scalable_broadcaster_get_user_limits (TideScalableBroadcaster *self,
                                           TideUserRef user)
{
  const OwnLimits *own = find (self, user);

  return own != NULL ? &own->limits : NULL;
}

/**
 * tide_scalable_broadcaster_lift_user_limits:
 * @self: a broadcaster
 * @are_lifted: whether limits of single users are out of force for now
 *
 * Takes the limits of single users out of force without forgetting them, or puts them in
 * force again.
 */
void
tide_scalable_broadcaster_lift_user_limits (TideScalableBroadcaster *self,
                                            gboolean are_lifted)
{
  self->is_own_unlimited = are_lifted;
}
