/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two connections: the subscriber, which messages come in by, and the commander, which
 * the probe goes out by: a message to a channel of our own that the subscriber must bring
 * back. When it does not, the data path is dead, whatever the sockets say.
 *
 *   IDLE -start-> CONNECTING -subscribed-> CONNECTED -lost, or no probe back->
 * DISCONNECTED
 *                                              ^--------------subscribed------------|
 *
 * The commander is opened when the subscriber is ready, and opened anew by itself: losing
 * it loses no message. Losing the subscriber closes both. */

#include "tide-redis-source.h"

#include "tide-backoff.h"
#include "tide-error.h"
#include "tide-outage-log.h"
#include "tide-password-file.h"
#include "tide-redis-address.h"
#include "tide-redis-dialog.h"
#include "tide-redis-link.h"
#include "tide-redis-probe.h"

#include <string.h>

/* Silence is to be noticed within 3 s, and telling takes a moment. It may begin right
 * after a probe came back, and the next one goes out an interval later. */
#define NOTICE_US (2900 * G_GINT64_CONSTANT (1000))
/* A server may be busy with one command for so long. */
#define MIN_PROBE_LIMIT_US (1900 * G_GINT64_CONSTANT (1000))

#define HINT "to run without Redis, start with --set=source.type=demo"

typedef struct
{
  TideRedisSource *source; /* (unowned), owns us */
  TideRedisLink *link;     /* (owned) (nullable) */
  TideRedisPlan plan;
  TideRedisDialog dialog;
  TideBackoff backoff;
  TideTimer retry;
  gboolean is_ready; /* the dialog is through */
  gint64 opened_us;  /* when the attempt began */
} Line;

struct _TideRedisSource
{
  GObject parent_instance;

  TideSourceOutlet outlet;
  TideRedisAddress *address; /* (owned) */
  char *password_file;       /* (owned) (nullable) */
  GBytes *password;          /* (owned) (nullable), as last read */
  char **channels;           /* (owned) (nullable) */
  char **patterns;           /* (owned) (nullable) */
  TideSourceState state;
  Line subscriber;
  Line commander;
  TideRedisProbe probe;
  TideOutageLog log;
  TideSourceOutage outage; /* the latest, or what it would be */
  gboolean was_connected;  /* since the start */
};

static void tide_redis_source_iface_init (TideSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideRedisSource,
                               tide_redis_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_SOURCE,
                                                      tide_redis_source_iface_init))

static gint64
now_us (TideRedisSource *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->outlet.wheel));
}

/* Comes last in every function: a handler may stop or drop the source. */
static void
set_state (TideRedisSource *self, TideSourceState state)
{
  if (self->state == state)
    return;
  self->state = state;
  tide_source_emit_state_changed (TIDE_SOURCE (self));
}

static void
close_line (Line *line)
{
  tide_timer_wheel_disarm (line->source->outlet.wheel, &line->retry);
  g_clear_pointer (&line->link, tide_redis_link_close);
  line->is_ready = FALSE;
}

/* The wait counts from when an attempt began: one that came to nothing only after a while
 * has waited already. But no attempt follows another at once. */
static void
retry_later (Line *line)
{
  gint64 late_us = now_us (line->source);
  gint64 since_us = line->is_ready ? late_us : line->opened_us;
  gint64 wait_us = tide_backoff_next_us (&line->backoff);

  close_line (line);
  tide_timer_wheel_arm (line->source->outlet.wheel,
                        &line->retry,
                        MAX (since_us + wait_us, late_us + wait_us / 16));
}

static void
log_failure (TideRedisSource *self, const GError *error)
{
  tide_outage_log_failure (&self->log, now_us (self), error->message, HINT);
}

/* The subscriber is lost, or could not be made. */
static void
on_subscriber_lost (TideRedisSource *self, const GError *error)
{
  close_line (&self->commander);
  tide_redis_probe_stop (&self->probe);
  retry_later (&self->subscriber);
  log_failure (self, error);
  set_state (self, TIDE_SOURCE_DISCONNECTED);
}

static void
on_line_lost (Line *line, const GError *error)
{
  TideRedisSource *self = line->source;

  if (line == &self->subscriber)
    on_subscriber_lost (self, error);
  else
    {
      /* The limit of the probe goes on: when the commander can't be made anew in time,
       * the subscriber is not believed either. */
      g_info ("commands: %s", error->message);
      retry_later (line);
    }
}

