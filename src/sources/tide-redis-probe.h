/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-dialog.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRedisProbeFuncs:
 * @send: publishes @text on the probe's channel; returns %FALSE when that can't be done
 * now
 * @dead: no probe came back in time; the probe has stopped
 *
 * What a probe calls.
 */
typedef struct
{
  gboolean (*send) (const char *text, gpointer user_data);
  void (*dead) (gpointer user_data);
} TideRedisProbeFuncs;

/**
 * TideRedisProbe:
 *
 * Proves again and again that what is published arrives: sends a message to a channel of
 * its own and waits for it to come back through the subscription.
 */
typedef struct
{
  TideTimerWheel *wheel;            /* (unowned) */
  const TideRedisProbeFuncs *funcs; /* (unowned), static */
  gpointer user_data;               /* (unowned) */
  char *channel;                    /* (owned) (nullable), NULL: no probes are wanted */
  gint64 interval_us;
  gint64 limit_us;
  TideTimer due;         /* sends the next one */
  TideTimer limit;       /* armed while one is waited for */
  guint64 number;        /* of the last one sent */
  gint64 sent_us;        /* when that was, 0 when none is on its way */
  gint64 trip_us;        /* how long the last one took, -1 for none yet */
  gint64 proven_us;      /* when the last one that came back was sent, 0 for none yet */
  gint64 expected_us;    /* since when the one now waited for is */
  gint64 heard_us;       /* when something last came in */
  gboolean is_last_turn; /* the limit is over, but for one turn of the loop */
  gboolean has_heard;    /* something has come in since the limit was set */
} TideRedisProbe;

void tide_redis_probe_init (TideRedisProbe *self,
                            TideTimerWheel *wheel,
                            const TideRedisProbeFuncs *funcs,
                            gpointer user_data);
void
tide_redis_probe_set_times (TideRedisProbe *self, gint64 interval_us, gint64 limit_us);
void tide_redis_probe_clear (TideRedisProbe *self);
void tide_redis_probe_expect (TideRedisProbe *self);
void tide_redis_probe_send (TideRedisProbe *self);
void tide_redis_probe_take (TideRedisProbe *self, const TideRedisMessage *message);
void tide_redis_probe_stop (TideRedisProbe *self);

/**
 * tide_redis_probe_hear:
 * @self: a probe
 *
 * Notes that something has come in on the subscription.
 */
static inline void
tide_redis_probe_hear (TideRedisProbe *self)
{
  self->has_heard = TRUE;
  self->heard_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

G_END_DECLS
