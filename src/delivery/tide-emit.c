/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-emit.h"

/**
 * tide_emit_to_user:
 * @sink: a broadcaster
 * @event: an event
 * @user_slot: a user, connected or not
 *
 * Delivers an event to one user, on all its connections. For a user who is away it waits,
 * if it is of a kept route and the user has asked for what waits.
 *
 * Returns: 1 when it was taken, else 0
 */
guint
tide_emit_to_user (TideEventSink *sink, TideEvent *event, guint32 user_slot)
{
  return tide_broadcast_to_users (sink, event, &user_slot, 1);
}

/**
 * tide_queue_message_for_offline_user:
 * @sink: a broadcaster
 * @event: an event
 * @user_slot: a user
 *
 * Keeps an event for a user who is away. Who calls for it need not know whether the user
 * is: for one who is here the event goes out, as by tide_emit_to_user(), which this is by
 * the name that the Flask tier had for it.
 *
 * Returns: 1 when it was taken, else 0: its route is not kept, or the user has not asked
 *   for what waits
 */
guint
tide_queue_message_for_offline_user (TideEventSink *sink,
                                     TideEvent *event,
                                     guint32 user_slot)
{
  return tide_emit_to_user (sink, event, user_slot);
}

/**
 * tide_broadcast_message:
 * @sink: a broadcaster
 * @event: an event
 *
 * Delivers an event to everyone who is connected.
 *
 * Returns: for how many users it was taken
 */
guint
tide_broadcast_message (TideEventSink *sink, TideEvent *event)
{
  TideAudience audience = { .is_everyone = TRUE };

  return tide_event_sink_push (sink, event, &audience);
}

/**
 * tide_broadcast_to_users:
 * @sink: a broadcaster
 * @event: an event
 * @user_slots: (array length=n_slots): users, each once
 * @n_slots: how many
 *
 * Delivers an event to some users, each on all its connections.
 *
 * Returns: for how many users it was taken
 */
guint
tide_broadcast_to_users (TideEventSink *sink,
                         TideEvent *event,
                         const guint32 *user_slots,
                         guint n_slots)
{
  TideAudience audience = { .slots = user_slots, .n_slots = n_slots };

  return tide_event_sink_push (sink, event, &audience);
}

/**
 * tide_broadcast_to_room:
 * @sink: a broadcaster
 * @event: an event whose route has rooms
 *
 * Delivers an event to the connections that are in a room of its route.
 *
 * Returns: for how many users it was taken
 */
guint
tide_broadcast_to_room (TideEventSink *sink, TideEvent *event)
{
  TideAudience audience = { .rooms = (const char *const *) event->route->rooms };

  return tide_event_sink_push (sink, event, &audience);
}
