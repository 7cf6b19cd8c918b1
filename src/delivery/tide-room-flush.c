/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* When the events of a room leave. Those who are in step share one batch; who can't take
 * it now steps apart and goes on alone. */

#include "tide-scalable-broadcaster-private.h"

static void
count_offered (TideRoomLog *self, const TideLaneEntry *entry)
{
  TideBook *book = &self->owner->counters->books[entry->event->route->delivery_class];

  book->offered += self->in_step->len;
  book->in_lanes += self->in_step->len;
}

static void
count_conflated (TideRoomLog *self, const TideLaneEntry *entry)
{
  TideBook *book = &self->owner->counters->books[entry->event->route->delivery_class];

  book->conflated += self->in_step->len;
  book->in_lanes -= self->in_step->len;
}

/* Steps a lane apart and lets it go on alone; its window is over too. */
static void
part (TideRoomLog *self, TideLane *lane, gint64 now_us)
{
  tide_lane_step_apart (lane, NULL);
  if (lane->n_pending > 0)
    tide_lane_flush (self->owner, lane, now_us);
}

/* The order of a batch: the higher first, then the older. */
static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const TideLaneEntry *one = a;
  const TideLaneEntry *other = b;

  if (one->priority != other->priority)
    return other->priority - one->priority;
  return one->sequence < other->sequence ? -1 : one->sequence > other->sequence;
}

/* Who is in another room too, where something waits, gets both in their order, alone. */
static gboolean
can_take (TideRoomLog *self, TideLane *lane, gint64 now_us)
{
  return !lane->is_stuck && !lane->is_slow &&
         !tide_lane_has_room_events (lane, NULL, self) &&
         tide_rate_ring_get_room (&lane->rate,
                                  tide_lane_get_rate (self->owner, lane),
                                  now_us) >= self->entries->len;
}

/* Sends the shared batch to all who are in step. Lanes leave the list from its end, so it
 * is walked from there. */
static void
flush_shared (TideRoomLog *self, gint64 now_us)
{
  TideScalableBroadcaster *owner = self->owner;
  const TideLaneEntry *entries = (TideLaneEntry *) (gpointer) self->entries->data;
  guint n_entries = self->entries->len;
  g_autoptr (TideBatch) batch = tide_batch_new_of_entries (owner, entries, n_entries);

  tide_batch_count_made (owner, n_entries);
  tide_batch_hold (batch);
  for (guint i = self->in_step->len; i > 0; i--)
    {
      TideLane *lane = g_ptr_array_index (self->in_step, i - 1);

      if (!can_take (self, lane, now_us))
        {
          part (self, lane, now_us);
          continue;
        }
      if (tide_scalable_broadcaster_deliver (owner, batch, lane) == 0)
        {
          tide_lane_stick (owner, lane, now_us);
          tide_lane_step_apart (lane, NULL);
          continue;
        }
      tide_batch_count_delivered (owner, batch);
      tide_rate_ring_take (&lane->rate, n_entries, now_us);
      lane->last_flush_us = now_us;
      if (lane->is_slow)
        tide_lane_step_apart (lane, self);
    }
  tide_batch_let_go (batch);
}

static void
let_in (TideRoomLog *self)
{
  for (guint i = self->apart->len; i > 0; i--)
    tide_lane_step_in (g_ptr_array_index (self->apart, i - 1));
}

/*
 * tide_room_log_flush:
 * @self: a room
 * @now_us: monotonic time in microseconds
 *
 * Sends what waits for the room; then those who were apart and have nothing pending step
 * in again.
 */
void
tide_room_log_flush (TideRoomLog *self, gint64 now_us)
{
  if (self->entries->len > 0)
    {
      g_array_sort (self->entries, compare_entries);
      if (self->in_step->len > 0)
        flush_shared (self, now_us);
      self->owner->n_room_events -= self->entries->len;
      g_array_set_size (self->entries, 0);
      self->n_bytes = 0;
      self->last_flush_us = now_us;
    }
  tide_timer_wheel_disarm (self->owner->wheel, &self->timer);
  if (!self->owner->is_pushing)
    let_in (self);
}

/* Lets no event that waits be passed by a newer one of its topic. */
static void
raise_in_log (TideRoomLog *self, const TideLaneEntry *newer)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      TideLaneEntry *at = &g_array_index (self->entries, TideLaneEntry, i);

      if (at->topic == newer->topic && at->priority < newer->event->priority)
        at->priority = newer->event->priority;
    }
}

