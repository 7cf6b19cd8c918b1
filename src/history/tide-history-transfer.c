/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bars that an operator brings, and those that an operator takes along. Each request
 * waits in the line of the charts, and is one job of the thread. */

#include "tide-history-transfer.h"

#include "tide-error.h"
#include "tide-history-private.h"

#include <string.h>

static TideHistoryJob *
make_job (TideHistoryJobKind kind, TideHistoryDone done, gpointer user_data)
{
  TideHistoryJob *job = tide_history_job_new (kind);

  job->done = done;
  job->done_data = user_data;
  return job;
}

static gboolean
answer_on_idle (gpointer data)
{
  TideHistoryJob *job = data;

  tide_history_job_answer (job, job->error);
  return G_SOURCE_REMOVE;
}

/* Puts a request into the line, unless that is too long. */
static void
put_in_line (TideHistory *self, TideHistoryJob *job)
{
  if (self->is_started && self->reads.length < TIDE_HISTORY_MAX_WAITING)
    {
      g_queue_push_tail (&self->reads, job);
      tide_history_lane_go_on (self);
      return;
    }
  g_set_error_literal (&job->error,
                       TIDE_ERROR,
                       TIDE_ERROR_UNAVAILABLE,
                       "the history has too much to do; try again in a second");
  g_idle_add_full (
      G_PRIORITY_DEFAULT, answer_on_idle, job, (GDestroyNotify) tide_history_job_free);
}

/**
 * tide_history_import:
 * @self: a history
 * @timeframe: how long the bars are
 * @rows: (transfer full) (element-type TideBarRow): bars that were checked
 * @done: what to call then
 * @user_data: passed to @done
 *
 * Takes bars that somebody brings, each in place of the one that is there, also of ticks
 * that came. Bars of minutes go into the longer bars too. All of them are taken or, with
 * an error, none.
 *
 * Fails with [error@Error.UNAVAILABLE], and with [error@Error.UNSUPPORTED] for bars that
 * are not of minutes when all is in memory.
 */
void
tide_history_import (TideHistory *self,
                     TideTimeframe timeframe,
                     GArray *rows,
                     TideHistoryDone done,
                     gpointer user_data)
{
  TideHistoryJob *job = make_job (TIDE_HISTORY_JOB_IMPORT, done, user_data);

  job->import.rows = rows;
  job->import.timeframe = timeframe;
  put_in_line (self, job);
}

/**
 * tide_history_export:
 * @self: a history
 * @request: which bars; of more than its limit it means the oldest ones
 * @done: what to call then
 * @user_data: passed to @done
 *
 * Gives bars of a symbol, as a chart would have them.
 *
 * Fails with [error@Error.UNAVAILABLE].
 */
void
tide_history_export (TideHistory *self,
                     const TideChartRequest *request,
                     TideHistoryDone done,
                     gpointer user_data)
{
  TideHistoryJob *job = make_job (TIDE_HISTORY_JOB_EXPORT, done, user_data);

  job->request = *request;
  job->request.symbol = g_strdup (request->symbol);
  put_in_line (self, job);
}

/**
 * tide_history_list:
 * @self: a history
 * @listing: which symbols
 * @done: what to call then
 * @user_data: passed to @done
 *
 * Lists symbols, by name, also those without a bar of the timeframe.
 *
 * Fails with [error@Error.UNAVAILABLE].
 */
void
tide_history_list (TideHistory *self,
                   const TideBarListing *listing,
                   TideHistoryDone done,
                   gpointer user_data)
{
  TideHistoryJob *job = make_job (TIDE_HISTORY_JOB_LIST, done, user_data);

  job->listing = *listing;
  job->listing.after = g_strdup (listing->after);
  put_in_line (self, job);
}

/* --- bringing in --- */

/* Before which start no bar would be kept that is made of bars of this timeframe. */
static gint64
get_oldest_s (TideHistory *self, TideTimeframe timeframe, gint64 now_s)
{
  TideTimeframe last = timeframe == TIDE_TIMEFRAME_1M ? TIDE_N_TIMEFRAMES - 1 : timeframe;
  gint64 longest_s = 0;

  for (TideTimeframe i = timeframe; i <= last; i++)
    {
      if (self->settings.keep_s[i] == 0)
        return 0;
      longest_s = MAX (longest_s, self->settings.keep_s[i]);
    }
  return now_s - longest_s;
}

static void
drop_old (TideHistory *self, TideHistoryJob *job)
{
  GArray *rows = job->import.rows;
  gint64 oldest_s = get_oldest_s (self, job->import.timeframe, job->import.now_s);
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, TideBarRow, i).bar.start_s >= oldest_s)
      g_array_index (rows, TideBarRow, n++) = g_array_index (rows, TideBarRow, i);
  job->result.n_taken = n;
  job->result.n_old = rows->len - n;
  g_array_set_size (rows, n);
}

