/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keys, with the prefix `tidewire`:
 *
 *   tidewire:users         set: the names of all users of whom something is kept
 *   tidewire:user:NAME     text: since when the user is away, and routing's record
 *   tidewire:offline:NAME  stream: the events that wait
 *
 *   AWAY -ready-> LOADING (the first time) -> WRITING -all sent-> WHOLE
 *     ^                                          ^                  |
 *     +--- the connection is lost, from any      +---- retry --- REFUSING <- an error
 */

#include "tide-redis-store.h"

#include "tide-error.h"
#include "tide-password-file.h"
#include "tide-redis-store-private.h"

#include <string.h>

#define HINT "meanwhile what waits for users who are away is in memory only"

static const struct
{
  const char *prefix;
  const char *remedy;
} remedies[] = {
  { "OOM", "raise its maxmemory, or lower [delivery] offline-total-bytes" },
  { "MISCONF", "make room on its disk: it can't save" },
  { "READONLY", "it is a replica: name its master in redis.uri" },
  { "NOPERM", "let its user write keys with the prefix [delivery] offline-store-prefix" },
  { "WRONGTYPE", "another program uses these keys: set offline-store-prefix" },
  { "EXECABORT", "see what it said before" },
};

G_DEFINE_FINAL_TYPE_WITH_CODE (TideRedisStore,
                               tide_redis_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_OFFLINE_STORE,
                                                      tide_redis_store_init_offline))

gint64
tide_redis_store_get_now_us (TideRedisStore *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

void
tide_redis_store_set_state (TideRedisStore *self, TideRedisStoreState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (self->funcs != NULL)
    self->funcs->changed (state, self->user_data);
}

char *
tide_redis_store_make_key (TideRedisStore *self, const char *kind, const char *user)
{
  return user != NULL ? g_strdup_printf ("%s:%s:%s", self->prefix, kind, user)
                      : g_strdup_printf ("%s:%s", self->prefix, kind);
}

/* --- the connection --- */

static void
disconnect (TideRedisStore *self)
{
  TideStoreCommand *command;

  tide_timer_wheel_disarm (self->wheel, &self->retry);
  tide_timer_wheel_disarm (self->wheel, &self->renewal);
  g_clear_pointer (&self->link, tide_redis_link_close);
  while ((command = g_queue_pop_head (&self->sent)) != NULL)
    g_free (command);
  self->n_bytes_sent = 0;
  self->n_until_whole = 0;
  tide_redis_store_drop_load (self);
  g_hash_table_remove_all (self->unwritten);
}

static void
retry_later (TideRedisStore *self)
{
  tide_timer_wheel_arm (self->wheel,
                        &self->retry,
                        tide_redis_store_get_now_us (self) +
                            tide_backoff_next_us (&self->backoff));
}

static void
on_lost (TideRedisStore *self, const GError *error)
{
  disconnect (self);
  self->counters->offline_store_errors++;
  tide_outage_log_failure (
      &self->log, tide_redis_store_get_now_us (self), error->message, HINT);
  retry_later (self);
  /* Who waits for what was kept learns that it does not come now. */
  if (self->state == TIDE_REDIS_STORE_AWAY)
    self->funcs->changed (self->state, self->user_data);
  else
    tide_redis_store_set_state (self, TIDE_REDIS_STORE_AWAY);
}

static void
on_broken (TideRedisStore *self, const char *what)
{
  g_autoptr (GError) error = g_error_new (TIDE_ERROR,
                                          TIDE_ERROR_UNAVAILABLE,
                                          "offline store, %s: %s",
                                          self->address->description,
                                          what);

  on_lost (self, error);
}

static const char *
find_remedy (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (remedies); i++)
    if (g_str_has_prefix (text, remedies[i].prefix))
      return remedies[i].remedy;
  return "look into its log";
}

/* Redis does not take it. What is in it stays as it is: transactions that are not whole
 * are not carried out. */
static void
on_refused (TideRedisStore *self, const redisReply *reply)
{
  g_autofree char *words = g_utf8_make_valid (reply->str, MIN (reply->len, 120));
  g_autofree char *text = g_strdup_printf ("offline store, %s says \"%s\": %s",
                                           self->address->description,
                                           words,
                                           find_remedy (reply->str));

  self->counters->offline_store_errors++;
  if (self->state == TIDE_REDIS_STORE_REFUSING)
    return;
  g_hash_table_remove_all (self->unwritten);
  self->n_until_whole = 0;
  tide_outage_log_failure (&self->log, tide_redis_store_get_now_us (self), text, HINT);
  retry_later (self);
  tide_redis_store_set_state (self, TIDE_REDIS_STORE_REFUSING);
}

