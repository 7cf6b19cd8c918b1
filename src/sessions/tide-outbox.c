/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-outbox.h"

#include "tide-session-books.h"

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
 * @now_us: monotonic time, or -1 to have it looked up if need be
 *
 * Lets go of what was sent, and tells the outbox's connection.
 *
 * Returns: the frames that are wholly sent with this, and the events in them
 */
TideOutboxTaken
tide_outbox_take (TideOutbox *self, gsize n_bytes, gint64 now_us)
{
  TideOutboxTaken taken = { 0 };

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
      tide_ring_pop (&self->frames);
      if (frame->batch != NULL)
        {
          taken.n_event_frames++;
          if (self->connection != NULL)
            tide_session_took (self->connection, frame, &now_us);
        }
      tide_frame_unref (frame);
    }
  self->head_taken = n_bytes;
  tide_ring_trim (&self->frames);
  if (self->connection != NULL && self->connection->is_slow)
    tide_session_check_fast (self->connection);
  return taken;
}

/**
 * tide_outbox_note_unread:
 * @self: an outbox
 *
 * Tells the outbox's connection that the kernel does not take what is left: when that is
 * too much, its client reads too slowly.
 */
void
tide_outbox_note_unread (TideOutbox *self)
{
  if (self->connection != NULL)
    tide_session_note_unread (self->connection);
}

/**
 * tide_outbox_skip:
 * @self: an outbox
 * @frame: a frame that was put into it
 * @n_bytes: fewer than the frame has
 * @counters: where to count
 *
 * Leaves out the beginning of @frame, which the client has from another transport. Does
 * nothing unless @frame is the oldest and nothing of it is taken.
 */
void
tide_outbox_skip (TideOutbox *self,
                  const TideFrame *frame,
                  gsize n_bytes,
                  TideCounters *counters)
{
  if (self->frames.length == 0 || tide_ring_peek (&self->frames, 0) != frame ||
      self->head_taken > 0)
    return;
  self->head_taken = n_bytes;
  self->n_bytes -= n_bytes;
  counters->outbox_bytes -= n_bytes;
}

/**
 * tide_outbox_count_taken:
 * @taken: what was taken
 * @counters: where to count
 *
 * Counts what the kernel, or an answer to a poll, has taken.
 */
void
tide_outbox_count_taken (TideOutboxTaken taken, TideCounters *counters)
{
  counters->frames_taken += taken.n_frames;
  counters->frames_delivered += taken.n_event_frames;
  counters->frames_queued -= taken.n_event_frames;
  counters->deliveries_taken += taken.n_events;
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

static void
count_discarded (const TideFrame *frame, TideCounters *counters)
{
  counters->deliveries_discarded += frame->n_events;
  if (frame->batch == NULL)
    return;
  counters->frames_discarded++;
  counters->frames_queued--;
}

/**
 * tide_outbox_cut:
 * @self: an outbox
 * @n_head_bytes: how many bytes more of the oldest frame are to be sent, when it is one
 *   of a batch
 * @counters: where to count
 *
 * Takes the frames of batches out. What stays are replies and control packets.
 */
void
tide_outbox_cut (TideOutbox *self, gsize n_head_bytes, TideCounters *counters)
{
  guint n_frames = self->frames.length;
  gsize n_bytes_before = self->n_bytes;
  gsize head_taken = self->head_taken;

  for (guint i = 0; i < n_frames; i++)
    {
      TideFrame *frame = tide_ring_pop (&self->frames);
      gsize n_taken = i == 0 ? head_taken : 0;

      if (frame->batch == NULL)
        {
          tide_ring_push (&self->frames, frame);
          continue;
        }
      count_discarded (frame, counters);
      self->n_bytes -= frame->n_bytes - n_taken;
      if (i == 0)
        self->head_taken = 0;
      if (i == 0 && n_head_bytes > 0)
        tide_outbox_push (self,
                          tide_frame_new_copy (frame->bytes + n_taken, n_head_bytes));
      tide_frame_unref (frame);
    }
  counters->outbox_bytes -= n_bytes_before - self->n_bytes;
  tide_ring_trim (&self->frames);
}

/**
 * tide_outbox_discard:
 * @self: an outbox
 * @counters: where to count
 *
 * Drops all frames, counts them, and gives the memory back.
 */
void
tide_outbox_discard (TideOutbox *self, TideCounters *counters)
{
  for (guint i = 0; i < self->frames.length; i++)
    count_discarded (tide_ring_peek (&self->frames, i), counters);
  counters->outbox_bytes -= self->n_bytes;
  tide_outbox_clear (self);
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
