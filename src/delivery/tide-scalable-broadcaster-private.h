/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-lane.h"
#include "tide-scalable-broadcaster.h"
#include "tide-topic-table.h"

G_BEGIN_DECLS

/* How the broadcaster's files work together. Only for the files of this folder. */

#define TIDE_SILENT_WINDOWS 10 /* after as many without anything a stream begins anew */
#define TIDE_FEW_LANES 64      /* as many are flushed in half a millisecond */
#define TIDE_GOLDEN_RATIO 2654435769u /* less one, in parts of 2^32 */

/**
 * TideRoomLog:
 *
 * What waits for all who are in a room and in step with each other: one copy for all of
 * them. Each of its events is still to be sent to each lane of @in_step.
 */
struct _TideRoomLog
{
  char *name;                     /* (owned) (nullable), NULL for everyone */
  TideScalableBroadcaster *owner; /* (unowned) */
  TideTimer timer;                /* the next flush */
  gint64 last_flush_us;
  guint32 number;      /* of rooms that there were before */
  gboolean was_silent; /* and no window has begun since then */
  GArray *entries;     /* (owned) (element-type TideLaneEntry), oldest first */
  gsize n_bytes;       /* of their payloads */
  GPtrArray *in_step;  /* (owned) (element-type TideLane), unowned */
  GPtrArray *apart;    /* (owned) (element-type TideLane), unowned: they get copies */
};

struct _TideScalableBroadcaster
{
  GObject parent_instance;

  TideBatchSink *sink;                      /* (owned) */
  const TideBatchSinkInterface *sink_iface; /* (unowned), of @sink, looked up once */
  TideUserTable *users;                     /* (unowned), outlives us */
  TideTimerWheel *wheel;                    /* (unowned), outlives us */
  TideCounters *counters;                   /* (unowned), outlives us */
  TideDeliverySettings settings;
  TideOfflineQueue *offline; /* (owned) */
  TideTopicTable *topics;    /* (owned) */
  GPtrArray *lanes;      /* (owned) (element-type TideLane) (nullable), by user slot */
  TideRoomLog *everyone; /* (owned) */
  GPtrArray *unsettled;  /* (owned) (element-type TideLane), listed in step, but something
                            of their own may wait */
  GHashTable *rooms;     /* (owned), name, owned by its log → (owned) TideRoomLog */
  guint n_room_events;   /* that wait in all rooms together */
  guint64 n_pushes;      /* numbers events and pushes */
  gboolean is_handing_out; /* a push is under way */
  gboolean is_pushing;     /* to a room: nobody steps in before everybody has the event */
  TideLaneChain
      *first_chain; /* (unowned) (nullable), the chain of one event that was last
                       made: who got it with nothing else waiting has it too */
  GPtrArray *kept; /* (owned) (element-type TideLaneChain), what lanes have flushed during
                      the push under way: those that come next may have the same */
  GArray *taken;   /* (owned) (element-type TideLaneEntry), what a flush has taken */
  GArray *rest;    /* (owned) (element-type TideLaneEntry), what it has left */
  GArray *items;   /* (owned) (element-type TideBatchItem), what a batch is made of */
  GHashTable *own_limits;    /* (owned), slot → (owned) OwnLimits, of few users */
  gboolean is_own_unlimited; /* these are not in force for now */
};

/* tide-lane-users.c */
void tide_scalable_broadcaster_init_observer (TideUserObserverInterface *iface);
void tide_scalable_broadcaster_free_lane (TideScalableBroadcaster *self, TideLane *lane);

/* tide-lane-flush.c */
void tide_lane_push (TideScalableBroadcaster *self,
                     TideLane *lane,
                     const TideLaneEntry *entry,
                     gint64 now_us);
gboolean
tide_lane_is_pressed (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us);
gboolean
tide_lane_is_due (TideScalableBroadcaster *self, const TideLane *lane, gint64 now_us);
void tide_lane_flush (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us);
void tide_lane_schedule (TideScalableBroadcaster *self,
                         TideLane *lane,
                         const TideTopic *topic,
                         gint64 now_us);
void tide_lane_stick (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us);
void tide_lane_wait (TideScalableBroadcaster *self, TideLane *lane, gint64 due_us);

/* tide-lane-share.c */
TideBatch *tide_batch_new_of_entries (TideScalableBroadcaster *self,
                                      const TideLaneEntry *entries,
                                      guint n_entries);
void tide_batch_count_made (TideScalableBroadcaster *self, guint n_events);
void tide_batch_count_delivered (TideScalableBroadcaster *self, const TideBatch *batch);
gboolean tide_lane_share (TideScalableBroadcaster *self,
                          TideLane *lane,
                          const TideLaneEntry *entry);
gboolean
tide_lane_flush_shared (TideScalableBroadcaster *self, TideLane *lane, gint64 now_us);

/* tide-room-log.c */
TideRoomLog *tide_room_log_new (TideScalableBroadcaster *owner, const char *name);
void tide_room_log_free (TideRoomLog *self);
void tide_room_log_add_lane (TideRoomLog *self, TideLane *lane);
void tide_room_log_remove_lane (TideRoomLog *self, TideLane *lane);
gboolean tide_room_log_has_lane (const TideRoomLog *self, const TideLane *lane);
gboolean tide_lane_has_room_events (const TideLane *lane,
                                    const TideTopic *topic,
                                    const TideRoomLog *but);
