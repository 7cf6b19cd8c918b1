/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When the events of one user leave: at once, when its window is over, or when its rate
 * allows it. */

#include "tide-scalable-broadcaster-private.h"

/* What was kept for a user who comes back, and what a slow one has to read, goes out a
 * batch at a time, with at least this in between. */
#define PACE_US (50 * 1000)

/* When none of a user's connections takes a batch they are about to end. The user may
 * have opened another one meanwhile: then we hear nothing, and have to try. */
#define RETRY_US (250 * 1000)

static void
apply_tally (TideScalableBroadcaster *self,
             const TideLaneTally *tally,
             gboolean is_for_slowness)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      TideBook *book = &self->counters->books[i];

      book->conflated += tally->n_conflated[i];
      if (is_for_slowness)
        book->dropped_slow += tally->n_dropped[i];
      else
        book->dropped_rate += tally->n_dropped[i];
      book->in_lanes -= tally->n_conflated[i] + tally->n_dropped[i];
    }
}

/*
 * tide_lane_stick:
 * @self: the broadcaster
 * @lane: a lane whose user has not taken a batch
 * @now_us: monotonic time in microseconds
 *
 * Sends nothing for a while; then tries again, if the user is still here.
 */
void
tide_lane_stick (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  lane->is_stuck = TRUE;
  tide_timer_wheel_arm (self->wheel, &lane->timer, now_us + RETRY_US);
}

static gboolean
deliver (TideScalableBroadcaster *self,
         TideLane *lane,
         const TideLaneEntry *entries,
         guint n_entries,
         TideRateRing *ring,
         gint64 now_us)
{
  g_autoptr (TideBatch) batch = tide_batch_new_of_entries (self, entries, n_entries);

  tide_batch_count_made (self, n_entries);
  if (tide_scalable_broadcaster_deliver (self, batch, lane) == 0)
    {
      tide_lane_stick (self, lane, now_us);
      return FALSE;
    }
  tide_batch_count_delivered (self, batch);
  tide_rate_ring_take (ring, n_entries, now_us);
  lane->last_flush_us = now_us;
  return TRUE;
}

/* Sends what was taken out of a lane; when nobody takes it any more, it is put back until
 * the user's connections have ended. */
static gboolean
deliver_taken (TideScalableBroadcaster *self,
               TideLane *lane,
               TideRateRing *ring,
               gint64 now_us)
{
  TideLaneEntry *entries = (TideLaneEntry *) (gpointer) self->taken->data;
  guint n_entries = self->taken->len;

  if (!deliver (self, lane, entries, n_entries, ring, now_us))
    {
      tide_lane_put_back (lane, entries, n_entries);
      g_array_set_size (self->taken, 0);
      return FALSE;
    }
  tide_lane_entries_clear (self->taken);
  return TRUE;
}

static inline gboolean
is_pressed (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  return lane->is_slow || lane->is_stuck || lane->n_replayed > 0 ||
         lane->blocked_until_us > now_us ||
         tide_rate_ring_get_room (&lane->rate, tide_lane_get_rate (self, lane), now_us) ==
             0;
}

/*
 * tide_lane_is_pressed:
 * @self: the broadcaster
 * @lane: a lane
 * @now_us: monotonic time in microseconds
 *
 * Returns: whether what comes now gives way: it replaces what waits, or is dropped
 */
gboolean
tide_lane_is_pressed (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  return is_pressed (self, lane, now_us);
}

static void
arm (TideScalableBroadcaster *self, TideLane *lane, gint64 due_us)
{
  if (lane->timer.pprev == NULL || due_us < lane->timer.due_us)
    tide_timer_wheel_arm (self->wheel, &lane->timer, due_us);
}

/* What a flush has left behind waits for its time, and gives way meanwhile. */
static void
keep_rest (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  const TideDeliveryLimits *limits = &self->settings.limits;
  TideLaneTally tally = { { 0 }, { 0 } };
  gint64 next_us =
      tide_rate_ring_get_next_us (&lane->rate, tide_lane_get_rate (self, lane), now_us);

  if (!lane->is_stuck && next_us > now_us && lane->blocked_until_us <= now_us)
    self->counters->rate_limited++;
  lane->blocked_until_us = next_us > now_us ? next_us : 0;
  tide_lane_conflate (lane, &tally);
  tide_lane_shed (lane, &tally);
  apply_tally (self, &tally, lane->is_slow);
  if (lane->is_stuck)
    return;
  tide_timer_wheel_disarm (self->wheel, &lane->timer);
  if (lane->n_pending > 0)
    arm (self, lane, MAX (next_us, now_us + MAX (limits->batch_window_us, PACE_US)));
}

/*
 * tide_lane_flush:
 * @self: the broadcaster
 * @lane: a lane
 * @now_us: monotonic time in microseconds
 *
 * Sends what may be sent now. A slow user gets what is lossless, a batch at a time, so
 * that one who reads nothing at all comes to the hard limit of its outbox.
 */
