/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a store writes: as it happens, and all that is in memory when that is needed. */

#include "tide-redis-store-private.h"
#include "tide-stored-event.h"

#include <string.h>

/* As long as less than this is on its way, more users are written. */
#define WRITE_AHEAD_BYTES (256 * 1024)
/* More is not put on top of what Redis has not taken yet: it is written again later. */
#define MAX_SENT_BYTES (16 * 1024 * 1024)

/* Sends a command, and notes what its reply will be. */
void
tide_redis_store_send (TideRedisStore *self,
                       const TideStoreCommand *command,
                       guint n_words,
                       const char *const *words,
                       const gsize *lengths)
{
  TideStoreCommand *sent = g_new (TideStoreCommand, 1);

  *sent = *command;
  sent->n_bytes = 0;
  for (guint i = 0; i < n_words; i++)
    sent->n_bytes += lengths[i] + 16;
  if (self->sent.length == 0)
    tide_redis_link_set_deadline (
        self->link, tide_redis_store_get_now_us (self) + TIDE_STORE_REPLY_TIMEOUT_US);
  g_queue_push_tail (&self->sent, sent);
  self->n_bytes_sent += sent->n_bytes;
  tide_redis_link_send (self->link, n_words, words, lengths);
}

/* The same, of words that are text. */
void
tide_redis_store_say (TideRedisStore *self,
                      const TideStoreCommand *command,
                      const char *const *words)
{
  gsize lengths[8];
  guint n_words = 0;

  for (; words[n_words] != NULL; n_words++)
    lengths[n_words] = strlen (words[n_words]);
  tide_redis_store_send (self, command, n_words, words, lengths);
}

#define SAY(self, ...)                                                                   \
  tide_redis_store_say (self,                                                            \
                        &(TideStoreCommand){ .kind = TIDE_STORE_COMMAND_WRITE },         \
                        (const char *const[]){ __VA_ARGS__, NULL })

static char *
make_lifetime (TideRedisStore *self)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, 2 * self->max_age_us / G_USEC_PER_SEC + 1);
}

/* Whether what happens to a user is to be written now: who is still to be written is
 * written as it is then. */
static gboolean
is_written (TideRedisStore *self, const char *name)
{
  if (self->is_in_transaction)
    return TRUE;
  if (!tide_redis_store_is_writing (self) ||
      g_hash_table_contains (self->unwritten, name))
    return FALSE;
  if (self->n_bytes_sent <= MAX_SENT_BYTES)
    return TRUE;
  tide_redis_store_write_all (self);
  return FALSE;
}

/* What takes memory away is possible while what takes more is refused. */
static gboolean
is_removing (TideRedisStore *self, const char *name)
{
  return is_written (self, name) || (self->state == TIDE_REDIS_STORE_REFUSING &&
                                     self->n_bytes_sent <= MAX_SENT_BYTES);
}

static void
forget (TideRedisStore *self, const char *name)
{
  g_autofree char *users = tide_redis_store_make_key (self, "users", NULL);
  g_autofree char *user = tide_redis_store_make_key (self, "user", name);
  g_autofree char *offline = tide_redis_store_make_key (self, "offline", name);

  SAY (self, "DEL", user, offline);
  SAY (self, "SREM", users, name);
}

/* Writes one user, all or nothing. */
static void
write_user (TideRedisStore *self, const char *name)
{
  g_autofree char *offline = tide_redis_store_make_key (self, "offline", name);

  self->is_in_transaction = TRUE;
  SAY (self, "MULTI");
  SAY (self, "DEL", offline);
  if (!self->funcs->write (name, self->user_data))
    {
      forget (self, name);
      g_hash_table_remove (self->names, name);
    }
  SAY (self, "EXEC");
  self->is_in_transaction = FALSE;
}

/* Goes on to write all that is in memory. */
void
tide_redis_store_write_some (TideRedisStore *self)
{
  GHashTableIter iter;
  gpointer name;

  while (g_hash_table_size (self->unwritten) > 0 &&
         self->n_bytes_sent < WRITE_AHEAD_BYTES)
    {
      g_hash_table_iter_init (&iter, self->unwritten);
      g_hash_table_iter_next (&iter, &name, NULL);
      g_hash_table_iter_steal (&iter);
      write_user (self, name);
      g_free (name);
    }
  if (g_hash_table_size (self->unwritten) > 0)
    return;
  self->n_until_whole = self->sent.length;
  if (self->n_until_whole == 0)
    tide_redis_store_be_whole (self);
}

