/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-clock.h"
#include "tide-offline-store.h"
#include "tide-user-table.h"

G_BEGIN_DECLS

/**
 * TideOfflineJournal:
 *
 * Tells a store what waits for users, and what of it has ended. What was handed over to a
 * user who is back stays in the store until the kernel has taken it, or it has come back
 * and waits again. Without a store it does nothing.
 */
typedef struct _TideOfflineJournal TideOfflineJournal;

TideOfflineJournal *tide_offline_journal_new (TideUserTable *users, TideClock *clock);
void tide_offline_journal_free (TideOfflineJournal *self);
void tide_offline_journal_set_store (TideOfflineJournal *self,
                                     TideOfflineStore *store,
                                     guint64 first_id);
guint64 tide_offline_journal_add (TideOfflineJournal *self,
                                  guint32 user_slot,
                                  const TideBatchItem *item,
                                  gint64 queued_us);
void
tide_offline_journal_remove (TideOfflineJournal *self, guint32 user_slot, guint64 id);
void tide_offline_journal_hand_out (TideOfflineJournal *self,
                                    guint32 user_slot,
                                    const TideBatchItem *item,
                                    guint64 id,
                                    gint64 queued_us);
void tide_offline_journal_taken (TideOfflineJournal *self,
                                 guint32 user_slot,
                                 TideEvent *event);
void tide_offline_journal_left (TideOfflineJournal *self, guint32 user_slot);
void tide_offline_journal_disordered (TideOfflineJournal *self, guint32 user_slot);
guint64 tide_offline_journal_write_out (TideOfflineJournal *self, guint32 user_slot);
guint64 tide_offline_journal_write (TideOfflineJournal *self,
                                    guint32 user_slot,
                                    const TideBatchItem *item,
                                    guint64 id,
                                    gint64 queued_us);
guint64 tide_offline_journal_take_id (TideOfflineJournal *self);

G_END_DECLS
