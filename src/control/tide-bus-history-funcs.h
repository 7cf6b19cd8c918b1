/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-chart-source.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBusAnswerFunc:
 * @answer: (transfer floating) (nullable): the answer to a call
 * @error: (nullable): or why there is none
 * @user_data: as given with it
 *
 * Answers a call.
 */
typedef void (*TideBusAnswerFunc) (GVariant *answer,
                                   const GError *error,
                                   gpointer user_data);

/**
 * TideBusLater:
 *
 * How a call is answered that can't be at once: exactly once, on the main loop.
 */
typedef struct
{
  TideBusAnswerFunc answer;
  gpointer user_data; /* (owned) by who is to answer */
} TideBusLater;

/**
 * TideBusSymbolPage:
 *
 * Which symbols are asked for.
 */
typedef struct
{
  const char *after; /* (unowned), those behind this one */
  TideTimeframe timeframe;
  guint limit; /* 1 to TIDE_BARS_PER_CALL */
} TideBusSymbolPage;

/**
 * TideBusHistoryFuncs:
 * @import_bars: takes bars of the type `a(sxddddd)`; answers `(uu)`
 * @export_bars: gives the oldest bars; answers `(a(xddddd))`
 * @list_symbols: answers `(a(sxx))`
 *
 * What can be done with the history. Each returns whether it will answer; else it sets
 * an error.
 */
typedef struct
{
  gboolean (*import_bars) (TideTimeframe timeframe,
                           GVariant *bars,
                           const TideBusLater *later,
                           gpointer user_data,
                           GError **error);
  gboolean (*export_bars) (const TideChartRequest *request,
                           const TideBusLater *later,
                           gpointer user_data,
                           GError **error);
  gboolean (*list_symbols) (const TideBusSymbolPage *page,
                            const TideBusLater *later,
                            gpointer user_data,
                            GError **error);
} TideBusHistoryFuncs;

G_END_DECLS
