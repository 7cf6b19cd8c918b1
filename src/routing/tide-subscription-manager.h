/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-chart-source.h"
#include "tide-counters.h"
#include "tide-offline-store.h"
#include "tide-sink.h"
#include "tide-subscription-index.h"
#include "tide-timer-wheel.h"
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
  guint max_tickers;          /* of one connection, and values of one filter */
  guint max_tickers_per_user; /* different ones, over all connections of a user; also how
                                 many values all its subscriptions may have */
  guint max_subscriptions;    /* of those in force, how many a connection has made */
  guint max_subscriptions_per_user;
  gint64 offline_max_age_us; /* how long a user who is away is waited for */
  guint offline_max_users;   /* how many such users, 0: nobody is waited for */
} TideSubscriptionSettings;

/**
 * TideSubscriptionRequest:
 *
 * A subscription that a user asks for.
 */
typedef struct
{
  TideUserRef user;
  guint64 connection_id;                  /* which asked, 0: none */
  const char *type;                       /* (unowned) */
  const TideSubscriptionFilters *filters; /* (unowned) */
} TideSubscriptionRequest;

/**
 * TideUserSubscription:
 *
 * A subscription that a user has asked for, and keeps over all its connections.
 */
typedef struct
{
  char *type;                       /* (owned) */
  TideSubscriptionFilters *filters; /* (owned), without those that accept all */
  TideSubscription *entry;          /* (unowned), in the index */
  guint64 connection_id;            /* which asked for it, 0: none */
  gint64 created_us;                /* monotonic time */
  gint64 last_active_us;    /* monotonic time at which it was asked for or changed last */
  gboolean is_pattern_list; /* of `subscribe_patterns`, which a later one replaces */
} TideUserSubscription;

/**
 * TideSubscriptionManager:
 *
 * What users asked for, and who of them is here or away.
 */
#define TIDE_TYPE_SUBSCRIPTION_MANAGER (tide_subscription_manager_get_type ())
G_DECLARE_FINAL_TYPE (TideSubscriptionManager,
                      tide_subscription_manager,
                      TIDE,
                      SUBSCRIPTION_MANAGER,
                      GObject)

TideSubscriptionManager *
tide_subscription_manager_new (TideUserTable *users,
                               TideTimerWheel *wheel,
                               TideCounters *counters,
                               TideRouteTable *routes,
                               const TideSubscriptionSettings *settings);
void tide_subscription_manager_reload (TideSubscriptionManager *self,
                                       const TideSubscriptionSettings *settings);
void tide_subscription_manager_set_observer (TideSubscriptionManager *self,
                                             TideUserObserver *observer);

void tide_subscription_manager_set_charts (TideSubscriptionManager *self,
                                           TideChartSource *charts);

/* What outlives the process. */
void tide_subscription_manager_set_store (TideSubscriptionManager *self,
                                          TideOfflineStore *store);
gboolean tide_subscription_manager_write_user (TideSubscriptionManager *self,
                                               const char *name,
                                               TideUserRef *user);
void tide_subscription_manager_list_kept (TideSubscriptionManager *self,
                                          GPtrArray *names);
gboolean tide_subscription_manager_restore_user (TideSubscriptionManager *self,
                                                 const char *name,
                                                 gint64 since_real_us,
                                                 const char *record,
                                                 TideUserRef *user);

/* What users ask for. */
gboolean
tide_subscription_manager_update_user_subscriptions (TideSubscriptionManager *self,
                                                     TideUserRef user,
                                                     guint64 connection_id,
                                                     const char *const *tickers,
                                                     GError **error);
gboolean tide_subscription_manager_subscribe_user (TideSubscriptionManager *self,
                                                   const TideSubscriptionRequest *request,
                                                   GError **error);
guint tide_subscription_manager_unsubscribe_user (TideSubscriptionManager *self,
                                                  TideUserRef user,
                                                  const char *type,
                                                  const TideSubscriptionFilters *filters);
const TideUserSubscription *const *tide_subscription_manager_get_user_subscriptions (
    TideSubscriptionManager *self, TideUserRef user, guint *n_subscriptions);

/* What the router asks. */
void tide_subscription_manager_find_subscribers (TideSubscriptionManager *self,
                                                 const TideEvent *event,
                                                 TideSlotSet *found);
gboolean tide_subscription_manager_explain (TideSubscriptionManager *self,
                                            const TideEvent *event,
                                            guint32 slot,
                                            char **text);
gboolean tide_subscription_manager_waits (TideSubscriptionManager *self);
gboolean tide_subscription_manager_keep_named (TideSubscriptionManager *self,
                                               const char *name,
                                               TideUserRef *user);
gboolean tide_subscription_manager_is_connected (TideSubscriptionManager *self,
                                                 guint32 slot);
gboolean tide_subscription_manager_is_away (TideSubscriptionManager *self, guint32 slot);
const guint32 *tide_subscription_manager_get_connected (TideSubscriptionManager *self,
                                                        guint *n_users);
gint64 tide_subscription_manager_get_now_us (TideSubscriptionManager *self);
const char *const *
tide_subscription_manager_get_connection_tickers (TideSubscriptionManager *self,
                                                  guint64 connection_id);
guint tide_subscription_manager_count_tickers (TideSubscriptionManager *self,
                                               guint32 slot);
TideUserTable *tide_subscription_manager_get_users (TideSubscriptionManager *self);
TideRouteTable *tide_subscription_manager_get_routes (TideSubscriptionManager *self);
TideSubscriptionIndex *
tide_subscription_manager_get_index (TideSubscriptionManager *self);

G_END_DECLS
