/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-lane-queue.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TideLaneChain TideLaneChain;

/**
 * TideLaneChain:
 *
 * Events that wait, in the order in which they came, for any number of lanes at once:
 * lanes that were given the same events hold the same chain. It never changes; with one
 * event more it is another chain, that has this one for its older part.
 */
struct _TideLaneChain
{
  guint ref_count;
  guint n_events;
  gsize n_bytes;         /* of their payloads */
  TideLaneEntry newest;  /* (owned) */
  TideLaneChain *older;  /* (owned) (nullable) */
  TideLaneChain *longer; /* (unowned) (nullable), the one that was last made of this */
  TideLaneChain **link;  /* (unowned) (nullable), where we stand as that */
  gboolean is_waiting;   /* a lane that has it waits for the end of its window */
  gboolean is_level;     /* all of one priority: they leave in this order */
  gboolean is_split;     /* into the batch that leaves first, and the rest */
  guint split_events;    /* the most events of a batch, when it was */
  gsize split_bytes;     /* the most bytes */
  TideBatch *batch;      /* (owned) (nullable), when @is_split */
  TideLaneChain *rest;   /* (owned) (nullable) */
};

TideLaneChain *tide_lane_chain_append (TideLaneChain *self,
                                       TideLaneChain **link,
                                       const TideLaneEntry *entry);
TideLaneChain *tide_lane_chain_ref (TideLaneChain *self);
void tide_lane_chain_unref (TideLaneChain *self);
void tide_lane_chain_list (const TideLaneChain *self, GArray *entries);
void tide_lane_chain_take (
    TideLaneChain *self, guint n_events, gsize n_bytes, GArray *taken, GArray *rest);
void
tide_lane_chain_set_split (TideLaneChain *self, TideBatch *batch, const GArray *rest);
gboolean tide_lane_chain_has_topic (const TideLaneChain *self, const TideTopic *topic);

/**
 * tide_lane_chain_is_of_push:
 * @self: a chain
 * @entry: an event that is pushed
 *
 * Returns: whether the chain was made of just this push
 */
static inline gboolean
tide_lane_chain_is_of_push (const TideLaneChain *self, const TideLaneEntry *entry)
{
  return self->newest.sequence == entry->sequence &&
         self->newest.is_by_room == entry->is_by_room;
}

/**
 * tide_lane_chain_fits:
 * @self: a chain
 * @n_events: the most events of a batch
 * @n_bytes: the most bytes of payload in it
 *
 * Returns: whether all of its events leave at once, in the order in which they came
 */
static inline gboolean
tide_lane_chain_fits (const TideLaneChain *self, guint n_events, gsize n_bytes)
{
  return self->is_level && self->n_events <= n_events && self->n_bytes <= n_bytes;
}

G_END_DECLS
