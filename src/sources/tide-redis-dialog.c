/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-dialog.h"

#include "tide-error.h"
#include "tide-glob.h"

#include <string.h>

#define MAX_WORDS_SHOWN 120

/* What to do about an error reply: the text begins with @prefix and holds @part. */
typedef struct
{
  const char *prefix;
  const char *part;
  const char *remedy;
} Remedy;

static const Remedy remedies[] = {
  { "NOAUTH",
    "",
    "it wants a password: write it into a file and set redis.password-file" },
  { "WRONGPASS",
    "",
    "correct the password in redis.password-file, or the user in redis.uri" },
  { "ERR", "invalid password", "correct the password in redis.password-file" },
  { "ERR", "without any password", "it has no password: take redis.password-file away" },
  { "ERR", "no password is set", "it has no password: take redis.password-file away" },
  { "ERR", "DB index", "choose another database in redis.uri" },
  { "ERR", "max number of clients", "raise its maxclients, or close other clients" },
  { "ERR", "cluster mode", "a cluster knows database 0 only: choose it in redis.uri" },
  { "NOPERM",
    "",
    "let its user subscribe to the routes' channels and redis.control-channel (ACL "
    "SETUSER, &channel)" },
  { "LOADING", "", "it still loads its data; it is tried again until that is done" },
  { "MASTERDOWN", "", "it has lost its master; it is tried again until that is back" },
  { "MOVED", "", "name a Redis that holds the channels in redis.uri" },
  { "DENIED", "", "it runs in protected mode: give it a password or a bind address" },
};

static TideRedisOutcome next_step (TideRedisDialog *self);

static gboolean
is_text (const redisReply *reply, const char *text)
{
  return reply != NULL && reply->type == REDIS_REPLY_STRING && reply->str != NULL &&
         reply->len == strlen (text) && memcmp (reply->str, text, reply->len) == 0;
}

static gboolean
is_status (const redisReply *reply, const char *text)
{
  return reply->type == REDIS_REPLY_STATUS && reply->str != NULL &&
         strcmp (reply->str, text) == 0;
}

static const char *
find_remedy (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (remedies); i++)
    if (g_str_has_prefix (text, remedies[i].prefix) &&
        strstr (text, remedies[i].part) != NULL)
      return remedies[i].remedy;
  return "look into its log";
}

/* The server's words, fit for a log line. */
static char *
quote_words (TideRedisDialog *self, const char *text)
{
  gsize length = strcspn (text, "\r\n");

  /* Where AUTH is not known by that name the error repeats its arguments: the password.
   */
  if (self->step == TIDE_REDIS_STEP_AUTH)
    length = MIN (length, strcspn (text, " "));

  g_autofree char *words = g_strndup (text, MIN (length, MAX_WORDS_SHOWN));
  char *valid = g_utf8_make_valid (words, -1);

  for (char *byte = valid; *byte != '\0'; byte++)
    if (g_ascii_iscntrl (*byte))
      *byte = ' ';
  return valid;
}

static TideRedisOutcome
refused (TideRedisDialog *self, const redisReply *reply, GError **error)
{
  const char *text = reply->str != NULL ? reply->str : "";
  g_autofree char *words = quote_words (self, text);

  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_UNAVAILABLE,
               "it says \"%s\": %s",
               words,
               find_remedy (text));
  if (self->step != TIDE_REDIS_STEP_READY)
    self->step = TIDE_REDIS_STEP_OVER;
  return TIDE_REDIS_REFUSED;
}

static TideRedisOutcome
broken (TideRedisDialog *self, GError **error)
{
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_UNAVAILABLE,
                       "it does not answer as Redis does; is it another program?");
  self->step = TIDE_REDIS_STEP_OVER;
  return TIDE_REDIS_BROKEN;
}

static void
send_auth (TideRedisDialog *self)
{
  gsize password_length = 0;
  const char *password = NULL;

  if (self->plan->password != NULL)
    password = g_bytes_get_data (self->plan->password, &password_length);
  if (password == NULL)
    password = "";

  if (self->plan->user != NULL)
    {
      const char *args[] = { "AUTH", self->plan->user, password };
      const gsize lengths[] = { 4, strlen (self->plan->user), password_length };

      self->send (G_N_ELEMENTS (args), args, lengths, self->user_data);
    }
  else
    {
      const char *args[] = { "AUTH", password };
      const gsize lengths[] = { 4, password_length };

      self->send (G_N_ELEMENTS (args), args, lengths, self->user_data);
    }
}

