/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-lane-chain.h"
#include "tide-lane-queue.h"
#include "tide-rate-ring.h"
#include "tide-timer-wheel.h"
#include "tide-user-table.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRoomLog:
 *
 * What waits for all who are in a room and in step with each other.
 */
typedef struct _TideRoomLog TideRoomLog;

/**
 * TideLaneRoom:
 *
 * Where a lane stands in a room.
 */
typedef struct
{
  TideRoomLog *room; /* (unowned) */
  guint place;       /* in the room's list of lanes in step, or of those apart */
} TideLaneRoom;

/**
 * TideLane:
 *
 * What waits for one user, and how much it got of late.
 *
 * A queue for each priority: a batch takes from the highest first. An event may wait in
 * the queue of a higher priority than its own, so that none of its topic passes it.
 *
 * As long as events only come and leave in their time they wait in a chain instead, which
 * many lanes have at once.
 *
 * Plain struct; the [class@ScalableBroadcaster] owns it.
 */
typedef struct
{
  /* What each push looks at comes first, in one line of the processor's cache, and what
   * each flush does in the next one. */
  TideLaneChain *chain; /* (owned) (nullable), all that waits; then there are no queues */
  gsize n_bytes;        /* of pending payloads */
  TideUserRef user;     /* its slot is held */
  guint64 last_push;    /* number of the last push that came by here */
  gint64 last_flush_us;
  gint64 blocked_until_us; /* at its rate until then */
  guint n_pending;         /* in all queues, or in the chain */
  guint n_replayed;        /* of these, kept while the user was away */
  gboolean is_connected : 1;
  gboolean
      is_apart : 1; /* gets what is for its rooms by itself, out of step with others */
  gboolean is_unsettled : 1; /* in the broadcaster's list of those that may be apart */
  gboolean is_slow : 1;      /* its connections have more to read than the soft limit */
  gboolean was_silent : 1;   /* and no window has begun since then */
  gboolean is_limited : 1;   /* by limits of its own, which the broadcaster has */
  gboolean is_stuck : 1; /* its connections take nothing more; they are about to end */
  guint n_rooms : 24;
  TideRateRing rate;     /* events that count against events-per-second */
  gpointer owner;        /* (unowned), the broadcaster */
  TideLaneQueue *queues; /* (owned) (nullable) (array length=TIDE_N_PRIORITIES), while
                            something waits that is not in the chain */
  TideTimer timer;       /* the next flush; of a user who is away, when we are freed */
  TideLaneRoom *rooms;   /* (owned) (nullable) (array length=n_rooms), kept by the room
                            logs; of one it is @one_room */
  TideLaneRoom one_room;
  TideRateRing urgent; /* those that count against urgent-events-per-second */
} TideLane;

/**
 * TideLaneTally:
 * @n_conflated: by class, events that a newer one replaced
 * @n_dropped: by class, events that were dropped
 *
 * What became of pending events that did not leave.
 */
typedef struct
{
  guint n_conflated[TIDE_N_CLASSES];
  guint n_dropped[TIDE_N_CLASSES];
} TideLaneTally;

void tide_lane_tidy (TideLane *self);
void tide_lane_clear (TideLane *self);
void tide_lane_unshare (TideLane *self);
void tide_lane_drop (TideLane *self, TideLaneQueue *queue, TideLaneEntry *at);
void tide_lane_append (TideLane *self, TideLaneEntry *entry, TidePriority priority);
void tide_lane_put_back (TideLane *self, const TideLaneEntry *entries, guint n_entries);
gboolean tide_lane_replace (TideLane *self, TideLaneEntry *entry, TideLaneTally *tally);
void tide_lane_raise (TideLane *self,
                      const TideTopic *topic,
                      TidePriority priority,
                      gboolean replaces,
                      TideLaneTally *tally);
void tide_lane_take (TideLane *self, guint n_events, gsize n_bytes, GArray *entries);
void
tide_lane_take_lossless (TideLane *self, guint n_events, gsize n_bytes, GArray *entries);
void tide_lane_take_topic (TideLane *self,
                           const TideTopic *topic,
                           GArray *entries,
                           TideLaneTally *tally);
guint tide_lane_count_topic (TideLane *self, const TideTopic *topic, gsize *n_bytes);
void tide_lane_take_all (TideLane *self, GArray *entries);
void tide_lane_conflate (TideLane *self, TideLaneTally *tally);
void tide_lane_shed (TideLane *self, TideLaneTally *tally);
void tide_lane_drop_oldest (TideLane *self, TideLaneTally *tally);

G_END_DECLS
