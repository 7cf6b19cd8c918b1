/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-subscription-index.h"

G_BEGIN_DECLS

/* What the files of the index share: tide-subscription-types.c has what can be subscribed
 * to, tide-subscription-index.c the subscriptions, tide-subscription-lookup.c the
 * questions. */

typedef struct _TideIndexType TideIndexType;
typedef struct _TideIndexFilter TideIndexFilter;

/* A subscription in a list. */
typedef struct
{
  TideSubscription *subscription; /* (unowned) */
  guint32 slot;                   /* of its user, here so that a look-up stays here */
  guint32 term;                   /* index of the list among the subscription's terms */
} TideIndexEntry;

/* A list of subscriptions: those that have one value in one filter, or accept all there,
 * or just all of a type. */
typedef struct
{
  TideIndexFilter *filter; /* (unowned) (nullable), for a value: the filter */
  char *value;             /* (owned) (nullable) */
  gsize length;            /* of @value in bytes */
  TideIndexEntry *entries; /* (owned), in any order */
  guint32 n_entries;
  guint32 n_allocated;
} TideIndexList;

struct _TideIndexFilter
{
  char *name;        /* (owned) */
  GHashTable *lists; /* (owned) (element-type TideIndexList), a set, found by value */
  TideIndexList all; /* those that accept all here */
};

struct _TideIndexType
{
  char *name;         /* (owned) */
  GPtrArray *filters; /* (owned) (element-type TideIndexFilter) */
  TideIndexList all;  /* every subscription of the type */
  GArray *n_of_user;  /* (owned) (element-type guint32), subscriptions, by user slot */
  guint n_users;      /* with one at least */
};

/* That a subscription is in a list. */
typedef struct
{
  TideIndexList *list; /* (unowned) */
  guint32 place;       /* among the list's entries */
  guint32 n_holds;     /* of a counted subscription: how often it has the value */
} TideIndexTerm;

struct _TideSubscription
{
  TideIndexType *type;      /* (unowned) */
  TideIndexFilter *counted; /* (unowned) (nullable), whose values come and go */
  TideIndexTerm *terms;     /* (owned), sorted by list, but for a counted subscription */
  guint32 slot;
  guint32 n_terms;
  guint32 n_allocated;
  guint32 n_values; /* of @terms, those that are values */
};

struct _TideSubscriptionIndex
{
  GPtrArray *types;  /* (owned) (element-type TideIndexType) */
  GHashTable *plans; /* (owned), (owned) TideRoute → (owned) GPtrArray of plans */
  guint64 n_subscriptions;
  guint64 n_entries; /* values in subscriptions */
};

void tide_index_type_free (gpointer data);
TideIndexType *tide_subscription_index_find_type (TideSubscriptionIndex *self,
                                                  const char *name);
TideIndexFilter *tide_index_type_find_filter (TideIndexType *self, const char *name);
TideIndexList *
tide_index_filter_find_list (TideIndexFilter *self, const char *value, gsize length);
TideIndexList *tide_index_filter_get_list (TideIndexFilter *self, const char *value);
void tide_subscription_free (TideSubscription *self);
TideIndexTerm *tide_subscription_find_term (const TideSubscription *self,
                                            const TideIndexList *list);
void tide_subscription_index_init_plans (TideSubscriptionIndex *self);

G_END_DECLS
