/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-frame.h"
#include "tide-ring.h"

#include <glib.h>

#include <sys/uio.h>

G_BEGIN_DECLS

typedef struct _TideConnection TideConnection;

/**
 * TideOutbox:
 *
 * The frames that one connection has not taken yet, by reference. A zeroed one is empty.
 */
typedef struct
{
  TideRing frames;            /* (owned) (element-type TideFrame), oldest first */
  gsize n_bytes;              /* not taken yet, over all frames */
  TideConnection *connection; /* (unowned) (nullable), is told of what is taken */
  guint32 head_taken;         /* bytes of the oldest frame that are taken already */
  gboolean is_ended;          /* what is put into it now does not go out any more */
} TideOutbox;

/**
 * TideOutboxTaken:
 *
 * What tide_outbox_take() let go of.
 */
typedef struct
{
  guint n_frames;
  guint n_event_frames; /* of these, made of a batch */
  guint n_events;
} TideOutboxTaken;

void tide_outbox_push (TideOutbox *self, TideFrame *frame);
guint tide_outbox_peek (const TideOutbox *self, struct iovec *vectors, guint n_vectors);
TideOutboxTaken tide_outbox_take (TideOutbox *self, gsize n_bytes, gint64 now_us);
void tide_outbox_note_unread (TideOutbox *self);
void tide_outbox_skip (TideOutbox *self,
                       const TideFrame *frame,
                       gsize n_bytes,
                       TideCounters *counters);
void tide_outbox_count_taken (TideOutboxTaken taken, TideCounters *counters);
guint tide_outbox_count_events (const TideOutbox *self);
void tide_outbox_cut (TideOutbox *self, gsize n_head_bytes, TideCounters *counters);
void tide_outbox_discard (TideOutbox *self, TideCounters *counters);
void tide_outbox_clear (TideOutbox *self);

G_END_DECLS
