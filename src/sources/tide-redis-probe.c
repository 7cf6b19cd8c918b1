/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-probe.h"

#include <string.h>

/* While messages come in, the probe waits behind them, and a late one means that we are
 * slow, not that Redis is dead: dropping the connection would lose what is on its way.
 * But not for ever: no longer than so many limits. */
#define MAX_LIMITS 10

static gint64
now_us (TideRedisProbe *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

static void
set_limit (TideRedisProbe *self, gint64 since_us)
{
  self->has_heard = FALSE;
  self->is_last_turn = FALSE;
  tide_timer_wheel_arm (
      self->wheel,
      &self->limit,
      MIN (since_us + self->limit_us, self->expected_us + MAX_LIMITS * self->limit_us));
}

static void
on_due (TideTimer *timer, gint64 due_now_us)
{
  tide_redis_probe_send (timer->user_data);
}

static void
on_limit (TideTimer *timer, gint64 late_now_us)
{
  TideRedisProbe *self = timer->user_data;

  /* When this very process stood still, the answer may be there already: sockets get one
   * more turn of the loop. */
  if (!self->is_last_turn)
    {
      self->is_last_turn = TRUE;
      self->expected_us += late_now_us - timer->due_us;
      tide_timer_wheel_arm (self->wheel, timer, late_now_us + 1);
      return;
    }
  /* Silence counts from when it began, however late we look. */
  if (self->has_heard && self->heard_us + self->limit_us > late_now_us &&
      self->expected_us + MAX_LIMITS * self->limit_us > late_now_us)
    {
      set_limit (self, self->heard_us);
      return;
    }
  tide_redis_probe_stop (self);
  self->funcs->dead (self->user_data);
}

/**
 * tide_redis_probe_init:
 * @self: a probe, whatever is in it
 * @wheel: the time to go by; outlives the probe
 * @funcs: (transfer none): what to call; static
 * @user_data: for @funcs
 *
 * Sets @self up; no probes are wanted before tide_redis_probe_set_times().
 */
void
tide_redis_probe_init (TideRedisProbe *self,
                       TideTimerWheel *wheel,
                       const TideRedisProbeFuncs *funcs,
                       gpointer user_data)
{
  *self = (TideRedisProbe){
    .wheel = wheel,
    .funcs = funcs,
    .user_data = user_data,
    .due = { .func = on_due, .user_data = self },
    .limit = { .func = on_limit, .user_data = self },
    .trip_us = -1,
  };
}

/**
 * tide_redis_probe_set_times:
 * @self: a probe
 * @interval_us: from one probe to the next, in microseconds, more than 0
 * @limit_us: how long one may take, in microseconds, more than 0
 *
 * Lets @self probe, on a channel that nobody else uses.
 */
void
tide_redis_probe_set_times (TideRedisProbe *self, gint64 interval_us, gint64 limit_us)
{
  g_free (self->channel);
  self->channel = g_strdup_printf (
      TIDE_REDIS_PROBE_PREFIX "%08x%08x", g_random_int (), g_random_int ());
  self->interval_us = interval_us;
  self->limit_us = limit_us;
}

/**
 * tide_redis_probe_clear:
 * @self: a probe
 *
 * Stops @self and frees what it holds.
 */
void
tide_redis_probe_clear (TideRedisProbe *self)
{
  tide_redis_probe_stop (self);
  g_clear_pointer (&self->channel, g_free);
}

/**
 * tide_redis_probe_expect:
 * @self: a probe that probes are wanted of
 *
 * Sets the limit for the first probe, which is still to be sent.
 */
void
tide_redis_probe_expect (TideRedisProbe *self)
{
  self->expected_us = now_us (self);
  set_limit (self, self->expected_us);
}

/**
 * tide_redis_probe_send:
 * @self: a probe that probes are wanted of
 *
 * Sends a probe now. When it can't be sent the limit is set all the same; the owner calls
 * again when it can. A limit that is set already stays: who can send again and again, and
 * never sees a probe back, has no link either.
 */
void
tide_redis_probe_send (TideRedisProbe *self)
{
  char text[24];

  tide_timer_wheel_disarm (self->wheel, &self->due);
  if (self->limit.pprev == NULL)
    tide_redis_probe_expect (self);
  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, ++self->number);
  self->sent_us = now_us (self);
  if (!self->funcs->send (text, self->user_data))
    self->sent_us = 0;
}

/**
 * tide_redis_probe_take:
 * @self: a probe
 * @message: a message on a channel of the probes', of whomever
 *
 * Takes a probe that has come back. Another's, or one that was given up, is passed over.
 */
void
tide_redis_probe_take (TideRedisProbe *self, const TideRedisMessage *message)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, self->number);
  if (self->sent_us == 0 || message->channel_length != strlen (self->channel) ||
      memcmp (message->channel, self->channel, message->channel_length) != 0 ||
      message->payload_length != strlen (text) ||
      memcmp (message->payload, text, message->payload_length) != 0)
    return;

  self->trip_us = now_us (self) - self->sent_us;
  self->proven_us = self->sent_us;
  tide_timer_wheel_disarm (self->wheel, &self->limit);
  tide_timer_wheel_arm (self->wheel, &self->due, self->sent_us + self->interval_us);
  self->sent_us = 0;
}

/**
 * tide_redis_probe_stop:
 * @self: a probe
 *
 * Waits for nothing and sends nothing any more.
 */
void
tide_redis_probe_stop (TideRedisProbe *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->due);
  tide_timer_wheel_disarm (self->wheel, &self->limit);
  self->sent_us = 0;
}
