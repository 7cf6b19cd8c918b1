/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who gets an event, and who is here to get it. How events wait is in tide-lane.c and
 * tide-room-log.c, when they leave in tide-lane-flush.c and tide-room-flush.c. */

#include "tide-scalable-broadcaster.h"

#include "tide-scalable-broadcaster-private.h"

#define AHEAD 4 /* lanes that are loaded while one is looked at */

static void event_sink_init (TideEventSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (
    TideScalableBroadcaster,
    tide_scalable_broadcaster,
    G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (TIDE_TYPE_EVENT_SINK, event_sink_init)
        G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                               tide_scalable_broadcaster_init_observer))

static gint64
get_now_us (TideScalableBroadcaster *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

/* Hands an event to one lane, unless this push has come by there. */
static guint
push_once (TideScalableBroadcaster *self,
           TideLane *lane,
           const TideLaneEntry *entry,
           gint64 now_us)
{
  if (lane->last_push == entry->sequence)
    return 0;
  lane->last_push = entry->sequence;
  if (!tide_lane_follow (self, lane, entry))
    tide_lane_push (self, lane, entry, now_us);
  return 1;
}

/* A user who is not here: the event waits for it, or it is none of the audience. */
static guint
push_away (TideScalableBroadcaster *self, guint32 slot, TideEvent *event)
{
  TideBatchItem item = { .event = event };

  if (!tide_offline_queue_wants (self->offline, event, slot))
    return 0;
  self->counters->books[event->route->delivery_class].offered++;
  tide_offline_queue_push (self->offline, slot, &item);
  return 1;
}

/* Has the processor load a lane that comes soon: of many users, few are in its caches. */
static void
fetch_lane (TideScalableBroadcaster *self, guint32 slot)
{
  const TideLane *lane = tide_scalable_broadcaster_get_lane (self, slot);

  if (lane == NULL)
    return;
  __builtin_prefetch (lane, 1);
  __builtin_prefetch (&lane->rate.counts, 1);
  if (self->settings.limits.batch_window_us > 0)
    __builtin_prefetch (&lane->timer, 1);
}

static guint
push_to_slots (TideScalableBroadcaster *self,
               const TideLaneEntry *entry,
               const TideAudience *audience,
               gint64 now_us)
{
  const TideBatchSinkInterface *iface = self->sink_iface;
  gboolean is_sent_now =
      self->settings.limits.batch_window_us == 0 && iface->expect != NULL;
  guint n = 0;

  for (guint i = 0; i < audience->n_slots; i++)
    {
      if (is_sent_now)
        iface->expect (self->sink, &audience->slots[i], audience->n_slots - i);
      if (i + AHEAD < audience->n_slots)
        fetch_lane (self, audience->slots[i + AHEAD]);

      TideLane *lane = tide_scalable_broadcaster_get_lane (self, audience->slots[i]);

      if (lane == NULL || !lane->is_connected)
        n += push_away (self, audience->slots[i], entry->event);
      else if (!audience->is_everyone)
        n += push_once (self, lane, entry, now_us);
    }
  return n;
}

/* Hands an event to all members of a room, each by itself. Lanes change between the lists
 * meanwhile, in a way that none is missed from their ends. */
static guint
push_to_members (TideScalableBroadcaster *self,
                 TideRoomLog *room,
                 const TideLaneEntry *entry,
                 gint64 now_us)
{
  guint n = 0;

  for (guint i = room->in_step->len; i > 0; i--)
    n += push_once (self, g_ptr_array_index (room->in_step, i - 1), entry, now_us);
  for (guint i = room->apart->len; i > 0; i--)
    n += push_once (self, g_ptr_array_index (room->apart, i - 1), entry, now_us);
  return n;
}

static guint
push_to_rooms (TideScalableBroadcaster *self,
               const TideLaneEntry *entry,
               const TideAudience *audience,
               gint64 now_us)
{
  gboolean is_alone = audience->n_slots == 0 && audience->rooms[1] == NULL;
  TideLaneEntry by_room = *entry;
  guint n = 0;

  by_room.is_by_room = TRUE;
  for (const char *const *name = audience->rooms; *name != NULL; name++)
    {
      TideRoomLog *room = tide_scalable_broadcaster_get_room (self, *name);

      if (room != NULL && is_alone)
        n += tide_room_log_push (room, &by_room, now_us);
      else if (room != NULL)
        n += push_to_members (self, room, &by_room, now_us);
    }
  return n;
}

static guint
tide_scalable_broadcaster_push (TideEventSink *sink,
                                TideEvent *event,
                                const TideAudience *audience)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (sink);
  g_autoptr (TideTopic) topic = tide_topic_table_hold (self->topics, event);
  gint64 now_us = get_now_us (self);
  TideLaneEntry entry = {
    .event = event,
    .topic = topic,
    .sequence = ++self->n_pushes,
  };
  guint n = 0;

  self->is_handing_out = TRUE;
  if (audience->is_everyone)
    n += tide_room_log_push (self->everyone, &entry, now_us);
  n += push_to_slots (self, &entry, audience, now_us);
  if (audience->rooms != NULL && audience->rooms[0] != NULL && !audience->is_everyone)
    n += push_to_rooms (self, &entry, audience, now_us);
  self->is_handing_out = FALSE;
  g_ptr_array_set_size (self->kept, 0);
  return n;
}

