/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-timeframe.h"

static const struct
{
  const char *nick;
  gint64 seconds;
} timeframes[TIDE_N_TIMEFRAMES] = {
  [TIDE_TIMEFRAME_1M] = { "1m", 60 },           [TIDE_TIMEFRAME_5M] = { "5m", 5 * 60 },
  [TIDE_TIMEFRAME_15M] = { "15m", 15 * 60 },    [TIDE_TIMEFRAME_1H] = { "1h", 60 * 60 },
  [TIDE_TIMEFRAME_1D] = { "1d", 24 * 60 * 60 },
};

/**
 * tide_timeframe_get_nick:
 * @self: a timeframe
 *
 * Returns: what clients call it, such as `15m`
 */
const char *
tide_timeframe_get_nick (TideTimeframe self)
{
  return timeframes[self].nick;
}

/**
 * tide_timeframe_find:
 * @nick: what may be a timeframe's
 * @found: (out): the timeframe; untouched when there is none
 *
 * Returns: whether there is such a timeframe
 */
gboolean
tide_timeframe_find (const char *nick, TideTimeframe *found)
{
  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    if (g_str_equal (timeframes[i].nick, nick))
      {
        *found = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * tide_timeframe_get_seconds:
 * @self: a timeframe
 *
 * Returns: how long it is
 */
gint64
tide_timeframe_get_seconds (TideTimeframe self)
{
  return timeframes[self].seconds;
}

/**
 * tide_timeframe_floor:
 * @self: a timeframe
 * @time_s: seconds since 1970, not negative
 *
 * Finds the bar that a time belongs to. Days are those of UTC, which knows no summer time
 * and, as it is counted, no leap seconds: all are of one length.
 *
 * Returns: when that bar begins, in seconds since 1970
 */
gint64
tide_timeframe_floor (TideTimeframe self, gint64 time_s)
{
  return time_s - time_s % timeframes[self].seconds;
}
