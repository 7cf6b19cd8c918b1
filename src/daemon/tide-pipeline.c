/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stages, and who feeds whom: a source's messages become events, events find their
 * audience, the broadcaster makes batches, the sessions hand them to sockets. Only this
 * file connects them; tide-intake.c has the first steps of an event, which an operator's
 * events take as well. */

#include "tide-pipeline.h"

#include "tide-console-api.h"
#include "tide-control-message.h"
#include "tide-error.h"
#include "tide-history-factory.h"
#include "tide-intake.h"
#include "tide-login-factory.h"
#include "tide-memory-steps.h"
#include "tide-message-ids.h"
#include "tide-offline-keeper.h"
#include "tide-pipeline-settings.h"
#include "tide-source-keeper.h"
#include "tide-user-hash.h"

#include <string.h>

/* Messages may wait for the wheel's next turn where a window takes ten of them or more.
 * Urgent events may come later by that: docs/decisions/0004. */
#define PATIENT_WINDOW_US (10 * TIDE_TIMER_STEP_US)

struct _TidePipeline
{
  GObject parent_instance;

  TideStages stages; /* (owned) */
  TideCounters counters;
  char *control_channel;     /* (owned), empty for none */
  TideSourceKeeper *source;  /* (owned) (nullable), once started */
  TideMemoryBudget *memory;  /* (owned) */
  TideOfflineKeeper *keeper; /* (owned) (nullable) */
  gboolean is_attached;      /* the wheel is */
  TideDrain *drain;          /* (owned) */
  TideConsole *console;      /* (owned) */
};

G_DEFINE_FINAL_TYPE (TidePipeline, tide_pipeline, G_TYPE_OBJECT)

/* An order to the service itself. */
static void
take_order (TidePipeline *self, const char *payload, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *user = tide_control_message_parse_log_out (payload, length, &error);
  g_autofree char *hash = NULL;

  if (user == NULL)
    {
      if (self->counters.orders_refused++ == 0)
        g_log_structured (
            G_LOG_DOMAIN,
            G_LOG_LEVEL_WARNING,
            "TIDE_CHANNEL",
            self->control_channel,
            "MESSAGE",
            "An order on the channel %s was refused: %s. More are only counted",
            self->control_channel,
            error->message);
      return;
    }
  self->counters.orders_taken++;
  hash = tide_user_hash (user);
  tide_log_about_user (TIDE_MESSAGE_LOGGED_OUT,
                       hash,
                       "A user was logged out by Redis: %u connections closed",
                       tide_pipeline_log_out (self, user));
}

static gboolean
is_order (TidePipeline *self, const char *channel, gsize length)
{
  return length == strlen (self->control_channel) && length > 0 &&
         memcmp (channel, self->control_channel, length) == 0;
}

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  TidePipeline *self = user_data;

  if (is_order (self, channel, channel_length))
    {
      take_order (self, payload, payload_length);
      return;
    }
  tide_intake_take (&self->stages, channel, channel_length, payload, payload_length);
}

/* What the windows that have ended leave is written in the same turn of the loop. */
static void
on_timers_done (gpointer user_data)
{
  tide_http_server_write (((TidePipeline *) user_data)->stages.server);
}

/* So is what has come, and when that was read in the wheel's turn, before windows end in
 * it: urgent events do not wait for them. */
static gboolean
on_reading_done (gpointer user_data)
{
  const TidePipeline *self = user_data;

  tide_http_server_write (self->stages.server);
  return self->stages.scalable != NULL &&
         tide_scalable_broadcaster_get_limits (self->stages.scalable)->batch_window_us >=
             PATIENT_WINDOW_US;
}

