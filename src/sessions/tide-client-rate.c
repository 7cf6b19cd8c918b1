/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A bucket of tokens that fills evenly, kept as the one number of when it will be full.
 */

#include "tide-client-rate.h"

#define BURST_US (2 * G_USEC_PER_SEC) /* what fits into the bucket, in time */
#define PATIENCE_US (10 * G_USEC_PER_SEC)
#define MAX_REFUSALS 10 /* in that time */

/**
 * tide_client_rate_take:
 * @self: a client's rate
 * @per_second: messages that it may send in a second, at most 10000; 0: no limit
 * @now_us: monotonic time in microseconds, not earlier than in the last call
 *
 * Judges a message. A client may send twice @per_second at once, for pages have a lot to
 * ask when they open. Who goes on after 10 refusals within 10 s does not listen.
 *
 * Returns: what to do with the message
 */
TideClientVerdict
tide_client_rate_take (TideClientRate *self, guint per_second, gint64 now_us)
{
  gint64 full_us = MAX (self->full_us, now_us);

  if (per_second == 0)
    return TIDE_CLIENT_FINE;
  full_us += G_USEC_PER_SEC / per_second;
  if (full_us - now_us <= BURST_US)
    {
      self->full_us = full_us;
      return TIDE_CLIENT_FINE;
    }
  if (self->n_refused == 0 || now_us - self->refused_us >= PATIENCE_US)
    {
      self->refused_us = now_us;
      self->n_refused = 0;
    }
  return ++self->n_refused > MAX_REFUSALS ? TIDE_CLIENT_TOO_MUCH : TIDE_CLIENT_OVER;
}
