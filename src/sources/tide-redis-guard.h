/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

/**
 * TideRedisGuard:
 *
 * What a peer that is not Redis, or not a good one, may have us keep. Plain struct; it
 * lives as long as the reader that it watches.
 */
typedef struct
{
  redisReplyObjectFunctions funcs;                /* what the reader makes replies by */
  const redisReplyObjectFunctions *default_funcs; /* (unowned), hiredis's own */
} TideRedisGuard;

void tide_redis_guard_watch (TideRedisGuard *self, redisReader *reader);
const char *tide_redis_guard_check (const redisReader *reader);

G_END_DECLS