static void
send_select (TideRedisDialog *self)
{
  char number[16];

  g_snprintf (number, sizeof number, "%u", self->plan->database);

  const char *args[] = { "SELECT", number };
  const gsize lengths[] = { 6, strlen (number) };

  self->send (G_N_ELEMENTS (args), args, lengths, self->user_data);
}

static void
send_subscribe (TideRedisDialog *self, const char *command, const char *const *names)
{
  guint n_names = g_strv_length ((char **) names);
  g_autofree const char **args = g_new (const char *, n_names + 1);
  g_autofree gsize *lengths = g_new (gsize, n_names + 1);

  args[0] = command;
  lengths[0] = strlen (command);
  for (guint i = 0; i < n_names; i++)
    {
      args[i + 1] = names[i];
      lengths[i + 1] = strlen (names[i]);
    }
  self->n_awaited = n_names;
  self->send (n_names + 1, args, lengths, self->user_data);
}

/* Returns: %TRUE when there is something to do in the step, and it was sent. */
static gboolean
enter_step (TideRedisDialog *self)
{
  const TideRedisPlan *plan = self->plan;

  self->n_awaited = 1;
  switch (self->step)
    {
    case TIDE_REDIS_STEP_AUTH:
      if (plan->password == NULL && plan->user == NULL)
        return FALSE;
      send_auth (self);
      return TRUE;
    case TIDE_REDIS_STEP_SELECT:
      if (plan->database == 0)
        return FALSE;
      send_select (self);
      return TRUE;
    case TIDE_REDIS_STEP_SUBSCRIBE:
      if (plan->channels == NULL || *plan->channels == NULL)
        return FALSE;
      send_subscribe (self, "SUBSCRIBE", plan->channels);
      return TRUE;
    case TIDE_REDIS_STEP_PSUBSCRIBE:
      if (plan->patterns == NULL || *plan->patterns == NULL)
        return FALSE;
      send_subscribe (self, "PSUBSCRIBE", plan->patterns);
      return TRUE;
    case TIDE_REDIS_STEP_PROBE_SUBSCRIBE:
      if (plan->probe_channel == NULL)
        return FALSE;
      /* A command of its own: an access list may let in the channels, but not this one.
       */
      send_subscribe (
          self, "SUBSCRIBE", (const char *const[]){ plan->probe_channel, NULL });
      return TRUE;
    case TIDE_REDIS_STEP_READY:
    case TIDE_REDIS_STEP_OVER:
      return TRUE;
    }
  return TRUE;
}

static TideRedisOutcome
next_step (TideRedisDialog *self)
{
  do
    self->step++;
  while (!enter_step (self));
  return self->step == TIDE_REDIS_STEP_READY ? TIDE_REDIS_READY : TIDE_REDIS_QUIET;
}

/* Redis sends a message once for each subscription that it fits. The copy that counts is
 * the one by the channel's own name, or else by the first pattern that matches: the same
 * one by which a table of routes finds the route. */
static gboolean
is_other_copy (const TideRedisPlan *plan,
               const redisReply *pattern,
               const redisReply *channel)
{
  for (guint i = 0; plan->channels != NULL && plan->channels[i] != NULL; i++)
    if (is_text (channel, plan->channels[i]))
      return TRUE;
  for (guint i = 0; plan->patterns != NULL && plan->patterns[i] != NULL; i++)
    {
      if (is_text (pattern, plan->patterns[i]))
        return FALSE;
      if (tide_glob_matches (plan->patterns[i], channel->str, channel->len))
        return TRUE;
    }
  return FALSE;
}

static TideRedisOutcome
take_message (const redisReply *reply, guint first, TideRedisMessage *message)
{
  const redisReply *channel = reply->element[first];
  const redisReply *payload = reply->element[first + 1];

  message->channel = channel->str;
  message->channel_length = channel->len;
  message->payload = payload->str;
  message->payload_length = payload->len;
  if (channel->len >= strlen (TIDE_REDIS_PROBE_PREFIX) &&
      memcmp (channel->str, TIDE_REDIS_PROBE_PREFIX, strlen (TIDE_REDIS_PROBE_PREFIX)) ==
          0)
    return TIDE_REDIS_PROBE;
  return TIDE_REDIS_MESSAGE;
}

