/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users who come, go, enter rooms and slow down, and what that means for their lanes. */

#include "tide-array-fit.h"
#include "tide-cache-line.h"
#include "tide-scalable-broadcaster-private.h"

/* The lane of a user who has gone stays that long, so that a return does not make its
 * rate new. That looks back a second, and no window is longer than this. */
#define KEEP_LANE_US (10 * G_USEC_PER_SEC)

static gint64
get_now_us (TideScalableBroadcaster *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

/*
 * tide_scalable_broadcaster_free_lane:
 * @self: the broadcaster
 * @lane: (transfer full): a lane that is in no room
 *
 * Frees a lane; what waits in it is not counted.
 */
void
tide_scalable_broadcaster_free_lane (TideScalableBroadcaster *self, TideLane *lane)
{
  TideUserRef user = lane->user;
  guint32 slot = user.slot;

  g_ptr_array_index (self->lanes, slot) = NULL;
  tide_timer_wheel_disarm (self->wheel, &lane->timer);
  if (lane->is_unsettled)
    g_ptr_array_remove_fast (self->unsettled, lane);
  tide_lane_clear (lane);
  g_aligned_free (lane);
  self->counters->lanes--;
  tide_user_table_release (self->users, slot);
  if (!tide_user_table_is_current (self->users, user))
    tide_lane_forget_limits (self, user);
}

static void on_lane_timer (TideTimer *timer, gint64 now_us);

/* Windows of many end at the same time. What the next ones need is loaded meanwhile. */
static void
expect_next (TideScalableBroadcaster *self, const TideLane *lane)
{
  const TideTimer *timer = tide_timer_wheel_get_coming (self->wheel);
  guint32 slots[TIDE_BATCH_SINK_N_EXPECTED] = { lane->user.slot };
  guint n = 1;

  for (; timer != NULL && n < G_N_ELEMENTS (slots) && timer->func == on_lane_timer;
       timer = timer->next)
    slots[n++] = ((const TideLane *) timer->user_data)->user.slot;
  /* Nobody has looked at this one yet. Loading ahead of a timer that is no lane's does no
   * harm. */
  if (timer != NULL)
    {
      const char *next = (const char *) timer - offsetof (TideLane, timer);

      __builtin_prefetch (timer, 1);
      __builtin_prefetch (next, 1);
      __builtin_prefetch (next + offsetof (TideLane, rate), 1);
    }
  self->sink_iface->expect (self->sink, slots, n);
}

static void
on_lane_timer (TideTimer *timer, gint64 now_us)
{
  TideLane *lane = timer->user_data;
  TideScalableBroadcaster *self = lane->owner;

  if (lane->is_connected)
    {
      if (self->sink_iface->expect != NULL)
        expect_next (self, lane);
      lane->is_stuck = FALSE;
      tide_lane_flush (self, lane, now_us);
    }
  else
    tide_scalable_broadcaster_free_lane (self, lane);
}

static TideLane *
make_lane (TideScalableBroadcaster *self, TideUserRef user)
{
  TideLane *lane = tide_new_lined (TideLane);

  if (user.slot >= self->lanes->len)
    g_ptr_array_set_size (self->lanes, tide_user_table_get_n_slots (self->users));
  g_ptr_array_index (self->lanes, user.slot) = lane;
  tide_user_table_hold (self->users, user.slot);
  lane->owner = self;
  lane->user = user;
  lane->timer.func = on_lane_timer;
  lane->timer.user_data = lane;
  lane->last_flush_us = G_MININT64 / 2;
  tide_lane_find_limits (self, lane);
  self->counters->lanes++;
  return lane;
}

static void
leave_room (TideScalableBroadcaster *self, TideLane *lane, TideRoomLog *room)
{
  tide_room_log_remove_lane (room, lane);
  if (room->name != NULL && room->in_step->len == 0 && room->apart->len == 0)
    g_hash_table_remove (self->rooms, room->name);
}

/* What was kept goes before all that comes now. */
static void
replay (TideScalableBroadcaster *self, TideLane *lane)
{
  TideBatchItem item;

  while (tide_offline_queue_peek (self->offline, lane->user.slot, &item) &&
         tide_offline_queue_pop (self->offline, lane->user.slot, &item))
    {
      TideLaneEntry entry = {
        .event = item.event,
        .topic = tide_topic_table_hold (self->topics, item.event),
        .sequence = ++self->n_pushes,
        .is_by_room = FALSE,
        .n_attempts = item.n_attempts,
        .is_replayed = TRUE,
      };

      self->counters->books[item.event->route->delivery_class].in_lanes++;
      tide_lane_append (lane, &entry, TIDE_PRIORITY_CRITICAL);
    }
}

static void
tide_scalable_broadcaster_came (TideUserObserver *observer, TideUserRef user)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);

  if (lane == NULL)
    lane = make_lane (self, user);
  tide_timer_wheel_disarm (self->wheel, &lane->timer);
  lane->is_connected = TRUE;
  lane->is_stuck = FALSE;
  lane->is_slow = FALSE;
  lane->is_apart = FALSE;
  lane->blocked_until_us = 0;
  tide_room_log_add_lane (self->everyone, lane);
  tide_scalable_broadcaster_replay (self, user.slot);
}

