/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The verbs about the history. The file is read and written in another thread, so they
 * are answered later. */

#include "tide-bar-values.h"
#include "tide-bus-verb.h"

#include <string.h>

static gboolean
read_timeframe (const char *nick, TideTimeframe *timeframe, GError **error)
{
  if (tide_timeframe_find (nick, timeframe))
    return TRUE;
  g_set_error_literal (error,
                       G_DBUS_ERROR,
                       G_DBUS_ERROR_INVALID_ARGS,
                       "timeframe is none of 1m, 5m, 15m, 1h and 1d");
  return FALSE;
}

/* @value: how many are asked for, 0 for as many as can be */
static gboolean
read_limit (guint value, guint *limit, GError **error)
{
  *limit = value > 0 ? value : TIDE_BARS_PER_CALL;
  if (value <= TIDE_BARS_PER_CALL)
    return TRUE;
  g_set_error (error,
               G_DBUS_ERROR,
               G_DBUS_ERROR_INVALID_ARGS,
               "limit=%u is out of range: it goes from 1 to %d, or 0 for that",
               value,
               TIDE_BARS_PER_CALL);
  return FALSE;
}

static gboolean
check_symbol (const char *symbol, GError **error)
{
  const char *problem = tide_bar_values_check_symbol (symbol, strlen (symbol));

  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, problem);
  return FALSE;
}

static GVariant *
import_bars (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  g_autoptr (GVariant) bars = NULL;
  TideTimeframe timeframe;
  const char *nick;
  gsize n_bars;

  g_variant_get (call->arguments, "(&s@a(sxddddd))", &nick, &bars);
  n_bars = g_variant_n_children (bars);
  if (!read_timeframe (nick, &timeframe, error))
    return NULL;
  if (n_bars > TIDE_BARS_PER_CALL)
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "there are %" G_GSIZE_FORMAT " bars: at most %d go in one call",
                   n_bars,
                   TIDE_BARS_PER_CALL);
      return NULL;
    }
  call->is_later =
      funcs->history->import_bars (timeframe, bars, &call->later, funcs->act_data, error);
  if (call->is_later)
    g_info ("uid %u brings %" G_GSIZE_FORMAT " bars of %s over the bus",
            call->uid,
            n_bars,
            nick);
  return NULL;
}

static GVariant *
export_bars (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideChartRequest request = { 0 };
  const char *nick;
  guint limit;

  g_variant_get (call->arguments,
                 "(&s&sxxu)",
                 &request.symbol,
                 &nick,
                 &request.from_s,
                 &request.to_s,
                 &limit);
  if (!check_symbol (request.symbol, error) ||
      !read_timeframe (nick, &request.timeframe, error) ||
      !read_limit (limit, &request.limit, error))
    return NULL;
  request.from_s = CLAMP (request.from_s, 0, TIDE_BAR_MAX_TIME_S);
  request.to_s = request.to_s == 0 ? TIDE_BAR_MAX_TIME_S
                                   : CLAMP (request.to_s, 0, TIDE_BAR_MAX_TIME_S);
  call->is_later =
      funcs->history->export_bars (&request, &call->later, funcs->act_data, error);
  return NULL;
}

static GVariant *
list_bar_symbols (const TideBusFuncs *funcs, TideBusCall *call, GError **error)
{
  TideBusSymbolPage page = { 0 };
  const char *nick;
  guint limit;

  g_variant_get (call->arguments, "(&s&su)", &page.after, &nick, &limit);
  if (!read_timeframe (nick, &page.timeframe, error) ||
      !read_limit (limit, &page.limit, error))
    return NULL;
  call->is_later =
      funcs->history->list_symbols (&page, &call->later, funcs->act_data, error);
  return NULL;
}

const TideBusVerb tide_bus_history_verbs[] = {
  { "ExportBars", TIDE_BUS_ACTION_INSPECT, export_bars },
  { "ImportBars", TIDE_BUS_ACTION_MANAGE_SERVICE, import_bars },
  { "ListBarSymbols", TIDE_BUS_ACTION_INSPECT, list_bar_symbols },
  { NULL },
};
