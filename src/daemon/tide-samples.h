/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_SAMPLES_MAX:
 *
 * How many samples are kept: an hour of them.
 */
#define TIDE_SAMPLES_MAX 720

/**
 * TIDE_SAMPLES_INTERVAL_US:
 *
 * How long it is from one sample to the next, in microseconds.
 */
#define TIDE_SAMPLES_INTERVAL_US (5 * G_USEC_PER_SEC)

/**
 * TideSamples:
 *
 * How some figures were in the last hour.
 */
typedef struct _TideSamples TideSamples;

TideSamples *tide_samples_new (TideTimerWheel *wheel, TideCounters *counters);
void tide_samples_free (TideSamples *self);
void tide_samples_want (TideSamples *self);
void tide_samples_forget (TideSamples *self);
void tide_samples_append (const TideSamples *self, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSamples, tide_samples_free)

G_END_DECLS
