/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The memory of the whole process, and what goes when it is over its limit, in the order
 * of docs/LIMITS.md. What counts is the memory that the system says is in use: our own
 * books count a frame once for each connection that it waits for, though all share its
 * bytes, and would shed what costs nothing. */

#include "tide-memory-budget.h"

#include "tide-message-ids.h"

#include <stdio.h>
#include <unistd.h>

#define LOOK_US (G_USEC_PER_SEC / 4)

typedef enum
{
  STEP_NONE,
  STEP_REFUSE,
  STEP_THIN,
  STEP_OFFLINE,
  STEP_CLOSE,
} Step;

struct _TideMemoryBudget
{
  TideTimerWheel *wheel;  /* (unowned), outlives us */
  TideCounters *counters; /* (unowned), outlives us */
  TideMemoryFuncs funcs;
  gpointer user_data; /* (unowned), for @funcs */
  guint64 max_bytes;  /* 0: no limit */
  Step step;          /* what is done now, with all before it */
  TideTimer timer;    /* the next look */
};

/* It is over when a tenth is free, lest it begin anew at once. */
static guint64
get_low_mark (TideMemoryBudget *self)
{
  return self->max_bytes / 10 * 9;
}

static void
begin (TideMemoryBudget *self, guint64 n_bytes)
{
  g_autofree char *used = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);

  self->counters->memory_shortages++;
  self->funcs.refuse (TRUE, self->user_data);
  tide_log_notable (
      G_LOG_LEVEL_WARNING,
      TIDE_MESSAGE_MEMORY_SHORT,
      "Memory is short: %s are in use, over [server] "
      "max-memory-bytes=%" G_GUINT64_FORMAT
      "; newcomers are refused until a tenth of it is free, and if that is not "
      "enough more is shed: see docs/LIMITS.md",
      used,
      self->max_bytes);
}

static void
end (TideMemoryBudget *self, guint64 n_bytes)
{
  g_autofree char *used = g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);

  self->funcs.refuse (FALSE, self->user_data);
  if (self->step >= STEP_THIN)
    self->funcs.thin (FALSE, self->user_data);
  self->step = STEP_NONE;
  tide_log_notable (G_LOG_LEVEL_MESSAGE,
                    TIDE_MESSAGE_MEMORY_ENOUGH,
                    "Memory is no longer short: %s are in use; so far %" G_GUINT64_FORMAT
                    " handshakes were refused, %" G_GUINT64_FORMAT
                    " events for users who are away dropped and %" G_GUINT64_FORMAT
                    " connections closed for it",
                    used,
                    self->counters->handshakes_refused_memory,
                    self->counters->offline_shed,
                    self->counters->connections_closed_memory);
}

/* One step more at each look, so that each has time to show what it gives. */
static void
shed (TideMemoryBudget *self, guint64 n_bytes)
{
  gsize n_over = n_bytes - get_low_mark (self);
  gsize n_freed;

  if (self->step == STEP_NONE)
    begin (self, n_bytes);
  if (self->step < STEP_CLOSE)
    self->step++;
  if (self->step == STEP_THIN)
    self->funcs.thin (TRUE, self->user_data);
  if (self->step < STEP_OFFLINE)
    return;
  n_freed = self->funcs.shed_offline (n_over, self->user_data);
  if (self->step == STEP_CLOSE && n_freed < n_over)
    self->funcs.close_largest (n_over - n_freed, self->user_data);
}

/* Freed memory that the C library keeps is no reason to shed anything. */
static guint64
measure (TideMemoryBudget *self)
{
  guint64 n_bytes = self->funcs.get_resident (self->user_data);

  if (n_bytes <= self->max_bytes &&
      (self->step == STEP_NONE || n_bytes <= get_low_mark (self)))
    return n_bytes;
  self->funcs.trim (self->user_data);
  return self->funcs.get_resident (self->user_data);
}

static void
look (TideMemoryBudget *self)
{
  guint64 n_bytes = measure (self);

  if (n_bytes > self->max_bytes)
    shed (self, n_bytes);
  else if (self->step != STEP_NONE && n_bytes <= get_low_mark (self))
    end (self, n_bytes);
  self->counters->memory_bytes = n_bytes;
  self->counters->memory_step = self->step;
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  TideMemoryBudget *self = timer->user_data;

  look (self);
  tide_timer_wheel_arm (self->wheel, &self->timer, now_us + LOOK_US);
}

/**
 * tide_memory_budget_new:
 * @wheel: what its timer hangs on; must outlive the budget
 * @counters: where to count; must outlive the budget
 * @funcs: what it can do, copied
 * @user_data: for @funcs
 *
 * Returns: (transfer full): a budget without a limit
 */
TideMemoryBudget *
tide_memory_budget_new (TideTimerWheel *wheel,
                        TideCounters *counters,
                        const TideMemoryFuncs *funcs,
                        gpointer user_data)
{
  TideMemoryBudget *self = g_new0 (TideMemoryBudget, 1);

  self->wheel = wheel;
  self->counters = counters;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->timer.func = on_timer;
  self->timer.user_data = self;
  return self;
}

/**
 * tide_memory_budget_free:
 * @self: (transfer full): a budget
 *
 * Frees @self; what is shed at that time stays as it is.
 */
void
tide_memory_budget_free (TideMemoryBudget *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->timer);
  g_free (self);
}

/**
 * tide_memory_budget_set_limit:
 * @self: a budget
 * @max_bytes: memory that may be in use; 0: any
 *
 * Sets the limit, and looks whether it is kept, now and four times a second. Without one
 * there are no looks, and nothing is shed any more.
 */
void
tide_memory_budget_set_limit (TideMemoryBudget *self, guint64 max_bytes)
{
  self->max_bytes = max_bytes;
  tide_timer_wheel_disarm (self->wheel, &self->timer);
  if (max_bytes > 0)
    {
      on_timer (&self->timer,
                tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel)));
      return;
    }
  if (self->step != STEP_NONE)
    end (self, self->counters->memory_bytes);
  self->counters->memory_step = 0;
  self->counters->memory_bytes = 0;
}

/**
 * tide_memory_budget_read_resident:
 * @path: `/proc/self/statm`, or a file of that form
 *
 * Reads how much memory of the process is resident.
 *
 * Returns: a number of bytes, 0 when the file can't be read
 */
guint64
tide_memory_budget_read_resident (const char *path)
{
  FILE *file = fopen (path, "re");
  guint64 n_pages = 0;

  if (file == NULL)
    return 0;
  if (fscanf (file, "%*u %" G_GUINT64_FORMAT, &n_pages) != 1)
    n_pages = 0;
  fclose (file);
  return n_pages * sysconf (_SC_PAGESIZE);
}
