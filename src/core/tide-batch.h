/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-event.h"
#include "tide-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBatchItem:
 *
 * An event in a batch.
 */
typedef struct
{
  TideEvent *event;  /* (owned) */
  guint8 is_by_room; /* only for connections that are in one of the route's rooms */
  guint8 n_attempts; /* how often it was handed over before, and came back */
  guint8
      is_replayed; /* it was kept while its user was away; such a batch is one user's */
} TideBatchItem;

/**
 * TideBatch:
 *
 * What leaves delivery at once; may be shared by many users.
 *
 * The sessions encode it when the first connection of a shape wants it. The frame holds
 * the batch, so that whoever has the frame knows which events are in it; the batch finds
 * the frame as long as somebody has it, so that all of one shape share its bytes. Who is
 * about to give a batch to many sees to it that its frames stay meanwhile, by
 * tide_batch_hold().
 */
struct _TideBatch
{
  guint ref_count;
  guint n_events;
  guint64 id;                       /* no other batch has it */
  guint n_of_class[TIDE_N_CLASSES]; /* events of each class */
  gboolean is_urgent;               /* one of the events is high or critical */
  gboolean has_replayed;            /* one of the events was kept for its user */
  guint n_by_room;                  /* items that are only for connections in a room */
  guint n_holds;                    /* above 0, the frames have a reference of ours */
  guint n_takes;                    /* frames taken at @taken_us, not in the histograms */
  gint64 taken_us;                  /* monotonic time */
  TideCounters *counters;           /* (unowned) (nullable), when @n_takes is above 0 */
  TideFrame *frames[TIDE_N_WIRE_FORMS][2]; /* (unowned) (nullable), of native version, by
                                              form and `is_batched` */
  TideFrame *others; /* (unowned) (nullable), of other versions; linked by their `next` */
  TideBatchItem items[];
};

TideBatch *tide_batch_new (TideEvent *const *events, guint n_events);
TideBatch *tide_batch_new_items (const TideBatchItem *items, guint n_items);
TideBatch *tide_batch_get_alone (TideEvent *event);
TideBatch *tide_batch_ref (TideBatch *self);
void tide_batch_unref (TideBatch *self);

TideFrame *tide_batch_find_frame (TideBatch *self, TideWireShape shape);
void tide_batch_add_frame (TideBatch *self, TideWireShape shape, TideFrame *frame);
void tide_batch_forget_frame (TideBatch *self, TideFrame *frame);
void tide_batch_hold (TideBatch *self);
void tide_batch_let_go (TideBatch *self);
void tide_batch_note_taken (TideBatch *self, TideCounters *counters, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBatch, tide_batch_unref)

G_END_DECLS