static void
tide_pipeline_dispose (GObject *object)
{
  TidePipeline *self = TIDE_PIPELINE (object);

  tide_timer_wheel_set_done_func (self->stages.wheel, NULL, NULL);
  g_clear_pointer (&self->source, tide_source_keeper_free);
  g_clear_pointer (&self->memory, tide_memory_budget_free);
  if (self->stages.server != NULL)
    tide_http_server_set_console_func (self->stages.server, NULL, NULL);
  g_clear_pointer (&self->console, tide_console_free);
  g_clear_pointer (&self->drain, tide_drain_free);
  if (self->stages.history != NULL)
    tide_history_stop (self->stages.history);
  g_clear_object (&self->stages.history);
  g_clear_pointer (&self->keeper, tide_offline_keeper_free);
  if (self->stages.sessions != NULL)
    tide_websocket_manager_close_all (self->stages.sessions, TIDE_CLOSE_SHUTDOWN);
  g_clear_object (&self->stages.server);
  g_clear_pointer (&self->stages.streams, tide_event_streams_free);
  g_clear_object (&self->stages.router);
  /* The broadcaster is told of users by the sessions, and hands them its batches. */
  if (self->stages.sessions != NULL)
    g_object_run_dispose (G_OBJECT (self->stages.sessions));
  g_clear_object (&self->stages.sessions);
  g_clear_object (&self->stages.direct);
  g_clear_object (&self->stages.scalable);
  g_clear_object (&self->stages.subscriptions);
  g_clear_object (&self->stages.status);

  G_OBJECT_CLASS (tide_pipeline_parent_class)->dispose (object);
}

static void
tide_pipeline_finalize (GObject *object)
{
  TidePipeline *self = TIDE_PIPELINE (object);

  g_free (self->control_channel);
  tide_decoder_free (self->stages.decoder);
  tide_user_table_free (self->stages.users);
  tide_timer_wheel_free (self->stages.wheel);
  tide_clock_unref (self->stages.clock);

  G_OBJECT_CLASS (tide_pipeline_parent_class)->finalize (object);
}

static void
tide_pipeline_class_init (TidePipelineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_pipeline_dispose;
  object_class->finalize = tide_pipeline_finalize;
}

static void
tide_pipeline_init (TidePipeline *self)
{
  self->stages.counters = &self->counters;
  self->stages.clock = tide_clock_new_monotonic ();
  self->stages.wheel = tide_timer_wheel_new (self->stages.clock);
  self->stages.users = tide_user_table_new ();
}

/* Makes the broadcaster that the configuration asks for; one of the two. */
static void
make_broadcaster (TidePipeline *self, TideConfig *config)
{
  TideDeliverySettings settings = tide_pipeline_get_delivery_settings (config);
  TideBatchSink *sink = TIDE_BATCH_SINK (self->stages.sessions);

  if (g_str_equal (tide_config_get_string (config, "delivery", "batch-mode"), "direct"))
    self->stages.direct = tide_broadcaster_new (
        sink, self->stages.users, self->stages.wheel, &self->counters, &settings.offline);
  else
    self->stages.scalable = tide_scalable_broadcaster_new (
        sink, self->stages.users, self->stages.wheel, &self->counters, &settings);
}

static GObject *
get_broadcaster (TidePipeline *self)
{
  return self->stages.direct != NULL ? G_OBJECT (self->stages.direct)
                                     : G_OBJECT (self->stages.scalable);
}

/* The stages that are told of users, in this order: who asked for what is known before
 * events are delivered. */
static void
connect_observers (TidePipeline *self)
{
  TideUserObserver *delivery = TIDE_USER_OBSERVER (get_broadcaster (self));

  tide_websocket_manager_add_observer (self->stages.sessions,
                                       TIDE_USER_OBSERVER (self->stages.subscriptions));
  tide_websocket_manager_add_observer (self->stages.sessions, delivery);
  tide_subscription_manager_set_observer (self->stages.subscriptions, delivery);
}

static void
make_console (TidePipeline *self, TideConfig *config)
{
  self->console = tide_console_new (&self->stages, self->drain, config);
  tide_http_server_set_console_func (
      self->stages.server, tide_console_answer, self->console);
}

