/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file of the history is read and written in a thread of GIO's pool, by one job at a
 * time: so there is one writer, and what a chart is made of, some in memory and some in
 * the file, does not change between the two. */

#include "tide-error.h"
#include "tide-history-private.h"

#include <gio/gio.h>

#include <string.h>

/* With what the writing itself takes, less than a second of ticks is in memory only. */
#define WRITE_US (G_USEC_PER_SEC / 2)
#define FIRST_WAIT_US G_USEC_PER_SEC
#define MAX_WAIT_US (60 * G_USEC_PER_SEC)
/* A minute is done with when ticks come that are so much newer. */
#define LATE_S 5
/* The bars of a symbol are in five places of the file, and each costs a page of 4 KiB to
 * change. So minutes wait until there is a quarter of an hour of them. */
#define HOLD_S (15 * 60)
/* More at a time would keep charts waiting. */
#define MAX_CLOSED 500
/* How much is tried while the file is out of reach. */
#define MAX_TRIED 100
/* Bars that are brought go on coming until none has for so long. */
#define IMPORT_PAUSE_US (30 * G_USEC_PER_SEC)

static void on_done (GObject *source, GAsyncResult *result, gpointer user_data);

static gint64
get_closed_s (TideHistory *self)
{
  return self->newest_us / G_USEC_PER_SEC - LATE_S;
}

static gint64
get_due_s (TideHistory *self)
{
  return get_closed_s (self) - HOLD_S;
}

static void
run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TideHistoryJob *job = data;

  tide_history_job_run (job);
  g_atomic_int_set (&job->is_done, 1);
  g_task_return_boolean (task, TRUE);
}

static void
begin (TideHistory *self, TideHistoryJob *job)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_done, job);

  self->job = job;
  job->owner = self;
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, job, NULL);
  g_task_run_in_thread (task, run_in_thread);
}

/* --- out of reach, and back --- */

static void
note_failure (TideHistory *self, const GError *error)
{
  self->counters->history_errors++;
  if (self->wait_us == 0)
    {
      g_warning ("The history is kept in memory only for now, up to [history] "
                 "memory-max-minutes: %s. It is tried again until it works; make room on "
                 "the disk, or see to the file's folder and owner",
                 error->message);
      self->wait_us = FIRST_WAIT_US;
      self->funcs.changed (self->funcs.user_data);
    }
  else
    self->wait_us = MIN (self->wait_us * 2, MAX_WAIT_US);
}

static void
note_success (TideHistory *self)
{
  if (self->wait_us == 0)
    return;
  self->wait_us = 0;
  g_message ("The history is written to %s again", self->settings.path);
  self->funcs.changed (self->funcs.user_data);
}

static void
lose_store (TideHistory *self)
{
  self->is_broken = TRUE;
  g_clear_pointer (&self->store, tide_bar_store_close);
}

/* --- opening --- */

static TideHistoryJob *
make_open (TideHistory *self)
{
  TideHistoryJob *job = tide_history_job_new (TIDE_HISTORY_JOB_OPEN);

  job->path = g_strdup (self->settings.path);
  job->is_aside_first = self->is_broken;
  job->now_s = tide_clock_now_us (self->wall) / G_USEC_PER_SEC;
  if (!self->is_loaded)
    job->rows = tide_bar_rows_new ();
  return job;
}

/* What an earlier process has left goes below what has come meanwhile. */
static void
take_rows (TideHistory *self, const GArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const TideBarRow *row = &g_array_index (rows, TideBarRow, i);

      tide_symbol_table_merge (self->symbols, row->symbol, &row->bar, FALSE);
      self->newest_us = MAX (self->newest_us, row->bar.last_us);
    }
}

static void
finish_open (TideHistory *self, TideHistoryJob *job)
{
  if (job->aside != NULL)
    g_warning ("The file of the history is broken. It is now called %s, and a new one is "
               "begun; sqlite3's .recover may save what is in it",
               job->aside);
  if (job->store == NULL)
    {
      note_failure (self, job->error);
      return;
    }
  self->store = g_steal_pointer (&job->store);
  self->is_broken = FALSE;
  if (job->rows != NULL)
    take_rows (self, job->rows);
  self->is_loaded = TRUE;
  if (tide_bar_store_is_new (self->store))
    tide_symbol_table_mark_fresh (self->symbols);
  note_success (self);
}

