/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-history-job.h"

#include "tide-chart.h"
#include "tide-error.h"

#include <string.h>

/* Makes a job, for its owner to fill in. */
TideHistoryJob *
tide_history_job_new (TideHistoryJobKind kind)
{
  TideHistoryJob *self = g_new0 (TideHistoryJob, 1);

  self->kind = kind;
  if (kind == TIDE_HISTORY_JOB_WRITE)
    {
      self->write.fresh = tide_bar_rows_new ();
      self->write.closed = tide_bar_rows_new ();
    }
  if (kind == TIDE_HISTORY_JOB_IMPORT)
    self->moved = tide_bar_rows_new ();
  if (kind == TIDE_HISTORY_JOB_LIST)
    self->result.spans = g_array_new (FALSE, FALSE, sizeof (TideBarSpan));
  if (kind == TIDE_HISTORY_JOB_READ || kind == TIDE_HISTORY_JOB_EXPORT)
    self->minutes = g_array_new (FALSE, FALSE, sizeof (TideBar));
  return self;
}

/* Tells whoever waits for it what it came to: the result, unless @error is given. */
void
tide_history_job_answer (TideHistoryJob *self, const GError *error)
{
  TideHistoryDone done = g_steal_pointer (&self->done);

  if (done != NULL)
    done (error == NULL ? &self->result : NULL, error, self->done_data);
}

void
tide_history_job_free (TideHistoryJob *self)
{
  if (self->done != NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (
          TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "the service is ending");

      tide_history_job_answer (self, error);
    }
  if (self->kind == TIDE_HISTORY_JOB_OPEN)
    g_clear_pointer (&self->store, tide_bar_store_close);
  g_clear_error (&self->error);
  g_free (self->path);
  g_free (self->aside);
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->write.fresh, g_array_unref);
  g_clear_pointer (&self->write.closed, g_array_unref);
  g_free ((char *) self->request.symbol);
  g_clear_pointer (&self->minutes, g_array_unref);
  if (self->chart != NULL)
    g_string_free (self->chart, TRUE);
  g_clear_pointer (&self->import.rows, g_array_unref);
  g_clear_pointer (&self->moved, g_array_unref);
  g_free ((char *) self->listing.after);
  g_clear_pointer (&self->spans, g_array_unref);
  g_clear_pointer (&self->result.bars, g_array_unref);
  g_clear_pointer (&self->result.spans, g_array_unref);
  g_free (self);
}

/* Opens the file and takes what is left in it; gives whether it is broken. */
static gboolean
try_to_open (TideHistoryJob *self)
{
  gboolean is_broken;

  self->store = tide_bar_store_open (self->path, &self->error);
  if (self->store == NULL)
    return FALSE;
  if (!tide_bar_store_is_broken (self->store) && self->rows != NULL)
    tide_bar_store_load (self->store, self->rows, &self->error);
  is_broken = tide_bar_store_is_broken (self->store);
  if (is_broken || self->error != NULL)
    g_clear_pointer (&self->store, tide_bar_store_close);
  return is_broken;
}

/* A broken file gets another name, and a new one takes its place. Of what was left in it
 * as much as could be read is still taken. */
static void
run_open (TideHistoryJob *self)
{
  if (!self->is_aside_first && !try_to_open (self))
    return;
  g_clear_error (&self->error);
  self->aside = tide_bar_store_move_aside (self->path, self->now_s, &self->error);
  if (self->aside != NULL)
    self->store = tide_bar_store_open (self->path, &self->error);
}

static void
run_read (TideHistoryJob *self)
{
  g_autoptr (GArray) stored = g_array_new (FALSE, FALSE, sizeof (TideBar));
  g_autoptr (GArray) bars = NULL;
  gboolean is_in_file = FALSE;

  if (self->store != NULL &&
      !tide_bar_store_read (
          self->store, &self->request, stored, &is_in_file, &self->error))
    g_array_set_size (stored, 0);
  self->is_known |= is_in_file;
  if (!self->is_known)
    return;
  bars = tide_chart_merge (&self->request, stored, self->minutes);
  self->chart = tide_chart_to_json (&self->request, bars);
}

/* The oldest bars: those in the file as far as it gives them, and what memory has up to
 * there. */
static void
run_export (TideHistoryJob *self)
{
  g_autoptr (GArray) stored = g_array_new (FALSE, FALSE, sizeof (TideBar));
  TideChartRequest all = self->request;
  guint limit = self->request.limit;

  if (self->store != NULL &&
      !tide_bar_store_read_oldest (self->store, &self->request, stored, &self->error))
    return;
  if (stored->len == limit)
    {
      gint64 length_s = tide_timeframe_get_seconds (self->request.timeframe);
      gint64 end_s = g_array_index (stored, TideBar, limit - 1).start_s + length_s;
      guint n = 0;

      while (n < self->minutes->len &&
             g_array_index (self->minutes, TideBar, n).start_s < end_s)
        n++;
      g_array_set_size (self->minutes, n);
    }
  all.limit = G_MAXUINT;
  self->result.bars = tide_chart_merge (&all, stored, self->minutes);
  if (self->result.bars->len > limit)
    g_array_set_size (self->result.bars, limit);
}

/* Puts what memory has of a symbol to what the file has. */
static void
add_span (GArray *spans, const TideBarSpan *span)
{
  TideBarSpan *last =
      spans->len > 0 ? &g_array_index (spans, TideBarSpan, spans->len - 1) : NULL;

  if (last == NULL || !g_str_equal (last->symbol, span->symbol))
    g_array_append_vals (spans, span, 1);
  else if (last->first_s == 0)
    *last = *span;
  else if (span->first_s != 0)
    {
      last->first_s = MIN (last->first_s, span->first_s);
      last->last_s = MAX (last->last_s, span->last_s);
    }
}

static void
run_list (TideHistoryJob *self)
{
  g_autoptr (GArray) stored = g_array_new (FALSE, FALSE, sizeof (TideBarSpan));
  GArray *spans = self->result.spans;
  guint next = 0;

  if (self->store != NULL &&
      !tide_bar_store_list (self->store, &self->listing, stored, &self->error))
    return;
  for (guint i = 0; i < stored->len; i++)
    {
      const TideBarSpan *span = &g_array_index (stored, TideBarSpan, i);

      while (next < self->spans->len &&
             strcmp (g_array_index (self->spans, TideBarSpan, next).symbol,
                     span->symbol) < 0)
        add_span (spans, &g_array_index (self->spans, TideBarSpan, next++));
      add_span (spans, span);
    }
  while (next < self->spans->len)
    add_span (spans, &g_array_index (self->spans, TideBarSpan, next++));
  if (spans->len > self->listing.limit)
    g_array_set_size (spans, self->listing.limit);
}

/* Does the job, and waits for the disk. */
void
tide_history_job_run (TideHistoryJob *self)
{
  if (self->is_refused)
    return;
  switch (self->kind)
    {
    case TIDE_HISTORY_JOB_OPEN:
      run_open (self);
      break;
    case TIDE_HISTORY_JOB_WRITE:
      tide_bar_store_write (self->store, &self->write, &self->error);
      break;
    case TIDE_HISTORY_JOB_READ:
      run_read (self);
      break;
    case TIDE_HISTORY_JOB_IMPORT:
      if (self->store != NULL)
        tide_bar_store_import (self->store, &self->import, &self->error);
      break;
    case TIDE_HISTORY_JOB_EXPORT:
      run_export (self);
      break;
    case TIDE_HISTORY_JOB_LIST:
      run_list (self);
      break;
    }
}