void tide_lane_step_apart (TideLane *lane, const TideRoomLog *delivered);
void tide_lane_step_in (TideLane *lane);
void tide_lane_note_pending (TideLane *lane);
void tide_scalable_broadcaster_settle_lanes (TideScalableBroadcaster *self);

/* tide-room-flush.c */
guint tide_room_log_push (TideRoomLog *self, const TideLaneEntry *entry, gint64 now_us);
void tide_room_log_flush (TideRoomLog *self, gint64 now_us);

/* tide-lane-limits.c */
void tide_lane_find_limits (TideScalableBroadcaster *self, TideLane *lane);
void tide_lane_forget_limits (TideScalableBroadcaster *self, TideUserRef user);
guint tide_lane_get_own_rate (const TideScalableBroadcaster *self, const TideLane *lane);
guint tide_lane_get_own_urgent_rate (const TideScalableBroadcaster *self,
                                     const TideLane *lane);

/* The events that a user gets in a second; 0: no limit. */
static inline guint
tide_lane_get_rate (const TideScalableBroadcaster *self, const TideLane *lane)
{
  return G_UNLIKELY (lane->is_limited) ? tide_lane_get_own_rate (self, lane)
                                       : self->settings.limits.events_per_second;
}

/* The urgent events besides these. */
static inline guint
tide_lane_get_urgent_rate (const TideScalableBroadcaster *self, const TideLane *lane)
{
  return G_UNLIKELY (lane->is_limited) ? tide_lane_get_own_urgent_rate (self, lane)
                                       : self->settings.limits.urgent_events_per_second;
}

/* Hands a batch to a lane's user. Returns: to how many connections */
static inline guint
tide_scalable_broadcaster_deliver (const TideScalableBroadcaster *self,
                                   TideBatch *batch,
                                   const TideLane *lane)
{
  return self->sink_iface->deliver (self->sink, batch, lane->user.slot);
}

/* Whether nothing has left for long enough that the next window may end early. */
static inline gboolean
tide_scalable_broadcaster_is_silent (const TideScalableBroadcaster *self,
                                     gint64 last_flush_us,
                                     gint64 now_us)
{
  return last_flush_us + TIDE_SILENT_WINDOWS * self->settings.limits.batch_window_us <=
         now_us;
}

/* When a window ends that begins now: with the last turn of the wheel in time, for
 * nothing waits longer. When a stream begins, windows of many users begin at once; they
 * would go on ending at once, and what is written last would be late each time. So the
 * first one after a silence ends early, by the number of its topic or its room: who
 * shares a batch still does. Multiples of the golden ratio spread numbers evenly,
 * whatever numbers they are. */
static inline gint64
tide_scalable_broadcaster_get_window_end_us (const TideScalableBroadcaster *self,
                                             gboolean was_silent,
                                             guint32 number,
                                             gint64 now_us)
{
  gint64 window_us = self->settings.limits.batch_window_us;

  if (was_silent && self->lanes->len > TIDE_FEW_LANES)
    window_us = (window_us * (number * TIDE_GOLDEN_RATIO)) >> 32;
  return now_us + window_us - (TIDE_TIMER_STEP_US - 1);
}

static inline TideLane *
tide_scalable_broadcaster_get_lane (TideScalableBroadcaster *self, guint32 slot)
{
  return slot < self->lanes->len ? g_ptr_array_index (self->lanes, slot) : NULL;
}

/* The most events of a batch. */
static inline guint
tide_scalable_broadcaster_get_max_events (const TideScalableBroadcaster *self)
{
  guint n_max = self->settings.limits.batch_max_events;

  return n_max > 0 ? n_max : G_MAXUINT;
}

/* Gives a lane an event that another one waits with already, behind the same events as
 * wait here: it can only wait too, since its window has begun. A lane under pressure has
 * no chain, unless it has just become slow; and one with a chain is apart, or steps apart
 * before anything comes for its rooms.
 *
 * Returns: whether there is such a lane; else nothing was done */
static inline gboolean
tide_lane_follow (TideScalableBroadcaster *self,
                  TideLane *lane,
                  const TideLaneEntry *entry)
{
  TideBook *book = &self->counters->books[entry->event->route->delivery_class];
  TideLaneChain *chain = lane->chain;
  TideLaneChain *longer = chain != NULL ? chain->longer : NULL;

  if (longer == NULL || !longer->is_waiting ||
      !tide_lane_chain_is_of_push (longer, entry) || lane->is_slow)
    return FALSE;
  longer->ref_count++;
  chain->ref_count--; /* the longer one has it too */
  lane->chain = longer;
  lane->n_pending = longer->n_events;
  lane->n_bytes = longer->n_bytes;
  book->offered++;
  book->in_lanes++;
  return TRUE;
}

/* Whether a batch of what waits for a lane would have no room for an event: then it
 * leaves before, and the event waits for the end of a window of its own. */
static inline gboolean
tide_lane_has_no_room (const TideScalableBroadcaster *self,
                       const TideLane *lane,
                       const TideEvent *event)
{
  return lane->n_pending > 0 &&
         lane->n_bytes + event->payload_length > self->settings.batch_max_bytes;
}

/* The same of what waits for a room. */
static inline gboolean
tide_room_log_has_no_room (const TideRoomLog *self, const TideEvent *event)
{
  return self->entries->len > 0 &&
         self->n_bytes + event->payload_length > self->owner->settings.batch_max_bytes;
}

static inline TideRoomLog *
tide_scalable_broadcaster_get_room (TideScalableBroadcaster *self, const char *name)
{
  return g_hash_table_lookup (self->rooms, name);
}

G_END_DECLS
