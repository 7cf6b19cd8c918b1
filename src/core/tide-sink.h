/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-event.h"
#include "tide-user-table.h"

#include <glib-object.h>

G_BEGIN_DECLS

/* The interfaces between the stages. Data goes down through the sinks, what happens to
 * users goes up through the observer, what browsers ask for goes up through the command
 * handler. `daemon/tide-pipeline.c` connects them. */

/**
 * TideMessageFunc:
 * @channel: (array length=channel_length): where it was published, not NUL-terminated
 * @channel_length: length of @channel in bytes
 * @payload: (array length=payload_length): what was published, any bytes
 * @payload_length: length of @payload in bytes
 * @user_data: as given to the source
 *
 * What a source calls with each message of a producer. Nothing is kept after the call.
 */
typedef void (*TideMessageFunc) (const char *channel,
                                 gsize channel_length,
                                 const char *payload,
                                 gsize payload_length,
                                 gpointer user_data);

/**
 * TideAudience:
 *
 * The users that routing found for one event: a set. Who is meant twice, by a room and by
 * a slot, gets the event once, on all connections. Valid during the call that it is
 * passed to.
 */
typedef struct
{
  gboolean is_everyone;     /* every connected user; @slots may add users who are away */
  const char *const *rooms; /* (unowned) (nullable), the users in these rooms, by the
                               connections that are there; those of the event's route */
  const guint32 *slots;     /* (unowned) (array length=n_slots), each once */
  guint n_slots;
} TideAudience;

/**
 * TideEventSink:
 *
 * What routing pushes into: one of the broadcasters.
 */
#define TIDE_TYPE_EVENT_SINK (tide_event_sink_get_type ())
G_DECLARE_INTERFACE (TideEventSink, tide_event_sink, TIDE, EVENT_SINK, GObject)

/**
 * TideEventSinkInterface:
 * @push: takes an event for an audience that is not empty; returns for how many users
 *
 * What routing pushes into: one of the broadcasters.
 */
struct _TideEventSinkInterface
{
  GTypeInterface parent_iface;

  guint (*push) (TideEventSink *self, TideEvent *event, const TideAudience *audience);
};

guint tide_event_sink_push (TideEventSink *self,
                            TideEvent *event,
                            const TideAudience *audience);

/**
 * TideBatchSink:
 *
 * What delivery pushes into: the sessions.
 */
#define TIDE_TYPE_BATCH_SINK (tide_batch_sink_get_type ())
G_DECLARE_INTERFACE (TideBatchSink, tide_batch_sink, TIDE, BATCH_SINK, GObject)

#define TIDE_BATCH_SINK_N_EXPECTED 7 /* users that expect() looks at, at most */

/**
 * TideBatchSinkInterface:
 * @deliver: hands a batch to all connections of one user that want its events; returns to
 *   how many, at least 1 when the events are the sessions' from now on; 0 when there is
 *   none that takes any now, and they stay the caller's
 * @expect: (nullable): batches for the first few of these users follow soon, probably,
 *   in this order. Does nothing that could be seen
 *
 * What delivery pushes into: the sessions.
 */
struct _TideBatchSinkInterface
{
  GTypeInterface parent_iface;

  guint (*deliver) (TideBatchSink *self, TideBatch *batch, guint32 user_slot);
  void (*expect) (TideBatchSink *self, const guint32 *user_slots, guint n_slots);
};

guint tide_batch_sink_deliver (TideBatchSink *self, TideBatch *batch, guint32 user_slot);

/**
 * TideUserObserver:
 *
 * What is told who came, who left, and who reads too slowly.
 */
#define TIDE_TYPE_USER_OBSERVER (tide_user_observer_get_type ())
G_DECLARE_INTERFACE (TideUserObserver, tide_user_observer, TIDE, USER_OBSERVER, GObject)

/**
 * TideUserObserverInterface:
 * @came: a user's first connection is open
 * @entered_room: the first of a user's connections is in a room
 * @left_room: none of a user's connections is in a room any more, and the user is still
 *   here; with @left all rooms are left
 * @asked: a command of a user is about to be done: what waits for the user comes first
 * @slow: more waits for one of a user's connections than the soft limit
 * @fast_again: that is over
 * @connection_left: a connection is gone, or gave up all that it asked for and may ask
 *   again; @left follows when it was the user's last and is gone
 * @taken: the kernel has taken a batch for one of a user's connections, in which are
 *   events that were kept while the user was away
 * @returned: lossless events that none of a user's connections took, oldest first; right
 *   before @left
 * @left: a user's last connection is gone
 * @forgotten: a user who was away does not come back any more: what waits for it is to go
 * @trim: many have left, and the table of users may be shorter: room for those who were
 *   here is to be given back
 *
 * What the sessions, and for @forgotten the routing, tell the stages above. Every
 * function may be missing. None may end a connection within the call.
 */