/**
 * tide_scalable_broadcaster_replay:
 * @self: a broadcaster
 * @user_slot: a user
 *
 * Hands over what was kept for a user, if it is here.
 */
void
tide_scalable_broadcaster_replay (TideScalableBroadcaster *self, guint32 user_slot)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);

  if (lane == NULL || !lane->is_connected ||
      tide_offline_queue_get_length (self->offline, user_slot) == 0)
    return;
  tide_lane_step_apart (lane, NULL);
  replay (self, lane);
  tide_lane_flush (self, lane, get_now_us (self));
}

static void
tide_scalable_broadcaster_taken (TideUserObserver *observer,
                                 TideUserRef user,
                                 const TideBatch *batch)
{
  tide_offline_queue_taken (
      TIDE_SCALABLE_BROADCASTER (observer)->offline, user.slot, batch);
}

static void
tide_scalable_broadcaster_returned (TideUserObserver *observer,
                                    TideUserRef user,
                                    const TideBatchItem *items,
                                    guint n_items)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);

  for (guint i = 0; i < n_items; i++)
    tide_offline_queue_return (self->offline, user.slot, &items[i]);
}

static void
empty_lane (TideScalableBroadcaster *self, TideLane *lane)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));

  tide_lane_take_all (lane, entries);
  for (guint i = 0; i < entries->len; i++)
    {
      TideLaneEntry *entry = &g_array_index (entries, TideLaneEntry, i);
      TideBatchItem item = { .event = entry->event, .n_attempts = entry->n_attempts };

      self->counters->books[entry->event->route->delivery_class].in_lanes--;
      tide_offline_queue_return (self->offline, lane->user.slot, &item);
      tide_lane_entry_clear (entry);
    }
}

static void
tide_scalable_broadcaster_left (TideUserObserver *observer, TideUserRef user)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);

  if (lane == NULL || !lane->is_connected)
    return;
  /* Before it leaves its rooms: what waits there was offered to it too. */
  tide_lane_step_apart (lane, NULL);
  while (lane->n_rooms > 0)
    leave_room (self, lane, lane->rooms[0].room);
  empty_lane (self, lane);
  tide_offline_queue_left (self->offline, user.slot);
  lane->is_connected = FALSE;
  if (tide_user_table_is_anonymous (self->users, user.slot))
    tide_scalable_broadcaster_free_lane (self, lane);
  else
    tide_timer_wheel_arm (self->wheel, &lane->timer, get_now_us (self) + KEEP_LANE_US);
}

static void
tide_scalable_broadcaster_forgotten (TideUserObserver *observer, TideUserRef user)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);

  tide_offline_queue_forget (self->offline, user.slot);
  tide_lane_forget_limits (self, user);
  if (lane != NULL && !lane->is_connected)
    tide_scalable_broadcaster_free_lane (self, lane);
}

static void
tide_scalable_broadcaster_entered_room (TideUserObserver *observer,
                                        TideUserRef user,
                                        const char *name)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);
  TideRoomLog *room = tide_scalable_broadcaster_get_room (self, name);

  if (lane == NULL || !lane->is_connected)
    return;
  if (room == NULL)
    {
      room = tide_room_log_new (self, name);
      g_hash_table_insert (self->rooms, room->name, room);
    }
  if (!tide_room_log_has_lane (room, lane))
    tide_room_log_add_lane (room, lane);
}