/* Of class latest, only the newest of a topic leaves. */
static void
drop_older_from_log (TideRoomLog *self, const TideLaneEntry *newer)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      TideLaneEntry *at = &g_array_index (self->entries, TideLaneEntry, i - 1);

      if (at->topic != newer->topic || !tide_lane_entry_can_be_replaced (at))
        continue;
      count_conflated (self, at);
      self->n_bytes -= at->event->payload_length;
      g_array_remove_index (self->entries, i - 1);
      self->owner->n_room_events--;
    }
}

static void
schedule (TideRoomLog *self, gint64 now_us)
{
  const TideDeliverySettings *settings = &self->owner->settings;
  const TideDeliveryLimits *limits = &settings->limits;
  gboolean is_full =
      (limits->batch_max_events > 0 && self->entries->len >= limits->batch_max_events) ||
      self->n_bytes >= settings->batch_max_bytes;
  gboolean is_open = self->timer.pprev != NULL;

  if (tide_scalable_broadcaster_is_silent (self->owner, self->last_flush_us, now_us) &&
      !is_open)
    self->was_silent = TRUE;
  if (is_full ||
      tide_delivery_limits_is_due (limits, is_open, self->last_flush_us, now_us))
    tide_room_log_flush (self, now_us);
  else if (!is_open)
    {
      tide_timer_wheel_arm (self->owner->wheel,
                            &self->timer,
                            tide_scalable_broadcaster_get_window_end_us (
                                self->owner, self->was_silent, self->number, now_us));
      self->was_silent = FALSE;
    }
}

static void
add_to_log (TideRoomLog *self, const TideLaneEntry *entry, gint64 now_us)
{
  TideLaneEntry own = *entry;

  own.priority = entry->event->priority;
  if (entry->event->route->delivery_class == TIDE_CLASS_LATEST)
    drop_older_from_log (self, entry);
  if (self->entries->len > 0 && own.priority > TIDE_PRIORITY_LOW)
    raise_in_log (self, entry);
  count_offered (self, entry);
  tide_event_ref (own.event);
  tide_topic_ref (own.topic);
  g_array_append_val (self->entries, own);
  self->owner->n_room_events++;
  self->n_bytes += own.event->payload_length;
  schedule (self, now_us);
}

/* How many events leave with an urgent one, itself included. */
static guint
count_urgent (TideRoomLog *self, const TideLaneEntry *urgent, gsize *n_bytes)
{
  guint n = 1;

  *n_bytes = urgent->event->payload_length;
  for (guint i = 0; i < self->entries->len; i++)
    {
      TideLaneEntry *at = &g_array_index (self->entries, TideLaneEntry, i);

      if (at->topic != urgent->topic || tide_lane_entry_can_be_replaced (at))
        continue;
      *n_bytes += at->event->payload_length;
      n++;
    }
  return n;
}

static gboolean
has_room_for_urgent (TideRoomLog *self, const TideLaneEntry *urgent)
{
  gsize n_bytes;
  guint n_events = count_urgent (self, urgent, &n_bytes);

  return n_events <= tide_scalable_broadcaster_get_max_events (self->owner) &&
         n_bytes <= self->owner->settings.batch_max_bytes;
}

/* Sends what waits before an event comes for which a batch would have no room. */
static void
make_room (TideRoomLog *self, const TideLaneEntry *entry, gint64 now_us)
{
  gboolean is_urgent = entry->event->priority >= TIDE_PRIORITY_HIGH;

  if (self->entries->len == 0)
    return;
  if (is_urgent ? !has_room_for_urgent (self, entry)
                : tide_room_log_has_no_room (self, entry->event))
    tide_room_log_flush (self, now_us);
}

/* Those whose urgent budget is used up go on alone, and those for whom an event of the
 * topic waits in another room. */
static void
part_from_spent (TideRoomLog *self, const TideLaneEntry *urgent, gint64 now_us)
{
  gsize n_bytes;
  guint n_events = count_urgent (self, urgent, &n_bytes);

  for (guint i = self->in_step->len; i > 0; i--)
    {
      TideLane *lane = g_ptr_array_index (self->in_step, i - 1);

      if (lane->is_stuck || tide_lane_has_room_events (lane, urgent->topic, self) ||
          tide_rate_ring_get_room (&lane->urgent,
                                   tide_lane_get_urgent_rate (self->owner, lane),
                                   now_us) < n_events)
        tide_lane_step_apart (lane, NULL);
    }
}