void
tide_lane_flush (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  guint n_max = tide_scalable_broadcaster_get_max_events (self);

  while (lane->n_pending > 0 && lane->is_connected && !lane->is_stuck)
    {
      guint n_allowed =
          tide_rate_ring_get_room (&lane->rate, tide_lane_get_rate (self, lane), now_us);
      gboolean is_paced = lane->is_slow || lane->n_replayed > 0;

      if (lane->chain != NULL && !lane->is_slow &&
          n_allowed >= MIN (lane->n_pending, n_max))
        {
          if (!tide_lane_flush_shared (self, lane, now_us) || lane->is_slow)
            break;
          continue;
        }
      n_allowed = MIN (n_allowed, n_max);
      if (n_allowed > 0 && lane->is_slow)
        tide_lane_take_lossless (
            lane, n_allowed, self->settings.batch_max_bytes, self->taken);
      else if (n_allowed > 0)
        tide_lane_take (lane, n_allowed, self->settings.batch_max_bytes, self->taken);
      if (self->taken->len == 0 || !deliver_taken (self, lane, &lane->rate, now_us) ||
          is_paced || lane->is_slow)
        break;
    }
  if (lane->n_pending > 0)
    {
      keep_rest (self, lane, now_us);
      return;
    }
  lane->blocked_until_us = 0;
  tide_timer_wheel_disarm (self->wheel, &lane->timer);
  tide_lane_step_in (lane);
}

/*
 * tide_lane_schedule:
 * @self: the broadcaster
 * @lane: a lane with pending events
 * @topic: what the newest is about
 * @now_us: monotonic time in microseconds
 *
 * Flushes now when a batch is full or the lane has been quiet, else in time.
 */
void
tide_lane_schedule (TideScalableBroadcaster *self,
                    TideLane *lane,
                    const TideTopic *topic,
                    gint64 now_us)
{
  const TideDeliveryLimits *limits = &self->settings.limits;
  gboolean is_full =
      (limits->batch_max_events > 0 && lane->n_pending >= limits->batch_max_events) ||
      lane->n_bytes >= self->settings.batch_max_bytes;

  if (!lane->is_connected || lane->is_stuck)
    return;
  if (lane->is_slow || lane->n_replayed > 0 || lane->blocked_until_us > now_us)
    {
      gint64 due_us = now_us + MAX (limits->batch_window_us, PACE_US);

      if (lane->timer.pprev == NULL)
        arm (self, lane, MAX (due_us, lane->blocked_until_us));
      return;
    }
  if (is_full || tide_delivery_limits_is_due (
                     limits, lane->timer.pprev != NULL, lane->last_flush_us, now_us))
    tide_lane_flush (self, lane, now_us);
  else
    {
      arm (self,
           lane,
           tide_scalable_broadcaster_get_window_end_us (
               self, lane->was_silent, tide_topic_get_number (topic), now_us));
      lane->was_silent = FALSE;
      if (lane->chain != NULL)
        lane->chain->is_waiting = TRUE;
    }
}

/*
 * tide_lane_wait:
 * @self: the broadcaster
 * @lane: a lane that was given what waits for a room
 * @due_us: monotonic time at which that was to leave
 *
 * Has the lane flushed at that time, if it is not to be flushed before.
 */
void
tide_lane_wait (TideScalableBroadcaster *self, TideLane *lane, gint64 due_us)
{
  if (lane->is_connected && !lane->is_stuck)
    arm (self, lane, due_us);
}

/* Sends an urgent event now, with those of its topic that wait and can't be replaced. */
static gboolean
push_urgent (TideScalableBroadcaster *self,
             TideLane *lane,
             const TideLaneEntry *entry,
             gint64 now_us)
{
  const TideDeliveryLimits *limits = &self->settings.limits;
  TideLaneTally tally = { { 0 }, { 0 } };
  gsize n_bytes = entry->event->payload_length;
  guint n_events = 1 + tide_lane_count_topic (lane, entry->topic, &n_bytes);

  if (lane->is_stuck || lane->n_replayed > 0 ||
      (limits->batch_max_events > 0 && n_events > limits->batch_max_events) ||
      (n_events > 1 && n_bytes > self->settings.batch_max_bytes) ||
      tide_rate_ring_get_room (
          &lane->urgent, tide_lane_get_urgent_rate (self, lane), now_us) < n_events)
    return FALSE;
  tide_lane_take_topic (lane, entry->topic, self->taken, &tally);
  tide_event_ref (entry->event);
  tide_topic_ref (entry->topic);
  g_array_append_vals (self->taken, entry, 1);
  apply_tally (self, &tally, FALSE);
  deliver_taken (self, lane, &lane->urgent, now_us);
  return TRUE;
}