/* --- writing --- */

/* While bars are brought none goes by its age: the longer ones that they are in may not
 * be made yet. */
static gboolean
is_importing (TideHistory *self)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  return self->imported_us > 0 && now_us - self->imported_us < IMPORT_PAUSE_US;
}

static TideHistoryJob *
make_write (TideHistory *self)
{
  TideHistoryJob *job = tide_history_job_new (TIDE_HISTORY_JOB_WRITE);
  gboolean is_trial = self->wait_us > 0;

  job->store = self->store;
  job->write.now_s = is_importing (self) ? 0 : self->newest_us / G_USEC_PER_SEC;
  memcpy (job->write.keep_s, self->settings.keep_s, sizeof job->write.keep_s);
  tide_symbol_table_take_closed (self->symbols,
                                 get_due_s (self),
                                 get_closed_s (self),
                                 is_trial ? MAX_TRIED : MAX_CLOSED,
                                 job->write.closed);
  tide_symbol_table_collect_fresh (
      self->symbols, is_trial ? MAX_TRIED : G_MAXUINT, job->write.fresh);
  return job;
}

/* Puts minutes into memory again that did not reach the file. */
void
tide_history_lane_put_back (TideHistory *self, const GArray *closed)
{
  for (guint i = 0; i < closed->len; i++)
    {
      const TideBarRow *row = &g_array_index (closed, TideBarRow, i);

      tide_symbol_table_merge (self->symbols, row->symbol, &row->bar, TRUE);
    }
}

static void
put_back (TideHistory *self, const TideBarJob *write)
{
  tide_history_lane_put_back (self, write->closed);
  for (guint i = 0; i < write->fresh->len; i++)
    {
      const TideBarRow *row = &g_array_index (write->fresh, TideBarRow, i);

      tide_symbol_table_refresh (self->symbols, row->symbol, row->bar.start_s);
    }
}

static void
finish_write (TideHistory *self, TideHistoryJob *job)
{
  if (job->error == NULL)
    {
      self->counters->history_written += job->write.closed->len;
      note_success (self);
      return;
    }
  put_back (self, &job->write);
  note_failure (self, job->error);
  if (tide_bar_store_is_broken (self->store))
    lose_store (self);
}

/* --- reading --- */

/* Gives the job the minutes that are in memory of what it asks for. */
void
tide_history_lane_copy_minutes (TideHistory *self, TideHistoryJob *job)
{
  const TideChartRequest *request = &job->request;
  const TideSymbol *symbol = tide_symbol_table_lookup (self->symbols, request->symbol);
  gint64 length_s = tide_timeframe_get_seconds (request->timeframe);
  gint64 from_s =
      tide_timeframe_floor (request->timeframe, request->from_s + length_s - 1);
  gint64 to_s = tide_timeframe_floor (request->timeframe, request->to_s + length_s - 1);

  if (symbol != NULL)
    tide_bar_series_copy (&symbol->minutes, from_s, to_s, job->minutes);
  job->is_known = symbol != NULL;
}

/* Gives the job what memory knows, now that nobody is writing. */
static void
prepare_read (TideHistory *self, TideHistoryJob *job)
{
  job->store = self->store;
  tide_history_lane_copy_minutes (self, job);
}

/* What can't be read once may be the next time, unless the file is broken. */
void
tide_history_lane_note_failure (TideHistory *self, const TideHistoryJob *job)
{
  gboolean is_broken = tide_bar_store_is_broken (job->store);

  if (is_broken || job->kind == TIDE_HISTORY_JOB_IMPORT)
    note_failure (self, job->error);
  else
    self->counters->history_errors++;
  if (is_broken)
    lose_store (self);
}