static void
send_plain (guint n_args,
            const char *const *args,
            const gsize *lengths,
            gpointer user_data)
{
  TideRedisStore *self = user_data;

  tide_redis_link_send (self->link, n_args, args, lengths);
}

static void
on_ready (TideRedisStore *self)
{
  tide_redis_link_settle (self->link);
  if (self->is_loaded)
    tide_redis_store_write_all (self);
  else
    tide_redis_store_begin_load (self);
}

static void
on_link_opened (TideRedisLink *link, gpointer user_data)
{
  TideRedisStore *self = user_data;

  if (tide_redis_dialog_start (&self->dialog, &self->plan, send_plain, self) ==
      TIDE_REDIS_READY)
    on_ready (self);
}

static void
take_dialog (TideRedisStore *self, const redisReply *reply)
{
  TideRedisMessage message;
  g_autoptr (GError) error = NULL;
  TideRedisOutcome outcome =
      tide_redis_dialog_take (&self->dialog, reply, &message, &error);

  if (outcome == TIDE_REDIS_READY)
    on_ready (self);
  else if (error != NULL)
    on_broken (self, error->message);
}

/* All that was to be written is acknowledged. */
void
tide_redis_store_be_whole (TideRedisStore *self)
{
  g_autofree char *text =
      g_strdup_printf ("offline store, %s", self->address->description);

  tide_backoff_reset (&self->backoff);
  tide_outage_log_success (&self->log, tide_redis_store_get_now_us (self), text);
  tide_redis_store_set_state (self, TIDE_REDIS_STORE_WHOLE);
}

static void
take_written (TideRedisStore *self, const redisReply *reply)
{
  gboolean is_last = self->n_until_whole > 0 && --self->n_until_whole == 0;

  if (reply->type == REDIS_REPLY_ERROR)
    on_refused (self, reply);
  else if (is_last)
    tide_redis_store_be_whole (self);
  if (g_hash_table_size (self->unwritten) > 0)
    tide_redis_store_write_some (self);
}

static void
on_link_reply (TideRedisLink *link, const redisReply *reply, gpointer user_data)
{
  TideRedisStore *self = user_data;
  g_autofree TideStoreCommand *command = NULL;

  if (self->dialog.step != TIDE_REDIS_STEP_READY)
    {
      take_dialog (self, reply);
      return;
    }
  command = g_queue_pop_head (&self->sent);
  if (command == NULL)
    {
      on_broken (self, "it says what nobody has asked for");
      return;
    }
  self->n_bytes_sent -= command->n_bytes;
  tide_redis_link_set_deadline (link,
                                self->sent.length > 0
                                    ? tide_redis_store_get_now_us (self) +
                                          TIDE_STORE_REPLY_TIMEOUT_US
                                    : -1);
  if (command->kind == TIDE_STORE_COMMAND_WRITE)
    take_written (self, reply);
  else if (!tide_redis_store_take_loaded (self, command, reply))
    on_broken (self, reply->type == REDIS_REPLY_ERROR ? reply->str : "odd answers");
}

static void
on_link_failed (TideRedisLink *link, const GError *error, gpointer user_data)
{
  TideRedisStore *self = user_data;
  g_autoptr (GError) own = g_error_copy (error);

  g_prefix_error (&own, "offline store: ");
  on_lost (self, own);
}

static const TideRedisLinkFuncs link_funcs = {
  .opened = on_link_opened,
  .reply = on_link_reply,
  .failed = on_link_failed,
};

static void
connect_link (TideRedisStore *self)
{
  g_autoptr (GError) error = NULL;

  if (self->password_file != NULL)
    {
      g_clear_pointer (&self->password, g_bytes_unref);
      self->password = tide_password_file_read (self->password_file, &error);
      self->plan.password = self->password;
    }
  self->dialog.step = TIDE_REDIS_STEP_AUTH;
  if (error != NULL)
    on_lost (self, error);
  else
    self->link = tide_redis_link_open (self->address, self->wheel, &link_funcs, self);
}

static void
on_retry (TideTimer *timer, gint64 retry_now_us)
{
  TideRedisStore *self = timer->user_data;

  if (self->link == NULL)
    connect_link (self);
  else
    tide_redis_store_write_all (self);
}

static void
on_renewal (TideTimer *timer, gint64 renewal_now_us)
{
  tide_redis_store_write_all (timer->user_data);
}

/* --- life --- */

