/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideHeapTrimFunc:
 * @user_data: what was given with it
 *
 * Gives memory back.
 */
typedef void (*TideHeapTrimFunc) (gpointer user_data);

/**
 * TideHeapTrimmer:
 *
 * Gives memory back to the system when many connections have left.
 */
typedef struct _TideHeapTrimmer TideHeapTrimmer;

TideHeapTrimmer *
tide_heap_trimmer_new (TideTimerWheel *wheel, TideHeapTrimFunc trim, gpointer user_data);
void tide_heap_trimmer_free (TideHeapTrimmer *self);
void tide_heap_trimmer_note (TideHeapTrimmer *self, guint n_sockets);
void tide_heap_trimmer_trim (void);

G_END_DECLS
