/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <hiredis/hiredis.h>

/* A Redis server of a test's own: on a free port of 127.0.0.1 (and of ::1, where there is
 * one) and on a Unix socket, without files, ended with the test. */
typedef struct
{
  char *folder;      /* (owned) */
  char *socket_path; /* (owned) */
  char *tcp_uri;     /* (owned) */
  char *unix_uri;    /* (owned) */
  guint16 port;
  GPid pid;              /* 0 while it does not run */
  char *password;        /* (owned) (nullable), for the default user */
  redisContext *context; /* (owned) (nullable), a blocking connection */
} RedisServer;

gboolean redis_server_is_installed (void);
RedisServer *redis_server_new (void);
void redis_server_free (RedisServer *self);
void redis_server_start (RedisServer *self);
void redis_server_kill (RedisServer *self);
void redis_server_signal (RedisServer *self, int number);
char *redis_server_command (RedisServer *self, const char *const *words);
void redis_server_publish (RedisServer *self,
                           const char *channel,
                           const char *payload,
                           gssize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RedisServer, redis_server_free)
