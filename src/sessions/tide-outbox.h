/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-frame.h"
#include "tide-ring.h"

#include <glib.h>

#include <sys/uio.h>

G_BEGIN_DECLS

/**
 * TideOutbox:
 *
 * The frames that one connection has not taken yet, by reference. A zeroed one is empty.
 */
typedef struct
{
  TideRing frames;  /* (owned) (element-type TideFrame), oldest first */
  gsize n_bytes;    /* not taken yet, over all frames */
  gsize head_taken; /* bytes of the oldest frame that are taken already */
} TideOutbox;

/**
 * TideOutboxTaken:
 *
 * What tide_outbox_take() let go of.
 */
typedef struct
{
  guint n_frames;
  guint n_events;
} TideOutboxTaken;

void tide_outbox_push (TideOutbox *self, TideFrame *frame);
guint tide_outbox_peek (const TideOutbox *self, struct iovec *vectors, guint n_vectors);
TideOutboxTaken tide_outbox_take (TideOutbox *self, gsize n_bytes);
guint tide_outbox_count_events (const TideOutbox *self);
void tide_outbox_clear (TideOutbox *self);

G_END_DECLS
