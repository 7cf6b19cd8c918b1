/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clients are told of an outage once when it begins and once when it is over, and then
 * what may have been missed: Redis keeps nothing for who is not there. */

#include "tide-source-keeper.h"

#include "tide-source-factory.h"

#define STATUS_EVENT "service_status"
#define GAP_EVENT "gap"

struct _TideSourceKeeper
{
  TideStatus *status;             /* (owned) */
  TideWebSocketManager *sessions; /* (owned) */
  TideRouteTable *routes;         /* (owned), those in force */
  TideSourceOutlet outlet;
  TideSource *source; /* (owned) (nullable) */
  char *place;        /* (owned) (nullable), where the source is, of the configuration */
  gboolean was_connected;  /* something can be missing since then */
  gboolean is_lost;        /* and clients know it */
  gboolean is_stopped;     /* for good */
  gboolean has_gap;        /* @outage is to be told when the source is back */
  TideSourceOutage outage; /* the one going on */
};

static gint64
now_us (TideSourceKeeper *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->outlet.wheel));
}

static const char *
get_word (TideSourceState state)
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

/* Notes since when messages may be missing. While an outage goes on it stays the one that
 * it is, also when the source moves meanwhile. */
static void
note_outage (TideSourceKeeper *self, const char *reason)
{
  if (self->has_gap || !self->was_connected)
    return;
  self->has_gap = tide_source_get_outage (self->source, &self->outage);
  if (reason != NULL)
    self->outage.reason = reason;
}

static void
tell_lost (TideSourceKeeper *self)
{
  g_autofree char *payload = NULL;

  note_outage (self, NULL);
  payload = g_strdup_printf ("{\"status\":\"degraded\",\"reason\":\"%s\"}",
                             self->has_gap ? self->outage.reason : "not_connected");
  tide_websocket_manager_set_notice (self->sessions, STATUS_EVENT, payload);
  tide_websocket_manager_tell_all (self->sessions, STATUS_EVENT, payload);
}

/* The clock on the wall may have been set meanwhile: both times are by the one of now. */
static void
tell_gap (TideSourceKeeper *self)
{
  gint64 to_us = g_get_real_time ();
  gint64 from_us = to_us - (now_us (self) - self->outage.proven_us);
  g_autofree char *payload = g_strdup_printf (
      "{\"from\":%" G_GINT64_FORMAT ",\"to\":%" G_GINT64_FORMAT ",\"reason\":\"%s\"}",
      from_us / 1000,
      (to_us + 999) / 1000,
      self->outage.reason);

  self->has_gap = FALSE;
  self->outlet.counters->source_gaps++;
  tide_websocket_manager_tell_all (self->sessions, GAP_EVENT, payload);
}

static void
tell_back (TideSourceKeeper *self)
{
  tide_websocket_manager_set_notice (self->sessions, STATUS_EVENT, NULL);
  tide_websocket_manager_tell_all (self->sessions, STATUS_EVENT, "{\"status\":\"ok\"}");
  if (self->has_gap)
    tell_gap (self);
}

/**
 * tide_source_keeper_update:
 * @self: a keeper
 *
 * Says how the source is, where that is not known yet. Without a source, or with a
 * recording that has ended, there is nothing to wait for, and that is fine.
 */
void
tide_source_keeper_update (TideSourceKeeper *self)
{
  TideSourceState state =
      self->source != NULL ? tide_source_get_state (self->source) : TIDE_SOURCE_IDLE;
  gboolean is_fine = state == TIDE_SOURCE_IDLE || state == TIDE_SOURCE_CONNECTED;

  tide_status_set_source (
      self->status,
      self->source != NULL ? tide_source_get_description (self->source) : "none",
      get_word (state),
      tide_source_factory_is_redis (self->source),
      is_fine);
  if (tide_status_get_state (self->status) == TIDE_STATE_DRAINING ||
      (tide_status_get_state (self->status) == TIDE_STATE_STARTING &&
       state == TIDE_SOURCE_CONNECTING))
    return;
  tide_status_set_state (self->status,
                         is_fine ? TIDE_STATE_RUNNING : TIDE_STATE_DEGRADED);
  if (self->is_lost == is_fine)
    {
      self->is_lost = !is_fine;
      if (is_fine)
        tell_back (self);
      else
        tell_lost (self);
    }
  self->was_connected |= state == TIDE_SOURCE_CONNECTED;
}

