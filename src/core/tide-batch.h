/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"
#include "tide-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideWireForm:
 * @TIDE_WIRE_SOCKETIO: Socket.IO v5 events, one packet each
 * @TIDE_WIRE_PLAIN: the JSON objects of `/ws`
 * @TIDE_WIRE_ENGINEIO: Engine.IO v4 without Socket.IO: the same objects, as its messages
 * @TIDE_N_WIRE_FORMS: how many there are
 *
 * The forms that a batch can be encoded in.
 */
typedef enum
{
  TIDE_WIRE_SOCKETIO,
  TIDE_WIRE_PLAIN,
  TIDE_WIRE_ENGINEIO,
  TIDE_N_WIRE_FORMS,
} TideWireForm;

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
} TideBatchItem;

/**
 * TideBatch:
 *
 * What leaves delivery at once; may be shared by many users.
 *
 * The sessions encode it when the first connection of a wire form wants it, and keep the
 * frame here, so that all who share a batch share its bytes.
 */
typedef struct
{
  guint ref_count;
  guint n_events;
  TideFrame *frames[TIDE_N_WIRE_FORMS]; /* (owned) (nullable), made on demand */
  TideBatchItem items[];
} TideBatch;

TideBatch *tide_batch_new (TideEvent *const *events, guint n_events);
TideBatch *tide_batch_new_items (const TideBatchItem *items, guint n_items);
TideBatch *tide_batch_ref (TideBatch *self);
void tide_batch_unref (TideBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBatch, tide_batch_unref)

G_END_DECLS
