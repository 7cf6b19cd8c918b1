/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-address.h"
#include "tide-timer-wheel.h"

#include <glib.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

/**
 * TideRedisLink:
 *
 * One connection to a Redis server: a GSource that drives a non-blocking `redisContext`.
 *
 * It knows bytes and replies, not what they mean. hiredis's own asynchronous context is
 * not used: in 0.14 it has no timers, no answer for a subscribed connection's PING, and
 * asserts on odd replies.
 */
typedef struct _TideRedisLink TideRedisLink;

/**
 * TideRedisLinkFuncs:
 * @opened: the connection is made; commands may be sent
 * @reply: a whole reply has come, of any form; it is freed after the call
 * @failed: the connection is lost, or was never made, with %TIDE_ERROR_UNAVAILABLE;
 * called once at most, and nothing after it
 * @done: (nullable): all of a reading was told; says whether what follows closely may
 * wait for the wheel's next turn to be read; without it not
 *
 * What a link calls, always from its main context, never from a function of the link's.
 * Each but @done may close the link.
 */
typedef struct
{
  void (*opened) (TideRedisLink *link, gpointer user_data);
  void (*reply) (TideRedisLink *link, const redisReply *reply, gpointer user_data);
  void (*failed) (TideRedisLink *link, const GError *error, gpointer user_data);
  gboolean (*done) (gpointer user_data);
} TideRedisLinkFuncs;

TideRedisLink *tide_redis_link_open (const TideRedisAddress *address,
                                     TideTimerWheel *wheel,
                                     const TideRedisLinkFuncs *funcs,
                                     gpointer user_data);
void tide_redis_link_close (TideRedisLink *self);
void tide_redis_link_set_deadline (TideRedisLink *self, gint64 due_us);
void tide_redis_link_settle (TideRedisLink *self);
void tide_redis_link_send (TideRedisLink *self,
                           guint n_args,
                           const char *const *args,
                           const gsize *lengths);

G_END_DECLS
