/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

#define TIDE_REDIS_PROBE_PREFIX "tidewire.probe."

/**
 * TideRedisPlan:
 *
 * What a connection is to do once it is made.
 */
typedef struct
{
  const char *user;            /* (unowned) (nullable) */
  GBytes *password;            /* (unowned) (nullable), no log-in without it and @user */
  guint database;              /* SELECT is sent when not 0 */
  const char *const *channels; /* (unowned) (nullable), to SUBSCRIBE to */
  const char *const *patterns; /* (unowned) (nullable), to PSUBSCRIBE to; the first of
                                  those that match a channel counts */
  const char *probe_channel;   /* (unowned) (nullable), to SUBSCRIBE to as well */
} TideRedisPlan;

/**
 * TideRedisSendFunc:
 * @n_args: how many words the command has
 * @args: (array length=n_args): the words
 * @lengths: (array length=n_args): how many bytes each has
 * @user_data: as given
 *
 * What a dialog sends commands by.
 */
typedef void (*TideRedisSendFunc) (guint n_args,
                                   const char *const *args,
                                   const gsize *lengths,
                                   gpointer user_data);

/**
 * TideRedisStep:
 * @TIDE_REDIS_STEP_AUTH: the answer to the log-in
 * @TIDE_REDIS_STEP_SELECT: the answer to the choice of a database
 * @TIDE_REDIS_STEP_SUBSCRIBE: the confirmation of channels
 * @TIDE_REDIS_STEP_PSUBSCRIBE: the confirmation of patterns
 * @TIDE_REDIS_STEP_PROBE_SUBSCRIBE: the confirmation of the probe's channel
 * @TIDE_REDIS_STEP_READY: nothing: all is confirmed
 * @TIDE_REDIS_STEP_OVER: nothing: refused, or broken
 *
 * What a dialog waits for.
 */
typedef enum
{
  TIDE_REDIS_STEP_AUTH,
  TIDE_REDIS_STEP_SELECT,
  TIDE_REDIS_STEP_SUBSCRIBE,
  TIDE_REDIS_STEP_PSUBSCRIBE,
  TIDE_REDIS_STEP_PROBE_SUBSCRIBE,
  TIDE_REDIS_STEP_READY,
  TIDE_REDIS_STEP_OVER,
} TideRedisStep;

/**
 * TideRedisDialog:
 *
 * What is said on one connection: logs in, selects, subscribes, one step after the other,
 * then takes messages. Knows replies, not sockets.
 */
typedef struct
{
  const TideRedisPlan *plan; /* (unowned) */
  TideRedisSendFunc send;
  gpointer user_data; /* (unowned), for @send */
  TideRedisStep step;
  guint n_awaited;        /* confirmations of this step */
  gboolean is_subscribed; /* something is subscribed to */
  gboolean can_probe;     /* the probe channel is subscribed to */
} TideRedisDialog;

/**
 * TideRedisMessage:
 *
 * A message of a producer, inside the reply that it came in.
 */
typedef struct
{
  const char *channel; /* (unowned) */
  gsize channel_length;
  const char *payload; /* (unowned) */
  gsize payload_length;
} TideRedisMessage;

/**
 * TideRedisOutcome:
 * @TIDE_REDIS_QUIET: nothing that anybody has to know of
 * @TIDE_REDIS_READY: that was the last confirmation
 * @TIDE_REDIS_MESSAGE: a message has come
 * @TIDE_REDIS_PROBE: a message on a probe channel has come, of whomever
 * @TIDE_REDIS_PUBLISHED: a PUBLISH was carried out
 * @TIDE_REDIS_REFUSED: the server says no, in words of its own
 * @TIDE_REDIS_BROKEN: that is no reply to what was sent
 *
 * What a reply means.
 */
typedef enum
{
  TIDE_REDIS_QUIET,
  TIDE_REDIS_READY,
  TIDE_REDIS_MESSAGE,
  TIDE_REDIS_PROBE,
  TIDE_REDIS_PUBLISHED,
  TIDE_REDIS_REFUSED,
  TIDE_REDIS_BROKEN,
} TideRedisOutcome;

TideRedisOutcome tide_redis_dialog_start (TideRedisDialog *self,
                                          const TideRedisPlan *plan,
                                          TideRedisSendFunc send,
                                          gpointer user_data);
TideRedisOutcome tide_redis_dialog_take (TideRedisDialog *self,
                                         const redisReply *reply,
                                         TideRedisMessage *message,
                                         GError **error);

G_END_DECLS
