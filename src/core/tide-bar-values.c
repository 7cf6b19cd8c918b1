/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-values.h"

#define N_(text) text /* tidewirectl translates it */

#define FIRST_S (24 * 60 * 60) /* as of ticks: what is earlier is a mistake */
#define MAX_AHEAD_S 60
#define MAX_VALUE 1e15
#define MAX_SYMBOL_BYTES 32

static const char *
check_time (gint64 start_s, TideTimeframe timeframe, gint64 now_s)
{
  if (start_s >= TIDE_BAR_MAX_TIME_S)
    return N_ ("the time is not in seconds since 1970: divide milliseconds by 1000");
  if (start_s < FIRST_S)
    return N_ ("the time is before 1970-01-02");
  if (start_s > now_s + MAX_AHEAD_S)
    return N_ ("the time is in the future; is the clock right?");
  if (start_s != tide_timeframe_floor (timeframe, start_s))
    return N_ ("no bar of this timeframe begins at this time: a bar's time is its "
               "beginning, a multiple of its length in UTC; is the timeframe right?");
  return NULL;
}

static gboolean
is_price (double value)
{
  return value > 0 && value <= MAX_VALUE;
}

/**
 * tide_bar_values_check:
 * @self: a bar
 * @timeframe: how long it is
 * @now_s: seconds since 1970
 *
 * Says what is wrong with a bar, whoever brings it.
 *
 * Returns: (nullable): what is wrong, in English; %NULL when it can be one
 */
const char *
tide_bar_values_check (const TideBarValues *self, TideTimeframe timeframe, gint64 now_s)
{
  const char *problem = check_time (self->start_s, timeframe, now_s);

  if (problem != NULL)
    return problem;
  if (!is_price (self->open) || !is_price (self->high) || !is_price (self->low) ||
      !is_price (self->close))
    return N_ ("open, high, low and close have to be over 0, and at most 1e15");
  if (self->high < self->open || self->high < self->close || self->high < self->low)
    return N_ ("high is not the highest of open, high, low and close");
  if (self->low > self->open || self->low > self->close)
    return N_ ("low is not the lowest of open, high, low and close");
  if (!(self->volume >= 0 && self->volume <= MAX_VALUE))
    return N_ ("volume has to be at least 0, and at most 1e15");
  return NULL;
}

/**
 * tide_bar_values_check_symbol:
 * @symbol: (array length=length): what should be a symbol, any bytes
 * @length: how many
 *
 * Says what is wrong with a symbol.
 *
 * Returns: (nullable): what is wrong, in English; %NULL when it can be one
 */
const char *
tide_bar_values_check_symbol (const char *symbol, gsize length)
{
  static const char problem[] =
      N_ ("the symbol has to be 1 to 32 printable ASCII characters");

  if (length == 0 || length > MAX_SYMBOL_BYTES)
    return problem;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (symbol[i]))
      return problem;
  return NULL;
}
