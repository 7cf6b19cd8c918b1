/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-journal.h"

/* An event that was handed over, and is in the store. */
typedef struct
{
  TideBatchItem item; /* with a reference */
  guint64 id;
  gint64 queued_us;
} Out;

struct _TideOfflineJournal
{
  TideUserTable *users;    /* (unowned), outlives us */
  TideClock *clock;        /* (unowned), outlives us */
  TideOfflineStore *store; /* (owned) (nullable) */
  guint64 next_id;
  GHashTable *out; /* (owned), slot + 1 → (owned) GArray of Out, in the order of ids */
};

static void
clear_out (gpointer data)
{
  tide_event_unref (((Out *) data)->item.event);
}

static GArray *
find_user (TideOfflineJournal *self, guint32 user_slot)
{
  return g_hash_table_lookup (self->out, GUINT_TO_POINTER (user_slot + 1));
}

/* Takes an event off those that were handed over. Returns: its id, 0 when it is none. */
static guint64
take_out (TideOfflineJournal *self, guint32 user_slot, const TideEvent *event)
{
  GArray *user = find_user (self, user_slot);

  for (guint i = 0; user != NULL && i < user->len; i++)
    {
      guint64 id = g_array_index (user, Out, i).id;

      if (g_array_index (user, Out, i).item.event != event)
        continue;
      g_array_remove_index (user, i);
      if (user->len == 0)
        g_hash_table_remove (self->out, GUINT_TO_POINTER (user_slot + 1));
      return id;
    }
  return 0;
}

/**
 * tide_offline_journal_new:
 * @users: the users' slots; must outlive the journal
 * @clock: the time; must outlive the journal
 *
 * Returns: (transfer full): a journal without a store
 */
TideOfflineJournal *
tide_offline_journal_new (TideUserTable *users, TideClock *clock)
{
  TideOfflineJournal *self = g_new0 (TideOfflineJournal, 1);

  self->users = users;
  self->clock = clock;
  self->out = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  return self;
}

/**
 * tide_offline_journal_free:
 * @self: (transfer full): a journal
 *
 * Frees @self; the store keeps what it has.
 */
void
tide_offline_journal_free (TideOfflineJournal *self)
{
  g_clear_object (&self->store);
  g_hash_table_unref (self->out);
  g_free (self);
}

/**
 * tide_offline_journal_set_store:
 * @self: a journal
 * @store: (nullable): what to tell from now on; %NULL for nothing
 * @first_id: ids are higher than that
 *
 * Connects a store.
 */
void
tide_offline_journal_set_store (TideOfflineJournal *self,
                                TideOfflineStore *store,
                                guint64 first_id)
{
  g_set_object (&self->store, store);
  self->next_id = MAX (self->next_id, first_id + 1);
  if (store == NULL)
    g_hash_table_remove_all (self->out);
}

/**
 * tide_offline_journal_take_id:
 * @self: a journal
 *
 * Returns: an id that is higher than all others
 */
guint64
tide_offline_journal_take_id (TideOfflineJournal *self)
{
  return self->next_id++;
}

/**
 * tide_offline_journal_write:
 * @self: a journal
 * @user_slot: a user
 * @item: an event that waits for it
 * @id: its id
 * @queued_us: monotonic time since which it waits
 *
 * Has the store append an event.
 *
 * Returns: @id
 */
guint64
tide_offline_journal_write (TideOfflineJournal *self,
                            guint32 user_slot,
                            const TideBatchItem *item,
                            guint64 id,
                            gint64 queued_us)
{
  gint64 age_us = tide_clock_now_us (self->clock) - queued_us;
  TideStoredEvent stored = {
    .id = id,
    .event = item->event,
    .queued_real_us = g_get_real_time () - age_us,
    .n_attempts = item->n_attempts,
  };

  tide_offline_store_append (
      self->store, tide_user_table_get_name (self->users, user_slot), &stored);
  return id;
}

/**
 * tide_offline_journal_add:
 * @self: a journal
 * @user_slot: a user with a name
 * @item: an event that waits for it from now on
 * @queued_us: monotonic time, now
 *
 * Notes that an event waits. One that was handed over and has come back is still stored.
 *
 * Returns: its id; 0 without a store
 */
