/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-address.h"

#include <glib.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

/**
 * TideRedisDial:
 *
 * Finds where a Redis server can be reached, and begins to connect to one place after the
 * other.
 */
typedef struct _TideRedisDial TideRedisDial;

/**
 * TideRedisDialFunc:
 * @error: (nullable): why the host was not found, or that the look-up was cancelled
 * @user_data: as given
 *
 * Is told once that it is known where to connect to, or that it is not.
 */
typedef void (*TideRedisDialFunc) (const GError *error, gpointer user_data);

TideRedisDial *tide_redis_dial_new (const TideRedisAddress *address);
void tide_redis_dial_free (TideRedisDial *self);
void
tide_redis_dial_find (TideRedisDial *self, TideRedisDialFunc func, gpointer user_data);
void tide_redis_dial_cancel (TideRedisDial *self);
redisContext *tide_redis_dial_next (TideRedisDial *self, char **reason);

G_END_DECLS
