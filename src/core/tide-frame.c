/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-frame.h"

#include "tide-batch.h"
#include "tide-pool.h"

#include <string.h>

/**
 * tide_frame_new:
 * @n_bytes: size, at least 1
 * @n_events: how many events of producers it will carry
 *
 * Creates a frame whose bytes are still to be written.
 *
 * Returns: (transfer full): a frame
 */
TideFrame *
tide_frame_new (gsize n_bytes, guint n_events)
{
  g_return_val_if_fail (n_bytes > 0, NULL);

  TideFrame *self = tide_pool_alloc (sizeof (TideFrame) + n_bytes);

  self->ref_count = 1;
  self->n_events = n_events;
  self->n_bytes = n_bytes;
  self->batch = NULL;
  self->next = NULL;
  self->shape = (TideWireShape){ 0 };
  return self;
}

/**
 * tide_frame_new_copy:
 * @bytes: (array length=n_bytes) (element-type guint8): what the frame holds
 * @n_bytes: size, at least 1
 *
 * Creates a frame that carries no events.
 *
 * Returns: (transfer full): a frame
 */
TideFrame *
tide_frame_new_copy (gconstpointer bytes, gsize n_bytes)
{
  TideFrame *self = tide_frame_new (n_bytes, 0);

  memcpy (self->bytes, bytes, n_bytes);
  return self;
}

/**
 * tide_frame_free:
 * @self: a frame that nobody holds
 *
 * Frees @self; only tide_frame_unref() calls this.
 */
void
tide_frame_free (TideFrame *self)
{
  TideBatch *batch = self->batch;

  if (batch != NULL)
    {
      tide_batch_forget_frame (batch, self);
      tide_batch_unref (batch);
    }
  tide_pool_free (self, sizeof (TideFrame) + self->n_bytes);
}
