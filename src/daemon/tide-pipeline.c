/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stages, and who feeds whom: a source's messages become events, events find their
 * audience, the broadcaster makes batches, the sessions hand them to sockets. Only this
 * file knows all of them. */

#include "tide-pipeline.h"

#include "tide-broadcaster.h"
#include "tide-decoder.h"
#include "tide-event-router.h"
#include "tide-http-server.h"
#include "tide-source-factory.h"
#include "tide-source.h"
#include "tide-subscription-manager.h"
#include "tide-websocket-manager.h"

struct _TidePipeline
{
  GObject parent_instance;

  TideStatus *status;    /* (owned) */
  TideClock *clock;      /* (owned) */
  TideTimerWheel *wheel; /* (owned) */
  TideUserTable *users;  /* (owned) */
  TideCounters counters;
  TideDeliveryLimits limits; /* in force */

  TideSource *source;                     /* (owned) (nullable) */
  TideDecoder *decoder;                   /* (owned) */
  TideSubscriptionManager *subscriptions; /* (owned) */
  TideEventRouter *router;                /* (owned) */
  TideWebSocketManager *sessions;         /* (owned) */
  TideHttpServer *server;                 /* (owned) */
};

G_DEFINE_FINAL_TYPE (TidePipeline, tide_pipeline, G_TYPE_OBJECT)

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  TidePipeline *self = user_data;
  g_autoptr (TideEvent) event = tide_decoder_decode (
      self->decoder, channel, channel_length, payload, payload_length);

  if (event != NULL)
    tide_event_router_route (self->router, event);
}

static const char *
get_source_word (TideSourceState state)
{
  switch (state)
    {
    case TIDE_SOURCE_IDLE:
      return "idle";
    case TIDE_SOURCE_CONNECTING:
      return "connecting";
    case TIDE_SOURCE_CONNECTED:
      return "connected";
    case TIDE_SOURCE_DISCONNECTED:
      return "disconnected";
    }
  g_return_val_if_reached ("idle");
}

/* Without a source, or with a recording that has ended, there is nothing to wait for, and
 * that is fine. */
static void
on_source_changed (TidePipeline *self)
{
  TideSourceState state =
      self->source != NULL ? tide_source_get_state (self->source) : TIDE_SOURCE_IDLE;
  gboolean is_fine = state == TIDE_SOURCE_IDLE || state == TIDE_SOURCE_CONNECTED;

  tide_status_set_source (
      self->status,
      self->source != NULL ? tide_source_get_description (self->source) : "none",
      get_source_word (state),
      tide_source_factory_is_redis (self->source),
      is_fine);
  if (tide_status_get_state (self->status) == TIDE_STATE_DRAINING ||
      (tide_status_get_state (self->status) == TIDE_STATE_STARTING &&
       state == TIDE_SOURCE_CONNECTING))
    return;
  tide_status_set_state (self->status,
                         is_fine ? TIDE_STATE_RUNNING : TIDE_STATE_DEGRADED);
}

static gint64
get_us (TideConfig *config, const char *group, const char *name)
{
  return (gint64) tide_config_get_uint64 (config, group, name) * 1000;
}

static TideSessionSettings
get_session_settings (TideConfig *config)
{
  return (TideSessionSettings){
    .protocol = { .ping_interval_us = get_us (config, "engineio", "ping-interval-ms"),
                  .ping_timeout_us = get_us (config, "engineio", "ping-timeout-ms"),
                  .connect_timeout_us = get_us (config, "engineio", "connect-timeout-ms"),
                  .max_payload_bytes =
                      tide_config_get_uint64 (config, "engineio", "max-payload-bytes"),
                  .namespaces =
                      (char **) tide_config_get_strv (config, "engineio", "namespaces") },
    .max_connections_per_user =
        tide_config_get_int (config, "server", "max-connections-per-user"),
    .open_rooms = (char **) tide_config_get_strv (config, "rooms", "open"),
  };
}

static TideSubscriptionSettings
get_subscription_settings (TideConfig *config)
{
  return (TideSubscriptionSettings){
    .max_tickers = tide_config_get_int (config, "sessions", "max-tickers"),
    .max_tickers_per_user =
        tide_config_get_int (config, "sessions", "max-tickers-per-user"),
  };
}

