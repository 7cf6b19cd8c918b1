/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-keeper.h"

/* How long the start waits for what an earlier process has left. */
#define LOAD_TIMEOUT_US (5 * G_USEC_PER_SEC)

struct _TideOfflineKeeper
{
  TideRedisStore *store; /* (owned) */
  TideStages stages;
  void (*ready) (gpointer user_data); /* (nullable), not called yet */
  gpointer user_data;                 /* (unowned), for @ready */
  TideTimer deadline;                 /* for @ready */
};

static TideOfflineQueue *
get_queue (TideOfflineKeeper *self)
{
  return self->stages.direct != NULL
             ? tide_broadcaster_get_offline (self->stages.direct)
             : tide_scalable_broadcaster_get_offline (self->stages.scalable);
}

/* Tells once that users can come now, whether what was kept is here or not. */
static void
tell_ready (TideOfflineKeeper *self)
{
  void (*ready) (gpointer user_data) = self->ready;

  self->ready = NULL;
  tide_timer_wheel_disarm (self->stages.wheel, &self->deadline);
  if (ready != NULL)
    ready (self->user_data);
}

static void
on_deadline (TideTimer *timer, gint64 now_us)
{
  tell_ready (timer->user_data);
}

static void
replay (TideOfflineKeeper *self, guint32 slot)
{
  if (self->stages.direct != NULL)
    tide_broadcaster_replay (self->stages.direct, slot);
  else
    tide_scalable_broadcaster_replay (self->stages.scalable, slot);
}

static void
on_loaded (const GPtrArray *users, guint64 last_id, gpointer user_data)
{
  TideOfflineKeeper *self = user_data;
  TideOfflineQueue *queue = get_queue (self);
  g_autoptr (GArray) slots = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n_events = 0;

  tide_offline_queue_set_store (queue, TIDE_OFFLINE_STORE (self->store), last_id);
  for (guint i = 0; i < users->len; i++)
    {
      const TideStoredUser *user = g_ptr_array_index (users, i);
      TideUserRef ref;

      if (!tide_subscription_manager_restore_user (self->stages.subscriptions,
                                                   user->name,
                                                   user->since_real_us,
                                                   user->record,
                                                   &ref))
        continue;
      tide_offline_queue_restore (queue,
                                  ref.slot,
                                  (const TideStoredEvent *) (gpointer) user->events->data,
                                  user->events->len);
      n_events += user->events->len;
      g_array_append_val (slots, ref.slot);
    }
  tide_offline_queue_settle (queue);
  for (guint i = 0; i < slots->len; i++)
    replay (self, g_array_index (slots, guint32, i));
  g_message ("Waiting for %u users of before, with %u events", slots->len, n_events);
  tell_ready (self);
}

static void
on_list (GPtrArray *names, gpointer user_data)
{
  TideOfflineKeeper *self = user_data;

  tide_subscription_manager_list_kept (self->stages.subscriptions, names);
}

static gboolean
on_write (const char *name, gpointer user_data)
{
  TideOfflineKeeper *self = user_data;
  TideUserRef user;

  if (!tide_subscription_manager_write_user (self->stages.subscriptions, name, &user))
    return FALSE;
  tide_offline_queue_write_user (get_queue (self), user.slot);
  return TRUE;
}

/* A store that is not there must not keep the service from starting. */
static void
on_changed (TideRedisStoreState state, gpointer user_data)
{
  TideOfflineKeeper *self = user_data;

  tide_status_set_offline_store (self->stages.status,
                                 tide_redis_store_state_get_nick (state));
  if (state == TIDE_REDIS_STORE_AWAY)
    tell_ready (self);
}

static const TideRedisStoreFuncs store_funcs = {
  .loaded = on_loaded,
  .list = on_list,
  .write = on_write,
  .changed = on_changed,
};

/**
 * tide_offline_keeper_new:
 * @store: a store that was not started
 * @stages: (transfer none): copied
 *
 * Connects @store with the stages.
 *
 * Returns: (transfer full): a keeper
 */
TideOfflineKeeper *
tide_offline_keeper_new (TideRedisStore *store, const TideStages *stages)
{
  TideOfflineKeeper *self = g_new0 (TideOfflineKeeper, 1);

  self->store = g_object_ref (store);
  self->stages = *stages;
  self->deadline.func = on_deadline;
  self->deadline.user_data = self;
  /* Should the store come late, what waits by then is newer than all that it has. */
  tide_offline_queue_set_store (
      get_queue (self), TIDE_OFFLINE_STORE (store), g_get_real_time ());
  tide_subscription_manager_set_store (stages->subscriptions, TIDE_OFFLINE_STORE (store));
  tide_status_set_offline_store (stages->status,
                                 tide_redis_store_state_get_nick (TIDE_REDIS_STORE_AWAY));
  return self;
}

/**
 * tide_offline_keeper_free:
 * @self: (transfer full): a keeper
 *
 * Lets go of the stages before they forget their users: the store does not.
 */
void
tide_offline_keeper_free (TideOfflineKeeper *self)
{
  tide_redis_store_stop (self->store);
  tide_timer_wheel_disarm (self->stages.wheel, &self->deadline);
  tide_offline_queue_set_store (get_queue (self), NULL, 0);
  tide_subscription_manager_set_store (self->stages.subscriptions, NULL);
  g_object_unref (self->store);
  g_free (self);
}

/**
 * tide_offline_keeper_start:
 * @self: a keeper
 * @ready: called once, when users can come
 * @user_data: for @ready
 *
 * Connects, and gives the stages what an earlier process has left. When Redis is not
 * there, or takes more than 5 s, users can come all the same; what was left is given to
 * the stages when it comes.
 */
void
tide_offline_keeper_start (TideOfflineKeeper *self,
                           void (*ready) (gpointer user_data),
                           gpointer user_data)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->stages.wheel));

  self->ready = ready;
  self->user_data = user_data;
  tide_timer_wheel_arm (self->stages.wheel, &self->deadline, now_us + LOAD_TIMEOUT_US);
  tide_redis_store_start (self->store, &store_funcs, self);
}

/**
 * tide_offline_keeper_is_busy:
 * @self: a keeper
 *
 * Returns: whether something is on its way to the store
 */
gboolean
tide_offline_keeper_is_busy (TideOfflineKeeper *self)
{
  return tide_redis_store_is_busy (self->store);
}