static gboolean
send_probe (const char *text, gpointer user_data)
{
  TideRedisSource *self = user_data;

  return tide_redis_source_publish (self, self->probe.channel, text, strlen (text), NULL);
}

static void
on_probe_dead (gpointer user_data)
{
  TideRedisSource *self = user_data;
  g_autoptr (GError) error = NULL;

  g_set_error (&error,
               TIDE_ERROR,
               TIDE_ERROR_UNAVAILABLE,
               "%s does not answer: no probe came back in %.1f s",
               self->address->description,
               self->probe.limit_us / 1e6);
  self->outage.reason = "no_answer";
  on_subscriber_lost (self, error);
}

static const TideRedisProbeFuncs probe_funcs = {
  .send = send_probe,
  .dead = on_probe_dead,
};

static void on_link_opened (TideRedisLink *link, gpointer user_data);
static void
on_link_reply (TideRedisLink *link, const redisReply *reply, gpointer user_data);

static void
on_link_failed (TideRedisLink *link, const GError *error, gpointer user_data)
{
  on_line_lost (user_data, error);
}

/* A probe is late by that, too; its answer has seconds. */
static gboolean
on_link_done (gpointer user_data)
{
  const Line *line = user_data;
  const TideRedisSource *self = line->source;

  return line == &self->subscriber && self->outlet.done != NULL &&
         self->outlet.done (self->outlet.user_data);
}

static const TideRedisLinkFuncs link_funcs = {
  .opened = on_link_opened,
  .reply = on_link_reply,
  .failed = on_link_failed,
  .done = on_link_done,
};

static gboolean
read_password (TideRedisSource *self, GError **error)
{
  if (self->password_file == NULL)
    return TRUE;
  g_clear_pointer (&self->password, g_bytes_unref);
  self->password = tide_password_file_read (self->password_file, error);
  self->subscriber.plan.password = self->password;
  self->commander.plan.password = self->password;
  if (self->password == NULL)
    g_prefix_error (error, "%s: ", self->address->description);
  return self->password != NULL;
}

static void
open_line (Line *line)
{
  TideRedisSource *self = line->source;
  g_autoptr (GError) error = NULL;

  line->opened_us = now_us (self);
  if (!read_password (self, &error))
    on_line_lost (line, error);
  else
    line->link =
        tide_redis_link_open (self->address, self->outlet.wheel, &link_funcs, line);
}

static void
on_retry (TideTimer *timer, gint64 retry_now_us)
{
  open_line (timer->user_data);
}

static gboolean
is_probing (TideRedisSource *self)
{
  return self->probe.channel != NULL && self->subscriber.dialog.can_probe;
}

static void
on_subscriber_ready (TideRedisSource *self)
{
  self->outage = (TideSourceOutage){ now_us (self), "connection_lost" };
  tide_backoff_reset (&self->commander.backoff);
  tide_outage_log_success (&self->log, now_us (self), self->address->description);
  if (is_probing (self))
    tide_redis_probe_expect (&self->probe);
  else
    tide_backoff_reset (&self->subscriber.backoff);
  if (!is_probing (self) && self->probe.channel != NULL && !self->was_connected)
    g_warning ("%s does not let us subscribe to %s*: a dead connection may go unnoticed",
               self->address->description,
               TIDE_REDIS_PROBE_PREFIX);
  if (self->was_connected)
    self->outlet.counters->source_reconnects++;
  self->was_connected = TRUE;
  open_line (&self->commander);
  set_state (self, TIDE_SOURCE_CONNECTED);
}

static void
on_line_ready (Line *line)
{
  TideRedisSource *self = line->source;

  line->is_ready = TRUE;
  tide_redis_link_settle (line->link);
  if (line == &self->subscriber)
    on_subscriber_ready (self);
  else if (is_probing (self))
    tide_redis_probe_send (&self->probe);
}

/* @error goes on after the server's name. */
static void
on_line_refused (Line *line, GError *error)
{
  TideRedisSource *self = line->source;

  g_prefix_error (&error, "%s: ", self->address->description);
  if (line == &self->subscriber)
    {
      on_subscriber_lost (self, error);
      return;
    }
  /* The server is well and messages come in; only nothing can be proven by a probe. */
  tide_redis_probe_stop (&self->probe);
  tide_outage_log_failure (
      &self->log, now_us (self), error->message, "messages come in all the same");
  retry_later (line);
}

static void
send_command (guint n_args,
              const char *const *args,
              const gsize *lengths,
              gpointer user_data)
{
  Line *line = user_data;

  tide_redis_link_send (line->link, n_args, args, lengths);
}

