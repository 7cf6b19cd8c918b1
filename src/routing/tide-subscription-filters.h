/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSubscriptionFilter:
 *
 * What one field of an event has to be for a subscription to match.
 */
typedef struct
{
  char *name;    /* (owned), such as `symbols` */
  char **values; /* (owned) (array zero-terminated=1), any of them, each once; none, or
                    `*` among them: all */
} TideSubscriptionFilter;

/**
 * TideSubscriptionFilters:
 *
 * The filters of a subscription, each name once; all of them have to match.
 */
typedef struct
{
  GPtrArray *items; /* (owned) (element-type TideSubscriptionFilter) */
} TideSubscriptionFilters;

TideSubscriptionFilters *tide_subscription_filters_new (void);
TideSubscriptionFilters *
tide_subscription_filters_copy (const TideSubscriptionFilters *self);
void tide_subscription_filters_free (TideSubscriptionFilters *self);
void tide_subscription_filters_set (TideSubscriptionFilters *self,
                                    const char *name,
                                    const char *const *values);
const char *const *tide_subscription_filters_get (const TideSubscriptionFilters *self,
                                                  const char *name);
gboolean tide_subscription_filters_equal (const TideSubscriptionFilters *self,
                                          const TideSubscriptionFilters *other);
void tide_subscription_filters_append_json (const TideSubscriptionFilters *self,
                                            GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSubscriptionFilters, tide_subscription_filters_free)

G_END_DECLS
