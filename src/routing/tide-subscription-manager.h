/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-subscription-index.h"
#include "tide-user-table.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideSubscriptionSettings:
 *
 * The limits of subscriptions.
 */
typedef struct
{
  guint max_tickers;          /* of one connection */
  guint max_tickers_per_user; /* different ones, over all connections of a user */
} TideSubscriptionSettings;

#define TIDE_TYPE_SUBSCRIPTION_MANAGER (tide_subscription_manager_get_type ())
G_DECLARE_FINAL_TYPE (TideSubscriptionManager,
                      tide_subscription_manager,
                      TIDE,
                      SUBSCRIPTION_MANAGER,
                      GObject)

TideSubscriptionManager *
tide_subscription_manager_new (TideUserTable *users,
                               const TideSubscriptionSettings *settings);
void tide_subscription_manager_reload (TideSubscriptionManager *self,
                                       const TideSubscriptionSettings *settings);
TideSubscriptionIndex *
tide_subscription_manager_get_tickers (TideSubscriptionManager *self);

G_END_DECLS