struct _TideUserObserverInterface
{
  GTypeInterface parent_iface;

  void (*came) (TideUserObserver *self, TideUserRef user);
  void (*entered_room) (TideUserObserver *self, TideUserRef user, const char *room);
  void (*left_room) (TideUserObserver *self, TideUserRef user, const char *room);
  void (*asked) (TideUserObserver *self, TideUserRef user);
  void (*slow) (TideUserObserver *self, TideUserRef user);
  void (*fast_again) (TideUserObserver *self, TideUserRef user);
  void (*connection_left) (TideUserObserver *self,
                           TideUserRef user,
                           guint64 connection_id);
  void (*taken) (TideUserObserver *self, TideUserRef user, const TideBatch *batch);
  void (*returned) (TideUserObserver *self,
                    TideUserRef user,
                    const TideBatchItem *items,
                    guint n_items);
  void (*left) (TideUserObserver *self, TideUserRef user);
  void (*forgotten) (TideUserObserver *self, TideUserRef user);
  void (*trim) (TideUserObserver *self);
};

void tide_user_observer_came (TideUserObserver *self, TideUserRef user);
void tide_user_observer_connection_left (TideUserObserver *self,
                                         TideUserRef user,
                                         guint64 connection_id);
void tide_user_observer_entered_room (TideUserObserver *self,
                                      TideUserRef user,
                                      const char *room);
void
tide_user_observer_left_room (TideUserObserver *self, TideUserRef user, const char *room);
void tide_user_observer_asked (TideUserObserver *self, TideUserRef user);
void tide_user_observer_slow (TideUserObserver *self, TideUserRef user);
void tide_user_observer_fast_again (TideUserObserver *self, TideUserRef user);
void tide_user_observer_taken (TideUserObserver *self,
                               TideUserRef user,
                               const TideBatch *batch);
void tide_user_observer_returned (TideUserObserver *self,
                                  TideUserRef user,
                                  const TideBatchItem *items,
                                  guint n_items);
void tide_user_observer_left (TideUserObserver *self, TideUserRef user);
void tide_user_observer_forgotten (TideUserObserver *self, TideUserRef user);
void tide_user_observer_trim (TideUserObserver *self);

/**
 * TideCommand:
 *
 * What a browser asks for.
 */
typedef struct
{
  guint64 connection_id;
  TideUserRef user;    /* whom the server authenticated; a payload is never believed */
  const char *name;    /* such as `subscribe_tickers` */
  const char *payload; /* one JSON object, NUL-terminated, already scanned */
  gsize payload_length;
  guint64 ticket; /* what the command is answered by when that comes later */
  guint n_later;  /* answers that the connection waits for already */
} TideCommand;

/**
 * TideReply:
 *
 * What a command is answered with: an event of that name, and the same as an
 * acknowledgement where one was asked for.
 */
typedef struct
{
  const char *event; /* (unowned), a static string */
  GString *payload;  /* (owned), one JSON object, empty before the handler wrote to it */
  gboolean is_later; /* the answer comes later, by the command's ticket; just once */
  GPtrArray *events; /* (owned) (element-type TideEvent), empty before the handler added
                        to it: what this connection alone gets right behind the answer */
} TideReply;

/**
 * TideCommandHandler:
 *
 * What the sessions pass browsers' commands to.
 */
#define TIDE_TYPE_COMMAND_HANDLER (tide_command_handler_get_type ())
G_DECLARE_INTERFACE (
    TideCommandHandler, tide_command_handler, TIDE, COMMAND_HANDLER, GObject)

/**
 * TideCommandHandlerInterface:
 * @handle: does what the command says, or changes nothing and sets an error of
 *   %TIDE_ERROR; %TIDE_ERROR_UNKNOWN_COMMAND for names that are not its own
 *
 * What the sessions pass browsers' commands to.
 */
struct _TideCommandHandlerInterface
{
  GTypeInterface parent_iface;

  gboolean (*handle) (TideCommandHandler *self,
                      const TideCommand *command,
                      TideReply *reply,
                      GError **error);
};

gboolean tide_command_handler_handle (TideCommandHandler *self,
                                      const TideCommand *command,
                                      TideReply *reply,
                                      GError **error);

G_END_DECLS
