/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-values.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_CTL_SYMBOL_MAX_BYTES:
 *
 * How long a symbol is at most.
 */
#define TIDE_CTL_SYMBOL_MAX_BYTES 32

/**
 * TideCtlBarFormat:
 * @TIDE_CTL_BARS_CSV: a line of columns, the first one names them
 * @TIDE_CTL_BARS_NDJSON: a JSON object a line
 *
 * How bars stand in a file.
 */
typedef enum
{
  TIDE_CTL_BARS_CSV,
  TIDE_CTL_BARS_NDJSON,
} TideCtlBarFormat;

/**
 * TideCtlBarField:
 * @TIDE_CTL_BAR_SYMBOL: whose it is
 * @TIDE_CTL_BAR_TIME: when it begins
 * @TIDE_CTL_BAR_OPEN: the first price
 * @TIDE_CTL_BAR_HIGH: the highest price
 * @TIDE_CTL_BAR_LOW: the lowest price
 * @TIDE_CTL_BAR_CLOSE: the last price
 * @TIDE_CTL_BAR_VOLUME: how much was traded
 * @TIDE_CTL_N_BAR_FIELDS: how many there are
 *
 * What a bar consists of, in the order of the columns that are written.
 */
typedef enum
{
  TIDE_CTL_BAR_SYMBOL,
  TIDE_CTL_BAR_TIME,
  TIDE_CTL_BAR_OPEN,
  TIDE_CTL_BAR_HIGH,
  TIDE_CTL_BAR_LOW,
  TIDE_CTL_BAR_CLOSE,
  TIDE_CTL_BAR_VOLUME,
  TIDE_CTL_N_BAR_FIELDS,
} TideCtlBarField;

/**
 * TideCtlBar:
 *
 * A bar of a symbol.
 */
typedef struct
{
  char symbol[TIDE_CTL_SYMBOL_MAX_BYTES + 1];
  TideBarValues values;
} TideCtlBar;

/**
 * TideCtlBarRules:
 *
 * How the lines of a file are to be understood.
 */
typedef struct
{
  TideCtlBarFormat format;
  TideTimeframe timeframe;
  const char *symbol; /* (unowned) (nullable), of all bars of a file that names none */
  gint64 now_s;       /* seconds since 1970 */
  int columns[TIDE_CTL_N_BAR_FIELDS]; /* of CSV: where each is, -1: nowhere */
} TideCtlBarRules;

gboolean tide_ctl_bars_parse_header (TideCtlBarRules *rules,
                                     const char *line,
                                     gsize length,
                                     GError **error);
gboolean tide_ctl_bars_parse (const TideCtlBarRules *rules,
                              const char *line,
                              gsize length,
                              TideCtlBar *bar,
                              GError **error);
gboolean
tide_ctl_bars_parse_time (const char *text, gsize length, gint64 *time_s, GError **error);
void tide_ctl_bars_append_header (GString *out, TideCtlBarFormat format);
void tide_ctl_bars_append (GString *out, TideCtlBarFormat format, const TideCtlBar *bar);

G_END_DECLS