static void
set_memory_limit (TidePipeline *self, TideConfig *config)
{
  tide_memory_budget_set_limit (
      self->memory, tide_config_get_uint64 (config, "server", "max-memory-bytes"));
}

/* Connects the stages from the browsers' end to the producers' end. */
static void
connect_stages (TidePipeline *self, TideConfig *config)
{
  TideSessionSettings session_settings = tide_pipeline_get_session_settings (config);
  TideSubscriptionSettings subscription_settings =
      tide_pipeline_get_subscription_settings (config);
  TideHttpSettings http_settings = tide_pipeline_get_http_settings (config);
  TideRouteTable *routes = tide_config_get_routes (config);

  self->stages.sessions = tide_websocket_manager_new (
      self->stages.users, self->stages.wheel, &self->counters, &session_settings);
  self->stages.server = tide_http_server_new (self->stages.sessions,
                                              self->stages.status,
                                              self->stages.wheel,
                                              &self->counters,
                                              &http_settings);
  make_broadcaster (self, config);
  self->stages.subscriptions = tide_subscription_manager_new (self->stages.users,
                                                              self->stages.wheel,
                                                              &self->counters,
                                                              routes,
                                                              &subscription_settings);
  self->stages.router = tide_event_router_new (self->stages.subscriptions,
                                               TIDE_EVENT_SINK (get_broadcaster (self)),
                                               &self->counters);
  self->stages.streams = tide_event_streams_new (
      self->stages.router, self->stages.subscriptions, self->stages.sessions);
  self->stages.decoder =
      tide_decoder_new (routes,
                        &self->counters,
                        self->stages.clock,
                        tide_config_get_uint64 (config, "source", "max-event-bytes"));
  connect_observers (self);
  tide_websocket_manager_set_routes (self->stages.sessions, routes);
  tide_websocket_manager_set_command_handler (
      self->stages.sessions, TIDE_COMMAND_HANDLER (self->stages.subscriptions));
}

/**
 * tide_pipeline_new:
 * @config: what to build
 * @status: what it tells about itself
 *
 * Builds all stages; nothing moves before tide_pipeline_start().
 *
 * Returns: (transfer full): a pipeline
 */
TidePipeline *
tide_pipeline_new (TideConfig *config, TideStatus *status)
{
  TidePipeline *self = g_object_new (TIDE_TYPE_PIPELINE, NULL);

  self->stages.status = g_object_ref (status);
  self->control_channel =
      g_strdup (tide_config_get_string (config, "redis", "control-channel"));
  connect_stages (self, config);
  self->drain = tide_drain_new (
      &self->stages,
      (gint64) tide_config_get_uint64 (config, "server", "drain-timeout-ms") * 1000,
      tide_config_get_int (config, "server", "drain-spread-ms"));
  self->stages.history = tide_history_factory_make (&self->stages, config);
  self->memory = tide_memory_steps_new (&self->stages);
  make_console (self, config);
  return self;
}

static void
attach_wheel (TidePipeline *self)
{
  if (!self->is_attached)
    {
      tide_timer_wheel_set_done_func (self->stages.wheel, on_timers_done, self);
      tide_timer_wheel_attach (self->stages.wheel, NULL);
    }
  self->is_attached = TRUE;
}

static gboolean
make_keeper (TidePipeline *self, TideConfig *config, GError **error)
{
  TideRedisStoreSettings settings = tide_pipeline_get_store_settings (config);
  g_autoptr (TideRedisStore) store =
      tide_redis_store_new (self->stages.wheel, &self->counters, &settings, error);

  if (store == NULL)
    return FALSE;
  self->keeper = tide_offline_keeper_new (store, &self->stages);
  /* What is kept has come before all that comes now, and ids say so. */
  tide_decoder_set_last_id (self->stages.decoder, g_get_real_time ());
  return TRUE;
}