/* Minutes of memory are not to be put to those that are brought for them. */
static void
take_minutes_out (TideHistory *self, TideHistoryJob *job)
{
  for (guint i = 0; i < job->import.rows->len; i++)
    {
      const TideBarRow *row = &g_array_index (job->import.rows, TideBarRow, i);

      tide_symbol_table_take_minute (
          self->symbols, row->symbol, row->bar.start_s, job->moved);
    }
}

/* Puts a minute into memory, when there is nothing else. */
static gboolean
take_into_memory (TideHistory *self, TideHistoryJob *job, const TideBarRow *row)
{
  guint64 n_dropped = tide_symbol_table_get_n_dropped (self->symbols);

  tide_symbol_table_take_minute (
      self->symbols, row->symbol, row->bar.start_s, job->moved);
  g_array_set_size (job->moved, 0);
  if (!tide_symbol_table_merge (self->symbols, row->symbol, &row->bar, TRUE))
    g_set_error (&job->error,
                 TIDE_ERROR,
                 TIDE_ERROR_LIMIT_EXCEEDED,
                 "there is no room for another symbol, %s: raise [history] max-symbols; "
                 "%u bars of this call were taken before it",
                 row->symbol,
                 job->result.n_taken);
  else if (tide_symbol_table_get_n_dropped (self->symbols) != n_dropped)
    g_set_error (&job->error,
                 TIDE_ERROR,
                 TIDE_ERROR_LIMIT_EXCEEDED,
                 "memory is full, and the first minutes that came are going: raise "
                 "[history] memory-max-minutes, or keep the history in a file; %u bars "
                 "of this call were taken before that",
                 job->result.n_taken);
  return job->error == NULL;
}

static void
prepare_import (TideHistory *self, TideHistoryJob *job)
{
  TideBarImport *import = &job->import;
  gint64 newest_s = self->newest_us / G_USEC_PER_SEC;
  guint n_rows;

  if (self->settings.path == NULL && import->timeframe != TIDE_TIMEFRAME_1M)
    {
      g_set_error (&job->error,
                   TIDE_ERROR,
                   TIDE_ERROR_UNSUPPORTED,
                   "the history is in memory, where bars of %s are made of minutes: "
                   "bring those, or set [history] store=auto and file=",
                   tide_timeframe_get_nick (import->timeframe));
      return;
    }
  import->now_s =
      newest_s > 0 ? newest_s : tide_clock_now_us (self->wall) / G_USEC_PER_SEC;
  memcpy (import->keep_s, self->settings.keep_s, sizeof import->keep_s);
  drop_old (self, job);
  n_rows = import->rows->len;
  if (self->settings.path == NULL)
    for (job->result.n_taken = 0; job->result.n_taken < n_rows; job->result.n_taken++)
      if (!take_into_memory (
              self, job, &g_array_index (import->rows, TideBarRow, job->result.n_taken)))
        return;
  if (self->settings.path != NULL && import->timeframe == TIDE_TIMEFRAME_1M)
    take_minutes_out (self, job);
  self->imported_us =
      MAX (tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel)), 1);
}

/* --- in the line --- */

/* Gives the job what memory knows, now that nobody is writing. */
void
tide_history_transfer_prepare (TideHistory *self, TideHistoryJob *job)
{
  gboolean is_import = job->kind == TIDE_HISTORY_JOB_IMPORT;

  job->store = self->store;
  if (self->settings.path != NULL &&
      (self->store == NULL || (is_import && self->wait_us > 0)))
    g_set_error (&job->error,
                 TIDE_ERROR,
                 TIDE_ERROR_UNAVAILABLE,
                 "the file of the history can't be %s now: the log of tidewired says why",
                 is_import ? "written" : "read");
  else if (is_import)
    prepare_import (self, job);
  else if (job->kind == TIDE_HISTORY_JOB_EXPORT)
    tide_history_lane_copy_minutes (self, job);
  else
    job->spans = tide_symbol_table_list (self->symbols, &job->listing);
  job->is_refused = job->error != NULL;
}

/* Tells what it came to. */
void
tide_history_transfer_finish (TideHistory *self, TideHistoryJob *job)
{
  if (job->error != NULL && job->moved != NULL)
    tide_history_lane_put_back (self, job->moved);
  if (job->error != NULL && !job->is_refused)
    tide_history_lane_note_failure (self, job);
  self->counters->history_waiting = tide_symbol_table_get_n_minutes (self->symbols);
  tide_history_job_answer (job, job->error);
}