static void
add_to_lane (TideScalableBroadcaster *self,
             TideLane *lane,
             TideLaneEntry *entry,
             gboolean is_pressed_now)
{
  TideLaneTally tally = { { 0 }, { 0 } };
  TidePriority priority = entry->event->priority;
  gboolean replaces =
      is_pressed_now || entry->event->route->delivery_class == TIDE_CLASS_LATEST;

  if (!is_pressed_now && tide_lane_share (self, lane, entry))
    return;
  tide_event_ref (entry->event);
  tide_topic_ref (entry->topic);
  tide_lane_raise (
      lane, entry->topic, priority, replaces || priority >= TIDE_PRIORITY_HIGH, &tally);
  if (!replaces || !tide_lane_entry_can_be_replaced (entry) ||
      !tide_lane_replace (lane, entry, &tally))
    tide_lane_append (lane, entry, priority);
  apply_tally (self, &tally, FALSE);
}

/* Hands a slow user the next lossless events before their time. Who reads nothing comes
 * to the hard limit of its outbox by that, and gets them on coming back. */
static gboolean
push_on (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  guint n_pending = lane->n_pending;

  if (!lane->is_slow)
    return FALSE;
  tide_lane_flush (self, lane, now_us);
  return lane->n_pending < n_pending;
}

/* A user for whom more waits than its outbox would hold loses the oldest of it, where
 * none of it may be written yet. While its connections end all of it waits for that. */
static void
bound (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us)
{
  while (lane->n_bytes > self->settings.lane_max_bytes && lane->n_pending > 1 &&
         !lane->is_stuck)
    {
      TideLaneTally tally = { { 0 }, { 0 } };

      if (push_on (self, lane, now_us))
        continue;
      tide_lane_drop_oldest (lane, &tally);
      for (guint i = 0; i < TIDE_N_CLASSES; i++)
        {
          self->counters->books[i].dropped_full += tally.n_dropped[i];
          self->counters->books[i].in_lanes -= tally.n_dropped[i];
        }
    }
}

/*
 * tide_lane_is_due:
 * @self: the broadcaster
 * @lane: a lane under no pressure
 * @now_us: monotonic time in microseconds
 *
 * Returns: whether nothing keeps an event from leaving at once, by itself
 */
gboolean
tide_lane_is_due (TideScalableBroadcaster *self, const TideLane *lane, gint64 now_us)
{
  const TideDeliveryLimits *limits = &self->settings.limits;

  return lane->n_pending == 0 &&
         (limits->batch_max_events == 1 ||
          tide_delivery_limits_is_due (limits, FALSE, lane->last_flush_us, now_us));
}

/* Sends an event now, without its having waited. */
static void
push_alone (TideScalableBroadcaster *self,
            TideLane *lane,
            const TideLaneEntry *entry,
            gint64 now_us)
{
  if (deliver (self, lane, entry, 1, &lane->rate, now_us))
    return;
  tide_event_ref (entry->event);
  tide_topic_ref (entry->topic);
  tide_lane_put_back (lane, entry, 1);
}

/*
 * tide_lane_push:
 * @self: the broadcaster
 * @lane: the lane of a connected user
 * @entry: an event; references are taken
 * @now_us: monotonic time in microseconds
 *
 * Hands an event to one user: it leaves at once, or waits.
 */
void
tide_lane_push (TideScalableBroadcaster *self,
                TideLane *lane,
                const TideLaneEntry *entry,
                gint64 now_us)
{
  TideDeliveryClass delivery_class = entry->event->route->delivery_class;
  TideBook *book = &self->counters->books[delivery_class];
  gboolean is_pressed_now = is_pressed (self, lane, now_us);
  gboolean is_urgent = entry->event->priority >= TIDE_PRIORITY_HIGH;
  TideLaneEntry own = *entry;

  if (!is_pressed_now && !is_urgent && tide_lane_has_no_room (self, lane, entry->event))
    {
      tide_lane_flush (self, lane, now_us);
      is_pressed_now = is_pressed (self, lane, now_us);
    }
  book->offered++;
  if (delivery_class == TIDE_CLASS_DROPPABLE && is_pressed_now && !is_urgent)
    {
      (*(lane->is_slow ? &book->dropped_slow : &book->dropped_rate))++;
      return;
    }
  book->in_lanes++;
  if (tide_lane_has_room_events (lane, is_urgent ? own.topic : NULL, NULL))
    tide_lane_step_apart (lane, NULL);
  if (is_urgent && push_urgent (self, lane, &own, now_us))
    {
      if (lane->n_pending > 0)
        tide_lane_note_pending (lane);
      return;
    }
  if (is_urgent)
    tide_lane_step_apart (lane, NULL);
  if (lane->n_pending == 0 &&
      tide_scalable_broadcaster_is_silent (self, lane->last_flush_us, now_us))
    lane->was_silent = TRUE;
  if (!is_pressed_now && tide_lane_is_due (self, lane, now_us))
    push_alone (self, lane, &own, now_us);
  else
    {
      add_to_lane (self, lane, &own, is_pressed_now);
      bound (self, lane, now_us);
      tide_lane_schedule (self, lane, own.topic, now_us);
    }
  if (lane->n_pending > 0)
    tide_lane_note_pending (lane);
  else
    tide_lane_step_in (lane);
}
