/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-backoff.h"
#include "tide-outage-log.h"
#include "tide-redis-address.h"
#include "tide-redis-dialog.h"
#include "tide-redis-link.h"
#include "tide-redis-store.h"

G_BEGIN_DECLS

/* What a store's files share: tide-redis-store.c has the connection,
 * tide-redis-store-write.c what is written, tide-redis-store-load.c what is read at the
 * beginning. */

#define TIDE_STORE_REPLY_TIMEOUT_US (5 * G_USEC_PER_SEC)

typedef enum
{
  TIDE_STORE_COMMAND_WRITE,
  TIDE_STORE_COMMAND_SCAN,
  TIDE_STORE_COMMAND_RECORD,
  TIDE_STORE_COMMAND_EVENTS,
} TideStoreCommandKind;

/* A command whose reply has not come yet. */
typedef struct
{
  TideStoreCommandKind kind;
  TideStoredUser *user; /* (unowned) (nullable), among those that are loaded */
  gsize n_bytes;
} TideStoreCommand;

struct _TideRedisStore
{
  GObject parent_instance;

  TideTimerWheel *wheel;            /* (unowned), outlives us */
  TideCounters *counters;           /* (unowned), outlives us */
  const TideRedisStoreFuncs *funcs; /* (unowned) (nullable), static; NULL: stopped */
  gpointer user_data;               /* (unowned), for @funcs */
  TideRedisAddress *address;        /* (owned) */
  char *password_file;              /* (owned) (nullable) */
  GBytes *password;                 /* (owned) (nullable), as last read */
  char *prefix;                     /* (owned) */
  gint64 max_age_us;
  gsize max_load_bytes;
  TideRouteTable *routes; /* (owned) */

  TideRedisStoreState state;
  TideRedisLink *link; /* (owned) (nullable) */
  TideRedisPlan plan;
  TideRedisDialog dialog;
  TideBackoff backoff;
  TideTimer retry;   /* to connect, or to write what was refused */
  TideTimer renewal; /* when all is written again, before its time in Redis is over */
  TideOutageLog log;
  GQueue
      sent; /* (element-type TideStoreCommand), whose replies are awaited, oldest first */
  gsize n_bytes_sent;         /* of these */
  gboolean is_in_transaction; /* a user is being written */
  guint n_until_whole; /* replies until all that was to be written is acknowledged */

  gboolean is_loaded; /* what was kept has been handed on */
  GPtrArray *users; /* (owned) (nullable) (element-type TideStoredUser), while loading */
  GHashTable *seen; /* (owned) (nullable), their names */
  char *cursor;     /* (owned) (nullable), where to go on */
  gsize n_bytes_loaded;
  guint64 last_id;

  GHashTable *names;     /* (owned) (element-type utf8), users that Redis may know of */
  GHashTable *unwritten; /* (owned) (element-type utf8), users still to be written */
};

/* tide-redis-store.c */
gint64 tide_redis_store_get_now_us (TideRedisStore *self);
char *
tide_redis_store_make_key (TideRedisStore *self, const char *kind, const char *user);
void tide_redis_store_set_state (TideRedisStore *self, TideRedisStoreState state);
void tide_redis_store_be_whole (TideRedisStore *self);

/* tide-redis-store-write.c */
void tide_redis_store_init_offline (TideOfflineStoreInterface *iface);
void tide_redis_store_send (TideRedisStore *self,
                            const TideStoreCommand *command,
                            guint n_words,
                            const char *const *words,
                            const gsize *lengths);
void tide_redis_store_say (TideRedisStore *self,
                           const TideStoreCommand *command,
                           const char *const *words);
void tide_redis_store_write_all (TideRedisStore *self);
void tide_redis_store_write_some (TideRedisStore *self);

/* Whether what happens is written, now or soon. */
static inline gboolean
tide_redis_store_is_writing (const TideRedisStore *self)
{
  return self->state == TIDE_REDIS_STORE_WRITING || self->state == TIDE_REDIS_STORE_WHOLE;
}

/* tide-redis-store-load.c */
void tide_redis_store_begin_load (TideRedisStore *self);
gboolean tide_redis_store_take_loaded (TideRedisStore *self,
                                       const TideStoreCommand *command,
                                       const redisReply *reply);
void tide_redis_store_drop_load (TideRedisStore *self);

G_END_DECLS
