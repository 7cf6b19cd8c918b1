/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-series.h"
#include "tide-last-tick.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_SYMBOL_MAX_BYTES:
 *
 * The longest symbol that a history is kept of; longer ones nobody can ask for.
 */
#define TIDE_SYMBOL_MAX_BYTES 32

/**
 * TideSymbol:
 *
 * What is in memory of a symbol.
 */
typedef struct
{
  char name[TIDE_SYMBOL_MAX_BYTES + 1]; /* first, so that a name is found by it */
  TideBar *newest;                      /* (unowned) (nullable), of @minutes */
  TideBarSeries minutes;
  TideLastTick *last; /* (owned) (nullable), the newest tick, by when it happened */
  gint64 newest_us;   /* when that happened, 0: no tick has come */
} TideSymbol;

/**
 * TideBarRow:
 *
 * A bar of a symbol, on its way to the file.
 */
typedef struct
{
  char symbol[TIDE_SYMBOL_MAX_BYTES + 1];
  TideBar bar;
} TideBarRow;

/**
 * TideBarSpan:
 *
 * A symbol, and what there is of it in a timeframe.
 */
typedef struct
{
  char symbol[TIDE_SYMBOL_MAX_BYTES + 1];
  gint64 first_s; /* when the first bar begins, 0: there is none */
  gint64 last_s;  /* when the last one does, 0: there is none */
} TideBarSpan;

/**
 * TideBarListing:
 *
 * Which symbols are asked for.
 */
typedef struct
{
  const char *after; /* those behind this one, by the order of bytes */
  TideTimeframe timeframe;
  guint limit; /* at most so many */
} TideBarListing;

/**
 * TideSymbolTable:
 *
 * Symbols, with their last ticks and the bars of their minutes that are not done with. A
 * minute is *fresh* while what is in the file of it, if anything, is older.
 */
typedef struct _TideSymbolTable TideSymbolTable;

/**
 * TideSymbolTick:
 *
 * A tick of a symbol.
 */
typedef struct
{
  const char *symbol; /* NUL-terminated */
  TideTick tick;
  TideEvent *event; /* (unowned) (nullable), which brought it */
} TideSymbolTick;

/**
 * TideTaking:
 * @TIDE_TAKING_DONE: the tick was taken
 * @TIDE_TAKING_LATE: it was taken, and belongs to a minute before the symbol's newest
 * @TIDE_TAKING_REFUSED: it was not: there are too many symbols
 *
 * What became of a tick.
 */
typedef enum
{
  TIDE_TAKING_DONE,
  TIDE_TAKING_LATE,
  TIDE_TAKING_REFUSED,
} TideTaking;

TideSymbolTable *tide_symbol_table_new (guint max_symbols, guint max_minutes);
void tide_symbol_table_free (TideSymbolTable *self);
void tide_symbol_table_set_limits (TideSymbolTable *self,
                                   guint max_symbols,
                                   guint max_minutes);

TideTaking tide_symbol_table_take (TideSymbolTable *self, const TideSymbolTick *tick);
gboolean tide_symbol_table_merge (TideSymbolTable *self,
                                  const char *symbol,
                                  const TideBar *bar,
                                  gboolean is_fresh);
const TideSymbol *tide_symbol_table_lookup (TideSymbolTable *self, const char *symbol);

void tide_symbol_table_mark_fresh (TideSymbolTable *self);
void
tide_symbol_table_refresh (TideSymbolTable *self, const char *symbol, gint64 start_s);
void
tide_symbol_table_collect_fresh (TideSymbolTable *self, guint max_rows, GArray *rows);
void tide_symbol_table_take_closed (
    TideSymbolTable *self, gint64 due_s, gint64 closed_s, guint max_rows, GArray *rows);
void tide_symbol_table_take_minute (TideSymbolTable *self,
                                    const char *symbol,
                                    gint64 start_s,
                                    GArray *rows);
GArray *tide_symbol_table_list (TideSymbolTable *self, const TideBarListing *listing);
gboolean tide_symbol_table_has_fresh (const TideSymbolTable *self);
gboolean tide_symbol_table_has_closed (const TideSymbolTable *self, gint64 due_s);
guint tide_symbol_table_get_n_minutes (const TideSymbolTable *self);
guint64 tide_symbol_table_get_n_dropped (const TideSymbolTable *self);
void tide_symbol_table_forget_idle (TideSymbolTable *self, gint64 before_us);

GArray *tide_bar_rows_new (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSymbolTable, tide_symbol_table_free)

G_END_DECLS
