/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"
#include "tide-slot-set.h"
#include "tide-subscription-filters.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSubscriptionIndex:
 *
 * Which users have which subscriptions, inverted by type, filter and value: a look-up
 * gives the users that an event is for, without a walk over users. What types there are,
 * and which filters they have, comes from the routes.
 *
 * A subscription matches an event of a route when each of its filters does: the event's
 * field, or the constant, that the route pairs with the filter is one of the filter's
 * values. A filter that is absent or empty, or has `*` among its values, always matches.
 * What the route pairs with nothing, and what the event does not have, matches only
 * these.
 */
typedef struct _TideSubscriptionIndex TideSubscriptionIndex;

/**
 * TideSubscription:
 *
 * A subscription in an index. Belongs to it.
 */
typedef struct _TideSubscription TideSubscription;

TideSubscriptionIndex *tide_subscription_index_new (TideRouteTable *routes);
void tide_subscription_index_free (TideSubscriptionIndex *self);
void tide_subscription_index_trim (TideSubscriptionIndex *self, guint32 n_slots);
void tide_subscription_index_register (TideSubscriptionIndex *self,
                                       const char *type,
                                       const char *filter);
gboolean tide_subscription_index_has_type (TideSubscriptionIndex *self, const char *type);
gboolean tide_subscription_index_has_filter (TideSubscriptionIndex *self,
                                             const char *type,
                                             const char *filter);
char *tide_subscription_index_list_types (TideSubscriptionIndex *self);
char *tide_subscription_index_list_filters (TideSubscriptionIndex *self,
                                            const char *type);

TideSubscription *tide_subscription_index_add (TideSubscriptionIndex *self,
                                               guint32 user_slot,
                                               const char *type,
                                               const TideSubscriptionFilters *filters);
TideSubscription *tide_subscription_index_add_counted (TideSubscriptionIndex *self,
                                                       guint32 user_slot,
                                                       const char *type,
                                                       const char *filter);
const char *tide_subscription_index_hold (TideSubscriptionIndex *self,
                                          TideSubscription *subscription,
                                          const char *value);
guint tide_subscription_index_get_n_holds (const TideSubscription *subscription,
                                           const char *value);
gboolean tide_subscription_index_release (TideSubscriptionIndex *self,
                                          TideSubscription *subscription,
                                          const char *value);
guint tide_subscription_index_count_values (const TideSubscription *subscription);
void tide_subscription_index_remove (TideSubscriptionIndex *self,
                                     TideSubscription *subscription);

void tide_subscription_index_lookup (TideSubscriptionIndex *self,
                                     const TideEvent *event,
                                     TideSlotSet *found);
gboolean tide_subscription_index_find_others (TideSubscriptionIndex *self,
                                              TideRoute *route,
                                              const guint32 *slots,
                                              guint n_slots,
                                              TideSlotSet *found);
guint64 tide_subscription_index_get_n_subscriptions (TideSubscriptionIndex *self);
guint64 tide_subscription_index_get_n_entries (TideSubscriptionIndex *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSubscriptionIndex, tide_subscription_index_free)

G_END_DECLS
