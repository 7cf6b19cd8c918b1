/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The direct way: every event goes out by itself, at once, or waits for a user who is
 * away. No rates and no batches: simple enough to say what is right, which is what the
 * scalable broadcaster is compared with. */

#include "tide-broadcaster.h"

#include "tide-explain-states.h"
#include "tide-user-group.h"

struct _TideBroadcaster
{
  GObject parent_instance;

  TideBatchSink *sink;       /* (owned) */
  TideCounters *counters;    /* (unowned), outlives us */
  TideOfflineQueue *offline; /* (owned) */
  TideUserGroup *connected;  /* (owned) */
  TideUserGroup *slow;       /* (owned) */
  GHashTable *rooms;         /* (owned), name → (owned) TideUserGroup */
};

static void event_sink_init (TideEventSinkInterface *iface);
static void user_observer_init (TideUserObserverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideBroadcaster,
                               tide_broadcaster,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_EVENT_SINK,
                                                      event_sink_init)
                                   G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                          user_observer_init))

/* Hands one event to one user's connections; it is the sessions' then, or dropped. */
static gboolean
send_item (TideBroadcaster *self, guint32 slot, const TideBatchItem *item)
{
  g_autoptr (TideBatch) batch = tide_batch_new_items (item, 1);

  self->counters->batches++;
  self->counters->batched_events++;
  self->counters->largest_batch = MAX (self->counters->largest_batch, 1);
  return tide_batch_sink_deliver (self->sink, batch, slot) > 0;
}

/* Sends what was kept for a user, as long as it reads. */
static void
replay (TideBroadcaster *self, guint32 slot)
{
  TideBatchItem item;

  while (!tide_user_group_contains (self->slow, slot) &&
         tide_offline_queue_peek (self->offline, slot, &item) &&
         tide_offline_queue_pop (self->offline, slot, &item))
    {
      gboolean is_sent = send_item (self, slot, &item);

      if (!is_sent)
        {
          self->counters->offline_delivered--;
          self->counters->offline_queued--;
          tide_offline_queue_return_before (self->offline, slot, &item, 1);
        }
      tide_event_unref (item.event);
      if (!is_sent)
        return;
    }
}

/* While something older waits for the user, what can wait too goes behind it. */
static guint
push_to_user (TideBroadcaster *self, guint32 slot, const TideBatchItem *item)
{
  TideBook *book = &self->counters->books[item->event->route->delivery_class];
  gboolean is_connected = tide_user_group_contains (self->connected, slot);
  gboolean is_wanted = tide_offline_queue_wants (self->offline, item->event, slot);

  if (!is_connected && !is_wanted)
    return 0;
  book->offered++;
  if (is_wanted &&
      (!is_connected || tide_offline_queue_get_length (self->offline, slot) > 0))
    tide_offline_queue_push (self->offline, slot, item);
  else if (!send_item (self, slot, item))
    tide_offline_queue_return (self->offline, slot, item);
  return 1;
}

static guint
push_to_group (TideBroadcaster *self,
               TideUserGroup *group,
               TideUserGroup *seen,
               const TideBatchItem *item)
{
  guint n = 0;

  for (guint i = 0; group != NULL && i < group->slots->len; i++)
    {
      guint32 slot = g_array_index (group->slots, guint32, i);

      if (tide_user_group_add (seen, slot))
        n += push_to_user (self, slot, item);
    }
  return n;
}

static guint
tide_broadcaster_push (TideEventSink *sink,
                       TideEvent *event,
                       const TideAudience *audience)
{
  TideBroadcaster *self = TIDE_BROADCASTER (sink);
  g_autoptr (TideUserGroup) seen = tide_user_group_new ();
  TideBatchItem item = { .event = event };
  guint n = 0;

  if (audience->is_everyone)
    n += push_to_group (self, self->connected, seen, &item);
  for (guint i = 0; i < audience->n_slots; i++)
    if (tide_user_group_add (seen, audience->slots[i]))
      n += push_to_user (self, audience->slots[i], &item);
  item.is_by_room = TRUE;
  for (const char *const *name = audience->rooms; name != NULL && *name != NULL; name++)
    n += push_to_group (self, g_hash_table_lookup (self->rooms, *name), seen, &item);
  return n;
}

