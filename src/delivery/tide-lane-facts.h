/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-scalable-broadcaster.h"

G_BEGIN_DECLS

/**
 * TideLaneFacts:
 *
 * What waits for a user at the moment, and what it got of late.
 */
typedef struct
{
  TideUserRef user;
  guint n_last_second;        /* events that it got in the last 1.0 to 1.1 s */
  guint n_urgent_last_second; /* of high and critical priority, besides these */
  guint n_pending;            /* events that wait, those for its rooms included */
  gsize n_pending_bytes;      /* of their payloads */
  gboolean is_connected;
  gboolean is_slow;    /* its connections have more to read than the soft limit */
  gboolean is_at_rate; /* what waits, waits for the rate */
} TideLaneFacts;

/**
 * TideLaneKinds:
 *
 * What the events are that wait for a user.
 */
typedef struct
{
  guint n_of_priority[TIDE_N_PRIORITIES];
  guint n_of_class[TIDE_N_CLASSES];
} TideLaneKinds;

/**
 * TideOfflineFacts:
 *
 * What is kept for a user who is away.
 */
typedef struct
{
  guint n_events;
  gsize n_bytes;    /* of their payloads */
  gint64 oldest_us; /* how long the oldest is kept; 0 without one */
} TideOfflineFacts;

guint tide_lane_facts_get_n_slots (TideScalableBroadcaster *self);
gboolean tide_lane_facts_find_connected (TideScalableBroadcaster *self,
                                         guint32 user_slot,
                                         TideUserRef *user);
gboolean tide_lane_facts_get (TideScalableBroadcaster *self,
                              guint32 user_slot,
                              TideLaneFacts *facts);
void tide_lane_facts_count_kinds (TideScalableBroadcaster *self,
                                  guint32 user_slot,
                                  TideLaneKinds *kinds);
void tide_lane_facts_get_offline (TideOfflineQueue *queue,
                                  guint32 user_slot,
                                  TideOfflineFacts *facts);

G_END_DECLS
