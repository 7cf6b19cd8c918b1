/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-history-job.h"

#include "tide-chart.h"

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
  if (kind == TIDE_HISTORY_JOB_READ)
    self->minutes = g_array_new (FALSE, FALSE, sizeof (TideBar));
  return self;
}

void
tide_history_job_free (TideHistoryJob *self)
{
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

/* Does the job, and waits for the disk. */
void
tide_history_job_run (TideHistoryJob *self)
{
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
    }
}
