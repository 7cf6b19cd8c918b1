/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event-router.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_BUSY_KEYS_MAX:
 *
 * How many keys are counted in half a window; events of more are counted without a key.
 */
#define TIDE_BUSY_KEYS_MAX 20000

/**
 * TIDE_BUSY_KEYS_HALF_US:
 *
 * How long half a window is, in microseconds.
 */
#define TIDE_BUSY_KEYS_HALF_US (5 * G_USEC_PER_SEC)

/**
 * TIDE_BUSY_KEYS_PATIENCE_US:
 *
 * How long is counted after somebody asked, in microseconds.
 */
#define TIDE_BUSY_KEYS_PATIENCE_US (10 * G_USEC_PER_SEC)

/**
 * TideBusyKeys:
 *
 * Which keys have the most events of late: counted only while somebody asks.
 */
typedef struct _TideBusyKeys TideBusyKeys;

TideBusyKeys *tide_busy_keys_new (TideEventRouter *router, TideTimerWheel *wheel);
void tide_busy_keys_free (TideBusyKeys *self);
void tide_busy_keys_append (TideBusyKeys *self, guint n_max, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBusyKeys, tide_busy_keys_free)

G_END_DECLS
