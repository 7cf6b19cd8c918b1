/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-operator.h"

#include "tide-delivery-explanation.h"
#include "tide-error.h"
#include "tide-intake.h"
#include "tide-publication.h"
#include "tide-user-id.h"

#include <string.h>

static const TideStages *
get_stages (TideOperator *self)
{
  return tide_pipeline_get_stages (self->pipeline);
}

static void
get_delivery_limits (TideDeliveryLimits *limits, gpointer user_data)
{
  TideOperator *self = user_data;

  tide_drain_get_limits (tide_pipeline_get_drain (self->pipeline), limits);
}

static gboolean
set_delivery_limits (const TideDeliveryLimits *limits, gpointer user_data, GError **error)
{
  TideOperator *self = user_data;

  return tide_pipeline_set_delivery_limits (self->pipeline, limits, error);
}

static guint
log_out (const char *user_name, gpointer user_data)
{
  TideOperator *self = user_data;

  return tide_pipeline_log_out (self->pipeline, user_name);
}

static gboolean
publish (const TideBusPublication *what,
         guint *n_users,
         gpointer user_data,
         GError **error)
{
  return tide_publication_send (get_stages (user_data), what, n_users, error);
}

static gboolean
publish_through_route (const char *channel,
                       const char *payload,
                       guint *n_users,
                       gpointer user_data,
                       GError **error)
{
  const TideStages *stages = get_stages (user_data);
  TideRoute *route = tide_publication_find_route (stages, channel, error);
  g_autoptr (TideEvent) trial = NULL;

  if (route == NULL)
    return FALSE;
  trial = tide_publication_try (stages, route, payload, error);
  if (trial == NULL)
    return FALSE;
  *n_users =
      tide_intake_take (stages, channel, strlen (channel), payload, strlen (payload));
  return TRUE;
}

static GVariant *
explain (const char *channel, const char *payload, gpointer user_data, GError **error)
{
  return tide_delivery_explanation_make (get_stages (user_data), channel, payload, error);
}

static gboolean
disconnect (guint64 id, gpointer user_data, GError **error)
{
  if (tide_websocket_manager_restart_connection (get_stages (user_data)->sessions, id))
    return TRUE;
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_NOT_FOUND,
               "there is no connection %" G_GUINT64_FORMAT
               "; ListConnections says which there are",
               id);
  return FALSE;
}

static gboolean
disconnect_user (const char *user,
                 guint *n_connections,
                 gpointer user_data,
                 GError **error)
{
  const TideStages *stages = get_stages (user_data);
  TideUserRef found;
  guint n_closed = 0;

  if (tide_user_id_find (stages->users, user, &found))
    n_closed = tide_websocket_manager_restart_user (stages->sessions, found.slot);
  if (n_closed == 0)
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_NOT_FOUND,
          "this user has no connection; ListUsers says who is connected");
      return FALSE;
    }
  *n_connections = n_closed;
  return TRUE;
}

static gboolean
limit_user (const char *user,
            const TideUserLimits *limits,
            gpointer user_data,
            GError **error)
{
  const TideStages *stages = get_stages (user_data);
  TideUserRef found;

  if (stages->scalable == NULL)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_UNSUPPORTED,
                           "with [delivery] batch-mode=direct there are no limits; set "
                           "leading or window and restart");
      return FALSE;
    }
  if (!tide_user_id_find (stages->users, user, &found) ||
      !(tide_subscription_manager_is_connected (stages->subscriptions, found.slot) ||
        tide_subscription_manager_is_away (stages->subscriptions, found.slot)))
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_NOT_FOUND,
          "this user is neither here nor waited for; ListUsers says who is");
      return FALSE;
    }
  tide_scalable_broadcaster_limit_user (stages->scalable, found, limits);
  return TRUE;
}

static gboolean
drain (gint64 timeout_us, gpointer user_data, GError **error)
{
  TideOperator *self = user_data;

  return tide_drain_begin (tide_pipeline_get_drain (self->pipeline), timeout_us, error);
}

static gboolean
undrain (gpointer user_data, GError **error)
{
  TideOperator *self = user_data;

  return tide_pipeline_undrain (self->pipeline, error);
}

static gboolean
reload (gpointer user_data, GError **error)
{
  TideOperator *self = user_data;

  return self->reload (self->reload_data, error);
}

static void
reset_statistics (gpointer user_data)
{
  tide_counters_reset (get_stages (user_data)->counters);
}

static int
open_event_stream (const char *filter, gpointer user_data, GError **error)
{
  return tide_event_streams_open (get_stages (user_data)->streams, filter, error);
}

/**
 * tide_operator_fill_funcs:
 * @self: an operator; outlives whoever has @funcs
 * @funcs: (out caller-allocates): what it does
 *
 * Connects the bus with the pipeline.
 */
void
tide_operator_fill_funcs (TideOperator *self, TideBusFuncs *funcs)
{
  static const TideBusActFuncs act = {
    .publish = publish,
    .publish_through_route = publish_through_route,
    .explain = explain,
    .disconnect = disconnect,
    .disconnect_user = disconnect_user,
    .limit_user = limit_user,
    .drain = drain,
    .undrain = undrain,
    .reload = reload,
    .reset_statistics = reset_statistics,
    .open_event_stream = open_event_stream,
  };

  *funcs = (TideBusFuncs){
    .get_delivery_limits = get_delivery_limits,
    .set_delivery_limits = set_delivery_limits,
    .log_out = log_out,
    .user_data = self,
    .act = &act,
    .act_data = self,
    .history = &tide_operator_history,
  };
}
