/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-history-job.h"
#include "tide-history.h"

G_BEGIN_DECLS

/* What the files of the history share: tide-history.c takes ticks and requests,
 * tide-history-lane.c has the file read and written, one job after the other,
 * tide-history-transfer.c brings bars in and gives them out. */

struct _TideHistory
{
  GObject parent_instance;

  TideTimerWheel *wheel;  /* (unowned), outlives us */
  TideClock *wall;        /* (owned) */
  TideCounters *counters; /* (unowned), outlives us */
  TideHistoryFuncs funcs;
  TideHistorySettings settings; /* its path is owned */
  TideSymbolTable *symbols;     /* (owned) */
  gint64 newest_us;             /* since 1970, of all ticks */
  gint64 latest_us;             /* since 1970, what a tick could have when last looked */
  gint64 next_tidying_us;       /* by @newest_us: when idle symbols are looked for */
  guint64 n_dropped;            /* minutes, as last looked at */

  TideBarStore *store; /* (owned) (nullable) */
  TideHistoryJob *job; /* (owned) (nullable), under way */
  GQueue reads;    /* (owned) (element-type TideHistoryJob), and what else is asked for */
  TideTimer timer; /* the next writing, or attempt to open */
  gint64 wait_us;  /* until the next attempt, while the file is out of reach; or 0 */
  gint64 imported_us; /* when bars were brought last, by the wheel's clock; or 0 */
  gboolean is_started;
  gboolean is_due;    /* it is time to write, or to open */
  gboolean is_loaded; /* what an earlier process has left is here */
  gboolean is_broken; /* the file is to be moved aside */
};

/* How many requests wait at most. */
#define TIDE_HISTORY_MAX_WAITING 256

void tide_history_transfer_prepare (TideHistory *self, TideHistoryJob *job);
void tide_history_transfer_finish (TideHistory *self, TideHistoryJob *job);

void tide_history_lane_go_on (TideHistory *self);
void tide_history_lane_wake (TideHistory *self);
void tide_history_lane_stop (TideHistory *self);
void tide_history_lane_copy_minutes (TideHistory *self, TideHistoryJob *job);
void tide_history_lane_note_failure (TideHistory *self, const TideHistoryJob *job);
void tide_history_lane_put_back (TideHistory *self, const GArray *closed);

G_END_DECLS