static void
event_sink_init (TideEventSinkInterface *iface)
{
  iface->push = tide_broadcaster_push;
}

static void
tide_broadcaster_came (TideUserObserver *observer, TideUserRef user)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);

  tide_user_group_add (self->connected, user.slot);
  replay (self, user.slot);
}

static void
tide_broadcaster_entered_room (TideUserObserver *observer,
                               TideUserRef user,
                               const char *name)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);
  TideUserGroup *room = g_hash_table_lookup (self->rooms, name);

  if (room == NULL)
    {
      room = tide_user_group_new ();
      g_hash_table_insert (self->rooms, g_strdup (name), room);
    }
  tide_user_group_add (room, user.slot);
}

static void
tide_broadcaster_left_room (TideUserObserver *observer,
                            TideUserRef user,
                            const char *name)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);
  TideUserGroup *room = g_hash_table_lookup (self->rooms, name);

  if (room == NULL)
    return;
  tide_user_group_remove (room, user.slot);
  if (room->slots->len == 0)
    g_hash_table_remove (self->rooms, name);
}

static void
tide_broadcaster_slow (TideUserObserver *observer, TideUserRef user)
{
  tide_user_group_add (TIDE_BROADCASTER (observer)->slow, user.slot);
}

static void
tide_broadcaster_fast_again (TideUserObserver *observer, TideUserRef user)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);

  if (tide_user_group_remove (self->slow, user.slot) &&
      tide_user_group_contains (self->connected, user.slot))
    replay (self, user.slot);
}

static void
tide_broadcaster_returned (TideUserObserver *observer,
                           TideUserRef user,
                           const TideBatchItem *items,
                           guint n_items)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);

  tide_offline_queue_return_before (self->offline, user.slot, items, n_items);
}

static void
tide_broadcaster_taken (TideUserObserver *observer,
                        TideUserRef user,
                        const TideBatch *batch)
{
  tide_offline_queue_taken (TIDE_BROADCASTER (observer)->offline, user.slot, batch);
}

static void
tide_broadcaster_left (TideUserObserver *observer, TideUserRef user)
{
  TideBroadcaster *self = TIDE_BROADCASTER (observer);
  GHashTableIter iter;
  gpointer room;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    if (tide_user_group_remove (room, user.slot) &&
        ((TideUserGroup *) room)->slots->len == 0)
      g_hash_table_iter_remove (&iter);
  tide_user_group_remove (self->connected, user.slot);
  tide_user_group_remove (self->slow, user.slot);
  tide_offline_queue_left (self->offline, user.slot);
}

static void
tide_broadcaster_forgotten (TideUserObserver *observer, TideUserRef user)
{
  tide_offline_queue_forget (TIDE_BROADCASTER (observer)->offline, user.slot);
}

static void
user_observer_init (TideUserObserverInterface *iface)
{
  iface->came = tide_broadcaster_came;
  iface->entered_room = tide_broadcaster_entered_room;
  iface->left_room = tide_broadcaster_left_room;
  iface->slow = tide_broadcaster_slow;
  iface->fast_again = tide_broadcaster_fast_again;
  iface->taken = tide_broadcaster_taken;
  iface->returned = tide_broadcaster_returned;
  iface->left = tide_broadcaster_left;
  iface->forgotten = tide_broadcaster_forgotten;
}

static void
tide_broadcaster_dispose (GObject *object)
{
  TideBroadcaster *self = TIDE_BROADCASTER (object);

  g_clear_pointer (&self->offline, tide_offline_queue_free);
  g_clear_object (&self->sink);

  G_OBJECT_CLASS (tide_broadcaster_parent_class)->dispose (object);
}

