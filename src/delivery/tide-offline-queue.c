/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-queue-private.h"

static gsize
get_size (const TideOfflineEntry *entry)
{
  return entry->item.event->payload_length;
}

TideBook *
tide_offline_queue_get_book (TideOfflineQueue *self, const TideOfflineEntry *entry)
{
  return &self->counters->books[entry->item.event->route->delivery_class];
}

/* Takes an entry out of both queues; a user without any is forgotten. */
static TideBatchItem
take (TideOfflineQueue *self, TideOfflineEntry *entry)
{
  TideOfflineUser *user = entry->user;
  TideBatchItem item = entry->item;

  tide_offline_queue_get_book (self, entry)->in_offline--;
  user->n_bytes -= get_size (entry);
  self->n_bytes -= get_size (entry);
  g_queue_unlink (&user->entries, &entry->in_user);
  g_queue_unlink (&self->all, &entry->in_all);
  g_free (entry);
  if (user->entries.length == 0)
    {
      guint32 slot = user->slot;

      g_hash_table_remove (self->by_slot, GUINT_TO_POINTER (slot + 1));
      tide_user_table_release (self->users, slot);
    }
  return item;
}

static void
drop (TideOfflineQueue *self, TideOfflineEntry *entry, guint64 *counter)
{
  guint32 slot = entry->user->slot;
  guint64 id = entry->id;
  TideBatchItem item;

  /* While the slot is held, and with it the name. */
  tide_offline_journal_remove (self->journal, slot, id);
  item = take (self, entry);
  (*counter)++;
  tide_event_unref (item.event);
}

void
tide_offline_queue_expire (TideOfflineQueue *self)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  while (self->all.length > 0)
    {
      TideOfflineEntry *entry = self->all.head->data;
      gint64 due_us = entry->queued_us + self->settings.max_age_us;

      if (now_us < due_us)
        {
          tide_timer_wheel_arm (self->wheel, &self->timer, due_us);
          return;
        }
      drop (self, entry, &tide_offline_queue_get_book (self, entry)->expired);
    }
  tide_timer_wheel_disarm (self->wheel, &self->timer);
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  tide_offline_queue_expire (timer->user_data);
}

/* Drops the oldest until the limits hold again. */
void
tide_offline_queue_hold_limits (TideOfflineQueue *self, guint32 user_slot)
{
  const TideOfflineSettings *settings = &self->settings;
  TideOfflineUser *user;

  while ((user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1))) !=
             NULL &&
         (user->entries.length > settings->max_events ||
          user->n_bytes > settings->max_bytes))
    {
      TideOfflineEntry *entry = user->entries.head->data;

      drop (self, entry, &tide_offline_queue_get_book (self, entry)->dropped_full);
    }
  while (self->n_bytes > settings->total_bytes)
    {
      TideOfflineEntry *entry = self->all.head->data;

      drop (self, entry, &tide_offline_queue_get_book (self, entry)->dropped_full);
    }
}

/**
 * tide_offline_queue_shed:
 * @self: a queue
 * @n_bytes: how many bytes of payloads are wanted
 *
 * Drops the oldest events of all users until so much is free, or nothing is left: memory
 * is short.
 *
 * Returns: how many bytes were dropped
 */
gsize
tide_offline_queue_shed (TideOfflineQueue *self, gsize n_bytes)
{
  gsize n_before = self->n_bytes;

  while (self->all.length > 0 && n_before - self->n_bytes < n_bytes)
    {
      TideOfflineEntry *entry = self->all.head->data;

      self->counters->offline_shed++;
      drop (self, entry, &tide_offline_queue_get_book (self, entry)->dropped_full);
    }
  return n_before - self->n_bytes;
}

/**
 * tide_offline_queue_new:
 * @users: the users' slots; must outlive the queue
 * @wheel: what its timer hangs on; must outlive the queue
 * @counters: where to count; must outlive the queue
 * @settings: limits, copied
 *
 * Returns: (transfer full): an empty queue
 */
