/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-outbox.h"

/**
 * tide_outbox_push:
 * @self: an outbox
 * @frame: (transfer full): a frame to send after all others
 *
 * Adds a frame. The bound is the caller's to keep: look at the outbox's `n_bytes` first.
 */
void
tide_outbox_push (TideOutbox *self, TideFrame *frame)
{
  tide_ring_push (&self->frames, frame);
  self->n_bytes += frame->n_bytes;
}

/**
 * tide_outbox_peek:
 * @self: an outbox
 * @vectors: (out caller-allocates) (array length=n_vectors): where the bytes are
 * @n_vectors: how many there is room for
 *
 * Shows the bytes to be sent next, for one gathered write.
 *
 * Returns: how many vectors were filled; 0 when the outbox is empty
 */
guint
tide_outbox_peek (const TideOutbox *self, struct iovec *vectors, guint n_vectors)
{
  guint n = MIN (n_vectors, self->frames.length);
  gsize skip = self->head_taken;

  for (guint i = 0; i < n; i++)
    {
      TideFrame *frame = tide_ring_peek (&self->frames, i);

      vectors[i].iov_base = frame->bytes + skip;
      vectors[i].iov_len = frame->n_bytes - skip;
      skip = 0;
    }
  return n;
}

/**
 * tide_outbox_take:
 * @self: an outbox
 * @n_bytes: how many bytes were sent, at most the outbox's
 *
 * Lets go of what was sent.
 *
 * Returns: the frames that are wholly sent with this, and the events in them
 */
TideOutboxTaken
tide_outbox_take (TideOutbox *self, gsize n_bytes)
{
  TideOutboxTaken taken = { 0, 0 };

  self->n_bytes -= n_bytes;
  n_bytes += self->head_taken;
  while (self->frames.length > 0)
    {
      TideFrame *frame = tide_ring_peek (&self->frames, 0);

      if (n_bytes < frame->n_bytes)
        break;
      n_bytes -= frame->n_bytes;
      taken.n_frames++;
      taken.n_events += frame->n_events;
      tide_frame_unref (tide_ring_pop (&self->frames));
    }
  self->head_taken = n_bytes;
  tide_ring_trim (&self->frames);
  return taken;
}

/**
 * tide_outbox_count_events:
 * @self: an outbox
 *
 * Returns: the events of producers in all frames that are not wholly sent
 */
guint
tide_outbox_count_events (const TideOutbox *self)
{
  guint n_events = 0;

  for (guint i = 0; i < self->frames.length; i++)
    n_events += ((TideFrame *) tide_ring_peek (&self->frames, i))->n_events;
  return n_events;
}

/**
 * tide_outbox_clear:
 * @self: an outbox
 *
 * Drops all frames and gives the memory back.
 */
void
tide_outbox_clear (TideOutbox *self)
{
  tide_ring_clear (&self->frames, (GDestroyNotify) tide_frame_unref);
  self->n_bytes = 0;
  self->head_taken = 0;
}