/**
 * tide_pipeline_prepare:
 * @self: a pipeline
 * @config: as the pipeline was made with
 * @ready: called once, from within or later, when tide_pipeline_start() can be called
 * @user_data: for @ready
 * @error: return location for an error
 *
 * Takes up what an earlier process has left for users who are away, where the
 * configuration says that there is such a store.
 *
 * Fails with [error@Error.BAD_CONFIG].
 *
 * Returns: %TRUE when @ready was called or will be
 */
gboolean
tide_pipeline_prepare (TidePipeline *self,
                       TideConfig *config,
                       TidePipelineFunc ready,
                       gpointer user_data,
                       GError **error)
{
  attach_wheel (self);
  if (!g_str_equal (tide_config_get_string (config, "delivery", "offline-store"),
                    "redis"))
    {
      ready (user_data);
      return TRUE;
    }
  if (!make_keeper (self, config, error))
    return FALSE;
  tide_offline_keeper_start (self->keeper, ready, user_data);
  return TRUE;
}

/**
 * tide_pipeline_start:
 * @self: a pipeline
 * @config: as the pipeline was made with
 * @error: return location for an error
 *
 * Listens, then takes events from the source.
 *
 * Fails with [error@Error.ADDRESS_IN_USE] or [error@Error.BAD_CONFIG], also when a file
 * with a secret can't be read. A source that is
 * not there is no failure: the service is degraded until it comes.
 *
 * Returns: %TRUE when browsers can come
 */
gboolean
tide_pipeline_start (TidePipeline *self, TideConfig *config, GError **error)
{
  TideSourceOutlet outlet = {
    self->stages.wheel, &self->counters, on_message, self, on_reading_done
  };

  if (!tide_login_factory_settle (self->stages.server, config, error))
    return FALSE;
  attach_wheel (self);
  if (self->stages.history != NULL)
    tide_history_start (self->stages.history);
  self->source = tide_source_keeper_new (self->stages.status,
                                         self->stages.sessions,
                                         tide_config_get_routes (config),
                                         &outlet);
  /* Sources of one priority run in the order of attaching: Redis before the sockets. */
  if (!tide_source_keeper_start (self->source, config, error))
    return FALSE;
  if (!tide_http_server_start (self->stages.server, error))
    return FALSE;
  tide_source_keeper_update (self->source);
  set_memory_limit (self, config);
  return TRUE;
}

/**
 * tide_pipeline_reload:
 * @self: a pipeline
 * @config: a good configuration
 * @error: return location for an error
 *
 * Puts what can change while running in force: the origins, the secrets, the limits, the
 * open rooms, the operators, how events are delivered, where Redis is. Nobody is sent
 * away who came in under the old ones, and no event that waits is lost.
 *
 * Fails with [error@Error.BAD_CONFIG] when a file with a secret can't be read; nothing is
 * changed then.
 *
 * Returns: %TRUE when the new settings are in force
 */
gboolean
tide_pipeline_reload (TidePipeline *self, TideConfig *config, GError **error)
{
  TideSessionSettings session_settings = tide_pipeline_get_session_settings (config);
  TideSubscriptionSettings subscription_settings =
      tide_pipeline_get_subscription_settings (config);
  TideHttpSettings http_settings = tide_pipeline_get_http_settings (config);
  TideDeliverySettings delivery_settings = tide_pipeline_get_delivery_settings (config);

  if (!tide_login_factory_settle (self->stages.server, config, error))
    return FALSE;
  if (self->stages.direct != NULL)
    tide_broadcaster_reload (self->stages.direct, &delivery_settings.offline);
  else
    tide_scalable_broadcaster_reload (self->stages.scalable, &delivery_settings);
  tide_drain_reloaded (self->drain);
  tide_websocket_manager_reload (self->stages.sessions, &session_settings);
  tide_subscription_manager_reload (self->stages.subscriptions, &subscription_settings);
  tide_http_server_reload (self->stages.server, &http_settings);
  tide_history_factory_reload (self->stages.history, config);
  tide_console_set_config (self->console, config);
  /* None yet while what an earlier process has left is loaded. */
  if (self->source != NULL)
    tide_source_keeper_reload (self->source, config);
  set_memory_limit (self, config);
  return TRUE;
}