static void
on_link_opened (TideRedisLink *link, gpointer user_data)
{
  Line *line = user_data;

  if (tide_redis_dialog_start (&line->dialog, &line->plan, send_command, line) ==
      TIDE_REDIS_READY)
    on_line_ready (line);
}

static void
on_probe_message (TideRedisSource *self, const TideRedisMessage *message)
{
  if (!is_probing (self))
    return;
  tide_redis_probe_take (&self->probe, message);
  if (self->probe.sent_us != 0)
    return;
  /* A server that lets us in and sends us away again and again has not come back. */
  tide_backoff_reset (&self->subscriber.backoff);
  tide_backoff_reset (&self->commander.backoff);
}

static void
on_link_reply (TideRedisLink *link, const redisReply *reply, gpointer user_data)
{
  Line *line = user_data;
  TideRedisSource *self = line->source;
  TideRedisMessage message;
  g_autoptr (GError) error = NULL;

  if (line == &self->subscriber)
    tide_redis_probe_hear (&self->probe);

  switch (tide_redis_dialog_take (&line->dialog, reply, &message, &error))
    {
    case TIDE_REDIS_QUIET:
    case TIDE_REDIS_PUBLISHED:
      break;
    case TIDE_REDIS_READY:
      on_line_ready (line);
      break;
    case TIDE_REDIS_MESSAGE:
      self->outlet.func (message.channel,
                         message.channel_length,
                         message.payload,
                         message.payload_length,
                         self->outlet.user_data);
      break;
    case TIDE_REDIS_PROBE:
      on_probe_message (self, &message);
      break;
    case TIDE_REDIS_REFUSED:
      on_line_refused (line, error);
      break;
    case TIDE_REDIS_BROKEN:
      g_prefix_error (&error, "%s: ", self->address->description);
      on_line_lost (line, error);
      break;
    }
}

static gboolean
tide_redis_source_start (TideSource *source, GError **error)
{
  TideRedisSource *self = TIDE_REDIS_SOURCE (source);

  g_return_val_if_fail (self->state == TIDE_SOURCE_IDLE, FALSE);

  open_line (&self->subscriber);
  if (self->state == TIDE_SOURCE_IDLE)
    set_state (self, TIDE_SOURCE_CONNECTING);
  return TRUE;
}

static void
tide_redis_source_stop (TideSource *source)
{
  TideRedisSource *self = TIDE_REDIS_SOURCE (source);

  close_line (&self->subscriber);
  close_line (&self->commander);
  tide_redis_probe_stop (&self->probe);
  tide_outage_log_clear (&self->log);
  self->was_connected = FALSE;
  set_state (self, TIDE_SOURCE_IDLE);
}

static TideSourceState
tide_redis_source_get_state (TideSource *source)
{
  return TIDE_REDIS_SOURCE (source)->state;
}

static const char *
tide_redis_source_get_description (TideSource *source)
{
  return TIDE_REDIS_SOURCE (source)->address->description;
}

static void
tide_redis_source_get_outage (TideSource *source, TideSourceOutage *outage)
{
  TideRedisSource *self = TIDE_REDIS_SOURCE (source);

  *outage = self->outage;
  outage->proven_us = MAX (outage->proven_us, self->probe.proven_us);
}

static void
tide_redis_source_iface_init (TideSourceInterface *iface)
{
  iface->start = tide_redis_source_start;
  iface->stop = tide_redis_source_stop;
  iface->get_state = tide_redis_source_get_state;
  iface->get_description = tide_redis_source_get_description;
  iface->get_outage = tide_redis_source_get_outage;
}

static void
tide_redis_source_dispose (GObject *object)
{
  if (TIDE_REDIS_SOURCE (object)->outlet.wheel != NULL)
    tide_redis_source_stop (TIDE_SOURCE (object));
  G_OBJECT_CLASS (tide_redis_source_parent_class)->dispose (object);
}

static void
tide_redis_source_finalize (GObject *object)
{
  TideRedisSource *self = TIDE_REDIS_SOURCE (object);

  if (self->outlet.wheel != NULL)
    tide_redis_probe_clear (&self->probe);
  g_clear_pointer (&self->address, tide_redis_address_free);
  g_clear_pointer (&self->password, g_bytes_unref);
  g_clear_pointer (&self->channels, g_strfreev);
  g_clear_pointer (&self->patterns, g_strfreev);
  g_free (self->password_file);
  G_OBJECT_CLASS (tide_redis_source_parent_class)->finalize (object);
}