static TideDeliveryLimits
get_delivery_limits (TideConfig *config)
{
  return (TideDeliveryLimits){
    .batch_window_us = get_us (config, "delivery", "batch-window-ms"),
    .batch_max_events = tide_config_get_int (config, "delivery", "batch-max-events"),
    .is_leading = g_str_equal (tide_config_get_string (config, "delivery", "batch-mode"),
                               "leading"),
    .events_per_second = tide_config_get_int (config, "delivery", "events-per-second"),
    .urgent_events_per_second =
        tide_config_get_int (config, "delivery", "urgent-events-per-second"),
  };
}

static gboolean
is_local (const char *address)
{
  return g_str_has_prefix (address, "unix:") || g_str_has_prefix (address, "127.") ||
         g_str_has_prefix (address, "localhost:") || g_str_has_prefix (address, "[::1]:");
}

/* Figures are for the machine itself: they are off as soon as one listener is public. */
static gboolean
are_all_local (const char *const *addresses)
{
  for (; *addresses != NULL; addresses++)
    if (!is_local (*addresses))
      return FALSE;
  return TRUE;
}

static TideHttpSettings
get_http_settings (TideConfig *config)
{
  const char *const *listen = tide_config_get_strv (config, "server", "listen");
  const char *const *transports = tide_config_get_strv (config, "engineio", "transports");

  return (TideHttpSettings){
    .listen = (char **) listen,
    .allowed_origins =
        (char **) tide_config_get_strv (config, "server", "allowed-origins"),
    .engineio_path = (char *) tide_config_get_string (config, "engineio", "path"),
    .has_polling = g_strv_contains (transports, "polling"),
    .has_websocket = g_strv_contains (transports, "websocket"),
    .upgrade_timeout_us = get_us (config, "engineio", "upgrade-timeout-ms"),
    .max_connections = tide_config_get_int (config, "server", "max-connections"),
    .max_connections_per_address =
        tide_config_get_int (config, "server", "max-connections-per-address"),
    .auth_mode =
        g_str_equal (tide_config_get_string (config, "auth", "mode"), "development")
            ? TIDE_AUTH_DEVELOPMENT
            : TIDE_AUTH_NONE,
    .shows_figures = are_all_local (listen),
    .websocket = { .outbox_hard_bytes =
                       tide_config_get_uint64 (config, "delivery", "outbox-hard-bytes"),
                   .max_payload_bytes =
                       tide_config_get_uint64 (config, "engineio", "max-payload-bytes") },
  };
}

static void
tide_pipeline_dispose (GObject *object)
{
  TidePipeline *self = TIDE_PIPELINE (object);

  if (self->source != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->source, self);
      tide_source_stop (self->source);
    }
  g_clear_object (&self->source);
  if (self->sessions != NULL)
    tide_websocket_manager_close_all (self->sessions, TIDE_CLOSE_SHUTDOWN);
  g_clear_object (&self->server);
  g_clear_object (&self->router);
  g_clear_object (&self->sessions);
  g_clear_object (&self->subscriptions);
  g_clear_object (&self->status);

  G_OBJECT_CLASS (tide_pipeline_parent_class)->dispose (object);
}

static void
tide_pipeline_finalize (GObject *object)
{
  TidePipeline *self = TIDE_PIPELINE (object);

  tide_decoder_free (self->decoder);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);

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
  self->clock = tide_clock_new_monotonic ();
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
}

/* Connects the stages from the browsers' end to the producers' end. */
static void
connect_stages (TidePipeline *self, TideConfig *config)
{
  TideSessionSettings session_settings = get_session_settings (config);
  TideSubscriptionSettings subscription_settings = get_subscription_settings (config);
  TideHttpSettings http_settings = get_http_settings (config);
  g_autoptr (TideBroadcaster) broadcaster = NULL;

  self->sessions = tide_websocket_manager_new (
      self->users, self->wheel, &self->counters, &session_settings);
  self->server = tide_http_server_new (
      self->sessions, self->status, self->wheel, &self->counters, &http_settings);
  broadcaster = tide_broadcaster_new (TIDE_BATCH_SINK (self->sessions));
  self->subscriptions =
      tide_subscription_manager_new (self->users, &subscription_settings);
  self->router = tide_event_router_new (
      self->subscriptions, TIDE_EVENT_SINK (broadcaster), &self->counters);
  self->decoder =
      tide_decoder_new (tide_config_get_routes (config),
                        &self->counters,
                        self->clock,
                        tide_config_get_uint64 (config, "source", "max-event-bytes"));

  tide_websocket_manager_set_observer (self->sessions,
                                       TIDE_USER_OBSERVER (self->subscriptions));
  tide_websocket_manager_set_command_handler (self->sessions,
                                              TIDE_COMMAND_HANDLER (self->subscriptions));
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

  self->status = g_object_ref (status);
  self->limits = get_delivery_limits (config);
  connect_stages (self, config);
  return self;
}

