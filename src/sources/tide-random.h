/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRandom:
 *
 * A small random number generator (SplitMix64) that gives the same numbers for the same
 * seed on every machine. Not for secrets.
 */
typedef struct
{
  guint64 state;
} TideRandom;

/**
 * tide_random_next:
 * @self: a generator
 *
 * Returns: 64 random bits
 */
static inline guint64
tide_random_next (TideRandom *self)
{
  guint64 bits = self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  bits = (bits ^ (bits >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

/**
 * tide_random_range:
 * @self: a generator
 * @low: the least number wanted
 * @high: the greatest number wanted, not below @low
 *
 * Returns: a number from @low to @high, each as likely as the others for all that matters
 *   in ranges far below 64 bits
 */
static inline gint64
tide_random_range (TideRandom *self, gint64 low, gint64 high)
{
  return low + (gint64) (tide_random_next (self) % (guint64) (high - low + 1));
}

G_END_DECLS
