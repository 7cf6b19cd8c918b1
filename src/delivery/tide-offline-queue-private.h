/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-offline-queue.h"

G_BEGIN_DECLS

/* What the queue's files share: tide-offline-queue.c has what waits,
 * tide-offline-restore.c what outlives the process. */

typedef struct
{
  GQueue entries; /* (owned) (element-type TideOfflineEntry), oldest first */
  gsize n_bytes;
  guint32 slot; /* held */
} TideOfflineUser;

typedef struct
{
  TideBatchItem item;
  gint64 queued_us;
  guint64 id;            /* in the store; 0 without one */
  TideOfflineUser *user; /* (unowned) */
  GList in_user;         /* its link in the user's queue */
  GList in_all;          /* its link in the queue of all */
} TideOfflineEntry;

struct _TideOfflineQueue
{
  TideUserTable *users;        /* (unowned), outlives us */
  TideTimerWheel *wheel;       /* (unowned), outlives us */
  TideCounters *counters;      /* (unowned), outlives us */
  TideOfflineJournal *journal; /* (owned) */
  TideOfflineSettings settings;
  GHashTable *by_slot; /* (owned), slot + 1 → (owned) TideOfflineUser */
  GQueue all;          /* (element-type TideOfflineEntry), oldest first */
  gsize n_bytes;
  TideTimer timer; /* when the oldest is too old */
};

TideBook *tide_offline_queue_get_book (TideOfflineQueue *self,
                                       const TideOfflineEntry *entry);
TideOfflineEntry *tide_offline_queue_insert (TideOfflineQueue *self,
                                             guint32 user_slot,
                                             const TideBatchItem *item);
void tide_offline_queue_hold_limits (TideOfflineQueue *self, guint32 user_slot);
void tide_offline_queue_expire (TideOfflineQueue *self);

G_END_DECLS
