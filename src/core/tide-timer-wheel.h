/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-clock.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_TIMER_STEP_US:
 *
 * The microseconds from one turn of a wheel to the next.
 */
#define TIDE_TIMER_STEP_US (4 * 1000)

typedef struct _TideTimer TideTimer;
/**
 * TideTimerWheel:
 *
 * Many timers for one source of the main context.
 */
typedef struct _TideTimerWheel TideTimerWheel;

/**
 * TideTimerFunc:
 * @timer: the timer that is due; not armed any more, may be armed again or freed
 * @now_us: the time now
 *
 * What a due timer calls.
 */
typedef void (*TideTimerFunc) (TideTimer *timer, gint64 now_us);

/**
 * TideTimerDoneFunc:
 * @user_data: as it was given
 *
 * What a wheel calls after all that was due. Does not free the wheel.
 */
typedef void (*TideTimerDoneFunc) (gpointer user_data);

/**
 * TideTimer:
 *
 * A timer that sits inside the struct it belongs to. A zeroed one is not armed.
 */
struct _TideTimer
{
  TideTimer *next;   /* (unowned) (nullable), in the same slot */
  TideTimer **pprev; /* (unowned) (nullable), what points at us; NULL when not armed */
  gint64 due_us;
  TideTimerFunc func;
  gpointer user_data; /* (unowned) */
};

TideTimerWheel *tide_timer_wheel_new (TideClock *clock);
void tide_timer_wheel_free (TideTimerWheel *self);
void tide_timer_wheel_attach (TideTimerWheel *self, GMainContext *context);
void tide_timer_wheel_set_done_func (TideTimerWheel *self,
                                     TideTimerDoneFunc func,
                                     gpointer user_data);
void tide_timer_wheel_arm (TideTimerWheel *self, TideTimer *timer, gint64 due_us);
void tide_timer_wheel_disarm (TideTimerWheel *self, TideTimer *timer);
void tide_timer_wheel_run (TideTimerWheel *self);
gint64 tide_timer_wheel_get_next_due_us (TideTimerWheel *self);
const TideTimer *tide_timer_wheel_get_coming (TideTimerWheel *self);
TideClock *tide_timer_wheel_get_clock (TideTimerWheel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideTimerWheel, tide_timer_wheel_free)

G_END_DECLS