static void
tide_redis_store_dispose (GObject *object)
{
  if (TIDE_REDIS_STORE (object)->wheel != NULL)
    tide_redis_store_stop (TIDE_REDIS_STORE (object));
  G_OBJECT_CLASS (tide_redis_store_parent_class)->dispose (object);
}

static void
tide_redis_store_finalize (GObject *object)
{
  TideRedisStore *self = TIDE_REDIS_STORE (object);

  g_clear_pointer (&self->address, tide_redis_address_free);
  g_clear_pointer (&self->password, g_bytes_unref);
  g_clear_pointer (&self->routes, tide_route_table_unref);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->unwritten);
  g_free (self->password_file);
  g_free (self->prefix);
  G_OBJECT_CLASS (tide_redis_store_parent_class)->finalize (object);
}

static void
tide_redis_store_class_init (TideRedisStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_redis_store_dispose;
  G_OBJECT_CLASS (klass)->finalize = tide_redis_store_finalize;
}

static void
tide_redis_store_init (TideRedisStore *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unwritten = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->retry.func = on_retry;
  self->retry.user_data = self;
  self->renewal.func = on_renewal;
  self->renewal.user_data = self;
  tide_backoff_init (&self->backoff, ((guint64) g_random_int () << 32) | g_random_int ());
}

/**
 * tide_redis_store_new:
 * @wheel: what its timers hang on; must outlive the store
 * @counters: where to count; must outlive the store
 * @settings: copied
 * @error: return location for an error
 *
 * Makes a store; nothing is connected before tide_redis_store_start().
 *
 * Fails with %TIDE_ERROR_BAD_CONFIG when the address can't be used.
 *
 * Returns: (transfer full): a store
 */
TideRedisStore *
tide_redis_store_new (TideTimerWheel *wheel,
                      TideCounters *counters,
                      const TideRedisStoreSettings *settings,
                      GError **error)
{
  g_autoptr (TideRedisAddress) address = tide_redis_address_parse (settings->uri, error);
  TideRedisStore *self;

  if (address == NULL)
    return NULL;
  self = g_object_new (TIDE_TYPE_REDIS_STORE, NULL);
  self->wheel = wheel;
  self->counters = counters;
  self->plan.user = address->user;
  self->plan.database = address->database;
  self->address = g_steal_pointer (&address);
  self->password_file = g_strdup (settings->password_file);
  self->prefix = g_strdup (settings->prefix);
  self->max_age_us = settings->max_age_us;
  self->max_load_bytes = settings->max_load_bytes;
  self->routes = tide_route_table_ref (settings->routes);
  return self;
}

/**
 * tide_redis_store_start:
 * @self: a store that was not started
 * @funcs: (transfer none): what to call; static
 * @user_data: for @funcs
 *
 * Connects, and hands on what was kept. It never gives up. Nothing is called back from
 * within, but a change of the state.
 */
void
tide_redis_store_start (TideRedisStore *self,
                        const TideRedisStoreFuncs *funcs,
                        gpointer user_data)
{
  self->funcs = funcs;
  self->user_data = user_data;
  connect_link (self);
}

/**
 * tide_redis_store_stop:
 * @self: a store
 *
 * Closes the connection. What is in Redis stays there; nothing is called back any more.
 */
void
tide_redis_store_stop (TideRedisStore *self)
{
  self->funcs = NULL;
  disconnect (self);
  tide_outage_log_clear (&self->log);
  self->state = TIDE_REDIS_STORE_AWAY;
}

/**
 * tide_redis_store_is_busy:
 * @self: a store
 *
 * Returns: whether something is on its way to Redis that it has not acknowledged yet
 */
gboolean
tide_redis_store_is_busy (TideRedisStore *self)
{
  return tide_redis_store_is_writing (self) &&
         (self->sent.length > 0 || g_hash_table_size (self->unwritten) > 0);
}

/**
 * tide_redis_store_state_get_nick:
 * @state: a state
 *
 * Returns: what the status calls it
 */
const char *
tide_redis_store_state_get_nick (TideRedisStoreState state)
{
  switch (state)
    {
    case TIDE_REDIS_STORE_AWAY:
      return "disconnected";
    case TIDE_REDIS_STORE_LOADING:
      return "loading";
    case TIDE_REDIS_STORE_WRITING:
      return "writing";
    case TIDE_REDIS_STORE_WHOLE:
      return "whole";
    case TIDE_REDIS_STORE_REFUSING:
      return "refusing";
    }
  g_return_val_if_reached ("disconnected");
}