/* Moves the events of a topic out of the log: those that can be replaced are, the others
 * go before the urgent one. */
static GArray *
take_topic (TideRoomLog *self, const TideLaneEntry *urgent)
{
  GArray *taken = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  TideLaneEntry own = *urgent;

  g_array_set_clear_func (taken, (GDestroyNotify) tide_lane_entry_clear);
  drop_older_from_log (self, urgent);
  for (guint i = 0; i < self->entries->len;)
    {
      TideLaneEntry *at = &g_array_index (self->entries, TideLaneEntry, i);

      if (at->topic != urgent->topic)
        {
          i++;
          continue;
        }
      g_array_append_val (taken, *at);
      self->n_bytes -= at->event->payload_length;
      at->event = NULL;
      at->topic = NULL;
      g_array_remove_index (self->entries, i);
      self->owner->n_room_events--;
    }
  tide_event_ref (own.event);
  tide_topic_ref (own.topic);
  g_array_append_val (taken, own);
  return taken;
}

/* What could not be sent to a lane is put before all else that waits for it. */
static void
give_back (TideLane *lane, const GArray *taken, gint64 now_us)
{
  const TideLaneEntry *entries = (const TideLaneEntry *) (gpointer) taken->data;
  guint n_entries = taken->len;

  for (guint i = 0; i < n_entries; i++)
    {
      tide_event_ref (entries[i].event);
      tide_topic_ref (entries[i].topic);
    }
  tide_lane_stick (lane->owner, lane, now_us);
  tide_lane_step_apart (lane, NULL);
  tide_lane_put_back (lane, entries, n_entries);
}

/* Sends an urgent event to all who are in step, at once. */
static void
push_urgent (TideRoomLog *self, const TideLaneEntry *entry, gint64 now_us)
{
  TideScalableBroadcaster *owner = self->owner;
  g_autoptr (GArray) taken = NULL;
  g_autoptr (TideBatch) batch = NULL;

  count_offered (self, entry);
  taken = take_topic (self, entry);
  batch = tide_batch_new_of_entries (
      owner, (const TideLaneEntry *) (gpointer) taken->data, taken->len);
  tide_batch_count_made (owner, taken->len);
  tide_batch_hold (batch);
  for (guint i = self->in_step->len; i > 0; i--)
    {
      TideLane *lane = g_ptr_array_index (self->in_step, i - 1);

      if (tide_scalable_broadcaster_deliver (owner, batch, lane) == 0)
        {
          give_back (lane, taken, now_us);
          continue;
        }
      tide_batch_count_delivered (owner, batch);
      tide_rate_ring_take (&lane->urgent, taken->len, now_us);
      lane->last_flush_us = now_us;
    }
  tide_batch_let_go (batch);
}

/*
 * tide_room_log_push:
 * @self: a room
 * @entry: an event; references are taken
 * @now_us: monotonic time in microseconds
 *
 * Hands an event to all who are in the room: once for all who are in step, by itself to
 * each of the others.
 *
 * Returns: to how many
 */
guint
tide_room_log_push (TideRoomLog *self, const TideLaneEntry *entry, gint64 now_us)
{
  gboolean is_urgent = entry->event->priority >= TIDE_PRIORITY_HIGH;
  guint n_lanes = self->in_step->len + self->apart->len;
  guint n_apart;

  tide_scalable_broadcaster_settle_lanes (self->owner);
  self->owner->is_pushing = TRUE;
  make_room (self, entry, now_us);
  if (is_urgent)
    part_from_spent (self, entry, now_us);
  n_apart = self->apart->len;
  if (self->in_step->len > 0)
    {
      if (is_urgent)
        push_urgent (self, entry, now_us);
      else
        add_to_log (self, entry, now_us);
    }
  /* Whoever has just stepped apart has got it already; they are at the end. */
  for (guint i = n_apart; i > 0; i--)
    tide_lane_push (self->owner, g_ptr_array_index (self->apart, i - 1), entry, now_us);
  self->owner->is_pushing = FALSE;
  if (n_apart > 0 && self->entries->len == 0)
    let_in (self);
  return n_lanes;
}