static void
tide_broadcaster_finalize (GObject *object)
{
  TideBroadcaster *self = TIDE_BROADCASTER (object);

  tide_user_group_free (self->connected);
  tide_user_group_free (self->slow);
  g_hash_table_unref (self->rooms);

  G_OBJECT_CLASS (tide_broadcaster_parent_class)->finalize (object);
}

static void
tide_broadcaster_class_init (TideBroadcasterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_broadcaster_dispose;
  object_class->finalize = tide_broadcaster_finalize;
}

static void
tide_broadcaster_init (TideBroadcaster *self)
{
  self->connected = tide_user_group_new ();
  self->slow = tide_user_group_new ();
  self->rooms = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) tide_user_group_free);
}

/**
 * tide_broadcaster_new:
 * @sink: who hands batches to the users' connections
 * @users: the users' slots; must outlive the broadcaster
 * @wheel: what its timer hangs on; must outlive the broadcaster
 * @counters: where to count; must outlive the broadcaster
 * @settings: what may be kept for users who are away, copied
 *
 * Makes a broadcaster. It has to observe the sessions' users, and routing's, to know who
 * is here.
 *
 * Returns: (transfer full): a broadcaster
 */
TideBroadcaster *
tide_broadcaster_new (TideBatchSink *sink,
                      TideUserTable *users,
                      TideTimerWheel *wheel,
                      TideCounters *counters,
                      const TideOfflineSettings *settings)
{
  TideBroadcaster *self = g_object_new (TIDE_TYPE_BROADCASTER, NULL);

  self->sink = g_object_ref (sink);
  self->counters = counters;
  self->offline = tide_offline_queue_new (users, wheel, counters, settings);
  return self;
}

/**
 * tide_broadcaster_reload:
 * @self: a broadcaster
 * @settings: what may be kept from now on
 *
 * Puts new settings in force.
 */
void
tide_broadcaster_reload (TideBroadcaster *self, const TideOfflineSettings *settings)
{
  tide_offline_queue_set_settings (self->offline, settings);
}

/**
 * tide_broadcaster_shed_offline:
 * @self: a broadcaster
 * @n_bytes: how many bytes are wanted
 *
 * Drops the oldest events that wait for users who are away, as
 * tide_offline_queue_shed() does.
 *
 * Returns: how many bytes were dropped
 */
gsize
tide_broadcaster_shed_offline (TideBroadcaster *self, gsize n_bytes)
{
  return tide_offline_queue_shed (self->offline, n_bytes);
}

/**
 * tide_broadcaster_get_offline:
 * @self: a broadcaster
 *
 * Returns: (transfer none): what it keeps for users who are away
 */
TideOfflineQueue *
tide_broadcaster_get_offline (TideBroadcaster *self)
{
  return self->offline;
}

/**
 * tide_broadcaster_replay:
 * @self: a broadcaster
 * @user_slot: a user
 *
 * Hands over what was kept for a user, if it is here.
 */
void
tide_broadcaster_replay (TideBroadcaster *self, guint32 user_slot)
{
  if (tide_user_group_contains (self->connected, user_slot))
    replay (self, user_slot);
}

/**
 * tide_broadcaster_explain:
 * @self: a broadcaster
 * @event: an event
 * @user_slot: a user whom it is for
 *
 * Tells what would become of an event that came now.
 *
 * Returns: (transfer none) (nullable): a phrase, %NULL when it is none for this user: it
 * is away, and does not get what waits
 */
const char *
tide_broadcaster_explain (TideBroadcaster *self,
                          const TideEvent *event,
                          guint32 user_slot)
{
  gboolean is_connected = tide_user_group_contains (self->connected, user_slot);
  gboolean is_wanted = tide_offline_queue_wants (self->offline, event, user_slot);

  if (!is_connected)
    return is_wanted ? TIDE_STATE_KEPT : NULL;
  return is_wanted && tide_offline_queue_get_length (self->offline, user_slot) > 0
             ? TIDE_STATE_BEHIND_KEPT
             : TIDE_STATE_SENT;
}
