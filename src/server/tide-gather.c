/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Small frames that go out together are put into one piece, since the kernel takes one
 * piece much faster than 50. Most connections that are written in one turn have the same
 * frames waiting, as those of a room do: the piece of the one before serves them, too. */

#include "tide-gather.h"

#include <string.h>

struct _TideGather
{
  GPtrArray *frames; /* (owned) (element-type TideFrame), what is in @bytes */
  guint8 *bytes;     /* (owned), %TIDE_GATHER_BYTES of them */
  gsize n_bytes;     /* of them in use */
};

/**
 * tide_gather_new:
 *
 * Returns: (transfer full): an empty one
 */
TideGather *
tide_gather_new (void)
{
  TideGather *self = g_new0 (TideGather, 1);

  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_frame_unref);
  self->bytes = g_malloc (TIDE_GATHER_BYTES);
  return self;
}

/**
 * tide_gather_free:
 * @self: (transfer full): a gather
 *
 * Frees @self.
 */
void
tide_gather_free (TideGather *self)
{
  g_ptr_array_unref (self->frames);
  g_free (self->bytes);
  g_free (self);
}

/**
 * tide_gather_clear:
 * @self: a gather
 *
 * Lets go of the frames. To be called at the end of a turn: they are not to live longer
 * for our sake.
 */
void
tide_gather_clear (TideGather *self)
{
  g_ptr_array_set_size (self->frames, 0);
  self->n_bytes = 0;
}

/* How many frames at the beginning are the same as in the outbox. */
static guint
count_same (const TideGather *self, const TideOutbox *outbox)
{
  guint n = MIN (self->frames->len, outbox->frames.length);
  guint i = 0;

  while (i < n &&
         g_ptr_array_index (self->frames, i) == tide_ring_peek (&outbox->frames, i))
    i++;
  return i;
}

static void
append (TideGather *self, const TideOutbox *outbox)
{
  for (guint i = self->frames->len; i < outbox->frames.length; i++)
    {
      TideFrame *frame = tide_ring_peek (&outbox->frames, i);

      if (frame->n_bytes > TIDE_GATHER_BYTES - self->n_bytes)
        return;
      memcpy (self->bytes + self->n_bytes, frame->bytes, frame->n_bytes);
      self->n_bytes += frame->n_bytes;
      g_ptr_array_add (self->frames, tide_frame_ref (frame));
    }
}

/**
 * tide_gather_run:
 * @self: a gather
 * @outbox: what is to be written, from the beginning of a frame
 * @n_bytes: (out): how much of it is in one piece
 *
 * Puts the first frames of an outbox into one piece, as many as there is room for.
 *
 * Returns: (transfer none) (nullable): the piece, good until the next call; %NULL when
 *   the first two frames do not fit
 */
const guint8 *
tide_gather_run (TideGather *self, const TideOutbox *outbox, gsize *n_bytes)
{
  guint n_same = count_same (self, outbox);

  if (n_same == outbox->frames.length)
    {
      *n_bytes = outbox->n_bytes;
      return self->bytes;
    }
  if (n_same < self->frames->len)
    tide_gather_clear (self);
  append (self, outbox);
  *n_bytes = self->n_bytes;
  return self->frames->len > 1 ? self->bytes : NULL;
}
