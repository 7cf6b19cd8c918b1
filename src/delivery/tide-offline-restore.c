/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The offline queue and its store: what is written to it, and what comes back after a
 * start. */

#include "tide-offline-queue-private.h"

/**
 * tide_offline_queue_set_store:
 * @self: a queue
 * @store: (nullable): what keeps a copy from now on; %NULL: nothing does any more
 * @last_id: the highest id that the store has
 *
 * Connects a store. What waits already is not written to it: it asks for that.
 */
void
tide_offline_queue_set_store (TideOfflineQueue *self,
                              TideOfflineStore *store,
                              guint64 last_id)
{
  tide_offline_journal_set_store (self->journal, store, last_id);
}

/**
 * tide_offline_queue_write_user:
 * @self: a queue with a store
 * @user_slot: a user
 *
 * Has the store append all that waits for a user, in its order.
 */
void
tide_offline_queue_write_user (TideOfflineQueue *self, guint32 user_slot)
{
  TideOfflineUser *user =
      g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));
  guint64 last_id = tide_offline_journal_write_out (self->journal, user_slot);

  for (GList *at = user != NULL ? user->entries.head : NULL; at != NULL; at = at->next)
    {
      TideOfflineEntry *entry = at->data;

      if (entry->id <= last_id)
        entry->id = tide_offline_journal_take_id (self->journal);
      last_id = tide_offline_journal_write (
          self->journal, user_slot, &entry->item, entry->id, entry->queued_us);
    }
}

/**
 * tide_offline_queue_restore:
 * @self: a queue
 * @user_slot: a user
 * @events: (array length=n_events): what a store has kept for it, oldest first
 * @n_events: how many
 *
 * Puts events before all that waits for a user, with the age that they have. They are in
 * the books from now on. Call tide_offline_queue_settle() after the last user.
 */
void
tide_offline_queue_restore (TideOfflineQueue *self,
                            guint32 user_slot,
                            const TideStoredEvent *events,
                            guint n_events)
{
  TideOfflineUser *user =
      g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));
  GList *first = user != NULL ? user->entries.head : NULL;
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  gint64 now_real_us = g_get_real_time ();

  for (guint i = 0; i < n_events; i++)
    {
      TideBatchItem item = { .event = events[i].event,
                             .n_attempts = MIN (events[i].n_attempts, G_MAXUINT8) };
      TideOfflineEntry *entry = tide_offline_queue_insert (self, user_slot, &item);

      entry->id = events[i].id;
      entry->queued_us = now_us - MAX (now_real_us - events[i].queued_real_us, 0);
      tide_offline_queue_get_book (self, entry)->offered++;
      self->counters->offline_queued++;
      self->counters->offline_restored++;
      if (first == NULL)
        continue;
      g_queue_unlink (&entry->user->entries, &entry->in_user);
      g_queue_insert_before_link (&entry->user->entries, first, &entry->in_user);
    }
}

static int
compare_age (gconstpointer one, gconstpointer other, gpointer user_data)
{
  gint64 a = ((const TideOfflineEntry *) one)->queued_us;
  gint64 b = ((const TideOfflineEntry *) other)->queued_us;

  return a < b ? -1 : a > b;
}

/**
 * tide_offline_queue_settle:
 * @self: a queue to which events were restored
 *
 * Puts the limits in force for what was restored: the oldest give way, and what is too
 * old goes.
 */
void
tide_offline_queue_settle (TideOfflineQueue *self)
{
  g_autoptr (GList) slots = g_hash_table_get_keys (self->by_slot);

  g_queue_sort (&self->all, compare_age, NULL);
  for (GList *at = slots; at != NULL; at = at->next)
    tide_offline_queue_hold_limits (self, GPOINTER_TO_UINT (at->data) - 1);
  tide_offline_queue_expire (self);
}

/**
 * tide_offline_queue_taken:
 * @self: a queue
 * @user_slot: a user
 * @batch: what the kernel has taken for it, with events that were kept for it
 *
 * Notes that these have reached the user: they are not to come again, not even after a
 * crash.
 */
void
tide_offline_queue_taken (TideOfflineQueue *self,
                          guint32 user_slot,
                          const TideBatch *batch)
{
  for (guint i = 0; i < batch->n_events; i++)
    if (batch->items[i].is_replayed)
      tide_offline_journal_taken (self->journal, user_slot, batch->items[i].event);
}

/**
 * tide_offline_queue_left:
 * @self: a queue
 * @user_slot: a user who has gone, after all that it did not take has come back
 *
 * Notes that nothing is on its way to the user any more.
 */
void
tide_offline_queue_left (TideOfflineQueue *self, guint32 user_slot)
{
  tide_offline_journal_left (self->journal, user_slot);
}