guint64
tide_offline_journal_add (TideOfflineJournal *self,
                          guint32 user_slot,
                          const TideBatchItem *item,
                          gint64 queued_us)
{
  guint64 id;

  if (self->store == NULL)
    return 0;
  id = take_out (self, user_slot, item->event);
  return id != 0 ? id
                 : tide_offline_journal_write (
                       self, user_slot, item, self->next_id++, queued_us);
}

/**
 * tide_offline_journal_remove:
 * @self: a journal
 * @user_slot: a user
 * @id: of an event that waits no more
 *
 * Notes that an event was given up.
 */
void
tide_offline_journal_remove (TideOfflineJournal *self, guint32 user_slot, guint64 id)
{
  if (self->store != NULL && id != 0)
    tide_offline_store_remove (
        self->store, tide_user_table_get_name (self->users, user_slot), id);
}

/**
 * tide_offline_journal_hand_out:
 * @self: a journal
 * @user_slot: a user
 * @item: an event that waited and is on its way to the user now
 * @id: its id
 * @queued_us: monotonic time since which it has waited
 *
 * Notes that an event was handed over: it stays in the store for now.
 */
void
tide_offline_journal_hand_out (TideOfflineJournal *self,
                               guint32 user_slot,
                               const TideBatchItem *item,
                               guint64 id,
                               gint64 queued_us)
{
  GArray *user = find_user (self, user_slot);
  Out out = { *item, id, queued_us };

  if (self->store == NULL || id == 0)
    return;
  if (user == NULL)
    {
      user = g_array_new (FALSE, FALSE, sizeof (Out));
      g_array_set_clear_func (user, clear_out);
      g_hash_table_insert (self->out, GUINT_TO_POINTER (user_slot + 1), user);
    }
  tide_event_ref (item->event);
  g_array_append_val (user, out);
}

/**
 * tide_offline_journal_taken:
 * @self: a journal
 * @user_slot: a user
 * @event: what the kernel has taken for it
 *
 * Notes that an event has reached its user.
 */
void
tide_offline_journal_taken (TideOfflineJournal *self, guint32 user_slot, TideEvent *event)
{
  if (self->store != NULL)
    tide_offline_journal_remove (self, user_slot, take_out (self, user_slot, event));
}

/**
 * tide_offline_journal_left:
 * @self: a journal
 * @user_slot: a user who has left; what it had not taken waits again already
 *
 * Notes that whatever else was handed over has ended.
 */
void
tide_offline_journal_left (TideOfflineJournal *self, guint32 user_slot)
{
  GArray *user = find_user (self, user_slot);

  for (guint i = 0; user != NULL && i < user->len; i++)
    tide_offline_journal_remove (self, user_slot, g_array_index (user, Out, i).id);
  g_hash_table_remove (self->out, GUINT_TO_POINTER (user_slot + 1));
}

/**
 * tide_offline_journal_disordered:
 * @self: a journal
 * @user_slot: a user
 *
 * Notes that what waits for a user is not in the order of ids any more.
 */
void
tide_offline_journal_disordered (TideOfflineJournal *self, guint32 user_slot)
{
  if (self->store != NULL)
    tide_offline_store_rewrite_user (self->store,
                                     tide_user_table_get_name (self->users, user_slot));
}

/**
 * tide_offline_journal_write_out:
 * @self: a journal with a store
 * @user_slot: a user
 *
 * Has the store append what was handed over and not taken yet.
 *
 * Returns: the highest id
 */
guint64
tide_offline_journal_write_out (TideOfflineJournal *self, guint32 user_slot)
{
  const GArray *user = find_user (self, user_slot);
  guint64 last_id = 0;

  for (guint i = 0; user != NULL && i < user->len; i++)
    {
      Out *out = &g_array_index (user, Out, i);

      if (out->id <= last_id)
        out->id = tide_offline_journal_take_id (self);
      last_id = tide_offline_journal_write (
          self, user_slot, &out->item, out->id, out->queued_us);
    }
  return last_id;
}
