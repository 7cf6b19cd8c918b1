/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-event.h"

#include <string.h>

/* Writes exactly so many bytes, at least BENCH_EVENT_MIN_BYTES, and no zero at the end.
 */
void
bench_event_write (const BenchEvent *self, char *bytes, gsize n_bytes)
{
  char head[BENCH_EVENT_MIN_BYTES];
  gsize n_head =
      g_snprintf (head,
                  sizeof head,
                  "{\"symbol\":\"%c%u\",\"seq\":%u,\"t\":%" G_GINT64_FORMAT ",\"pad\":\"",
                  self->kind,
                  self->symbol,
                  self->sequence,
                  self->sent_us);

  memcpy (bytes, head, n_head);
  memset (bytes + n_head, 'x', n_bytes - n_head - 2);
  memcpy (bytes + n_bytes - 2, "\"}", 2);
}
