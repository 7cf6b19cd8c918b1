/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-sink.h"

G_DEFINE_INTERFACE (TideEventSink, tide_event_sink, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (TideBatchSink, tide_batch_sink, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (TideUserObserver, tide_user_observer, G_TYPE_OBJECT)
G_DEFINE_INTERFACE (TideCommandHandler, tide_command_handler, G_TYPE_OBJECT)

static void
tide_event_sink_default_init (TideEventSinkInterface *iface)
{
}

static void
tide_batch_sink_default_init (TideBatchSinkInterface *iface)
{
}

static void
tide_user_observer_default_init (TideUserObserverInterface *iface)
{
}

static void
tide_command_handler_default_init (TideCommandHandlerInterface *iface)
{
}

/**
 * tide_event_sink_push:
 * @self: a sink
 * @event: an event
 * @audience: who is to get it, not empty
 *
 * Hands an event over; the sink takes its own reference when it keeps it.
 *
 * Returns: for how many users it was taken
 */
guint
tide_event_sink_push (TideEventSink *self, TideEvent *event, const TideAudience *audience)
{
  return TIDE_EVENT_SINK_GET_IFACE (self)->push (self, event, audience);
}

/**
 * tide_batch_sink_deliver:
 * @self: a sink
 * @batch: a batch
 * @user_slot: the user's slot, held by somebody
 *
 * Hands a batch to all connections of one user.
 *
 * Returns: to how many connections; 0 when the user has none
 */
guint
tide_batch_sink_deliver (TideBatchSink *self, TideBatch *batch, guint32 user_slot)
{
  return TIDE_BATCH_SINK_GET_IFACE (self)->deliver (self, batch, user_slot);
}

/**
 * tide_user_observer_came:
 * @self: an observer
 * @user: a user
 *
 * Says that @user has its first connection.
 */
void
tide_user_observer_came (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->came != NULL)
    iface->came (self, user);
}

/**
 * tide_user_observer_connection_left:
 * @self: an observer
 * @user: the user whose connection it was
 * @connection_id: the connection's id
 *
 * Says that a connection is gone.
 */
void
tide_user_observer_connection_left (TideUserObserver *self,
                                    TideUserRef user,
                                    guint64 connection_id)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->connection_left != NULL)
    iface->connection_left (self, user, connection_id);
}

/**
 * tide_user_observer_left:
 * @self: an observer
 * @user: a user
 *
 * Says that @user has no connection any more.
 */
void
tide_user_observer_left (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->left != NULL)
    iface->left (self, user);
}

/**
 * tide_user_observer_entered_room:
 * @self: an observer
 * @user: a user
 * @room: a room's name
 *
 * Says that the first of a user's connections is in a room.
 */
void
tide_user_observer_entered_room (TideUserObserver *self,
                                 TideUserRef user,
                                 const char *room)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->entered_room != NULL)
    iface->entered_room (self, user, room);
}

/**
 * tide_user_observer_left_room:
 * @self: an observer
 * @user: a user
 * @room: a room's name
 *
 * Says that none of a user's connections is in a room any more.
 */
void
tide_user_observer_left_room (TideUserObserver *self, TideUserRef user, const char *room)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->left_room != NULL)
    iface->left_room (self, user, room);
}

/**
 * tide_user_observer_asked:
 * @self: an observer
 * @user: a user
 *
 * Says that a command of the user is about to be done. What waits for the user is sent
 * before its answer, as far as it can be, so that a client which has given something up
 * does not get it any more.
 */
void
tide_user_observer_asked (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->asked != NULL)
    iface->asked (self, user);
}

/**
 * tide_user_observer_slow:
 * @self: an observer
 * @user: a user
 *
 * Says that more waits for one of a user's connections than the soft limit.
 */
void
tide_user_observer_slow (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->slow != NULL)
    iface->slow (self, user);
}

/**
 * tide_user_observer_fast_again:
 * @self: an observer
 * @user: a user
 *
 * Says that a slow user has read what waited for it.
 */
void
tide_user_observer_fast_again (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->fast_again != NULL)
    iface->fast_again (self, user);
}

/**
 * tide_user_observer_taken:
 * @self: an observer
 * @user: a user
 * @batch: with events that were kept while the user was away
 *
 * Says that the kernel has taken a batch for one of a user's connections.
 */
void
tide_user_observer_taken (TideUserObserver *self,
                          TideUserRef user,
                          const TideBatch *batch)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->taken != NULL)
    iface->taken (self, user, batch);
}

/**
 * tide_user_observer_returned:
 * @self: an observer
 * @user: a user
 * @items: (array length=n_items): the events, oldest first
 * @n_items: how many
 *
 * Gives back lossless events that none of a user's connections took, when the last of
 * them has closed.
 */
void
tide_user_observer_returned (TideUserObserver *self,
                             TideUserRef user,
                             const TideBatchItem *items,
                             guint n_items)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->returned != NULL)
    iface->returned (self, user, items, n_items);
}

/**
 * tide_user_observer_forgotten:
 * @self: an observer
 * @user: a user
 *
 * Says that a user who was away is not waited for any more.
 */
void
tide_user_observer_forgotten (TideUserObserver *self, TideUserRef user)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->forgotten != NULL)
    iface->forgotten (self, user);
}

/**
 * tide_user_observer_trim:
 * @self: an observer
 *
 * Says that many users have left, and that the user table has been trimmed.
 */
void
tide_user_observer_trim (TideUserObserver *self)
{
  TideUserObserverInterface *iface = TIDE_USER_OBSERVER_GET_IFACE (self);

  if (iface->trim != NULL)
    iface->trim (self);
}

/**
 * tide_command_handler_handle:
 * @self: a handler
 * @command: what a browser asks for
 * @reply: what to answer; untouched on failure
 * @error: return location for an error
 *
 * Does what a command says, or nothing.
 *
 * Fails with [error@Error.BAD_PAYLOAD], [error@Error.UNKNOWN_COMMAND],
 * [error@Error.LIMIT_EXCEEDED], [error@Error.FORBIDDEN], [error@Error.UNSUPPORTED] or
 * [error@Error.UNAVAILABLE]; the message is shown to the browser's user.
 *
 * Returns: %TRUE when it was done
 */
gboolean
tide_command_handler_handle (TideCommandHandler *self,
                             const TideCommand *command,
                             TideReply *reply,
                             GError **error)
{
  return TIDE_COMMAND_HANDLER_GET_IFACE (self)->handle (self, command, reply, error);
}