/* Whether the user is in one of the rooms of an event that is for rooms. */
static gboolean
is_in_its_rooms (TideScalableBroadcaster *self,
                 const TideLane *lane,
                 const TideEvent *event)
{
  for (char **name = event->route->rooms; name != NULL && *name != NULL; name++)
    {
      TideRoomLog *room = tide_scalable_broadcaster_get_room (self, *name);

      if (room != NULL && tide_room_log_has_lane (room, lane))
        return TRUE;
    }
  return FALSE;
}

/* Drops what waits for a user only because of rooms that it has left. */
static void
drop_by_room (TideScalableBroadcaster *self, TideLane *lane)
{
  tide_lane_unshare (lane);
  for (guint i = 0; lane->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    {
      TideLaneQueue *queue = &lane->queues[i];

      for (guint j = 0; j < queue->length; j++)
        {
          TideLaneEntry *at = tide_lane_queue_peek (queue, j);
          TideDeliveryClass delivery_class;

          if (at->event == NULL || !at->is_by_room ||
              is_in_its_rooms (self, lane, at->event))
            continue;
          delivery_class = at->event->route->delivery_class;
          tide_lane_drop (lane, queue, at);
          self->counters->books[delivery_class].in_lanes--;
          self->counters->books[delivery_class].dropped_left++;
        }
    }
  tide_lane_tidy (lane);
}

static void
tide_scalable_broadcaster_left_room (TideUserObserver *observer,
                                     TideUserRef user,
                                     const char *name)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);
  TideRoomLog *room = tide_scalable_broadcaster_get_room (self, name);

  if (lane == NULL || room == NULL || !tide_room_log_has_lane (room, lane))
    return;
  leave_room (self, lane, room);
  drop_by_room (self, lane);
  if (lane->n_pending == 0)
    tide_lane_step_in (lane);
}

/* Nothing waits for the end of a window any longer. */
static void
tide_scalable_broadcaster_asked (TideUserObserver *observer, TideUserRef user)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);

  if (lane == NULL || !lane->is_connected)
    return;
  if (tide_lane_has_room_events (lane, NULL, NULL))
    tide_lane_step_apart (lane, NULL);
  if (lane->n_pending > 0 && !lane->is_slow && lane->n_replayed == 0)
    tide_lane_flush (self, lane, get_now_us (self));
}

static void
tide_scalable_broadcaster_slow (TideUserObserver *observer, TideUserRef user)
{
  TideLane *lane = tide_scalable_broadcaster_get_lane (
      TIDE_SCALABLE_BROADCASTER (observer), user.slot);

  /* We may be handing it a batch right now: what follows is done when it is next looked
   * at. */
  if (lane != NULL)
    lane->is_slow = TRUE;
}

static void
tide_scalable_broadcaster_fast_again (TideUserObserver *observer, TideUserRef user)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user.slot);

  if (lane == NULL || !lane->is_connected)
    return;
  lane->is_slow = FALSE;
  if (!lane->is_stuck)
    tide_timer_wheel_arm (self->wheel, &lane->timer, get_now_us (self));
}

/* A lane holds its slot: behind the end of the table there is none. */
static void
tide_scalable_broadcaster_trim (TideUserObserver *observer)
{
  TideScalableBroadcaster *self = TIDE_SCALABLE_BROADCASTER (observer);

  tide_ptr_array_fit (self->lanes, tide_user_table_get_n_slots (self->users));
  tide_ptr_array_fit (self->unsettled, G_MAXUINT);
  tide_ptr_array_fit (self->everyone->in_step, G_MAXUINT);
  tide_ptr_array_fit (self->everyone->apart, G_MAXUINT);
}

/*
 * tide_scalable_broadcaster_init_observer:
 * @iface: (out caller-allocates): the interface of the class
 *
 * Lets a broadcaster observe users.
 */
void
tide_scalable_broadcaster_init_observer (TideUserObserverInterface *iface)
{
  iface->came = tide_scalable_broadcaster_came;
  iface->entered_room = tide_scalable_broadcaster_entered_room;
  iface->left_room = tide_scalable_broadcaster_left_room;
  iface->asked = tide_scalable_broadcaster_asked;
  iface->slow = tide_scalable_broadcaster_slow;
  iface->fast_again = tide_scalable_broadcaster_fast_again;
  iface->taken = tide_scalable_broadcaster_taken;
  iface->returned = tide_scalable_broadcaster_returned;
  iface->left = tide_scalable_broadcaster_left;
  iface->forgotten = tide_scalable_broadcaster_forgotten;
  iface->trim = tide_scalable_broadcaster_trim;
}
