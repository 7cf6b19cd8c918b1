/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bench-event.h"
#include "load-latency.h"

G_BEGIN_DECLS

/* What one connection has seen of one symbol. Zeroed but for that: nothing yet. */
typedef struct
{
  guint32 symbol; /* its number */
  guint32 first;
  guint32 last;
  guint64 seen; /* a bit for each of the 64 up to the last one, that one is the lowest */
} LoadTrack;

/* Counted over all connections. */
typedef struct
{
  guint64 n_events;
  gint64 n_gaps; /* sequence numbers that are missing between the first and the last */
  guint64 n_duplicates;
  guint64 n_reordered; /* came after a later one */
  guint64 n_foreign;   /* of symbols that the connection did not ask for */
  LoadLatency ticks;
  LoadLatency urgent;
} LoadTally;

void load_tally_add (LoadTally *self,
                     LoadTrack *track,
                     const BenchEvent *event,
                     gint64 now_us);

G_END_DECLS