/**
 * tide_pipeline_start:
 * @self: a pipeline
 * @config: as the pipeline was made with
 * @error: return location for an error
 *
 * Listens, then takes events from the source.
 *
 * Fails with [error@Error.ADDRESS_IN_USE] or [error@Error.BAD_CONFIG]. A source that is
 * not there is no failure: the service is degraded until it comes.
 *
 * Returns: %TRUE when browsers can come
 */
gboolean
tide_pipeline_start (TidePipeline *self, TideConfig *config, GError **error)
{
  TideSourceOutlet outlet = { self->wheel, &self->counters, on_message, self };
  GError *source_error = NULL;

  tide_timer_wheel_attach (self->wheel, NULL);
  self->source = tide_source_factory_make (
      config, tide_config_get_routes (config), &outlet, &source_error);
  if (source_error != NULL)
    {
      g_propagate_error (error, source_error);
      return FALSE;
    }
  if (self->source != NULL)
    g_signal_connect_swapped (
        self->source, "state-changed", G_CALLBACK (on_source_changed), self);
  /* Sources of one priority run in the order of attaching: Redis before the sockets. */
  if (self->source != NULL && !tide_source_start (self->source, error))
    return FALSE;
  if (!tide_http_server_start (self->server, error))
    return FALSE;
  on_source_changed (self);
  return TRUE;
}

/**
 * tide_pipeline_reload:
 * @self: a pipeline
 * @config: a good configuration
 *
 * Puts what can change while running in force: the origins, the limits, the open rooms,
 * how events are delivered. Nobody is sent away who came in under the old ones, and no
 * event that waits is lost.
 */
void
tide_pipeline_reload (TidePipeline *self, TideConfig *config)
{
  TideSessionSettings session_settings = get_session_settings (config);
  TideSubscriptionSettings subscription_settings = get_subscription_settings (config);
  TideHttpSettings http_settings = get_http_settings (config);
  TideDeliveryLimits limits = get_delivery_limits (config);

  tide_pipeline_set_delivery_limits (self, &limits);
  tide_websocket_manager_reload (self->sessions, &session_settings);
  tide_subscription_manager_reload (self->subscriptions, &subscription_settings);
  tide_http_server_reload (self->server, &http_settings);
}

/**
 * tide_pipeline_drain:
 * @self: a pipeline
 *
 * Lets nobody in any more, takes no more events and closes all connections, with what is
 * queued for them still on its way.
 */
void
tide_pipeline_drain (TidePipeline *self)
{
  tide_status_set_state (self->status, TIDE_STATE_DRAINING);
  tide_http_server_drain (self->server);
  if (self->source != NULL)
    tide_source_stop (self->source);
  tide_websocket_manager_close_all (self->sessions, TIDE_CLOSE_SHUTDOWN);
}

/**
 * tide_pipeline_is_empty:
 * @self: a pipeline
 *
 * Returns: whether every socket is closed
 */
gboolean
tide_pipeline_is_empty (TidePipeline *self)
{
  return tide_http_server_get_n_sockets (self->server) == 0;
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
 *
 * Puts limits in force, for all users, from the next event on. They stay until they are
 * set again, here or by tide_pipeline_reload().
 */
void
tide_pipeline_set_delivery_limits (TidePipeline *self, const TideDeliveryLimits *limits)
{
  self->limits = *limits;
}

/**
 * tide_pipeline_get_delivery_limits:
 * @self: a pipeline
 * @limits: (out caller-allocates): the limits in force
 *
 * Gets how events are delivered now.
 */
void
tide_pipeline_get_delivery_limits (TidePipeline *self, TideDeliveryLimits *limits)
{
  *limits = self->limits;
}
