/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-systemd.h"

#include <glib.h>

#if TIDE_HAS_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* What people see in systemctl status may be so old. */
#define LOOK_MS 5000

struct _TideSystemd
{
  TideStatus *status;           /* (owned) */
  TideTimerWheel *wheel;        /* (unowned), outlives us */
  const TideCounters *counters; /* (unowned), outlives us */
  GSource *look;                /* (owned) (nullable), while somebody listens */
  TideTimer turn;               /* of the wheel: it proves that the wheel turns */
  gboolean has_turned;          /* since the last word to the watchdog */
  gboolean has_watchdog;
  gboolean is_ready;
  guint look_ms;
  char *told; /* (owned) (nullable), the last line of status */
};

static void
notify (const char *text)
{
#if TIDE_HAS_SYSTEMD
  sd_notify (FALSE, text);
#endif
}

/* How long a loop may stand still; 0 when nobody looks. */
static guint64
get_watchdog_us (void)
{
  guint64 us = 0;

#if TIDE_HAS_SYSTEMD
  uint64_t found = 0;

  if (sd_watchdog_enabled (FALSE, &found) > 0)
    us = found;
#endif
  return us;
}

/* For people: how many clients there are, and how the source is. */
static char *
describe (TideSystemd *self)
{
  return g_strdup_printf ("STATUS=%s: %" G_GUINT64_FORMAT " clients, source %s",
                          tide_state_get_nick (tide_status_get_state (self->status)),
                          self->counters->connections,
                          tide_status_get_source_state (self->status));
}

static void
tell_status (TideSystemd *self)
{
  g_autofree char *text = describe (self);

  if (g_strcmp0 (text, self->told) == 0)
    return;
  notify (text);
  g_free (self->told);
  self->told = g_steal_pointer (&text);
}

static void
on_turn (TideTimer *timer, gint64 now_us)
{
  TideSystemd *self = timer->user_data;

  self->has_turned = TRUE;
}

static void
await_turn (TideSystemd *self)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));

  self->has_turned = FALSE;
  tide_timer_wheel_arm (
      self->wheel, &self->turn, now_us + self->look_ms * G_TIME_SPAN_MILLISECOND / 2);
}

/* That we are here shows that GLib's loop turns; the wheel, on which all deadlines of
 * clients hang, has to have turned as well. A loop that stands still comes to neither. */
static gboolean
on_look (gpointer user_data)
{
  TideSystemd *self = user_data;

  tell_status (self);
  if (self->has_watchdog && self->has_turned)
    notify ("WATCHDOG=1");
  await_turn (self);
  return G_SOURCE_CONTINUE;
}

/* Ready is, who listens and has tried its source. */
static void
on_status_changed (TideStatus *status, TideSystemd *self)
{
  TideState state = tide_status_get_state (status);

  if (!self->is_ready && (state == TIDE_STATE_RUNNING || state == TIDE_STATE_DEGRADED))
    {
      self->is_ready = TRUE;
      notify ("READY=1");
    }
  tell_status (self);
}

/**
 * tide_systemd_new:
 * @status: how the service is
 * @wheel: what deadlines hang on; must outlive the result
 * @counters: what is counted; must outlive the result
 *
 * Begins to tell systemd, if it listens: that the service is ready once it has left
 * %TIDE_STATE_STARTING, then how it is, at most every 5 s, and at least twice in the time
 * that `WatchdogSec=` gives.
 *
 * Returns: (transfer full): who tells
 */
TideSystemd *
tide_systemd_new (TideStatus *status, TideTimerWheel *wheel, const TideCounters *counters)
{
  TideSystemd *self = g_new0 (TideSystemd, 1);
  guint64 watchdog_us = get_watchdog_us ();

  self->status = g_object_ref (status);
  self->wheel = wheel;
  self->counters = counters;
  self->turn.func = on_turn;
  self->turn.user_data = self;
  self->has_watchdog = watchdog_us > 0;
  self->look_ms = LOOK_MS;
  if (!TIDE_HAS_SYSTEMD || g_getenv ("NOTIFY_SOCKET") == NULL)
    return self;
  if (self->has_watchdog)
    self->look_ms = MAX (1, MIN (self->look_ms, watchdog_us / 2000));
  self->look = g_timeout_source_new (self->look_ms);
  g_source_set_static_name (self->look, "tide-systemd");
  g_source_set_callback (self->look, on_look, self, NULL);
  g_source_attach (self->look, NULL);
  await_turn (self);
  g_signal_connect (status, "changed", G_CALLBACK (on_status_changed), self);
  return self;
}

/**
 * tide_systemd_free:
 * @self: (transfer full): who tells
 *
 * Frees @self.
 */
void
tide_systemd_free (TideSystemd *self)
{
  g_signal_handlers_disconnect_by_data (self->status, self);
  tide_timer_wheel_disarm (self->wheel, &self->turn);
  if (self->look != NULL)
    g_source_destroy (self->look);
  g_clear_pointer (&self->look, g_source_unref);
  g_object_unref (self->status);
  g_free (self->told);
  g_free (self);
}

/**
 * tide_systemd_begin_reload:
 * @self: who tells
 *
 * Tells that the configuration is read again.
 */
void
tide_systemd_begin_reload (TideSystemd *self)
{
  g_autofree char *text = g_strdup_printf (
      "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());

  if (self->is_ready)
    notify (text);
}

/**
 * tide_systemd_end_reload:
 * @self: who tells
 *
 * Tells that what was to be read again is in force, or that the old stays.
 */
void
tide_systemd_end_reload (TideSystemd *self)
{
  if (self->is_ready)
    notify ("READY=1");
}

/**
 * tide_systemd_end:
 * @self: who tells
 * @timeout_us: how long it may take, in microseconds
 *
 * Tells that the service ends, and how long its clients have.
 */
void
tide_systemd_end (TideSystemd *self, gint64 timeout_us)
{
  g_autofree char *text = g_strdup_printf (
      "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT, timeout_us + G_USEC_PER_SEC);

  notify (text);
}
