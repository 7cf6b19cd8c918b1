/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-timeframe.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideTick:
 *
 * What was traded, when, and at which price.
 */
typedef struct
{
  gint64 time_us; /* since 1970 */
  double price;
  double volume; /* of this tick, not negative */
} TideTick;

/**
 * TideBar:
 *
 * What ticks of a span of time come to. Two bars of one span, of different ticks, can be
 * merged in any order, and give what all of the ticks come to.
 */
typedef struct
{
  gint64 start_s; /* since 1970, a multiple of its timeframe's length */
  double open;    /* price of the first tick, by when it happened */
  double high;
  double low;
  double close;    /* price of the last tick, by when it happened */
  double volume;   /* the ticks' sum */
  gint64 first_us; /* when the first tick happened; of two at once the first that came */
  gint64 last_us;  /* when the last tick happened; of two at once the last that came */
} TideBar;

TideBar tide_bar_new (TideTimeframe timeframe, const TideTick *tick);
void tide_bar_add (TideBar *self, const TideTick *tick);
void tide_bar_merge (TideBar *self, const TideBar *later);
void tide_bar_append_json (const TideBar *self, GString *out);

G_END_DECLS