static void
tide_redis_source_class_init (TideRedisSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_redis_source_dispose;
  G_OBJECT_CLASS (klass)->finalize = tide_redis_source_finalize;
}

static void
init_line (Line *line, TideRedisSource *self)
{
  line->source = self;
  line->retry.func = on_retry;
  line->retry.user_data = line;
  tide_backoff_init (&line->backoff, ((guint64) g_random_int () << 32) | g_random_int ());
}

static void
tide_redis_source_init (TideRedisSource *self)
{
  init_line (&self->subscriber, self);
  init_line (&self->commander, self);
}

static gint64
get_default_limit_us (const TideRedisSettings *settings)
{
  return MAX (NOTICE_US - settings->probe_interval_ms * G_GINT64_CONSTANT (1000),
              MIN_PROBE_LIMIT_US);
}

static void
apply_settings (TideRedisSource *self, const TideRedisSettings *settings)
{
  self->password_file = g_strdup (settings->password_file);
  self->channels = g_strdupv ((char **) settings->channels);
  self->patterns = g_strdupv ((char **) settings->patterns);
  if (settings->probe_interval_ms > 0)
    tide_redis_probe_set_times (&self->probe,
                                settings->probe_interval_ms * G_GINT64_CONSTANT (1000),
                                settings->probe_limit_ms > 0
                                    ? settings->probe_limit_ms * G_GINT64_CONSTANT (1000)
                                    : get_default_limit_us (settings));

  self->commander.plan.user = self->address->user;
  self->commander.plan.database = self->address->database;
  self->subscriber.plan = self->commander.plan;
  self->subscriber.plan.channels = (const char *const *) self->channels;
  self->subscriber.plan.patterns = (const char *const *) self->patterns;
  self->subscriber.plan.probe_channel = self->probe.channel;
}

/**
 * tide_redis_source_new:
 * @outlet: (transfer none): what to pass messages to; copied
 * @settings: (transfer none): what to subscribe to; copied
 * @error: return location for an error
 *
 * Creates a source; nothing is connected before tide_source_start().
 *
 * Once started it never gives up: after each failure it waits 50 ms at first, twice as
 * long each time, 900 ms at most. Messages that are published meanwhile are lost, as
 * Redis keeps none.
 *
 * Fails with %TIDE_ERROR_BAD_CONFIG when the address can't be used.
 *
 * Returns: (transfer full): a source
 */
TideRedisSource *
tide_redis_source_new (const TideSourceOutlet *outlet,
                       const TideRedisSettings *settings,
                       GError **error)
{
  g_autoptr (TideRedisAddress) address = tide_redis_address_parse (settings->uri, error);

  if (address == NULL)
    return NULL;

  TideRedisSource *self = g_object_new (TIDE_TYPE_REDIS_SOURCE, NULL);

  self->outlet = *outlet;
  tide_redis_probe_init (&self->probe, outlet->wheel, &probe_funcs, self);
  self->address = g_steal_pointer (&address);
  apply_settings (self, settings);
  return self;
}

/**
 * tide_redis_source_get_probe_us:
 * @self: a Redis source
 *
 * Gets how long the last probe was on its way from us through Redis back to us.
 *
 * Returns: microseconds; -1 when none has come back yet
 */
gint64
tide_redis_source_get_probe_us (TideRedisSource *self)
{
  return self->probe.trip_us;
}

/**
 * tide_redis_source_publish:
 * @self: a Redis source
 * @channel: where to
 * @payload: (array length=payload_length): any bytes
 * @payload_length: length of @payload in bytes
 * @error: return location for an error
 *
 * Publishes a message. Whether it has reached Redis is not known when this returns.
 *
 * Fails with %TIDE_ERROR_UNAVAILABLE when Redis is not connected.
 *
 * Returns: %TRUE when the message was handed over
 */
gboolean
tide_redis_source_publish (TideRedisSource *self,
                           const char *channel,
                           const char *payload,
                           gsize payload_length,
                           GError **error)
{
  const char *args[] = { "PUBLISH", channel, payload };
  const gsize lengths[] = { 7, strlen (channel), payload_length };

  if (!self->commander.is_ready)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_UNAVAILABLE,
                   "not connected to %s; try again later",
                   self->address->description);
      return FALSE;
    }
  tide_redis_link_send (self->commander.link, G_N_ELEMENTS (args), args, lengths);
  return TRUE;
}
