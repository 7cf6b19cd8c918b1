/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has become of prices: takes ticks, and answers for charts. */

#include "tide-history.h"

#include "tide-decimal.h"
#include "tide-error.h"
#include "tide-history-private.h"

#include <string.h>

#define MAX_VALUE 1e15
#define FIRST_US (24 * G_TIME_SPAN_HOUR) /* what is earlier is no time, but a mistake */
#define MAX_AHEAD_US (60 * G_USEC_PER_SEC)
#define TIDYING_US G_TIME_SPAN_HOUR
#define IDLE_US (7 * G_TIME_SPAN_DAY)

static void chart_source_init (TideChartSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideHistory,
                               tide_history,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_CHART_SOURCE,
                                                      chart_source_init))

static gboolean
tide_history_request (TideChartSource *source,
                      const TideChartRequest *request,
                      GError **error)
{
  TideHistory *self = TIDE_HISTORY (source);
  TideHistoryJob *job;

  if (self->reads.length >= TIDE_HISTORY_MAX_WAITING)
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_UNAVAILABLE,
          "too many charts are asked for at once; try again in a second");
      return FALSE;
    }
  job = tide_history_job_new (TIDE_HISTORY_JOB_READ);
  job->request = *request;
  job->request.symbol = g_strdup (request->symbol);
  g_queue_push_tail (&self->reads, job);
  tide_history_lane_go_on (self);
  return TRUE;
}

static TideEvent *
tide_history_make_last (TideChartSource *source, const char *symbol, gint64 received_us)
{
  const TideSymbol *found =
      tide_symbol_table_lookup (TIDE_HISTORY (source)->symbols, symbol);

  return found != NULL && found->last != NULL
             ? tide_last_tick_make_event (found->last, symbol, received_us)
             : NULL;
}

static void
chart_source_init (TideChartSourceInterface *iface)
{
  iface->request = tide_history_request;
  iface->make_last = tide_history_make_last;
}

static void
tide_history_dispose (GObject *object)
{
  TideHistory *self = TIDE_HISTORY (object);

  if (self->wheel != NULL)
    tide_history_lane_stop (self);

  G_OBJECT_CLASS (tide_history_parent_class)->dispose (object);
}

static void
tide_history_finalize (GObject *object)
{
  TideHistory *self = TIDE_HISTORY (object);

  g_clear_pointer (&self->symbols, tide_symbol_table_free);
  g_clear_pointer (&self->wall, tide_clock_unref);
  g_free ((char *) self->settings.path);

  G_OBJECT_CLASS (tide_history_parent_class)->finalize (object);
}

static void
tide_history_class_init (TideHistoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_history_dispose;
  object_class->finalize = tide_history_finalize;
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  TideHistory *self = timer->user_data;

  self->is_due = TRUE;
  tide_history_lane_go_on (self);
}

static void
tide_history_init (TideHistory *self)
{
  g_queue_init (&self->reads);
  self->timer.func = on_timer;
  self->timer.user_data = self;
}

/**
 * tide_history_new:
 * @wheel: for when to write; must outlive the history
 * @wall: the time of day
 * @counters: where to count; must outlive the history
 * @settings: what is kept, and where; copied
 * @funcs: what to call; copied
 *
 * Creates a history that takes ticks, into memory.
 *
 * Returns: (transfer full): a history
 */
TideHistory *
tide_history_new (TideTimerWheel *wheel,
                  TideClock *wall,
                  TideCounters *counters,
                  const TideHistorySettings *settings,
                  const TideHistoryFuncs *funcs)
{
  TideHistory *self = g_object_new (TIDE_TYPE_HISTORY, NULL);

  self->wheel = wheel;
  self->wall = tide_clock_ref (wall);
  self->counters = counters;
  self->settings = *settings;
  self->settings.path = g_strdup (settings->path);
  self->funcs = *funcs;
  self->symbols = tide_symbol_table_new (settings->max_symbols, settings->max_minutes);
  return self;
}

/**
 * tide_history_start:
 * @self: a history
 *
 * Opens the file, if there is to be one, and answers requests from now on. A file that
 * can't be opened is tried again and again, and what comes is in memory meanwhile.
 */
void
tide_history_start (TideHistory *self)
{
  self->is_started = TRUE;
  self->is_due = TRUE;
  tide_history_lane_go_on (self);
}

/**
 * tide_history_stop:
 * @self: a history
 *
 * Writes what is not in the file yet, and waits for that. Requests that are not answered
 * never are.
 */
void
tide_history_stop (TideHistory *self)
{
  tide_history_lane_stop (self);
}

/**
 * tide_history_reload:
 * @self: a history
 * @settings: limits from now on; where the file is takes a restart
 *
 * Changes what is kept.
 */
void
tide_history_reload (TideHistory *self, const TideHistorySettings *settings)
{
  const char *path = self->settings.path;

  self->settings = *settings;
  self->settings.path = path;
  tide_symbol_table_set_limits (
      self->symbols, settings->max_symbols, settings->max_minutes);
}

