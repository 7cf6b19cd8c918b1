/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bench-event.h"

G_BEGIN_DECLS

/* Bytes that are left over at the end of a part, at most. */
#define LOAD_EVENTS_MAX_KEPT 128

/* Finds events in whatever they are wrapped in, without reading that: looks for `"seq":`
 * where the last ones had it, and searches only when it is not there. So it can miss an
 * event that is less than half as long as the one before it, with all its wrapping; then
 * there is a gap in the sequence numbers, which is reported.
 *
 * Zeroed it is ready. One may serve any number of connections. */
typedef struct
{
  gsize stride; /* from one `"seq"` to the next */
  gsize first;  /* from the beginning of a text to its first `"seq"` */

  const char *start;
  const char *end;
  const char *at;    /* what is before is done with */
  const char *label; /* (nullable), the `"seq"` that was found last */
  const char *guess; /* (nullable), where the next `"seq"` should be */
} LoadEvents;

void
load_events_begin (LoadEvents *self, const char *text, gsize n_bytes, gboolean is_first);
gboolean load_events_next (LoadEvents *self, BenchEvent *event);
gsize load_events_get_done (const LoadEvents *self);

G_END_DECLS
