/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what an earlier process has left: the names a few at a time, of each the record
 * and the events, some at a time too, so that no reply is large. */

#include "tide-redis-store-private.h"
#include "tide-stored-event.h"

#include <string.h>

#define NAMES_AT_ONCE "100"
#define EVENTS_AT_ONCE "64"

static void
clear_event (gpointer data)
{
  tide_event_unref (((TideStoredEvent *) data)->event);
}

static void
stored_user_free (gpointer data)
{
  TideStoredUser *user = data;

  g_free (user->name);
  g_free (user->record);
  g_array_unref (user->events);
  g_free (user);
}

static void
ask_for_names (TideRedisStore *self)
{
  g_autofree char *key = tide_redis_store_make_key (self, "users", NULL);
  TideStoreCommand command = { .kind = TIDE_STORE_COMMAND_SCAN };

  tide_redis_store_say (
      self,
      &command,
      (const char *const[]){ "SSCAN", key, self->cursor, "COUNT", NAMES_AT_ONCE, NULL });
}

static void
ask_for_events (TideRedisStore *self, TideStoredUser *user, guint64 after_id)
{
  g_autofree char *key = tide_redis_store_make_key (self, "offline", user->name);
  g_autofree char *from = g_strdup_printf ("%" G_GUINT64_FORMAT "-0", after_id + 1);
  TideStoreCommand command = { .kind = TIDE_STORE_COMMAND_EVENTS, .user = user };

  tide_redis_store_say (
      self,
      &command,
      (const char *const[]){ "XRANGE", key, from, "+", "COUNT", EVENTS_AT_ONCE, NULL });
}

static void
ask_for_user (TideRedisStore *self, const char *name)
{
  g_autofree char *key = tide_redis_store_make_key (self, "user", name);
  TideStoreCommand command = { .kind = TIDE_STORE_COMMAND_RECORD };
  TideStoredUser *user;

  if (!g_hash_table_add (self->seen, g_strdup (name)))
    return;
  user = g_new0 (TideStoredUser, 1);
  user->name = g_strdup (name);
  user->events = g_array_new (FALSE, FALSE, sizeof (TideStoredEvent));
  g_array_set_clear_func (user->events, clear_event);
  g_ptr_array_add (self->users, user);
  g_hash_table_add (self->names, g_strdup (name));
  command.user = user;
  tide_redis_store_say (self, &command, (const char *const[]){ "GET", key, NULL });
  ask_for_events (self, user, 0);
}

/**
 * tide_redis_store_begin_load:
 * @self: a store whose connection is ready
 *
 * Begins to read.
 */
void
tide_redis_store_begin_load (TideRedisStore *self)
{
  tide_redis_store_drop_load (self);
  self->users = g_ptr_array_new_with_free_func (stored_user_free);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->cursor = g_strdup ("0");
  tide_redis_store_set_state (self, TIDE_REDIS_STORE_LOADING);
  ask_for_names (self);
}

/**
 * tide_redis_store_drop_load:
 * @self: a store
 *
 * Gives up what was read.
 */
void
tide_redis_store_drop_load (TideRedisStore *self)
{
  g_clear_pointer (&self->users, g_ptr_array_unref);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->cursor, g_free);
  self->n_bytes_loaded = 0;
}

static int
compare_since (gconstpointer one, gconstpointer other)
{
  /* Who was here until the end is away least long. */
  guint64 a = (guint64) (*(TideStoredUser *const *) one)->since_real_us - 1;
  guint64 b = (guint64) (*(TideStoredUser *const *) other)->since_real_us - 1;

  return a < b ? -1 : a > b;
}

static void
finish (TideRedisStore *self)
{
  for (guint i = self->users->len; i > 0; i--)
    if (((TideStoredUser *) g_ptr_array_index (self->users, i - 1))->record == NULL)
      g_ptr_array_remove_index_fast (self->users, i - 1);
  g_ptr_array_sort (self->users, compare_since);
  self->is_loaded = TRUE;
  self->funcs->loaded (self->users, self->last_id, self->user_data);
  tide_redis_store_drop_load (self);
  tide_redis_store_write_all (self);
}

static gboolean
take_names (TideRedisStore *self, const redisReply *reply)
{
  const redisReply *names;

  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
      reply->element[0]->type != REDIS_REPLY_STRING ||
      reply->element[1]->type != REDIS_REPLY_ARRAY)
    return FALSE;
  g_free (self->cursor);
  self->cursor = g_strdup (reply->element[0]->str);
  names = reply->element[1];
  for (gsize i = 0; i < names->elements; i++)
    if (names->element[i]->type == REDIS_REPLY_STRING && names->element[i]->len > 0 &&
        strlen (names->element[i]->str) == (gsize) names->element[i]->len)
      ask_for_user (self, names->element[i]->str);
  return TRUE;
}

/* A record begins with the time since which the user is away. */
static gboolean
take_record (TideStoredUser *user, const redisReply *reply)
{
  const char *end;

  if (reply->type == REDIS_REPLY_NIL)
    return TRUE;
  if (reply->type != REDIS_REPLY_STRING)
    return FALSE;
  end = strchr (reply->str, '\n');
  if (end == NULL)
    return TRUE;
  user->since_real_us = MAX (g_ascii_strtoll (reply->str, NULL, 10), 0);
  user->record = g_strdup (end + 1);
  return TRUE;
}

static gboolean
take_events (TideRedisStore *self, TideStoredUser *user, const redisReply *reply)
{
  gint64 now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  guint64 last_id = 0;

  if (reply->type != REDIS_REPLY_ARRAY)
    return FALSE;
  for (gsize i = 0; i < reply->elements; i++)
    {
      TideStoredEvent event;

      last_id = MAX (last_id, tide_stored_event_parse_id (reply->element[i]));
      if (self->n_bytes_loaded > self->max_load_bytes ||
          !tide_stored_event_parse (reply->element[i], self->routes, now_us, &event))
        continue;
      self->n_bytes_loaded += event.event->payload_length;
      g_array_append_val (user->events, event);
    }
  self->last_id = MAX (self->last_id, last_id);
  if (reply->elements >= (gsize) atoi (EVENTS_AT_ONCE) && last_id > 0)
    ask_for_events (self, user, last_id);
  return TRUE;
}

/**
 * tide_redis_store_take_loaded:
 * @self: a store that loads
 * @command: what was asked for
 * @reply: the reply, whatever it is
 *
 * Takes a reply, and goes on, or is done.
 *
 * Returns: %FALSE when that is no reply to the command
 */
gboolean
tide_redis_store_take_loaded (TideRedisStore *self,
                              const TideStoreCommand *command,
                              const redisReply *reply)
{
  gboolean is_good = FALSE;

  switch (command->kind)
    {
    case TIDE_STORE_COMMAND_SCAN:
      is_good = take_names (self, reply);
      break;
    case TIDE_STORE_COMMAND_RECORD:
      is_good = take_record (command->user, reply);
      break;
    case TIDE_STORE_COMMAND_EVENTS:
      is_good = take_events (self, command->user, reply);
      break;
    case TIDE_STORE_COMMAND_WRITE:
      break;
    }
  if (!is_good || self->sent.length > 0)
    return is_good;
  if (g_str_equal (self->cursor, "0"))
    finish (self);
  else
    ask_for_names (self);
  return TRUE;
}