/* Returns: %TRUE when @reply is an array of strings named @kind. */
static gboolean
is_message (const redisReply *reply, const char *kind, gsize n_elements)
{
  if (reply->elements != n_elements || !is_text (reply->element[0], kind))
    return FALSE;
  for (gsize i = 1; i < n_elements; i++)
    if (reply->element[i] == NULL || reply->element[i]->type != REDIS_REPLY_STRING)
      return FALSE;
  return TRUE;
}

static gboolean
is_awaited_confirmation (TideRedisDialog *self, const redisReply *reply)
{
  const char *kind =
      self->step == TIDE_REDIS_STEP_PSUBSCRIBE ? "psubscribe" : "subscribe";

  return self->step >= TIDE_REDIS_STEP_SUBSCRIBE && self->step < TIDE_REDIS_STEP_READY &&
         reply->elements == 3 && is_text (reply->element[0], kind) &&
         reply->element[1] != NULL && reply->element[1]->type == REDIS_REPLY_STRING &&
         reply->element[2] != NULL && reply->element[2]->type == REDIS_REPLY_INTEGER;
}

static TideRedisOutcome
take_array (TideRedisDialog *self,
            const redisReply *reply,
            TideRedisMessage *message,
            GError **error)
{
  if (self->is_subscribed && is_message (reply, "message", 3))
    return take_message (reply, 1, message);
  if (self->is_subscribed && is_message (reply, "pmessage", 4))
    return is_other_copy (self->plan, reply->element[1], reply->element[2])
               ? TIDE_REDIS_QUIET
               : take_message (reply, 2, message);
  if (!is_awaited_confirmation (self, reply))
    return broken (self, error);

  self->is_subscribed = TRUE;
  if (self->step == TIDE_REDIS_STEP_PROBE_SUBSCRIBE)
    self->can_probe = TRUE;
  return --self->n_awaited > 0 ? TIDE_REDIS_QUIET : next_step (self);
}

static TideRedisOutcome
take_error (TideRedisDialog *self, const redisReply *reply, GError **error)
{
  /* Without the probe channel everything else works. */
  if (self->step == TIDE_REDIS_STEP_PROBE_SUBSCRIBE && reply->str != NULL &&
      g_str_has_prefix (reply->str, "NOPERM"))
    return next_step (self);
  return refused (self, reply, error);
}

/**
 * tide_redis_dialog_start:
 * @self: a dialog, whatever is in it
 * @plan: (transfer none): what to do; outlives the dialog
 * @send: what to send commands by
 * @user_data: for @send
 *
 * Begins anew, on a connection that has just been made.
 *
 * Returns: %TIDE_REDIS_READY when there is nothing to wait for, else %TIDE_REDIS_QUIET
 */
TideRedisOutcome
tide_redis_dialog_start (TideRedisDialog *self,
                         const TideRedisPlan *plan,
                         TideRedisSendFunc send,
                         gpointer user_data)
{
  *self = (TideRedisDialog){ .plan = plan, .send = send, .user_data = user_data };
  return enter_step (self) ? TIDE_REDIS_QUIET : next_step (self);
}

/**
 * tide_redis_dialog_take:
 * @self: a dialog
 * @reply: what has come, whatever it is
 * @message: (out): the message, set with %TIDE_REDIS_MESSAGE and %TIDE_REDIS_PROBE; its
 *   bytes are those of @reply
 * @error: return location for an error, set with %TIDE_REDIS_REFUSED and
 *   %TIDE_REDIS_BROKEN: a text that goes on after the server's name
 *
 * Takes a reply and sends what is next.
 *
 * Returns: what @reply means
 */
TideRedisOutcome
tide_redis_dialog_take (TideRedisDialog *self,
                        const redisReply *reply,
                        TideRedisMessage *message,
                        GError **error)
{
  if (self->step == TIDE_REDIS_STEP_OVER)
    return broken (self, error);
  if (reply->type == REDIS_REPLY_ERROR)
    return take_error (self, reply, error);
  if (reply->type == REDIS_REPLY_ARRAY)
    return take_array (self, reply, message, error);
  if (reply->type == REDIS_REPLY_STATUS && is_status (reply, "OK") &&
      self->step < TIDE_REDIS_STEP_SUBSCRIBE)
    return next_step (self);
  if (reply->type == REDIS_REPLY_INTEGER && self->step == TIDE_REDIS_STEP_READY &&
      !self->is_subscribed)
    return TIDE_REDIS_PUBLISHED;
  return broken (self, error);
}
