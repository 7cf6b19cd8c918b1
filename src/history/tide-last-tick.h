/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideLastTick:
 *
 * The newest tick of a symbol, as it came. It is written over by the next one: to hold
 * the event itself would keep thousands of them, all over memory.
 */
typedef struct _TideLastTick TideLastTick;

TideLastTick *tide_last_tick_keep (TideLastTick *self, const TideEvent *event);
void tide_last_tick_free (TideLastTick *self);
TideEvent *tide_last_tick_make_event (const TideLastTick *self,
                                      const char *symbol,
                                      gint64 received_us);

G_END_DECLS