static void
event_sink_init (TideEventSinkInterface *iface)
{
  iface->push = tide_scalable_broadcaster_push;
}

static void
tide_scalable_broadcaster_dispose (GObject *object)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (object);

  for (guint i = 0; i < self->lanes->len; i++)
    {
      TideLane *lane = g_ptr_array_index (self->lanes, i);

      if (lane == NULL)
        continue;
      tide_user_observer_left (TIDE_USER_OBSERVER (self), lane->user);
      if (g_ptr_array_index (self->lanes, i) != NULL)
        tide_scalable_broadcaster_free_lane (self, lane);
    }
  g_clear_pointer (&self->offline, tide_offline_queue_free);
  g_clear_object (&self->sink);

  G_OBJECT_CLASS (tide_scalable_broadcaster_parent_class)->dispose (object);
}

static void
tide_scalable_broadcaster_finalize (GObject *object)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (object);

  tide_room_log_free (self->everyone);
  g_hash_table_unref (self->rooms);
  tide_topic_table_free (self->topics);
  g_ptr_array_unref (self->lanes);
  g_ptr_array_unref (self->unsettled);
  g_ptr_array_unref (self->kept);
  g_array_unref (self->taken);
  g_array_unref (self->rest);
  g_array_unref (self->items);
  g_hash_table_unref (self->own_limits);

  G_OBJECT_CLASS (tide_scalable_broadcaster_parent_class)->finalize (object);
}

static void
tide_scalable_broadcaster_class_init (TideScalableBroadcasterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_scalable_broadcaster_dispose;
  object_class->finalize = tide_scalable_broadcaster_finalize;
}

static void
tide_scalable_broadcaster_init (TideScalableBroadcaster *self)
{
  self->topics = tide_topic_table_new ();
  self->lanes = g_ptr_array_new ();
  self->unsettled = g_ptr_array_new ();
  self->everyone = tide_room_log_new (self, NULL);
  self->rooms = g_hash_table_new_full (
      g_str_hash, g_str_equal, NULL, (GDestroyNotify) tide_room_log_free);
  self->taken = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_lane_chain_unref);
  self->rest = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  self->items = g_array_new (FALSE, FALSE, sizeof (TideBatchItem));
  self->own_limits = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

/**
 * tide_scalable_broadcaster_new:
 * @sink: who hands batches to the users' connections
 * @users: the users' slots; must outlive the broadcaster
 * @wheel: what its timers hang on; must outlive the broadcaster
 * @counters: where to count; must outlive the broadcaster
 * @settings: copied
 *
 * Makes a broadcaster. It has to observe the sessions' users, and routing's, to know who
 * is here.
 *
 * Returns: (transfer full): a broadcaster
 */
TideScalableBroadcaster *
tide_scalable_broadcaster_new (TideBatchSink *sink,
                               TideUserTable *users,
                               TideTimerWheel *wheel,
                               TideCounters *counters,
                               const TideDeliverySettings *settings)
{
  TideScalableBroadcaster *self = g_object_new (TIDE_TYPE_SCALABLE_BROADCASTER, NULL);

  self->sink = g_object_ref (sink);
  self->sink_iface = TIDE_BATCH_SINK_GET_IFACE (sink);
  self->users = users;
  self->wheel = wheel;
  self->counters = counters;
  self->settings = *settings;
  self->offline = tide_offline_queue_new (users, wheel, counters, &settings->offline);
  return self;
}

