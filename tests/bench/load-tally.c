/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-tally.h"

#define N_SEEN 64

/* One that is not the next: some are missing before it, or it came late, or again. What
 * is so far behind that nobody remembers it counts as late. */
static void
add_unexpected (LoadTally *self, LoadTrack *track, guint32 sequence)
{
  guint32 n_back;

  if (sequence > track->last)
    {
      guint32 n_ahead = sequence - track->last;

      self->n_gaps += n_ahead - 1;
      track->seen = n_ahead < N_SEEN ? track->seen << n_ahead | 1 : 1;
      track->last = sequence;
      return;
    }
  n_back = track->last - sequence;
  if (n_back < N_SEEN && (track->seen >> n_back & 1))
    {
      self->n_duplicates++;
      return;
    }
  self->n_reordered++;
  if (n_back < N_SEEN)
    track->seen |= G_GUINT64_CONSTANT (1) << n_back;
  if (sequence > track->first)
    self->n_gaps--;
}

/* Counts an event.
 *
 * @track: (nullable): of its symbol, %NULL when the connection did not ask for it */
void
load_tally_add (LoadTally *self, LoadTrack *track, const BenchEvent *event, gint64 now_us)
{
  self->n_events++;
  load_latency_add (event->kind == 'U' ? &self->urgent : &self->ticks,
                    now_us - event->sent_us);
  if (track == NULL)
    {
      self->n_foreign++;
    }
  else if (track->last == 0)
    {
      track->first = event->sequence;
      track->last = event->sequence;
      track->seen = 1;
    }
  else if (event->sequence == track->last + 1)
    {
      track->last = event->sequence;
      track->seen = track->seen << 1 | 1;
    }
  else
    {
      add_unexpected (self, track, event->sequence);
    }
}
