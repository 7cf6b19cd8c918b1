/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TideBatch TideBatch;
typedef struct _TideFrame TideFrame;

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
 * TideWireShape:
 *
 * How a connection wants its batches: connections of one shape share their frames.
 */
typedef struct
{
  guint8 form;            /* #TideWireForm */
  guint8 is_batched : 1;  /* the events in one `event_batch`, not each by itself */
  guint8 is_deflated : 1; /* messages are compressed, where that makes them shorter */
  guint16 version;        /* the newest that it knows of payloads; 0: all as they come */
} TideWireShape;

/**
 * TideFrame:
 *
 * Bytes encoded once, shared by every connection that gets them.
 *
 * A frame holds one or more whole WebSocket frames, headers included, so that a
 * WebSocket takes it as it is; long-polling takes the payloads out of it. Only the
 * maker writes to it, before anybody else holds a reference.
 */
struct _TideFrame
{
  guint ref_count;
  guint n_events; /* events of producers in it; 0 for replies and control packets */
  gsize n_bytes;
  TideBatch *batch;    /* (owned) (nullable), what it is made of; NULL for replies and
                          control packets */
  TideFrame *next;     /* (unowned) (nullable), among the batch's frames of rare shapes */
  TideWireShape shape; /* when there is a @batch */
  guint8 bytes[];
};

TideFrame *tide_frame_new (gsize n_bytes, guint n_events);
TideFrame *tide_frame_new_copy (gconstpointer bytes, gsize n_bytes);
void tide_frame_free (TideFrame *self);

/**
 * tide_frame_ref:
 * @self: a frame
 *
 * Returns: (transfer full): @self
 */
static inline TideFrame *
tide_frame_ref (TideFrame *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_frame_unref:
 * @self: (transfer full): a frame
 *
 * Lets go of @self.
 */
static inline void
tide_frame_unref (TideFrame *self)
{
  if (--self->ref_count == 0)
    tide_frame_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideFrame, tide_frame_unref)

G_END_DECLS
