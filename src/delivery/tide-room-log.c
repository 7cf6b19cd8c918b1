/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is in a room, in step with the others or apart. A lane is in step as long as
 * nothing waits for it alone and nothing slows it down; then an event for its rooms costs
 * it nothing until the flush. Else it is apart in all its rooms: it gets copies, in order
 * with what is for it alone. When nothing waits for it any more it steps in again, as
 * soon as nothing waits for its rooms either. */

#include "tide-scalable-broadcaster-private.h"

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  tide_room_log_flush (timer->user_data, now_us);
}

/*
 * tide_room_log_new:
 * @owner: the broadcaster
 * @name: (nullable): the room's name, %NULL for everyone
 *
 * Returns: (transfer full): a room that nobody is in
 */
TideRoomLog *
tide_room_log_new (TideScalableBroadcaster *owner, const char *name)
{
  TideRoomLog *self = g_new0 (TideRoomLog, 1);

  self->name = g_strdup (name);
  self->number = name != NULL ? g_hash_table_size (owner->rooms) : 0;
  self->owner = owner;
  self->timer.func = on_timer;
  self->timer.user_data = self;
  self->last_flush_us = G_MININT64 / 2;
  self->entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  g_array_set_clear_func (self->entries, (GDestroyNotify) tide_lane_entry_clear);
  self->in_step = g_ptr_array_new ();
  self->apart = g_ptr_array_new ();
  return self;
}

/*
 * tide_room_log_free:
 * @self: (transfer full): a room that nobody is in
 *
 * Frees @self.
 */
void
tide_room_log_free (TideRoomLog *self)
{
  tide_timer_wheel_disarm (self->owner->wheel, &self->timer);
  self->owner->n_room_events -= self->entries->len;
  g_array_unref (self->entries);
  g_ptr_array_unref (self->in_step);
  g_ptr_array_unref (self->apart);
  g_free (self->name);
  g_free (self);
}

static TideLaneRoom *
find_membership (const TideLane *lane, const TideRoomLog *room)
{
  for (guint i = 0; i < lane->n_rooms; i++)
    if (lane->rooms[i].room == room)
      return &lane->rooms[i];
  return NULL;
}

/* Most lanes are in no room but that of everyone, and have its place in themselves. */
static void
add_membership (TideLane *lane, const TideLaneRoom *membership)
{
  guint n = lane->n_rooms++;

  if (n == 0)
    lane->rooms = &lane->one_room;
  else if (n == 1)
    {
      lane->rooms = g_new (TideLaneRoom, 2);
      lane->rooms[0] = lane->one_room;
    }
  else if ((n & (n - 1)) == 0)
    lane->rooms = g_renew (TideLaneRoom, lane->rooms, 2 * n);
  lane->rooms[n] = *membership;
}

static void
remove_membership (TideLane *lane, TideLaneRoom *membership)
{
  guint n = --lane->n_rooms;

  *membership = lane->rooms[n];
  if (n > 1)
    return;
  if (n == 1)
    {
      lane->one_room = lane->rooms[0];
      g_free (lane->rooms);
    }
  lane->rooms = n == 1 ? &lane->one_room : NULL;
}

static GPtrArray *
get_list (TideRoomLog *self, const TideLane *lane)
{
  return lane->is_apart ? self->apart : self->in_step;
}

/* Takes a lane out of its list; the last one of the list moves to its place. */
static void
unlist (TideLaneRoom *membership, GPtrArray *list)
{
  guint place = membership->place;

  g_ptr_array_remove_index_fast (list, place);
  if (place < list->len)
    find_membership (g_ptr_array_index (list, place), membership->room)->place = place;
}

static void
enlist (TideLaneRoom *membership, TideLane *lane, GPtrArray *list)
{
  membership->place = list->len;
  g_ptr_array_add (list, lane);
}

/*
 * tide_room_log_has_lane:
 * @self: a room
 * @lane: a lane
 *
 * Returns: whether the lane's user is in the room
 */
gboolean
tide_room_log_has_lane (const TideRoomLog *self, const TideLane *lane)
{
  return find_membership (lane, self) != NULL;
}

/*
 * tide_room_log_add_lane:
 * @self: a room
 * @lane: a lane that is not in it
 *
 * Puts a lane into a room. It does not get what waits for the room already.
 */
void
tide_room_log_add_lane (TideRoomLog *self, TideLane *lane)
{
  TideLaneRoom membership = { .room = self };

  if (!lane->is_apart && self->entries->len > 0)
    tide_lane_step_apart (lane, NULL);
  enlist (&membership, lane, get_list (self, lane));
  add_membership (lane, &membership);
}

/*
 * tide_room_log_remove_lane:
 * @self: a room
 * @lane: a lane that is in it
 *
 * Takes a lane out of a room. What waits for the room already still waits for the lane.
 */
void
tide_room_log_remove_lane (TideRoomLog *self, TideLane *lane)
{
  TideLaneRoom *membership;

  if (!lane->is_apart && self->entries->len > 0)
    tide_lane_step_apart (lane, NULL);
  membership = find_membership (lane, self);
  unlist (membership, get_list (self, lane));
  remove_membership (lane, membership);
}

/*
 * tide_lane_has_room_events:
 * @lane: a lane
 * @topic: (nullable): a topic, %NULL for any
 * @but: (nullable): a room that is not looked at
 *
 * Returns: whether an event of @topic waits in one of the lane's rooms
 */
