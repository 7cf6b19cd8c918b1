/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-offline-queue.h"
#include "tide-sink.h"
#include "tide-timer-wheel.h"
#include "tide-user-table.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideBroadcaster:
 *
 * Delivers each event by itself, at once. The successor of the Flask tier's
 * WebSocketBroadcaster: patterns, backtests, health, and the offline queue.
 */
#define TIDE_TYPE_BROADCASTER (tide_broadcaster_get_type ())
G_DECLARE_FINAL_TYPE (TideBroadcaster, tide_broadcaster, TIDE, BROADCASTER, GObject)

TideBroadcaster *tide_broadcaster_new (TideBatchSink *sink,
                                       TideUserTable *users,
                                       TideTimerWheel *wheel,
                                       TideCounters *counters,
                                       const TideOfflineSettings *settings);
void tide_broadcaster_reload (TideBroadcaster *self, const TideOfflineSettings *settings);
gsize tide_broadcaster_shed_offline (TideBroadcaster *self, gsize n_bytes);
TideOfflineQueue *tide_broadcaster_get_offline (TideBroadcaster *self);
void tide_broadcaster_replay (TideBroadcaster *self, guint32 user_slot);

const char *tide_broadcaster_explain (TideBroadcaster *self,
                                      const TideEvent *event,
                                      guint32 user_slot);

G_END_DECLS
