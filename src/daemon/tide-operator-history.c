/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an operator brings to the history, and takes from it. */

#include "tide-bar-values.h"
#include "tide-error.h"
#include "tide-history-transfer.h"
#include "tide-operator.h"

#include <string.h>

static TideHistory *
get_history (gpointer user_data, GError **error)
{
  TideOperator *self = user_data;
  TideHistory *history = tide_pipeline_get_stages (self->pipeline)->history;

  if (history == NULL)
    g_set_error_literal (
        error,
        TIDE_ERROR,
        TIDE_ERROR_UNSUPPORTED,
        "there is no history: set [history] store=auto, which is \"off\" "
        "now, and restart");
  return history;
}

/* Answers the call that waits for it, and ends it. */
static void
answer (TideBusLater *later, GVariant *value, const GError *error)
{
  later->answer (value, error, later->user_data);
  g_free (later);
}

static void
on_imported (const TideHistoryResult *result, const GError *error, gpointer user_data)
{
  answer (user_data,
          error == NULL ? g_variant_new ("(uu)", result->n_taken, result->n_old) : NULL,
          error);
}

static void
on_exported (const TideHistoryResult *result, const GError *error, gpointer user_data)
{
  GVariantBuilder builder;

  if (error != NULL)
    {
      answer (user_data, NULL, error);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(xddddd)"));
  for (guint i = 0; i < result->bars->len; i++)
    {
      const TideBar *bar = &g_array_index (result->bars, TideBar, i);

      g_variant_builder_add (&builder,
                             "(xddddd)",
                             bar->start_s,
                             bar->open,
                             bar->high,
                             bar->low,
                             bar->close,
                             bar->volume);
    }
  answer (user_data, g_variant_new ("(a(xddddd))", &builder), NULL);
}

static void
on_listed (const TideHistoryResult *result, const GError *error, gpointer user_data)
{
  GVariantBuilder builder;

  if (error != NULL)
    {
      answer (user_data, NULL, error);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sxx)"));
  for (guint i = 0; i < result->spans->len; i++)
    {
      const TideBarSpan *span = &g_array_index (result->spans, TideBarSpan, i);

      g_variant_builder_add (
          &builder, "(sxx)", span->symbol, span->first_s, span->last_s);
    }
  answer (user_data, g_variant_new ("(a(sxx))", &builder), NULL);
}

/* Makes a row of a bar that somebody brings. Its first tick is at its beginning and its
 * last at its end: so ticks that come late change neither its open nor its close.
 *
 * Returns: (nullable): what is wrong with it */
static const char *
read_row (GVariant *child, TideTimeframe timeframe, gint64 now_s, TideBarRow *row)
{
  gint64 length_s = tide_timeframe_get_seconds (timeframe);
  TideBarValues bar;
  const char *symbol;
  const char *problem;

  g_variant_get (child,
                 "(&sxddddd)",
                 &symbol,
                 &bar.start_s,
                 &bar.open,
                 &bar.high,
                 &bar.low,
                 &bar.close,
                 &bar.volume);
  problem = tide_bar_values_check_symbol (symbol, strlen (symbol));
  if (problem == NULL)
    problem = tide_bar_values_check (&bar, timeframe, now_s);
  if (problem != NULL)
    return problem;
  g_strlcpy (row->symbol, symbol, sizeof row->symbol);
  row->bar = (TideBar){
    .start_s = bar.start_s,
    .open = bar.open,
    .high = bar.high,
    .low = bar.low,
    .close = bar.close,
    .volume = bar.volume,
    .first_us = bar.start_s * G_USEC_PER_SEC,
    .last_us = (bar.start_s + length_s) * G_USEC_PER_SEC - 1,
  };
  return NULL;
}

static GArray *
read_rows (GVariant *bars, TideTimeframe timeframe, GError **error)
{
  g_autoptr (GArray) rows = tide_bar_rows_new ();
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  gsize n_bars = g_variant_n_children (bars);

  for (gsize i = 0; i < n_bars; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (bars, i);
      TideBarRow row;
      const char *problem = read_row (child, timeframe, now_s, &row);

      if (problem != NULL)
        {
          g_set_error (error,
                       G_DBUS_ERROR,
                       G_DBUS_ERROR_INVALID_ARGS,
                       "bar %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                       " can't be taken, so none is: %s",
                       i + 1,
                       n_bars,
                       problem);
          return NULL;
        }
      g_array_append_val (rows, row);
    }
  return g_steal_pointer (&rows);
}

static gboolean
import_bars (TideTimeframe timeframe,
             GVariant *bars,
             const TideBusLater *later,
             gpointer user_data,
             GError **error)
{
  TideHistory *history = get_history (user_data, error);
  GArray *rows = history != NULL ? read_rows (bars, timeframe, error) : NULL;

  if (rows != NULL)
    tide_history_import (
        history, timeframe, rows, on_imported, g_memdup2 (later, sizeof *later));
  return rows != NULL;
}

static gboolean
export_bars (const TideChartRequest *request,
             const TideBusLater *later,
             gpointer user_data,
             GError **error)
{
  TideHistory *history = get_history (user_data, error);

  if (history != NULL)
    tide_history_export (history, request, on_exported, g_memdup2 (later, sizeof *later));
  return history != NULL;
}

static gboolean
list_symbols (const TideBusSymbolPage *page,
              const TideBusLater *later,
              gpointer user_data,
              GError **error)
{
  TideHistory *history = get_history (user_data, error);
  TideBarListing listing = { page->after, page->timeframe, page->limit };

  if (history != NULL)
    tide_history_list (history, &listing, on_listed, g_memdup2 (later, sizeof *later));
  return history != NULL;
}

/* What tide_operator_fill_funcs() connects. */
const TideBusHistoryFuncs tide_operator_history = {
  .import_bars = import_bars,
  .export_bars = export_bars,
  .list_symbols = list_symbols,
};
