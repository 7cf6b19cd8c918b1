/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What would become of an event that came now. Nothing is changed by asking: it follows
 * the ways of tide-lane-flush.c and tide-room-flush.c, and test-lane-explain has both go
 * them. */

#include "tide-explain-states.h"
#include "tide-scalable-broadcaster-private.h"

/* What waits, and of this what is of the topic of the event. */
typedef struct
{
  const TideEvent *event; /* (unowned) */
  const TideTopic
      *topic; /* (unowned) (nullable), of @event; %NULL when none of it waits */
  guint n_events;
  gsize n_bytes;       /* of their payloads */
  guint n_fixed;       /* that can't be replaced */
  gsize n_fixed_bytes; /* of their payloads */
  guint n_gone;        /* that the event replaces when nothing presses */
  gsize n_gone_bytes;  /* of their payloads */
  gboolean has_other;  /* one that can be replaced */
} Waiting;

static gboolean
is_urgent (const TideEvent *event)
{
  return event->priority >= TIDE_PRIORITY_HIGH;
}

/* Whether an event takes the place of one that waits with a priority. */
static gboolean
takes_place (const Waiting *waiting, TidePriority priority)
{
  const TideEvent *event = waiting->event;
  gboolean is_latest = event->route->delivery_class == TIDE_CLASS_LATEST;

  return priority < event->priority ? is_latest || is_urgent (event)
                                    : is_latest && !tide_topic_is_mixed (waiting->topic);
}

static void
note (Waiting *waiting, const TideLaneEntry *entry, TidePriority priority)
{
  gsize n_bytes;

  if (waiting->topic == NULL || entry->event == NULL || entry->topic != waiting->topic)
    return;
  n_bytes = entry->event->payload_length;
  if (!tide_lane_entry_can_be_replaced (entry))
    {
      waiting->n_fixed++;
      waiting->n_fixed_bytes += n_bytes;
      return;
    }
  waiting->has_other = TRUE;
  if (takes_place (waiting, priority))
    {
      waiting->n_gone++;
      waiting->n_gone_bytes += n_bytes;
    }
}

static void
look_into_room (Waiting *waiting, const TideRoomLog *room)
{
  waiting->n_events += room->entries->len;
  waiting->n_bytes += room->n_bytes;
  for (guint i = 0; i < room->entries->len; i++)
    {
      const TideLaneEntry *at = &g_array_index (room->entries, TideLaneEntry, i);

      note (waiting, at, at->priority);
    }
}

/* What waits for a lane, by itself and, for one in step, in its rooms: it is given copies
 * of these when it steps apart. */
static void
look_into_lane (Waiting *waiting, TideLane *lane)
{
  waiting->n_events += lane->n_pending;
  waiting->n_bytes += lane->n_bytes;
  for (const TideLaneChain *chain = lane->chain; chain != NULL; chain = chain->older)
    note (waiting, &chain->newest, chain->newest.event->priority);
  for (guint i = 0; lane->queues != NULL && i < TIDE_N_PRIORITIES; i++)
    for (guint j = 0; j < lane->queues[i].length; j++)
      note (waiting, tide_lane_queue_peek (&lane->queues[i], j), i);
  for (guint i = 0; !lane->is_apart && i < lane->n_rooms; i++)
    look_into_room (waiting, lane->rooms[i].room);
}

static gboolean
fits_urgent (TideScalableBroadcaster *self,
             TideLane *lane,
             const TideEvent *event,
             const Waiting *waiting)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  const TideDeliverySettings *settings = &self->settings;
  guint n_events = 1 + waiting->n_fixed;
  gsize n_bytes = waiting->n_fixed_bytes + event->payload_length;

  return (settings->limits.batch_max_events == 0 ||
          n_events <= settings->limits.batch_max_events) &&
         (n_events == 1 || n_bytes <= settings->batch_max_bytes) &&
         tide_rate_ring_get_room (
             &lane->urgent, tide_lane_get_urgent_rate (self, lane), now_us) >= n_events;
}

/* Whether a batch is full with the event, which comes besides all that waits or in the
 * place of some of it. */
static gboolean
is_full (const TideScalableBroadcaster *self, const Waiting *waiting)
{
  const TideDeliveryLimits *limits = &self->settings.limits;
  guint n_events = waiting->n_events - waiting->n_gone + 1;
  gsize n_bytes =
      waiting->n_bytes - waiting->n_gone_bytes + waiting->event->payload_length;

  return (limits->batch_max_events > 0 && n_events >= limits->batch_max_events) ||
         n_bytes >= self->settings.batch_max_bytes;
}

