/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How some figures were in the last hour, so that a page has charts as soon as it is
 * opened. */

#include "tide-samples.h"

#include "tide-process-figures.h"

#include <string.h>

/* What is in a sample, in this order: X (column, value). Totals are since the start, or
 * since the counters were set to 0. */
#define COLUMNS(X)                                                                       \
  X (time_ms, g_get_real_time () / 1000)                                                 \
  X (connections, counters->connections)                                                 \
  X (users, counters->users)                                                             \
  X (slow_users, counters->slow_users)                                                   \
  X (events_received, counters->events_received)                                         \
  X (events_routed, counters->events_routed)                                             \
  X (deliveries_taken, counters->deliveries_taken)                                       \
  X (dropped, count_dropped (counters))                                                  \
  X (bytes_sent, counters->bytes_sent)                                                   \
  X (outbox_bytes, counters->outbox_bytes)                                               \
  X (resident_bytes, get_resident_bytes ())

enum
{
#define COLUMN(column, value) COLUMN_##column,
  COLUMNS (COLUMN)
#undef COLUMN
      N_COLUMNS
};

typedef struct
{
  guint64 values[N_COLUMNS];
} Sample;

struct _TideSamples
{
  TideTimerWheel *wheel;  /* (unowned) */
  TideCounters *counters; /* (unowned) */
  TideTimer timer;        /* armed while samples are taken */
  gint64 wanted_us;       /* when somebody looked last */
  Sample *samples;        /* (owned) (nullable), a ring; none before the first is taken */
  guint first;            /* place of the oldest */
  guint n_samples;
};

/* Messages that were refused, and what did not come to a user who was to get it; what was
 * replaced by something newer is none of these. */
static guint64
count_dropped (const TideCounters *counters)
{
  guint64 n = counters->events_dropped_not_json + counters->events_dropped_not_object +
              counters->events_dropped_too_deep + counters->events_dropped_too_large +
              counters->events_dropped_bad_utf8 + counters->events_dropped_no_key +
              counters->events_dropped_wrong_type + counters->events_dropped_no_route +
              counters->history_lost;

  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const TideBook *book = &counters->books[i];

      n += book->expired + book->dropped_rate + book->dropped_slow + book->dropped_left +
           book->dropped_full;
    }
  return n;
}

static guint64
get_resident_bytes (void)
{
  TideProcessFigures figures;

  tide_process_figures_read (&figures, "/proc/self");
  return figures.resident_bytes;
}

static void
take_sample (TideSamples *self)
{
  const TideCounters *counters = self->counters;
  Sample *sample;

  if (self->samples == NULL)
    self->samples = g_new (Sample, TIDE_SAMPLES_MAX);
  if (self->n_samples < TIDE_SAMPLES_MAX)
    sample = &self->samples[self->n_samples++];
  else
    {
      sample = &self->samples[self->first];
      self->first = (self->first + 1) % TIDE_SAMPLES_MAX;
    }
#define TAKE(column, value) sample->values[COLUMN_##column] = value;
  COLUMNS (TAKE)
#undef TAKE
}

static gint64
get_now_us (const TideSamples *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

static gboolean
is_taking (const TideSamples *self)
{
  return self->timer.pprev != NULL;
}

/* A service that nobody looks at is not woken up for this. */
static void
on_due (TideTimer *timer, gint64 now_us)
{
  TideSamples *self = timer->user_data;

  if (now_us - self->wanted_us >= (gint64) TIDE_SAMPLES_MAX * TIDE_SAMPLES_INTERVAL_US)
    {
      tide_samples_forget (self);
      return;
    }
  take_sample (self);
  tide_timer_wheel_arm (self->wheel, &self->timer, now_us + TIDE_SAMPLES_INTERVAL_US);
}

/**
 * tide_samples_new:
 * @wheel: what samples are taken by; must outlive the result
 * @counters: what is counted; must outlive the result
 *
 * Returns: (transfer full): no samples, and none are taken before tide_samples_want()
 */
TideSamples *
tide_samples_new (TideTimerWheel *wheel, TideCounters *counters)
{
  TideSamples *self = g_new0 (TideSamples, 1);

  self->wheel = wheel;
  self->counters = counters;
  self->timer.func = on_due;
  self->timer.user_data = self;
  return self;
}

/**
 * tide_samples_free:
 * @self: (transfer full): samples
 *
 * Frees @self.
 */
void
tide_samples_free (TideSamples *self)
{
  tide_samples_forget (self);
  g_free (self);
}

/**
 * tide_samples_want:
 * @self: samples
 *
 * Takes samples from now on, the first one at once, until this was not called for an
 * hour: then all are forgotten.
 */
void
tide_samples_want (TideSamples *self)
{
  self->wanted_us = get_now_us (self);
  if (!is_taking (self))
    on_due (&self->timer, self->wanted_us);
}

/**
 * tide_samples_forget:
 * @self: samples
 *
 * Forgets all samples, and takes no more before the next tide_samples_want().
 */
void
tide_samples_forget (TideSamples *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->timer);
  g_clear_pointer (&self->samples, g_free);
  self->first = 0;
  self->n_samples = 0;
}

static void
append_row (GString *out, const Sample *sample)
{
  for (guint i = 0; i < N_COLUMNS; i++)
    g_string_append_printf (
        out, "%c%" G_GUINT64_FORMAT, i > 0 ? ',' : '[', sample->values[i]);
  g_string_append_c (out, ']');
}

/**
 * tide_samples_append:
 * @self: samples
 * @out: where to append
 *
 * Appends all samples as a JSON object, the oldest first.
 */
void
tide_samples_append (const TideSamples *self, GString *out)
{
  static const char *const columns[] = {
#define NAME(column, value) #column,
    COLUMNS (NAME)
#undef NAME
  };

  g_string_append_printf (
      out, "{\"interval_ms\":%d,\"columns\":", (int) (TIDE_SAMPLES_INTERVAL_US / 1000));
  for (guint i = 0; i < N_COLUMNS; i++)
    g_string_append_printf (out, "%c\"%s\"", i > 0 ? ',' : '[', columns[i]);
  g_string_append (out, "],\"rows\":[");
  for (guint i = 0; i < self->n_samples; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_row (out, &self->samples[(self->first + i) % TIDE_SAMPLES_MAX]);
    }
  g_string_append (out, "]}");
}