static void
flush_rooms (TideScalableBroadcaster *self)
{
  gint64 now_us = get_now_us (self);
  GHashTableIter iter;
  gpointer room;

  tide_room_log_flush (self->everyone, now_us);
  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    tide_room_log_flush (room, now_us);
}

/* Sends what waits for users, as far as the limits allow, so that none of it waits by old
 * ones. */
static void
flush_lanes (TideScalableBroadcaster *self)
{
  gint64 now_us = get_now_us (self);

  for (guint i = 0; i < self->lanes->len; i++)
    {
      TideLane *lane = g_ptr_array_index (self->lanes, i);

      if (lane == NULL || !lane->is_connected || lane->n_pending == 0)
        continue;
      lane->blocked_until_us = 0;
      tide_lane_flush (self, lane, now_us);
    }
}

/**
 * tide_scalable_broadcaster_flush:
 * @self: a broadcaster
 *
 * Sends what waits, as far as the limits allow, without waiting for windows to end.
 */
void
tide_scalable_broadcaster_flush (TideScalableBroadcaster *self)
{
  flush_rooms (self);
  flush_lanes (self);
}

/**
 * tide_scalable_broadcaster_reload:
 * @self: a broadcaster
 * @settings: how to deliver from now on
 *
 * Puts new settings in force. Nothing that waits is lost by that: it leaves now, or when
 * the new limits allow it.
 */
void
tide_scalable_broadcaster_reload (TideScalableBroadcaster *self,
                                  const TideDeliverySettings *settings)
{
  flush_rooms (self);
  self->settings = *settings;
  tide_offline_queue_set_settings (self->offline, &settings->offline);
  flush_lanes (self);
}

/**
 * tide_scalable_broadcaster_set_limits:
 * @self: a broadcaster
 * @limits: how to deliver from now on
 *
 * As tide_scalable_broadcaster_reload(), for the limits alone.
 */
void
tide_scalable_broadcaster_set_limits (TideScalableBroadcaster *self,
                                      const TideDeliveryLimits *limits)
{
  flush_rooms (self);
  self->settings.limits = *limits;
  flush_lanes (self);
}

/**
 * tide_scalable_broadcaster_get_limits:
 * @self: a broadcaster
 *
 * Returns: (transfer none): the limits in force
 */
const TideDeliveryLimits *
tide_scalable_broadcaster_get_limits (TideScalableBroadcaster *self)
{
  return &self->settings.limits;
}

/**
 * tide_scalable_broadcaster_get_n_pending:
 * @self: a broadcaster
 * @user_slot: a user
 *
 * Returns: how many events wait for the user alone, not with others in its rooms
 */
guint
tide_scalable_broadcaster_get_n_pending (TideScalableBroadcaster *self, guint32 user_slot)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);

  return lane != NULL ? lane->n_pending : 0;
}

/**
 * tide_scalable_broadcaster_shed_offline:
 * @self: a broadcaster
 * @n_bytes: how many bytes are wanted
 *
 * Drops the oldest events that wait for users who are away, as
 * tide_offline_queue_shed() does.
 *
 * Returns: how many bytes were dropped
 */
gsize
tide_scalable_broadcaster_shed_offline (TideScalableBroadcaster *self, gsize n_bytes)
{
  return tide_offline_queue_shed (self->offline, n_bytes);
}

/**
 * tide_scalable_broadcaster_get_offline:
 * @self: a broadcaster
 *
 * Returns: (transfer none): what it keeps for users who are away
 */
TideOfflineQueue *
tide_scalable_broadcaster_get_offline (TideScalableBroadcaster *self)
{
  return self->offline;
}

/**
 * tide_scalable_broadcaster_has_pending:
 * @self: a broadcaster
 * @user_slot: a user
 *
 * Returns: whether anything waits for the user, alone or with others
 */
gboolean
tide_scalable_broadcaster_has_pending (TideScalableBroadcaster *self, guint32 user_slot)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);

  return lane != NULL && lane->is_connected &&
         (lane->n_pending > 0 || tide_lane_has_room_events (lane, NULL, NULL));
}
