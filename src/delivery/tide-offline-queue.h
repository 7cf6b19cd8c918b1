/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-counters.h"
#include "tide-offline-journal.h"
#include "tide-timer-wheel.h"
#include "tide-user-table.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideOfflineSettings:
 *
 * What may be kept for users who are away.
 */
typedef struct
{
  guint max_events;  /* for one user; 0: nothing is kept */
  gsize max_bytes;   /* of payloads, for one user */
  gsize total_bytes; /* for all users */
  gint64 max_age_us;
} TideOfflineSettings;

/**
 * TideOfflineQueue:
 *
 * Events that wait for users to come back.
 */
typedef struct _TideOfflineQueue TideOfflineQueue;

TideOfflineQueue *tide_offline_queue_new (TideUserTable *users,
                                          TideTimerWheel *wheel,
                                          TideCounters *counters,
                                          const TideOfflineSettings *settings);
void tide_offline_queue_free (TideOfflineQueue *self);
void tide_offline_queue_set_settings (TideOfflineQueue *self,
                                      const TideOfflineSettings *settings);
void tide_offline_queue_push (TideOfflineQueue *self,
                              guint32 user_slot,
                              const TideBatchItem *item);
gsize tide_offline_queue_shed (TideOfflineQueue *self, gsize n_bytes);
gboolean tide_offline_queue_wants (TideOfflineQueue *self,
                                   const TideEvent *event,
                                   guint32 user_slot);
void tide_offline_queue_return (TideOfflineQueue *self,
                                guint32 user_slot,
                                const TideBatchItem *item);
void tide_offline_queue_return_before (TideOfflineQueue *self,
                                       guint32 user_slot,
                                       const TideBatchItem *items,
                                       guint n_items);
gboolean
tide_offline_queue_peek (TideOfflineQueue *self, guint32 user_slot, TideBatchItem *item);
gboolean
tide_offline_queue_pop (TideOfflineQueue *self, guint32 user_slot, TideBatchItem *item);
guint tide_offline_queue_get_length (TideOfflineQueue *self, guint32 user_slot);
void tide_offline_queue_forget (TideOfflineQueue *self, guint32 user_slot);

void tide_offline_queue_set_store (TideOfflineQueue *self,
                                   TideOfflineStore *store,
                                   guint64 last_id);
void tide_offline_queue_write_user (TideOfflineQueue *self, guint32 user_slot);
void tide_offline_queue_restore (TideOfflineQueue *self,
                                 guint32 user_slot,
                                 const TideStoredEvent *events,
                                 guint n_events);
void tide_offline_queue_settle (TideOfflineQueue *self);
void tide_offline_queue_taken (TideOfflineQueue *self,
                               guint32 user_slot,
                               const TideBatch *batch);
void tide_offline_queue_left (TideOfflineQueue *self, guint32 user_slot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideOfflineQueue, tide_offline_queue_free)

G_END_DECLS
