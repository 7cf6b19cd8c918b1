/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the configuration means for each stage. */

#include "tide-pipeline-settings.h"

static gint64
get_us (TideConfig *config, const char *group, const char *name)
{
  return (gint64) tide_config_get_uint64 (config, group, name) * 1000;
}

static gint64
get_seconds_us (TideConfig *config, const char *group, const char *name)
{
  return (gint64) tide_config_get_uint64 (config, group, name) * G_USEC_PER_SEC;
}

/**
 * tide_pipeline_get_session_settings:
 * @config: a good configuration; must outlive the result
 *
 * Returns: how the sessions are to be
 */
TideSessionSettings
tide_pipeline_get_session_settings (TideConfig *config)
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
    .client_events_per_second =
        tide_config_get_int (config, "sessions", "client-events-per-second"),
    .open_rooms = (char **) tide_config_get_strv (config, "rooms", "open"),
    .outbox_soft_bytes = tide_config_get_uint64 (config, "delivery", "outbox-soft-bytes"),
    .is_durable = g_str_equal (
        tide_config_get_string (config, "delivery", "offline-store"), "redis"),
    .idle_timeout_us = get_seconds_us (config, "sessions", "idle-timeout-s"),
  };
}

/**
 * tide_pipeline_get_subscription_settings:
 * @config: a good configuration; must outlive the result
 *
 * Returns: how subscriptions are limited
 */
TideSubscriptionSettings
tide_pipeline_get_subscription_settings (TideConfig *config)
{
  return (TideSubscriptionSettings){
    .max_tickers = tide_config_get_int (config, "sessions", "max-tickers"),
    .max_tickers_per_user =
        tide_config_get_int (config, "sessions", "max-tickers-per-user"),
    .max_subscriptions = tide_config_get_int (config, "sessions", "max-subscriptions"),
    .max_subscriptions_per_user =
        tide_config_get_int (config, "sessions", "max-subscriptions-per-user"),
    .offline_max_age_us = get_seconds_us (config, "delivery", "offline-max-age-s"),
    .offline_max_users = tide_config_get_int (config, "delivery", "offline-max-users"),
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

/**
 * tide_pipeline_get_delivery_settings:
 * @config: a good configuration
 *
 * A batch is at most as large as what a client may have waiting without counting as slow,
 * and a lane holds at most as much as an outbox.
 *
 * Returns: how events are delivered
 */
TideDeliverySettings
tide_pipeline_get_delivery_settings (TideConfig *config)
{
  return (TideDeliverySettings){
    .limits = get_delivery_limits (config),
    .batch_max_bytes = tide_config_get_uint64 (config, "delivery", "outbox-soft-bytes"),
    .lane_max_bytes = tide_config_get_uint64 (config, "delivery", "outbox-hard-bytes"),
    .offline = {
      .max_events = tide_config_get_int (config, "delivery", "offline-max-events"),
      .max_bytes = tide_config_get_uint64 (config, "delivery", "offline-max-bytes"),
      .total_bytes = tide_config_get_uint64 (config, "delivery", "offline-total-bytes"),
      .max_age_us = get_seconds_us (config, "delivery", "offline-max-age-s"),
    },
  };
}

/**
 * tide_pipeline_get_store_settings:
 * @config: a good configuration; must outlive the result
 *
 * Returns: where what waits for users who are away is kept over a restart
 */
TideRedisStoreSettings
tide_pipeline_get_store_settings (TideConfig *config)
{
  const char *password_file = tide_config_get_string (config, "redis", "password-file");

  return (TideRedisStoreSettings){
    .uri = tide_config_get_string (config, "redis", "uri"),
    .password_file = *password_file != '\0' ? password_file : NULL,
    .prefix = tide_config_get_string (config, "delivery", "offline-store-prefix"),
    .max_age_us = get_seconds_us (config, "delivery", "offline-max-age-s"),
    .max_load_bytes =
        2 * tide_config_get_uint64 (config, "delivery", "offline-total-bytes"),
    .routes = tide_config_get_routes (config),
  };
}

static char *
get_string_or_null (TideConfig *config, const char *group, const char *name)
{
  const char *text = tide_config_get_string (config, group, name);

  return *text != '\0' ? (char *) text : NULL;
}

static TideConsoleSettings
get_console_settings (TideConfig *config)
{
  const char *serve = tide_config_get_string (config, "console", "serve");

  return (TideConsoleSettings){
    .serve = g_str_equal (serve, "local")        ? TIDE_CONSOLE_LOCAL
             : g_str_equal (serve, "everywhere") ? TIDE_CONSOLE_EVERYWHERE
                                                 : TIDE_CONSOLE_OFF,
    .operators = (char **) tide_config_get_strv (config, "console", "operators"),
    .operator_role = get_string_or_null (config, "console", "operator-role"),
  };
}

/**
 * tide_pipeline_get_http_settings:
 * @config: a good configuration; must outlive the result
 *
 * Returns: how the HTTP server is to be
 */
TideHttpSettings
tide_pipeline_get_http_settings (TideConfig *config)
{
  const char *const *transports = tide_config_get_strv (config, "engineio", "transports");

  return (TideHttpSettings){
    .listen = (char **) tide_config_get_strv (config, "server", "listen"),
    .admin_listen = (char **) tide_config_get_strv (config, "server", "admin-listen"),
    .tls = { .certificate_path = get_string_or_null (config, "server", "tls-certificate"),
             .key_path = get_string_or_null (config, "server", "tls-private-key"),
             .max_connections =
                 tide_config_get_int (config, "server", "max-tls-connections") },
    .allowed_origins =
        (char **) tide_config_get_strv (config, "server", "allowed-origins"),
    .trusted_proxies =
        (char **) tide_config_get_strv (config, "server", "trusted-proxies"),
    .engineio_path = (char *) tide_config_get_string (config, "engineio", "path"),
    .has_polling = g_strv_contains (transports, "polling"),
    .has_websocket = g_strv_contains (transports, "websocket"),
    .has_compression = tide_config_get_boolean (config, "engineio", "compression"),
    .upgrade_timeout_us = get_us (config, "engineio", "upgrade-timeout-ms"),
    .max_connections = tide_config_get_int (config, "server", "max-connections"),
    .max_connections_per_address =
        tide_config_get_int (config, "server", "max-connections-per-address"),
    .max_accepts_per_second =
        tide_config_get_int (config, "server", "max-accepts-per-second"),
    .max_half_open = tide_config_get_int (config, "server", "max-half-open"),
    .header_timeout_us = get_us (config, "server", "header-timeout-ms"),
    .websocket = { .outbox_hard_bytes =
                       tide_config_get_uint64 (config, "delivery", "outbox-hard-bytes"),
                   .max_payload_bytes =
                       tide_config_get_uint64 (config, "engineio", "max-payload-bytes"),
                   .message_timeout_us =
                       get_us (config, "engineio", "message-timeout-ms") },
    .console = get_console_settings (config),
  };
}