/**
 * tide_source_keeper_new:
 * @status: what is told to those who look after the service
 * @sessions: the clients
 * @routes: whose channels the source listens to
 * @outlet: where messages go; copied
 *
 * Returns: (transfer full): a keeper without a source
 */
TideSourceKeeper *
tide_source_keeper_new (TideStatus *status,
                        TideWebSocketManager *sessions,
                        TideRouteTable *routes,
                        const TideSourceOutlet *outlet)
{
  TideSourceKeeper *self = g_new0 (TideSourceKeeper, 1);

  self->status = g_object_ref (status);
  self->sessions = g_object_ref (sessions);
  self->routes = tide_route_table_ref (routes);
  self->outlet = *outlet;
  return self;
}

/* Nobody hears of the end of a source that is given up. */
static void
drop_source (TideSourceKeeper *self)
{
  if (self->source != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->source, self);
      tide_source_stop (self->source);
    }
  g_clear_object (&self->source);
}

/**
 * tide_source_keeper_free:
 * @self: a keeper
 *
 * Stops the source and frees @self.
 */
void
tide_source_keeper_free (TideSourceKeeper *self)
{
  drop_source (self);
  g_object_unref (self->status);
  g_object_unref (self->sessions);
  tide_route_table_unref (self->routes);
  g_free (self->place);
  g_free (self);
}

/**
 * tide_source_keeper_take:
 * @self: a keeper
 * @source: (transfer full) (nullable): a source that is not started, in place of the one
 * before
 * @error: return location for an error
 *
 * Starts a source.
 *
 * Fails as tide_source_start().
 *
 * Returns: %TRUE when it was started
 */
gboolean
tide_source_keeper_take (TideSourceKeeper *self, TideSource *source, GError **error)
{
  drop_source (self);
  self->source = source;
  if (source == NULL)
    return TRUE;
  g_signal_connect_swapped (
      source, "state-changed", G_CALLBACK (tide_source_keeper_update), self);
  return tide_source_start (source, error);
}

/* Says where Redis is; two that differ are two places. %NULL for what can't be changed
 * while running. */
static char *
describe_place (TideConfig *config)
{
  if (!g_str_equal (tide_config_get_string (config, "source", "type"), "redis"))
    return NULL;
  return g_strdup_printf ("%s\n%s\n%d",
                          tide_config_get_string (config, "redis", "uri"),
                          tide_config_get_string (config, "redis", "password-file"),
                          tide_config_get_int (config, "redis", "probe-interval-ms"));
}

/**
 * tide_source_keeper_start:
 * @self: a keeper
 * @config: names the source
 * @error: return location for an error
 *
 * Makes the source and starts it. How it is, is said with the first change or
 * tide_source_keeper_update().
 *
 * Fails with [error@Error.BAD_CONFIG]. A source that is not there is no failure.
 *
 * Returns: %TRUE when it was started
 */
gboolean
tide_source_keeper_start (TideSourceKeeper *self, TideConfig *config, GError **error)
{
  GError *source_error = NULL;
  TideSource *source =
      tide_source_factory_make (config, self->routes, &self->outlet, &source_error);

  if (source_error != NULL)
    {
      g_propagate_error (error, source_error);
      return FALSE;
    }
  g_free (self->place);
  self->place = describe_place (config);
  return tide_source_keeper_take (self, source, error);
}

/**
 * tide_source_keeper_reload:
 * @self: a keeper that was started
 * @config: a good configuration
 *
 * Goes to another Redis when the configuration has another one. What was published at
 * either meanwhile may be missed, and clients are told so. A source that is no Redis
 * stays.
 */
void
tide_source_keeper_reload (TideSourceKeeper *self, TideConfig *config)
{
  g_autofree char *place = describe_place (config);
  g_autoptr (GError) error = NULL;

  if (place == NULL || self->place == NULL || g_str_equal (place, self->place) ||
      self->is_stopped)
    return;
  note_outage (self, "moved");
  if (!tide_source_keeper_start (self, config, &error))
    g_warning ("Not connected to the new Redis: %s", error->message);
  tide_source_keeper_update (self);
}

/**
 * tide_source_keeper_stop:
 * @self: a keeper
 *
 * Takes no more messages. The source cannot be started again.
 */
void
tide_source_keeper_stop (TideSourceKeeper *self)
{
  self->is_stopped = TRUE;
  if (self->source != NULL)
    tide_source_stop (self->source);
}