/* What keeps a lane from sending anything, or NULL. */
static const char *
get_obstacle (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  if (lane->is_slow || lane->is_stuck)
    return TIDE_STATE_SLOW;
  if (lane->n_replayed > 0)
    return TIDE_STATE_BEHIND_KEPT;
  if (lane->blocked_until_us > now_us ||
      tide_rate_ring_get_room (&lane->rate, tide_lane_get_rate (self, lane), now_us) == 0)
    return TIDE_STATE_RATE;
  return NULL;
}

static gboolean
is_replaced (const TideLaneEntry *at, const TideEvent *event, const TideTopic *topic)
{
  return at->event != NULL && at->topic == topic &&
         event->route->delivery_class == TIDE_CLASS_LATEST &&
         tide_lane_entry_can_be_replaced (at);
}

static guint
count_one (const TideLane *lane,
           const TideLaneEntry *at,
           TidePriority priority,
           const TideEvent *event,
           const TideTopic *topic)
{
  if (at->event == NULL ||
      (lane->is_slow && at->event->route->delivery_class != TIDE_CLASS_LOSSLESS))
    return 0;
  if (is_replaced (at, event, topic))
    return 0;
  return priority >= event->priority || at->topic == topic;
}

/* How many of those that wait would leave before the event, if all that waits for the
 * lane left in its order. */
static guint
count_before (TideLane *lane, const TideEvent *event, const TideTopic *topic)
{
  guint n = 0;

  for (const TideLaneChain *chain = lane->chain; chain != NULL; chain = chain->older)
    n += count_one (lane, &chain->newest, chain->newest.event->priority, event, topic);
  for (guint i = lane->queues != NULL ? TIDE_N_PRIORITIES : 0; i > 0; i--)
    for (guint j = 0; j < lane->queues[i - 1].length; j++)
      {
        const TideLaneEntry *at = tide_lane_queue_peek (&lane->queues[i - 1], j);

        /* The event would take its place. */
        if (is_replaced (at, event, topic))
          return n;
        n += count_one (lane, at, i - 1, event, topic);
      }
  for (guint i = 0; !lane->is_apart && i < lane->n_rooms; i++)
    for (guint j = 0; j < lane->rooms[i].room->entries->len; j++)
      {
        const TideLaneEntry *at =
            &g_array_index (lane->rooms[i].room->entries, TideLaneEntry, j);

        n += count_one (lane, at, at->priority, event, topic);
      }
  return n;
}

/* What leaves when all that waits for a lane is flushed, as far as it may. */
static const char *
explain_leaving (TideScalableBroadcaster *self,
                 TideLane *lane,
                 const TideEvent *event,
                 gint64 now_us)
{
  guint n_allowed =
      tide_rate_ring_get_room (&lane->rate, tide_lane_get_rate (self, lane), now_us);
  const TideTopic *topic = tide_topic_table_find (self->topics, event);

  if (lane->is_stuck ||
      (lane->is_slow && event->route->delivery_class != TIDE_CLASS_LOSSLESS))
    return TIDE_STATE_SLOW;
  if (lane->is_slow)
    n_allowed = MIN (n_allowed, tide_scalable_broadcaster_get_max_events (self));
  if (count_before (lane, event, topic) < n_allowed)
    return TIDE_STATE_SENT;
  return event->route->delivery_class == TIDE_CLASS_DROPPABLE ? TIDE_STATE_DROPPED_RATE
                                                              : TIDE_STATE_RATE;
}

/* What becomes of an event for which a batch of what waits would have no room, so that
 * this leaves first. @n_needed: how many events the user has to be allowed to get, for
 * this one not to give way */
static const char *
explain_without_room (TideScalableBroadcaster *self,
                      TideLane *lane,
                      const TideEvent *event,
                      guint n_needed,
                      gint64 now_us)
{
  guint n_allowed =
      tide_rate_ring_get_room (&lane->rate, tide_lane_get_rate (self, lane), now_us);
  gboolean is_droppable = event->route->delivery_class == TIDE_CLASS_DROPPABLE;

  if (lane->is_slow)
    return is_droppable ? TIDE_STATE_DROPPED_SLOW : TIDE_STATE_SLOW;
  if (n_allowed < n_needed)
    return is_droppable ? TIDE_STATE_DROPPED_RATE : TIDE_STATE_RATE;
  return is_full (self, &(Waiting){ .event = event }) ? TIDE_STATE_SENT
                                                      : TIDE_STATE_WINDOW;
}