/**
 * tide_pipeline_drain:
 * @self: a pipeline
 *
 * Lets nobody in any more, takes no more events, and tells clients when to come back.
 * Each is closed when it has taken all that waits for it, or when the time is over that
 * `drain-timeout-ms` gives. tide_pipeline_is_empty() tells when that is done.
 *
 * Returns: monotonic time at which it should be done, in microseconds
 */
gint64
tide_pipeline_drain (TidePipeline *self)
{
  gint64 end_us;

  /* First the state: a source that stops is none that was lost. */
  end_us = tide_drain_end (self->drain);
  if (self->source != NULL)
    tide_source_keeper_stop (self->source);
  return end_us;
}

/**
 * tide_pipeline_undrain:
 * @self: a pipeline
 * @error: return location for an error
 *
 * Lets clients in again after tide_drain_begin(). Does nothing when nobody is sent away.
 *
 * Fails with [error@Error.DRAINING] when the service is ending.
 *
 * Returns: %TRUE when clients can come
 */
gboolean
tide_pipeline_undrain (TidePipeline *self, GError **error)
{
  gboolean was_draining;

  if (!tide_drain_undo (self->drain, &was_draining, error))
    return FALSE;
  if (was_draining && self->source != NULL)
    tide_source_keeper_update (self->source);
  return TRUE;
}

/**
 * tide_pipeline_get_drain:
 * @self: a pipeline
 *
 * Returns: (transfer none): what sends everybody away
 */
TideDrain *
tide_pipeline_get_drain (TidePipeline *self)
{
  return self->drain;
}

/**
 * tide_pipeline_is_empty:
 * @self: a pipeline
 *
 * Returns: whether every socket is closed, and what waits for users is where it is kept
 */
gboolean
tide_pipeline_is_empty (TidePipeline *self)
{
  return tide_http_server_get_n_sockets (self->stages.server) == 0 &&
         (self->keeper == NULL || !tide_offline_keeper_is_busy (self->keeper));
}

/**
 * tide_pipeline_get_counters:
 * @self: a pipeline
 *
 * Returns: (transfer none): what is counted
 */
TideCounters *
tide_pipeline_get_counters (TidePipeline *self)
{
  return &self->counters;
}

/**
 * tide_pipeline_set_delivery_limits:
 * @self: a pipeline
 * @limits: limits, each in its range
 * @error: return location for an error
 *
 * Puts limits in force, for all users, from now on; what waits is not lost. They stay
 * until they are set again, here or by tide_pipeline_reload().
 *
 * Fails with [error@Error.UNSUPPORTED] in the mode `direct`, which has no limits.
 *
 * Returns: %TRUE when they are in force
 */
gboolean
tide_pipeline_set_delivery_limits (TidePipeline *self,
                                   const TideDeliveryLimits *limits,
                                   GError **error)
{
  if (self->stages.scalable == NULL)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_UNSUPPORTED,
                           "with [delivery] batch-mode=direct there are no limits; set "
                           "leading or window and restart");
      return FALSE;
    }
  tide_drain_set_limits (self->drain, limits);
  return TRUE;
}

/**
 * tide_pipeline_log_out:
 * @self: a pipeline
 * @user_name: a user, who may be here or not
 *
 * Closes all of a user's connections.
 *
 * Returns: how many there were
 */
guint
tide_pipeline_log_out (TidePipeline *self, const char *user_name)
{
  return tide_websocket_manager_log_out (self->stages.sessions, user_name);
}

/**
 * tide_pipeline_get_stages:
 * @self: a pipeline
 *
 * Returns: (transfer none): the stages, all there until the pipeline is disposed of
 */
const TideStages *
tide_pipeline_get_stages (TidePipeline *self)
{
  return &self->stages;
}
