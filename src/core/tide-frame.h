/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideFrame:
 *
 * Bytes encoded once, shared by every connection that gets them.
 *
 * A frame holds one or more whole WebSocket frames, headers included, so that a
 * WebSocket takes it as it is; long-polling takes the payloads out of it. Only the
 * maker writes to it, before anybody else holds a reference.
 */
typedef struct
{
  guint ref_count;
  guint n_events; /* events of producers in it; 0 for replies and control packets */
  gsize n_bytes;
  guint8 bytes[];
} TideFrame;

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
