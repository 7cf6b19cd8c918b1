/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-broadcaster.h"
#include "tide-redis-store.h"
#include "tide-scalable-broadcaster.h"
#include "tide-status.h"
#include "tide-subscription-manager.h"

G_BEGIN_DECLS

/**
 * TideOfflineStages:
 *
 * The stages that know of users who are away; unowned, they outlive the keeper.
 */
typedef struct
{
  TideUserTable *users;
  TideTimerWheel *wheel;
  TideStatus *status;
  TideSubscriptionManager *subscriptions;
  TideBroadcaster *direct;           /* (nullable), one of these two */
  TideScalableBroadcaster *scalable; /* (nullable) */
} TideOfflineStages;

/**
 * TideOfflineKeeper:
 *
 * Connects a store with the stages whose state it keeps.
 */
typedef struct _TideOfflineKeeper TideOfflineKeeper;

TideOfflineKeeper *tide_offline_keeper_new (TideRedisStore *store,
                                            const TideOfflineStages *stages);
void tide_offline_keeper_free (TideOfflineKeeper *self);
void tide_offline_keeper_start (TideOfflineKeeper *self,
                                void (*ready) (gpointer user_data),
                                gpointer user_data);
gboolean tide_offline_keeper_is_busy (TideOfflineKeeper *self);

G_END_DECLS