static const char *
explain_alone (TideScalableBroadcaster *self,
               TideLane *lane,
               const TideEvent *event,
               gint64 now_us)
{
  TideDeliveryClass delivery_class = event->route->delivery_class;
  gboolean is_pressed = tide_lane_is_pressed (self, lane, now_us);
  gboolean has_room_events =
      !lane->is_apart && tide_lane_has_room_events (lane, NULL, NULL);
  const char *obstacle = get_obstacle (self, lane, now_us);
  const TideTopic *topic = tide_topic_table_find (self->topics, event);
  Waiting waiting = { .event = event, .topic = topic };
  gboolean replaces;

  if (delivery_class == TIDE_CLASS_DROPPABLE && is_pressed && !is_urgent (event))
    return lane->is_slow ? TIDE_STATE_DROPPED_SLOW : TIDE_STATE_DROPPED_RATE;
  if (!is_pressed && !is_urgent (event) && tide_lane_has_no_room (self, lane, event))
    return explain_without_room (self, lane, event, lane->n_pending + 1, now_us);
  look_into_lane (&waiting, lane);
  if (is_urgent (event) && !lane->is_stuck && lane->n_replayed == 0 &&
      fits_urgent (self, lane, event, &waiting))
    return TIDE_STATE_SENT;
  if (!is_pressed && !has_room_events && tide_lane_is_due (self, lane, now_us))
    return TIDE_STATE_SENT;
  replaces = waiting.has_other && !tide_topic_is_mixed (topic) &&
             (delivery_class == TIDE_CLASS_LATEST ||
              (delivery_class == TIDE_CLASS_CONFLATE && is_pressed));
  if (obstacle == NULL &&
      (is_full (self, &waiting) ||
       tide_delivery_limits_is_due (&self->settings.limits,
                                    has_room_events || lane->timer.pprev != NULL,
                                    lane->last_flush_us,
                                    now_us)))
    return explain_leaving (self, lane, event, now_us);
  if (replaces)
    return TIDE_STATE_REPLACES;
  return obstacle != NULL ? obstacle : TIDE_STATE_WINDOW;
}

/* With all who are in step in a room. */
static const char *
explain_in_step (TideScalableBroadcaster *self,
                 TideLane *lane,
                 const TideRoomLog *room,
                 const TideEvent *event)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  const TideTopic *topic = tide_topic_table_find (self->topics, event);
  Waiting waiting = { .event = event, .topic = topic };

  look_into_room (&waiting, room);
  if (is_urgent (event))
    return fits_urgent (self, lane, event, &waiting)
               ? TIDE_STATE_SENT
               : explain_alone (self, lane, event, now_us);
  if (tide_room_log_has_no_room (room, event))
    return explain_without_room (self, lane, event, room->entries->len, now_us);
  if (tide_delivery_limits_is_due (&self->settings.limits,
                                   room->timer.pprev != NULL,
                                   room->last_flush_us,
                                   now_us) ||
      is_full (self, &waiting))
    return explain_leaving (self, lane, event, now_us);
  if (waiting.has_other && event->route->delivery_class == TIDE_CLASS_LATEST)
    return TIDE_STATE_REPLACES;
  return TIDE_STATE_WINDOW;
}

/* The room by which an event would reach a lane in step, if it goes by one. */
static const TideRoomLog *
find_shared_room (TideScalableBroadcaster *self,
                  const TideLane *lane,
                  const TideAudience *audience)
{
  const TideRoomLog *room;

  if (lane->is_apart || lane->n_pending > 0)
    return NULL;
  if (audience->is_everyone)
    return self->everyone;
  if (audience->n_slots > 0 || audience->rooms == NULL || audience->rooms[0] == NULL ||
      audience->rooms[1] != NULL)
    return NULL;
  room = tide_scalable_broadcaster_get_room (self, audience->rooms[0]);
  return room != NULL && tide_room_log_has_lane (room, lane) ? room : NULL;
}

/**
 * tide_scalable_broadcaster_explain:
 * @self: a broadcaster
 * @event: an event
 * @audience: whom it is for
 * @user_slot: one of these
 *
 * Tells what would become of an event that came now.
 *
 * Returns: (transfer none) (nullable): a phrase, %NULL when it is none for this user: it
 * is away, and does not get what waits
 */
const char *
tide_scalable_broadcaster_explain (TideScalableBroadcaster *self,
                                   const TideEvent *event,
                                   const TideAudience *audience,
                                   guint32 user_slot)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  TideLane *lane = tide_scalable_broadcaster_get_lane (self, user_slot);
  const TideRoomLog *room;

  if (lane == NULL || !lane->is_connected)
    return tide_offline_queue_wants (self->offline, event, user_slot) ? TIDE_STATE_KEPT
                                                                      : NULL;
  room = find_shared_room (self, lane, audience);
  return room != NULL ? explain_in_step (self, lane, room, event)
                      : explain_alone (self, lane, event, now_us);
}
