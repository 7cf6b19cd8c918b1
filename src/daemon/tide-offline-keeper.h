/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-store.h"
#include "tide-stages.h"

G_BEGIN_DECLS

/**
 * TideOfflineKeeper:
 *
 * Connects a store with the stages whose state it keeps.
 */
typedef struct _TideOfflineKeeper TideOfflineKeeper;

TideOfflineKeeper *tide_offline_keeper_new (TideRedisStore *store,
                                            const TideStages *stages);
void tide_offline_keeper_free (TideOfflineKeeper *self);
void tide_offline_keeper_start (TideOfflineKeeper *self,
                                void (*ready) (gpointer user_data),
                                gpointer user_data);
gboolean tide_offline_keeper_is_busy (TideOfflineKeeper *self);

G_END_DECLS