TideOfflineQueue *
tide_offline_queue_new (TideUserTable *users,
                        TideTimerWheel *wheel,
                        TideCounters *counters,
                        const TideOfflineSettings *settings)
{
  TideOfflineQueue *self = g_new0 (TideOfflineQueue, 1);

  self->users = users;
  self->wheel = wheel;
  self->counters = counters;
  self->journal = tide_offline_journal_new (users, tide_timer_wheel_get_clock (wheel));
  self->settings = *settings;
  self->by_slot = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->timer.func = on_timer;
  self->timer.user_data = self;
  return self;
}

/**
 * tide_offline_queue_free:
 * @self: (transfer full): a queue
 *
 * Drops what is kept, counted as left, and frees @self.
 */
void
tide_offline_queue_free (TideOfflineQueue *self)
{
  while (self->all.length > 0)
    {
      TideOfflineEntry *entry = self->all.head->data;

      drop (self, entry, &tide_offline_queue_get_book (self, entry)->dropped_left);
    }
  tide_timer_wheel_disarm (self->wheel, &self->timer);
  tide_offline_journal_free (self->journal);
  g_hash_table_unref (self->by_slot);
  g_free (self);
}

/**
 * tide_offline_queue_set_settings:
 * @self: a queue
 * @settings: limits from now on
 *
 * Puts new limits in force, for what is pushed from now on; a new age for all.
 */
void
tide_offline_queue_set_settings (TideOfflineQueue *self,
                                 const TideOfflineSettings *settings)
{
  self->settings = *settings;
  tide_offline_queue_expire (self);
}

/* Puts an event behind all others of a user, whose slot is held by that. */
TideOfflineEntry *
tide_offline_queue_insert (TideOfflineQueue *self,
                           guint32 user_slot,
                           const TideBatchItem *item)
{
  gpointer key = GUINT_TO_POINTER (user_slot + 1);
  TideOfflineUser *user = g_hash_table_lookup (self->by_slot, key);
  TideOfflineEntry *entry = g_new0 (TideOfflineEntry, 1);

  if (user == NULL)
    {
      user = g_new0 (TideOfflineUser, 1);
      user->slot = user_slot;
      tide_user_table_hold (self->users, user_slot);
      g_hash_table_insert (self->by_slot, key, user);
    }
  entry->item = *item;
  entry->item.is_replayed = FALSE;
  tide_event_ref (item->event);
  entry->queued_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  entry->user = user;
  entry->in_user.data = entry;
  entry->in_all.data = entry;
  g_queue_push_tail_link (&user->entries, &entry->in_user);
  g_queue_push_tail_link (&self->all, &entry->in_all);
  user->n_bytes += get_size (entry);
  self->n_bytes += get_size (entry);
  tide_offline_queue_get_book (self, entry)->in_offline++;
  return entry;
}

/**
 * tide_offline_queue_push:
 * @self: a queue
 * @user_slot: a user who is away; its slot is held while something is kept
 * @item: an event; a reference is taken
 *
 * Keeps an event behind all others of the user. Over a limit the oldest gives way, of the
 * user first, then of all.
 */
void
tide_offline_queue_push (TideOfflineQueue *self,
                         guint32 user_slot,
                         const TideBatchItem *item)
{
  TideOfflineEntry *entry = tide_offline_queue_insert (self, user_slot, item);

  entry->id = tide_offline_journal_add (self->journal, user_slot, item, entry->queued_us);
  self->counters->offline_queued++;
  tide_offline_queue_hold_limits (self, user_slot);
  tide_offline_queue_expire (self);
}

/**
 * tide_offline_queue_wants:
 * @self: a queue
 * @event: an event
 * @user_slot: a user who is away, or goes
 *
 * Returns: whether the event is to wait for the user: its route says so, and the user has
 *   asked for what waits
 */
gboolean
tide_offline_queue_wants (TideOfflineQueue *self,
                          const TideEvent *event,
                          guint32 user_slot)
{
  return event->route->is_kept && event->route->delivery_class == TIDE_CLASS_LOSSLESS &&
         self->settings.max_events > 0 &&
         tide_user_table_is_kept (self->users, user_slot);
}

/**
 * tide_offline_queue_return:
 * @self: a queue
 * @user_slot: a user who has gone
 * @item: an event that the user did not get; whoever had handed it over has counted that
 *
 * Keeps an event for the next time, if it is wanted; else it is counted as dropped.
 */
