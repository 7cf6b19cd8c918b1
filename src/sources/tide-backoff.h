/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-random.h"

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_BACKOFF_FIRST_US (50 * G_GINT64_CONSTANT (1000))
#define TIDE_BACKOFF_LAST_US (900 * G_GINT64_CONSTANT (1000))

/**
 * TideBackoff:
 *
 * How long to wait before something is tried again: 50 ms at first, twice as long after
 * every further failure, 900 ms at most: who comes back is noticed within a second, and
 * asked twice a second at most meanwhile. Half of each wait is left to chance, so that
 * many who lost the same server do not come back in step.
 */
typedef struct
{
  TideRandom random;
  guint n_failures; /* since the last success */
} TideBackoff;

void tide_backoff_init (TideBackoff *self, guint64 seed);
gint64 tide_backoff_next_us (TideBackoff *self);
void tide_backoff_reset (TideBackoff *self);

G_END_DECLS