gboolean
tide_lane_has_room_events (const TideLane *lane,
                           const TideTopic *topic,
                           const TideRoomLog *but)
{
  const TideScalableBroadcaster *owner = lane->owner;

  /* Mostly nothing waits in any room, and that is known without looking at them. */
  if (owner->n_room_events == (but != NULL ? but->entries->len : 0))
    return FALSE;
  for (guint i = 0; i < lane->n_rooms; i++)
    {
      const TideRoomLog *room = lane->rooms[i].room;

      if (room == but)
        continue;
      if (topic == NULL && room->entries->len > 0)
        return TRUE;
      for (guint j = 0; j < room->entries->len; j++)
        if (g_array_index (room->entries, TideLaneEntry, j).topic == topic)
          return TRUE;
    }
  return FALSE;
}

static int
compare_sequences (gconstpointer a, gconstpointer b)
{
  guint64 one = (*(const TideLaneEntry *const *) a)->sequence;
  guint64 other = (*(const TideLaneEntry *const *) b)->sequence;

  return one < other ? -1 : one > other;
}

/* When the first of the lane's rooms in which something waits is to be flushed: now, if
 * one is being flushed. */
static gint64
get_due_us (const TideLane *lane, const TideRoomLog *delivered)
{
  TideScalableBroadcaster *owner = lane->owner;
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (owner->wheel));
  gint64 due_us = G_MAXINT64;

  for (guint i = 0; i < lane->n_rooms; i++)
    {
      const TideRoomLog *room = lane->rooms[i].room;

      if (room != delivered && room->entries->len > 0)
        due_us = MIN (due_us, room->timer.pprev != NULL ? room->timer.due_us : now_us);
    }
  return due_us;
}

/* Gives the lane copies of what waits for its rooms, in order. */
static void
copy_room_events (TideLane *lane, const TideRoomLog *delivered)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  for (guint i = 0; i < lane->n_rooms; i++)
    {
      TideRoomLog *room = lane->rooms[i].room;

      for (guint j = 0; room != delivered && j < room->entries->len; j++)
        g_ptr_array_add (found, &g_array_index (room->entries, TideLaneEntry, j));
    }
  g_ptr_array_sort (found, compare_sequences);
  for (guint i = 0; i < found->len; i++)
    {
      TideLaneEntry entry = *(const TideLaneEntry *) g_ptr_array_index (found, i);
      TideLaneTally tally = { { 0 }, { 0 } };

      /* One of the same topic may have come from another room. */
      tide_lane_raise (lane, entry.topic, entry.priority, FALSE, &tally);
      tide_event_ref (entry.event);
      tide_topic_ref (entry.topic);
      tide_lane_append (lane, &entry, entry.priority);
    }
}

/*
 * tide_lane_step_apart:
 * @lane: a lane in step, with nothing pending
 * @delivered: (nullable): a room whose events the lane has got already
 *
 * Takes a lane apart from the others in its rooms: what waits for them waits for the lane
 * alone from now on.
 */
void
tide_lane_step_apart (TideLane *lane, const TideRoomLog *delivered)
{
  if (lane->is_apart)
    return;
  if (tide_lane_has_room_events (lane, NULL, delivered))
    {
      copy_room_events (lane, delivered);
      tide_lane_wait (lane->owner, lane, get_due_us (lane, delivered));
    }
  for (guint i = 0; i < lane->n_rooms; i++)
    {
      TideLaneRoom *membership = &lane->rooms[i];

      unlist (membership, membership->room->in_step);
      enlist (membership, lane, membership->room->apart);
    }
  lane->is_apart = TRUE;
}

/*
 * tide_lane_note_pending:
 * @lane: a lane with something of its own
 *
 * Has the lane step apart: at once when something waits in its rooms, else not before an
 * event comes for a room. Most lanes have something of their own again and again, and no
 * event for a room in between.
 */
void
tide_lane_note_pending (TideLane *lane)
{
  TideScalableBroadcaster *owner = lane->owner;

  if (lane->is_apart || lane->is_unsettled)
    return;
  if (tide_lane_has_room_events (lane, NULL, NULL))
    {
      tide_lane_step_apart (lane, NULL);
      return;
    }
  lane->is_unsettled = TRUE;
  g_ptr_array_add (owner->unsettled, lane);
}

/*
 * tide_scalable_broadcaster_settle_lanes:
 * @self: a broadcaster
 *
 * Has those lanes step apart that have put it off and have something of their own still.
 */
void
tide_scalable_broadcaster_settle_lanes (TideScalableBroadcaster *self)
{
  for (guint i = 0; i < self->unsettled->len; i++)
    {
      TideLane *lane = g_ptr_array_index (self->unsettled, i);

      lane->is_unsettled = FALSE;
      if (lane->n_pending > 0)
        tide_lane_step_apart (lane, NULL);
    }
  g_ptr_array_set_size (self->unsettled, 0);
}

/*
 * tide_lane_step_in:
 * @lane: a lane
 *
 * Lets a lane share with the others in its rooms again, if nothing speaks against it.
 */
void
tide_lane_step_in (TideLane *lane)
{
  if (!lane->is_apart || lane->n_pending > 0 || lane->is_slow || lane->is_stuck ||
      !lane->is_connected || ((TideScalableBroadcaster *) lane->owner)->is_pushing ||
      tide_lane_has_room_events (lane, NULL, NULL))
    return;
  for (guint i = 0; i < lane->n_rooms; i++)
    {
      TideLaneRoom *membership = &lane->rooms[i];

      unlist (membership, membership->room->apart);
      enlist (membership, lane, membership->room->in_step);
    }
  lane->is_apart = FALSE;
}