void
tide_offline_queue_return (TideOfflineQueue *self,
                           guint32 user_slot,
                           const TideBatchItem *item)
{
  TideBatchItem kept = { .event = item->event, .n_attempts = item->n_attempts };

  if (tide_offline_queue_wants (self, item->event, user_slot))
    tide_offline_queue_push (self, user_slot, &kept);
  else
    self->counters->books[item->event->route->delivery_class].dropped_left++;
}

/**
 * tide_offline_queue_return_before:
 * @self: a queue
 * @user_slot: a user who has gone
 * @items: (array length=n_items): events that were on their way to the user
 * @n_items: how many
 *
 * As tide_offline_queue_return(), for events that are older than those that wait already.
 */
void
tide_offline_queue_return_before (TideOfflineQueue *self,
                                  guint32 user_slot,
                                  const TideBatchItem *items,
                                  guint n_items)
{
  g_autoptr (GArray) newer = g_array_new (FALSE, FALSE, sizeof (TideBatchItem));
  TideBatchItem item;

  while (tide_offline_queue_peek (self, user_slot, &item))
    {
      tide_offline_queue_pop (self, user_slot, &item);
      self->counters->offline_delivered--;
      self->counters->offline_queued--;
      g_array_append_val (newer, item);
    }
  for (guint i = 0; i < n_items; i++)
    tide_offline_queue_return (self, user_slot, &items[i]);
  for (guint i = 0; i < newer->len; i++)
    {
      TideBatchItem *at = &g_array_index (newer, TideBatchItem, i);

      tide_offline_queue_push (self, user_slot, at);
      tide_event_unref (at->event);
    }
  if (newer->len > 0)
    tide_offline_journal_disordered (self->journal, user_slot);
}

/**
 * tide_offline_queue_peek:
 * @self: a queue
 * @user_slot: a user
 * @item: (out caller-allocates): the event that was kept longest, without a reference
 *
 * Looks at what tide_offline_queue_pop() would take out. Those that are too old by now
 * are not found.
 *
 * Returns: %FALSE when nothing is kept for the user
 */
gboolean
tide_offline_queue_peek (TideOfflineQueue *self, guint32 user_slot, TideBatchItem *item)
{
  TideOfflineUser *user;

  tide_offline_queue_expire (self);
  user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));
  if (user == NULL)
    return FALSE;
  *item = ((TideOfflineEntry *) user->entries.head->data)->item;
  item->is_replayed = TRUE;
  return TRUE;
}

/**
 * tide_offline_queue_pop:
 * @self: a queue
 * @user_slot: a user
 * @item: (out caller-allocates): the event that was kept longest, with its reference
 *
 * Takes an event out to be delivered: what tide_offline_queue_peek() has last shown,
 * which may have become too old since.
 *
 * Returns: %FALSE when nothing is kept for the user
 */
gboolean
tide_offline_queue_pop (TideOfflineQueue *self, guint32 user_slot, TideBatchItem *item)
{
  TideOfflineUser *user =
      g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));

  if (user == NULL)
    return FALSE;

  TideOfflineEntry *entry = user->entries.head->data;

  tide_offline_journal_hand_out (
      self->journal, user_slot, &entry->item, entry->id, entry->queued_us);
  *item = take (self, entry);
  item->is_replayed = TRUE;
  self->counters->offline_delivered++;
  return TRUE;
}

/**
 * tide_offline_queue_get_length:
 * @self: a queue
 * @user_slot: a user
 *
 * Returns: how many events are kept for the user
 */
guint
tide_offline_queue_get_length (TideOfflineQueue *self, guint32 user_slot)
{
  TideOfflineUser *user =
      g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));

  return user != NULL ? user->entries.length : 0;
}

/**
 * tide_offline_queue_forget:
 * @self: a queue
 * @user_slot: a user who does not come back
 *
 * Drops what is kept for a user.
 */
void
tide_offline_queue_forget (TideOfflineQueue *self, guint32 user_slot)
{
  TideOfflineUser *user;

  while ((user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1))) !=
         NULL)
    {
      TideOfflineEntry *entry = user->entries.head->data;

      drop (self, entry, &tide_offline_queue_get_book (self, entry)->dropped_left);
    }
}
