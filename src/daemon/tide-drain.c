/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Everybody is sent away, in good order: clients are told when to come back, get what
 * waits for them without the limits of delivery, and are closed. */

#include "tide-drain.h"

#include "tide-error.h"

#define LOOK_US (20 * G_TIME_SPAN_MILLISECOND)
/* With nobody left, only a handshake that was under way can still bring somebody. */
#define EMPTY_LOOK_US (500 * G_TIME_SPAN_MILLISECOND)
/* Of the time that draining may take, what is left to close what was not read by then. */
#define CLOSE_US G_USEC_PER_SEC

struct _TideDrain
{
  const TideStages *stages; /* (unowned) */
  gint64 timeout_us;        /* as configured */
  guint spread_ms;
  TideTimer look;            /* looks who has taken all */
  gint64 close_us;           /* when the others are closed, too */
  gboolean is_draining;      /* for whatever reason */
  gboolean is_ending;        /* because the service ends */
  TideDeliveryLimits limits; /* while it drains: those to put in force again */
};

static gboolean
has_more (guint32 user_slot, gpointer user_data)
{
  const TideStages *stages = user_data;

  return stages->scalable != NULL
             ? tide_scalable_broadcaster_has_pending (stages->scalable, user_slot)
             : tide_offline_queue_get_length (
                   tide_broadcaster_get_offline (stages->direct), user_slot) > 0;
}

static void
on_look (TideTimer *timer, gint64 now_us)
{
  TideDrain *self = timer->user_data;
  const TideStages *stages = self->stages;
  TideCloseReason reason = self->is_ending ? TIDE_CLOSE_SHUTDOWN : TIDE_CLOSE_RESTART;
  gboolean is_empty;

  if (now_us < self->close_us)
    tide_websocket_manager_close_settled (
        stages->sessions, reason, has_more, (gpointer) stages);
  else
    tide_websocket_manager_close_all (stages->sessions, reason);
  is_empty = stages->counters->connections == 0 && !self->is_ending;
  if (self->is_ending)
    tide_http_server_drain (stages->server);
  tide_timer_wheel_arm (
      stages->wheel, &self->look, now_us + (is_empty ? EMPTY_LOOK_US : LOOK_US));
}

/**
 * tide_drain_new:
 * @stages: the stages; must outlive the result
 * @timeout_us: how long it may take, where nothing else is said
 * @spread_ms: over which time clients are to come back
 *
 * Returns: (transfer full): what sends everybody away, when it is told to
 */
TideDrain *
tide_drain_new (const TideStages *stages, gint64 timeout_us, guint spread_ms)
{
  TideDrain *self = g_new0 (TideDrain, 1);

  self->stages = stages;
  self->timeout_us = timeout_us;
  self->spread_ms = spread_ms;
  self->look.func = on_look;
  self->look.user_data = self;
  return self;
}

/**
 * tide_drain_free:
 * @self: (transfer full): a drain
 *
 * Frees @self. Whoever is here stays.
 */
void
tide_drain_free (TideDrain *self)
{
  tide_timer_wheel_disarm (self->stages->wheel, &self->look);
  g_free (self);
}

/* Windows and rates would hold back what is to go out before the end. */
static void
lift_limits (TideDrain *self)
{
  TideScalableBroadcaster *scalable = self->stages->scalable;

  if (scalable == NULL)
    return;
  self->limits = *tide_scalable_broadcaster_get_limits (scalable);
  tide_scalable_broadcaster_lift_user_limits (scalable, TRUE);
  tide_scalable_broadcaster_set_limits (scalable,
                                        &(TideDeliveryLimits){ .is_leading = TRUE });
}

static void
begin (TideDrain *self, gint64 now_us)
{
  if (!self->is_draining)
    {
      self->is_draining = TRUE;
      tide_status_set_state (self->stages->status, TIDE_STATE_DRAINING);
      lift_limits (self);
      tide_websocket_manager_begin_drain (self->stages->sessions, self->spread_ms);
    }
  tide_timer_wheel_arm (self->stages->wheel, &self->look, now_us);
}

