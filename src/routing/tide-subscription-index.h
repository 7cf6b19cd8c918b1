/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSubscriptionIndex:
 *
 * Which users hold which value, such as a ticker. Inverted: a look-up gives the users of
 * one value without a walk over users. A user may hold a value several times, once for
 * every tab that asked for it, and is found as long as one is left.
 */
typedef struct _TideSubscriptionIndex TideSubscriptionIndex;

TideSubscriptionIndex *tide_subscription_index_new (void);
void tide_subscription_index_free (TideSubscriptionIndex *self);
void tide_subscription_index_hold (TideSubscriptionIndex *self,
                                   guint32 user_slot,
                                   const char *value,
                                   gsize length);
gboolean tide_subscription_index_release (TideSubscriptionIndex *self,
                                          guint32 user_slot,
                                          const char *value,
                                          gsize length);
const guint32 *tide_subscription_index_lookup (TideSubscriptionIndex *self,
                                               const char *value,
                                               gsize length,
                                               guint *n_users);
guint tide_subscription_index_count_values (TideSubscriptionIndex *self,
                                            guint32 user_slot);
guint tide_subscription_index_get_n_values (TideSubscriptionIndex *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSubscriptionIndex, tide_subscription_index_free)

G_END_DECLS
