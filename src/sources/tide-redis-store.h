/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-offline-store.h"
#include "tide-timer-wheel.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideStoredUser:
 *
 * What a store has kept of a user.
 */
typedef struct
{
  char *name;           /* (owned) */
  gint64 since_real_us; /* wall-clock time since which it was away; 0: it was here */
  char *record;         /* (owned) (nullable), as it was saved */
  GArray *events;       /* (owned) (element-type TideStoredEvent), oldest first */
} TideStoredUser;

/**
 * TideRedisStoreState:
 * @TIDE_REDIS_STORE_AWAY: not connected
 * @TIDE_REDIS_STORE_LOADING: what an earlier process has left is read
 * @TIDE_REDIS_STORE_WRITING: what is in memory is written, all of it
 * @TIDE_REDIS_STORE_WHOLE: what is in memory is written, or on its way
 * @TIDE_REDIS_STORE_REFUSING: connected, but Redis does not take what is written
 *
 * How a store is.
 */
typedef enum
{
  TIDE_REDIS_STORE_AWAY,
  TIDE_REDIS_STORE_LOADING,
  TIDE_REDIS_STORE_WRITING,
  TIDE_REDIS_STORE_WHOLE,
  TIDE_REDIS_STORE_REFUSING,
} TideRedisStoreState;

/**
 * TideRedisStoreFuncs:
 * @loaded: gives what was kept, away longest first, and the highest id of all events;
 * once
 * @list: adds the names of all users that are to be kept
 * @write: calls save_user() and append() for all that is kept of a user; %FALSE when
 *   nothing is
 * @changed: the state is another one
 *
 * What a store calls.
 */
typedef struct
{
  void (*loaded) (const GPtrArray *users, guint64 last_id, gpointer user_data);
  void (*list) (GPtrArray *names, gpointer user_data);
  gboolean (*write) (const char *name, gpointer user_data);
  void (*changed) (TideRedisStoreState state, gpointer user_data);
} TideRedisStoreFuncs;

/**
 * TideRedisStoreSettings:
 *
 * Where and how a store keeps things.
 */
typedef struct
{
  const char *uri;
  const char *password_file; /* (nullable) */
  const char *prefix;        /* of all keys */
  gint64 max_age_us;         /* what nobody has renewed for twice as long may go */
  gsize max_load_bytes;      /* of payloads; what is beyond is not loaded */
  TideRouteTable *routes;
} TideRedisStoreSettings;

/**
 * TideRedisStore:
 *
 * Keeps who is away, and what waits for them, in Redis. Writes go out without waiting for
 * answers. When it is connected, or Redis has refused something, all that is in memory is
 * written again, each user in one transaction: the last whole state stands until then.
 */
#define TIDE_TYPE_REDIS_STORE (tide_redis_store_get_type ())
G_DECLARE_FINAL_TYPE (TideRedisStore, tide_redis_store, TIDE, REDIS_STORE, GObject)

TideRedisStore *tide_redis_store_new (TideTimerWheel *wheel,
                                      TideCounters *counters,
                                      const TideRedisStoreSettings *settings,
                                      GError **error);
void tide_redis_store_start (TideRedisStore *self,
                             const TideRedisStoreFuncs *funcs,
                             gpointer user_data);
void tide_redis_store_stop (TideRedisStore *self);
gboolean tide_redis_store_is_busy (TideRedisStore *self);
const char *tide_redis_store_state_get_nick (TideRedisStoreState state);

G_END_DECLS
