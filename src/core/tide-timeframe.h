/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideTimeframe:
 * @TIDE_TIMEFRAME_1M: a minute
 * @TIDE_TIMEFRAME_5M: five minutes
 * @TIDE_TIMEFRAME_15M: a quarter of an hour
 * @TIDE_TIMEFRAME_1H: an hour
 * @TIDE_TIMEFRAME_1D: a day of UTC
 * @TIDE_N_TIMEFRAMES: how many there are
 *
 * How much time a bar is of. Each is a multiple of a minute and divides a day of UTC, so
 * that bars of each can be made of those of minutes. The numbers stand in files.
 */
typedef enum
{
  TIDE_TIMEFRAME_1M,
  TIDE_TIMEFRAME_5M,
  TIDE_TIMEFRAME_15M,
  TIDE_TIMEFRAME_1H,
  TIDE_TIMEFRAME_1D,
  TIDE_N_TIMEFRAMES,
} TideTimeframe;

const char *tide_timeframe_get_nick (TideTimeframe self);
gboolean tide_timeframe_find (const char *nick, TideTimeframe *found);
gint64 tide_timeframe_get_seconds (TideTimeframe self);
gint64 tide_timeframe_floor (TideTimeframe self, gint64 time_s);

G_END_DECLS
