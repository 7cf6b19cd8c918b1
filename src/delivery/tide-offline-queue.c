/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-queue.h"

typedef struct
{
  GQueue entries; /* (owned) (element-type Entry), oldest first */
  gsize n_bytes;
  guint32 slot; /* held */
} UserQueue;

typedef struct
{
  TideBatchItem item;
  gint64 queued_us;
  UserQueue *user; /* (unowned) */
  GList in_user;   /* its link in the user's queue */
  GList in_all;    /* its link in the queue of all */
} Entry;

struct _TideOfflineQueue
{
  TideUserTable *users;   /* (unowned), outlives us */
  TideTimerWheel *wheel;  /* (unowned), outlives us */
  TideCounters *counters; /* (unowned), outlives us */
  TideOfflineSettings settings;
  GHashTable *by_slot; /* (owned), slot + 1 → (owned) UserQueue */
  GQueue all;          /* (element-type Entry), oldest first */
  gsize n_bytes;
  TideTimer timer; /* when the oldest is too old */
};

static gsize
get_size (const Entry *entry)
{
  return entry->item.event->payload_length;
}

static TideBook *
get_book (TideOfflineQueue *self, const Entry *entry)
{
  return &self->counters->books[entry->item.event->route->delivery_class];
}

/* Takes an entry out of both queues; a user without any is forgotten. */
static TideBatchItem
take (TideOfflineQueue *self, Entry *entry)
{
  UserQueue *user = entry->user;
  TideBatchItem item = entry->item;

  get_book (self, entry)->in_offline--;
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
drop (TideOfflineQueue *self, Entry *entry, guint64 *counter)
{
  TideBatchItem item = take (self, entry);

  (*counter)++;
  tide_event_unref (item.event);
}

static void
expire (TideOfflineQueue *self)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  while (self->all.length > 0)
    {
      Entry *entry = self->all.head->data;
      gint64 due_us = entry->queued_us + self->settings.max_age_us;

      if (now_us < due_us)
        {
          tide_timer_wheel_arm (self->wheel, &self->timer, due_us);
          return;
        }
      drop (self, entry, &get_book (self, entry)->expired);
    }
  tide_timer_wheel_disarm (self->wheel, &self->timer);
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  expire (timer->user_data);
}

/* Drops the oldest until the limits hold again. */
static void
shed (TideOfflineQueue *self, guint32 user_slot)
{
  const TideOfflineSettings *settings = &self->settings;
  UserQueue *user;

  while ((user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1))) !=
             NULL &&
         (user->entries.length > settings->max_events ||
          user->n_bytes > settings->max_bytes))
    {
      Entry *entry = user->entries.head->data;

      drop (self, entry, &get_book (self, entry)->dropped_full);
    }
  while (self->n_bytes > settings->total_bytes)
    {
      Entry *entry = self->all.head->data;

      drop (self, entry, &get_book (self, entry)->dropped_full);
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
      Entry *entry = self->all.head->data;

      self->counters->offline_shed++;
      drop (self, entry, &get_book (self, entry)->dropped_full);
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
      Entry *entry = self->all.head->data;

      drop (self, entry, &get_book (self, entry)->dropped_left);
    }
  tide_timer_wheel_disarm (self->wheel, &self->timer);
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
  expire (self);
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
  gpointer key = GUINT_TO_POINTER (user_slot + 1);
  UserQueue *user = g_hash_table_lookup (self->by_slot, key);
  Entry *entry = g_new0 (Entry, 1);

  if (user == NULL)
    {
      user = g_new0 (UserQueue, 1);
      user->slot = user_slot;
      tide_user_table_hold (self->users, user_slot);
      g_hash_table_insert (self->by_slot, key, user);
    }
  entry->item = *item;
  tide_event_ref (item->event);
  entry->queued_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  entry->user = user;
  entry->in_user.data = entry;
  entry->in_all.data = entry;
  g_queue_push_tail_link (&user->entries, &entry->in_user);
  g_queue_push_tail_link (&self->all, &entry->in_all);
  user->n_bytes += get_size (entry);
  self->n_bytes += get_size (entry);
  get_book (self, entry)->in_offline++;
  self->counters->offline_queued++;
  shed (self, user_slot);
  expire (self);
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
  UserQueue *user;

  expire (self);
  user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));
  if (user == NULL)
    return FALSE;
  *item = ((Entry *) user->entries.head->data)->item;
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
  UserQueue *user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));

  if (user == NULL)
    return FALSE;
  *item = take (self, user->entries.head->data);
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
  UserQueue *user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1));

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
  UserQueue *user;

  while ((user = g_hash_table_lookup (self->by_slot, GUINT_TO_POINTER (user_slot + 1))) !=
         NULL)
    {
      Entry *entry = user->entries.head->data;

      drop (self, entry, &get_book (self, entry)->dropped_left);
    }
}
