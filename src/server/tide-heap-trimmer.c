/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What connections leave behind goes back to the system when many of them have left: the
 * C library keeps freed memory that lies between what is still used. */

#include "config.h"

#include "tide-heap-trimmer.h"

#include "tide-pool.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

/* It is not worth the milliseconds for fewer. */
#define MIN_GONE 500
/* Until those who are about to leave have left, too. */
#define DELAY_US G_USEC_PER_SEC

struct _TideHeapTrimmer
{
  TideTimerWheel *wheel; /* (unowned), outlives us */
  TideHeapTrimFunc trim;
  gpointer user_data; /* (unowned), for @trim */
  TideTimer timer;
  guint n_sockets;
  guint n_most; /* since it was last trimmed */
  gboolean is_due;
};

static void
on_due (TideTimer *timer, gint64 now_us)
{
  TideHeapTrimmer *self = timer->user_data;

  self->is_due = FALSE;
  self->n_most = self->n_sockets;
  self->trim (self->user_data);
}

/**
 * tide_heap_trimmer_new:
 * @wheel: what its timer hangs on; must outlive it
 * @trim: what to call; it ends with tide_heap_trimmer_trim()
 * @user_data: for @trim
 *
 * Returns: (transfer full): a trimmer that knows of no sockets
 */
TideHeapTrimmer *
tide_heap_trimmer_new (TideTimerWheel *wheel, TideHeapTrimFunc trim, gpointer user_data)
{
  TideHeapTrimmer *self = g_new0 (TideHeapTrimmer, 1);

  self->wheel = wheel;
  self->trim = trim;
  self->user_data = user_data;
  self->timer.func = on_due;
  self->timer.user_data = self;
  return self;
}

/**
 * tide_heap_trimmer_free:
 * @self: (transfer full): a trimmer
 *
 * Frees @self.
 */
void
tide_heap_trimmer_free (TideHeapTrimmer *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->timer);
  g_free (self);
}

/**
 * tide_heap_trimmer_note:
 * @self: a trimmer
 * @n_sockets: how many sockets are open now
 *
 * Takes note of sockets that come and go. A second after more than half of them, and at
 * least 500, have gone, memory is given back.
 */
void
tide_heap_trimmer_note (TideHeapTrimmer *self, guint n_sockets)
{
  self->n_sockets = n_sockets;
  self->n_most = MAX (self->n_most, n_sockets);
  if (self->is_due || n_sockets > self->n_most / 2 || self->n_most - n_sockets < MIN_GONE)
    return;
  self->is_due = TRUE;
  tide_timer_wheel_arm (self->wheel,
                        &self->timer,
                        tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel)) +
                            DELAY_US);
}

/**
 * tide_heap_trimmer_trim:
 *
 * Gives what is free in the heap back to the system, where the C library can do that.
 */
void
tide_heap_trimmer_trim (void)
{
  tide_pool_clear ();
#ifdef HAVE_MALLOC_TRIM
  malloc_trim (0);
#endif
}