static void
finish_read (TideHistory *self, TideHistoryJob *job)
{
  g_autoptr (GError) error = NULL;

  if (job->chart != NULL)
    self->counters->charts_sent++;
  else if (job->error != NULL || (self->settings.path != NULL && !self->is_loaded))
    error = g_error_new_literal (TIDE_ERROR,
                                 TIDE_ERROR_UNAVAILABLE,
                                 "the history can't be read now; try again later");
  else
    error = g_error_new_literal (TIDE_ERROR,
                                 TIDE_ERROR_UNKNOWN_SYMBOL,
                                 "no tick of this symbol has come; a symbol is written "
                                 "as in tick_data, and case counts");
  if (job->error != NULL)
    tide_history_lane_note_failure (self, job);
  self->funcs.answer (job->request.ticket, job->chart, error, self->funcs.user_data);
}

/* --- one after the other --- */

static void
finish (TideHistory *self, TideHistoryJob *job)
{
  switch (job->kind)
    {
    case TIDE_HISTORY_JOB_OPEN:
      finish_open (self, job);
      break;
    case TIDE_HISTORY_JOB_WRITE:
      finish_write (self, job);
      break;
    case TIDE_HISTORY_JOB_READ:
      finish_read (self, job);
      break;
    case TIDE_HISTORY_JOB_IMPORT:
    case TIDE_HISTORY_JOB_EXPORT:
    case TIDE_HISTORY_JOB_LIST:
      tide_history_transfer_finish (self, job);
      break;
    }
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TideHistoryJob) job = user_data;
  g_autoptr (TideHistory) self = NULL;

  g_task_propagate_boolean (G_TASK (result), NULL);
  /* Whoever waited for it has taken what it came to, and is gone. */
  if (job->owner == NULL)
    return;
  self = g_object_ref (job->owner);
  self->job = NULL;
  finish (self, job);
  tide_history_lane_go_on (self);
}

/* Begins what was asked for first. */
static void
begin_asked (TideHistory *self)
{
  TideHistoryJob *job = g_queue_pop_head (&self->reads);

  if (job->kind == TIDE_HISTORY_JOB_READ)
    prepare_read (self, job);
  else
    tide_history_transfer_prepare (self, job);
  begin (self, job);
}

/* Begins what is to be done next, unless something is being done. */
void
tide_history_lane_go_on (TideHistory *self)
{
  if (self->job != NULL || !self->is_started)
    return;
  if (self->is_due && self->settings.path != NULL)
    {
      self->is_due = FALSE;
      begin (self, self->store == NULL ? make_open (self) : make_write (self));
    }
  else if (self->reads.length > 0)
    begin_asked (self);
  else
    tide_history_lane_wake (self);
}

static gboolean
has_work (TideHistory *self)
{
  return self->settings.path != NULL &&
         (self->store == NULL || tide_symbol_table_has_fresh (self->symbols) ||
          tide_symbol_table_has_closed (self->symbols, get_due_s (self)));
}

/* Sees to it that what has come is written, some time soon. */
void
tide_history_lane_wake (TideHistory *self)
{
  gint64 now_us;

  if (self->timer.pprev != NULL || self->job != NULL || self->is_due ||
      !self->is_started || !has_work (self))
    return;
  now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  tide_timer_wheel_arm (
      self->wheel, &self->timer, now_us + MAX (self->wait_us, WRITE_US));
}

/* Waits for what is being done, writes what is not in the file yet, and closes it. */
void
tide_history_lane_stop (TideHistory *self)
{
  g_autoptr (TideHistoryJob) last = NULL;
  TideHistoryJob *job = g_steal_pointer (&self->job);

  tide_timer_wheel_disarm (self->wheel, &self->timer);
  self->is_started = FALSE;
  if (job != NULL)
    {
      while (g_atomic_int_get (&job->is_done) == 0)
        g_usleep (1000);
      job->owner = NULL;
      if (job->kind != TIDE_HISTORY_JOB_READ)
        finish (self, job);
    }
  g_queue_clear_full (&self->reads, (GDestroyNotify) tide_history_job_free);
  if (self->store == NULL)
    return;
  self->wait_us = 0;
  last = make_write (self);
  tide_history_job_run (last);
  if (last->error != NULL)
    g_warning ("The last ticks are not in the history: %s", last->error->message);
  g_clear_pointer (&self->store, tide_bar_store_close);
}
