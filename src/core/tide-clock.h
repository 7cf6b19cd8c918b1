/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideClock:
 *
 * Time, monotonic as a rule, that a test can turn by hand.
 *
 * Every part that looks at the time is given one, so that no test has to sleep.
 */
typedef struct _TideClock TideClock;

TideClock *tide_clock_new_monotonic (void);
TideClock *tide_clock_new_wall (void);
TideClock *tide_clock_new_manual (gint64 start_us);
TideClock *tide_clock_ref (TideClock *self);
void tide_clock_unref (TideClock *self);
gint64 tide_clock_now_us (const TideClock *self);
void tide_clock_advance (TideClock *self, gint64 by_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideClock, tide_clock_unref)

G_END_DECLS
