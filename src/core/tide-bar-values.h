/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-timeframe.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_BARS_PER_CALL:
 *
 * How many bars go over the bus at once.
 */
#define TIDE_BARS_PER_CALL 1000

/**
 * TIDE_BAR_MAX_TIME_S:
 *
 * No bar begins then or later, in seconds since 1970: it is the year 5138, and what is
 * larger is in milliseconds.
 */
#define TIDE_BAR_MAX_TIME_S G_GINT64_CONSTANT (100000000000)

/**
 * TideBarValues:
 *
 * A bar as it comes in and goes out, in files and over the bus.
 */
typedef struct
{
  gint64 start_s; /* seconds since 1970 */
  double open;
  double high;
  double low;
  double close;
  double volume;
} TideBarValues;

const char *
tide_bar_values_check (const TideBarValues *self, TideTimeframe timeframe, gint64 now_s);
const char *tide_bar_values_check_symbol (const char *symbol, gsize length);

G_END_DECLS