/* How old the oldest bar can be, in seconds; 0: any age. */
static gint64
get_longest_s (TideHistory *self)
{
  gint64 longest_s = 0;

  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    {
      if (self->settings.keep_s[i] == 0)
        return 0;
      longest_s = MAX (longest_s, self->settings.keep_s[i]);
    }
  return longest_s;
}

/* A time from which no bar would be kept, or that has not come yet, is a mistake. What
 * was not ahead a moment ago is not ahead now: the clock on the wall is looked at once a
 * minute, but for mistakes. */
static gboolean
is_good_time (TideHistory *self, gint64 time_us)
{
  gint64 longest_s;

  if (time_us > self->latest_us)
    self->latest_us = tide_clock_now_us (self->wall) + MAX_AHEAD_US;
  if (time_us > self->newest_us)
    return time_us >= FIRST_US && time_us <= self->latest_us;
  longest_s = get_longest_s (self);
  return time_us >= FIRST_US &&
         (longest_s == 0 ||
          self->newest_us / G_USEC_PER_SEC - longest_s <= time_us / G_USEC_PER_SEC);
}

/* Copies the key of an event, if it is a symbol that clients can ask for. */
static gboolean
read_symbol (const TideEvent *event, char symbol[TIDE_SYMBOL_MAX_BYTES + 1])
{
  if (event->key == NULL || event->key_length == 0 ||
      event->key_length > TIDE_SYMBOL_MAX_BYTES)
    return FALSE;
  for (gsize i = 0; i < event->key_length; i++)
    {
      if (!g_ascii_isprint (event->key[i]))
        return FALSE;
      symbol[i] = event->key[i];
    }
  symbol[event->key_length] = '\0';
  return TRUE;
}

static gboolean
read_number (const TideEvent *event, int field, double *number)
{
  const TideEventValue *value = &event->values[field];

  return value->text != NULL && tide_decimal_parse (value->text, value->length, number) &&
         *number <= MAX_VALUE;
}

static gboolean
read_tick (TideHistory *self, const TideEvent *event, TideTick *tick)
{
  const TideRoute *route = event->route;

  *tick = (TideTick){ .time_us = event->timestamp_us };
  if (!read_number (event, route->price_field, &tick->price) || !(tick->price > 0))
    return FALSE;
  if (route->volume_field >= 0 && event->values[route->volume_field].text != NULL &&
      (!read_number (event, route->volume_field, &tick->volume) || tick->volume < 0))
    return FALSE;
  return is_good_time (self, tick->time_us);
}

static void
count (TideHistory *self, TideTaking taking)
{
  TideCounters *counters = self->counters;
  guint64 n_dropped = tide_symbol_table_get_n_dropped (self->symbols);

  counters->ticks_taken += taking != TIDE_TAKING_REFUSED;
  counters->ticks_late += taking == TIDE_TAKING_LATE;
  counters->ticks_refused += taking == TIDE_TAKING_REFUSED;
  counters->history_waiting = tide_symbol_table_get_n_minutes (self->symbols);
  /* Without a file it is meant that the oldest go. */
  if (self->settings.path != NULL)
    counters->history_lost += n_dropped - self->n_dropped;
  self->n_dropped = n_dropped;
}

/**
 * tide_history_take:
 * @self: a history
 * @event: an event of a route with a price
 *
 * Takes a tick: price and volume by the fields of its route, symbol and time by its key
 * and its time. The price has to be over 0, the volume not below, both at most 1e15 and
 * numbers, or strings that are numbers; without a volume it is 0. The time has to be at
 * most a minute ahead, and not so old that no bar of it would be kept.
 *
 * What is none is counted as refused.
 */
void
tide_history_take (TideHistory *self, TideEvent *event)
{
  char symbol[TIDE_SYMBOL_MAX_BYTES + 1];
  TideSymbolTick tick = { .symbol = symbol, .event = event };

  if (!read_symbol (event, symbol) || !read_tick (self, event, &tick.tick))
    {
      self->counters->ticks_refused++;
      return;
    }
  count (self, tide_symbol_table_take (self->symbols, &tick));
  self->newest_us = MAX (self->newest_us, tick.tick.time_us);
  if (self->newest_us >= self->next_tidying_us)
    {
      self->next_tidying_us = self->newest_us + TIDYING_US;
      tide_symbol_table_forget_idle (self->symbols, self->newest_us - IDLE_US);
    }
  tide_history_lane_wake (self);
}

/**
 * tide_history_get_state:
 * @self: a history
 *
 * Returns: where it is kept: `memory`, `file`, or `degraded` when it should be in a file
 *   and can't
 */
const char *
tide_history_get_state (TideHistory *self)
{
  if (self->settings.path == NULL)
    return "memory";
  return self->wait_us > 0 ? "degraded" : "file";
}