/**
 * tide_drain_end:
 * @self: a drain
 *
 * Sends everybody away because the service ends, also when they are sent away already.
 * Soon nobody listens any more.
 *
 * Returns: monotonic time at which it should be done, in microseconds
 */
gint64
tide_drain_end (TideDrain *self)
{
  gint64 now_us = tide_clock_now_us (self->stages->clock);
  gint64 end_us = now_us + self->timeout_us;

  self->is_ending = TRUE;
  self->close_us = end_us - MIN (CLOSE_US, self->timeout_us / 2);
  tide_http_server_drain (self->stages->server);
  begin (self, now_us);
  return end_us;
}

/**
 * tide_drain_begin:
 * @self: a drain
 * @timeout_us: how long it may take until the last is closed; 0: as configured
 * @error: return location for an error
 *
 * Sends everybody away while the service runs on. It listens all the time, so that it can
 * say how it is; handshakes are refused.
 *
 * Fails with [error@Error.DRAINING] when everybody is sent away already.
 *
 * Returns: %TRUE when it has begun
 */
gboolean
tide_drain_begin (TideDrain *self, gint64 timeout_us, GError **error)
{
  gint64 now_us = tide_clock_now_us (self->stages->clock);

  if (self->is_draining)
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_DRAINING,
          "it is draining already; call Undrain to let clients in again");
      return FALSE;
    }
  self->close_us = now_us + (timeout_us > 0 ? timeout_us : self->timeout_us);
  begin (self, now_us);
  return TRUE;
}

/**
 * tide_drain_undo:
 * @self: a drain
 * @was_draining: (out): whether there was anything to undo; untouched on failure
 * @error: return location for an error
 *
 * Lets clients in again. The state is %TIDE_STATE_DEGRADED then, until somebody looks at
 * the source.
 *
 * Fails with [error@Error.DRAINING] when the service is ending.
 *
 * Returns: %TRUE when clients can come
 */
gboolean
tide_drain_undo (TideDrain *self, gboolean *was_draining, GError **error)
{
  const TideStages *stages = self->stages;

  if (self->is_ending)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_DRAINING,
                           "the service is ending; start it anew instead");
      return FALSE;
    }
  *was_draining = self->is_draining;
  if (!self->is_draining)
    return TRUE;
  self->is_draining = FALSE;
  tide_timer_wheel_disarm (stages->wheel, &self->look);
  tide_websocket_manager_end_drain (stages->sessions);
  if (stages->scalable != NULL)
    {
      tide_scalable_broadcaster_lift_user_limits (stages->scalable, FALSE);
      tide_scalable_broadcaster_set_limits (stages->scalable, &self->limits);
    }
  tide_status_set_state (stages->status, TIDE_STATE_DEGRADED);
  return TRUE;
}

/**
 * tide_drain_set_limits:
 * @self: a drain, of a pipeline that has limits
 * @limits: limits
 *
 * Puts limits of delivery in force: now, or when clients are let in again.
 */
void
tide_drain_set_limits (TideDrain *self, const TideDeliveryLimits *limits)
{
  if (self->is_draining)
    self->limits = *limits;
  else
    tide_scalable_broadcaster_set_limits (self->stages->scalable, limits);
}

/**
 * tide_drain_get_limits:
 * @self: a drain
 * @limits: (out caller-allocates): the limits in force
 *
 * Gives the limits of delivery as they are while nobody is sent away. In the mode
 * `direct` nothing is limited, and all is 0.
 */
void
tide_drain_get_limits (TideDrain *self, TideDeliveryLimits *limits)
{
  static const TideDeliveryLimits none = { 0 };

  if (self->stages->scalable == NULL)
    *limits = none;
  else
    *limits = self->is_draining
                  ? self->limits
                  : *tide_scalable_broadcaster_get_limits (self->stages->scalable);
}

/**
 * tide_drain_reloaded:
 * @self: a drain
 *
 * Notes that the limits of delivery have been set past it, by a reload.
 */
void
tide_drain_reloaded (TideDrain *self)
{
  if (self->is_draining)
    lift_limits (self);
}
