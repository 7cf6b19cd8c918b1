/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-chart-source.h"
#include "tide-counters.h"
#include "tide-event.h"
#include "tide-timer-wheel.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideHistorySettings:
 *
 * What is kept of ticks, and where.
 */
typedef struct
{
  const char *path;                 /* (nullable), the file; NULL: all is in memory */
  guint max_symbols;                /* of which something is in memory */
  guint max_minutes;                /* minutes of all symbols that are in memory */
  gint64 keep_s[TIDE_N_TIMEFRAMES]; /* how old bars get, 0: for ever */
} TideHistorySettings;

/**
 * TideHistoryFuncs:
 * @answer: a chart is ready: `tickstockpl_chart_data_response`'s payload, or @error
 * @changed: tide_history_get_state() is another
 *
 * What the history calls, on the main loop.
 */
typedef struct
{
  void (*answer) (guint64 ticket,
                  const GString *payload,
                  const GError *error,
                  gpointer user_data);
  void (*changed) (gpointer user_data);
  gpointer user_data; /* (unowned) */
} TideHistoryFuncs;

/**
 * TideHistory:
 *
 * Bars of ticks, which charts are made of, and the newest tick of each symbol. What is on
 * the disk is read and written by one task at a time, in another thread.
 */
#define TIDE_TYPE_HISTORY (tide_history_get_type ())
G_DECLARE_FINAL_TYPE (TideHistory, tide_history, TIDE, HISTORY, GObject)

TideHistory *tide_history_new (TideTimerWheel *wheel,
                               TideClock *wall,
                               TideCounters *counters,
                               const TideHistorySettings *settings,
                               const TideHistoryFuncs *funcs);
void tide_history_start (TideHistory *self);
void tide_history_stop (TideHistory *self);
void tide_history_reload (TideHistory *self, const TideHistorySettings *settings);

void tide_history_take (TideHistory *self, TideEvent *event);
const char *tide_history_get_state (TideHistory *self);

G_END_DECLS
