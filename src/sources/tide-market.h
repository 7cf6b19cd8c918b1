/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_MARKET_TICKS "tickstock.all_ticks"
#define TIDE_MARKET_PATTERNS "tickstock.events.patterns"
#define TIDE_MARKET_BACKTEST_PROGRESS "tickstock.events.backtest.progress"
#define TIDE_MARKET_BACKTEST_RESULTS "tickstock.events.backtest.results"
#define TIDE_MARKET_INSIGHTS "tickstock.events.market_insights"
#define TIDE_MARKET_HEALTH "tickstock.events.health"

/**
 * TideMarketMessage:
 *
 * What a market publishes.
 */
typedef struct
{
  gint64 t_us;         /* when, from the start of the market */
  const char *channel; /* (unowned), a static string */
  const char *payload; /* (unowned), one JSON object, NUL-terminated */
  gsize payload_length;
} TideMarketMessage;

/**
 * TideMarket:
 *
 * A believable market of 50 symbols, as a list of messages without an end.
 *
 * It knows no clock and reckons in whole numbers: the same seed gives the same messages
 * to the last byte on every machine.
 */
typedef struct _TideMarket TideMarket;

TideMarket *tide_market_new (guint64 seed, guint ticks_per_second, gint64 epoch_us);
void tide_market_free (TideMarket *self);
gint64 tide_market_get_next_us (TideMarket *self);
void tide_market_next (TideMarket *self, TideMarketMessage *message);
const char *tide_market_get_symbol (guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideMarket, tide_market_free)

G_END_DECLS