/* Begins to write all that is in memory, and to take away what is not. */
void
tide_redis_store_write_all (TideRedisStore *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_remove_all (self->unwritten);
  self->funcs->list (names, self->user_data);
  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    g_hash_table_add (self->unwritten, g_ptr_array_index (names, i));
  tide_timer_wheel_arm (self->wheel,
                        &self->renewal,
                        tide_redis_store_get_now_us (self) +
                            MAX (self->max_age_us / 2, 1000000));
  tide_redis_store_set_state (self, TIDE_REDIS_STORE_WRITING);
  tide_redis_store_write_some (self);
}

static void
tide_redis_store_save_user (TideOfflineStore *store,
                            const char *name,
                            gint64 since_real_us,
                            const char *record)
{
  TideRedisStore *self = TIDE_REDIS_STORE (store);
  g_autofree char *users = tide_redis_store_make_key (self, "users", NULL);
  g_autofree char *user = tide_redis_store_make_key (self, "user", name);
  g_autofree char *lifetime = make_lifetime (self);
  g_autofree char *text = NULL;

  if (!is_written (self, name))
    return;
  text = g_strdup_printf ("%" G_GINT64_FORMAT "\n%s", since_real_us, record);
  g_hash_table_add (self->names, g_strdup (name));
  SAY (self, "SADD", users, name);
  SAY (self, "EXPIRE", users, lifetime);
  SAY (self, "SET", user, text, "EX", lifetime);
}

static void
tide_redis_store_forget_user (TideOfflineStore *store, const char *name)
{
  TideRedisStore *self = TIDE_REDIS_STORE (store);

  if (!is_removing (self, name))
    return;
  forget (self, name);
  if (tide_redis_store_is_writing (self))
    g_hash_table_remove (self->names, name);
}

static void
tide_redis_store_append (TideOfflineStore *store,
                         const char *name,
                         const TideStoredEvent *event)
{
  TideRedisStore *self = TIDE_REDIS_STORE (store);
  TideStoreCommand command = { .kind = TIDE_STORE_COMMAND_WRITE };
  g_autofree char *offline = tide_redis_store_make_key (self, "offline", name);
  g_autofree char *lifetime = make_lifetime (self);
  g_autoptr (GPtrArray) words = NULL;
  const char *texts[20];
  gsize lengths[20];

  if (!is_written (self, name))
    return;
  words = tide_stored_event_make_command (offline, event);
  for (guint i = 0; i < words->len; i++)
    texts[i] = g_bytes_get_data (g_ptr_array_index (words, i), &lengths[i]);
  tide_redis_store_send (self, &command, words->len, texts, lengths);
  SAY (self, "EXPIRE", offline, lifetime);
}

static void
tide_redis_store_remove (TideOfflineStore *store, const char *name, guint64 id)
{
  TideRedisStore *self = TIDE_REDIS_STORE (store);
  g_autofree char *offline = tide_redis_store_make_key (self, "offline", name);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT "-0", id);

  if (is_removing (self, name))
    SAY (self, "XDEL", offline, text);
}

static void
tide_redis_store_rewrite_user (TideOfflineStore *store, const char *name)
{
  TideRedisStore *self = TIDE_REDIS_STORE (store);

  if (!is_written (self, name))
    return;
  g_hash_table_add (self->unwritten, g_strdup (name));
  tide_redis_store_set_state (self, TIDE_REDIS_STORE_WRITING);
  tide_redis_store_write_some (self);
}

/* Lets a store be what the stages tell of users. */
void
tide_redis_store_init_offline (TideOfflineStoreInterface *iface)
{
  iface->save_user = tide_redis_store_save_user;
  iface->forget_user = tide_redis_store_forget_user;
  iface->append = tide_redis_store_append;
  iface->remove = tide_redis_store_remove;
  iface->rewrite_user = tide_redis_store_rewrite_user;
}
