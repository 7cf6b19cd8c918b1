/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-delivery-limits.h"
#include "tide-offline-queue.h"
#include "tide-sink.h"
#include "tide-timer-wheel.h"
#include "tide-user-table.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideDeliverySettings:
 *
 * How events are delivered.
 */
typedef struct
{
  TideDeliveryLimits limits;
  gsize batch_max_bytes; /* of payloads in one batch; an event alone may be larger */
  gsize lane_max_bytes;  /* of payloads that wait for one user */
  TideOfflineSettings offline;
} TideDeliverySettings;

/**
 * TideScalableBroadcaster:
 *
 * Delivers events in batches, at the pace that each user can take. The successor of the
 * Flask tier's ScalableBroadcaster.
 */
#define TIDE_TYPE_SCALABLE_BROADCASTER (tide_scalable_broadcaster_get_type ())
G_DECLARE_FINAL_TYPE (TideScalableBroadcaster,
                      tide_scalable_broadcaster,
                      TIDE,
                      SCALABLE_BROADCASTER,
                      GObject)

TideScalableBroadcaster *
tide_scalable_broadcaster_new (TideBatchSink *sink,
                               TideUserTable *users,
                               TideTimerWheel *wheel,
                               TideCounters *counters,
                               const TideDeliverySettings *settings);
void tide_scalable_broadcaster_reload (TideScalableBroadcaster *self,
                                       const TideDeliverySettings *settings);
void tide_scalable_broadcaster_set_limits (TideScalableBroadcaster *self,
                                           const TideDeliveryLimits *limits);
const TideDeliveryLimits *
tide_scalable_broadcaster_get_limits (TideScalableBroadcaster *self);
void tide_scalable_broadcaster_limit_user (TideScalableBroadcaster *self,
                                           TideUserRef user,
                                           const TideUserLimits *limits);
const TideUserLimits *
tide_scalable_broadcaster_get_user_limits (TideScalableBroadcaster *self,
                                           TideUserRef user);
void tide_scalable_broadcaster_lift_user_limits (TideScalableBroadcaster *self,
                                                 gboolean are_lifted);
void tide_scalable_broadcaster_flush (TideScalableBroadcaster *self);
guint tide_scalable_broadcaster_get_n_pending (TideScalableBroadcaster *self,
                                               guint32 user_slot);
const char *tide_scalable_broadcaster_explain (TideScalableBroadcaster *self,
                                               const TideEvent *event,
                                               const TideAudience *audience,
                                               guint32 user_slot);
gsize tide_scalable_broadcaster_shed_offline (TideScalableBroadcaster *self,
                                              gsize n_bytes);
gboolean tide_scalable_broadcaster_has_pending (TideScalableBroadcaster *self,
                                                guint32 user_slot);
TideOfflineQueue *tide_scalable_broadcaster_get_offline (TideScalableBroadcaster *self);
void tide_scalable_broadcaster_replay (TideScalableBroadcaster *self, guint32 user_slot);

G_END_DECLS
