/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What browsers can ask of the past: charts, and the newest ticks of their tickers. */

#include "tide-error.h"
#include "tide-event-time.h"
#include "tide-subscription-manager-private.h"
#include "tide-subscription-payload.h"

#include <string.h>

#define USUAL_LIMIT 500
#define MAX_WAITING 4 /* charts that a connection has asked for and not got */

typedef enum
{
  SYMBOL,
  TIMEFRAME,
  FROM,
  TO,
  LIMIT,
  N_MEMBERS,
} Member;

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, text);
  return FALSE;
}

static gboolean
is_there (const TideJsonField *member)
{
  return member->kind != TIDE_JSON_NONE && member->kind != TIDE_JSON_NULL;
}

static gboolean
read_timeframe (const TideJsonField *member, TideTimeframe *timeframe, GError **error)
{
  *timeframe = TIDE_TIMEFRAME_1D;
  if (!is_there (member))
    return TRUE;
  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    if (member->kind == TIDE_JSON_STRING &&
        tide_json_string_equals (
            member->start, member->start + member->length, tide_timeframe_get_nick (i)))
      {
        *timeframe = i;
        return TRUE;
      }
  return refuse (error, "timeframe must be one of 1m, 5m, 15m, 1h, 1d");
}

/* Reads a time as producers write it; bars begin at whole seconds. */
static gboolean
read_time (const TideJsonField *member, gint64 *time_s, GError **error)
{
  gint64 time_us = 0;

  if (!is_there (member))
    return TRUE;
  if ((member->kind != TIDE_JSON_NUMBER || member->length != 1 ||
       *member->start != '0') &&
      ((member->kind != TIDE_JSON_NUMBER && member->kind != TIDE_JSON_STRING) ||
       !tide_event_time_parse (member->start, member->length, &time_us)))
    return refuse (error,
                   "from and to must be times: seconds or milliseconds since 1970, or "
                   "ISO 8601");
  *time_s = (time_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
read_limit (const TideJsonField *member, guint *limit, GError **error)
{
  g_autofree char *text = NULL;
  guint64 number;

  *limit = USUAL_LIMIT;
  if (!is_there (member))
    return TRUE;
  text = g_strndup (member->start, MIN (member->length, 20));
  if (member->kind != TIDE_JSON_NUMBER ||
      !g_ascii_string_to_unsigned (text, 10, 1, TIDE_CHART_MAX_BARS, &number, NULL))
    return refuse (
        error,
        "limit must be a whole number from 1 to " G_STRINGIFY (TIDE_CHART_MAX_BARS));
  *limit = number;
  return TRUE;
}

/* Reads all but the symbol. */
static gboolean
read_request (const TideCommand *command, TideChartRequest *request, GError **error)
{
  TideJsonField members[N_MEMBERS] = {
    [SYMBOL] = { .name = "symbol", .parent = -1 },
    [TIMEFRAME] = { .name = "timeframe", .parent = -1 },
    [FROM] = { .name = "from", .parent = -1 },
    [TO] = { .name = "to", .parent = -1 },
    [LIMIT] = { .name = "limit", .parent = -1 },
  };

  tide_json_scan (
      command->payload, command->payload_length, members, G_N_ELEMENTS (members), NULL);
  *request =
      (TideChartRequest){ .ticket = command->ticket, .to_s = G_MAXINT32 * (gint64) 100 };
  return read_timeframe (&members[TIMEFRAME], &request->timeframe, error) &&
         read_time (&members[FROM], &request->from_s, error) &&
         read_time (&members[TO], &request->to_s, error) &&
         read_limit (&members[LIMIT], &request->limit, error);
}

/* Guests have what is for the public only; a chart has ticks of any route. */
static gboolean
may_see_charts (TideSubscriptionManager *self, TideUserRef user)
{
  const GPtrArray *routes = tide_route_table_get_routes (self->routes);

  if (!tide_user_table_is_guest (self->users, user.slot))
    return TRUE;
  for (guint i = 0; i < routes->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (routes, i);

      if (route->price_field >= 0 && !route->is_public)
        return FALSE;
    }
  return TRUE;
}

/* Does `request_tickstockpl_chart_data`, see #TideCommandHandlerInterface. */
gboolean
tide_chart_command_run (TideSubscriptionManager *self,
                        const TideCommand *command,
                        TideReply *reply,
                        GError **error)
{
  g_autofree char *symbol = tide_subscription_payload_get_symbol (command, error);
  TideChartRequest request;

  if (symbol == NULL || !read_request (command, &request, error))
    return FALSE;
  request.symbol = symbol;
  if (self->charts == NULL)
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_CHART_UNAVAILABLE,
                         "this server keeps no history to make charts of");
  else if (!may_see_charts (self, command->user))
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_LOGIN_REQUIRED,
                         "charts are for users who are logged in");
  else if (command->n_later >= MAX_WAITING)
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_LIMIT_EXCEEDED,
                         "four charts are being made for you; wait for one of them");
  else
    reply->is_later = tide_chart_source_request (self->charts, &request, error);
  return reply->is_later;
}

/* Whether `subscribe_tickers` asks for the newest ticks, too. */
gboolean
tide_chart_command_wants_last (const TideCommand *command,
                               gboolean *wants_last,
                               GError **error)
{
  TideJsonField member = { .name = "snapshot", .parent = -1 };

  tide_json_scan (command->payload, command->payload_length, &member, 1, NULL);
  if (is_there (&member) && member.kind != TIDE_JSON_BOOLEAN)
    return refuse (error, "snapshot must be true or false");
  *wants_last = member.kind == TIDE_JSON_BOOLEAN && *member.start == 't';
  return TRUE;
}

/* Adds the newest tick of each ticker. */
void
tide_chart_command_add_last (TideSubscriptionManager *self,
                             TideUserRef user,
                             char **tickers,
                             GPtrArray *events)
{
  gint64 now_us = tide_subscription_manager_get_now_us (self);
  gboolean is_guest = tide_user_table_is_guest (self->users, user.slot);

  for (char **ticker = tickers; self->charts != NULL && *ticker != NULL; ticker++)
    {
      g_autoptr (TideEvent) last =
          tide_chart_source_make_last (self->charts, *ticker, now_us);

      if (last != NULL && (!is_guest || last->route->is_public))
        g_ptr_array_add (events, g_steal_pointer (&last));
    }
}

/**
 * tide_subscription_manager_set_charts:
 * @self: a manager
 * @charts: (nullable): where charts and newest ticks come from
 *
 * Connects the history. Without one there are no charts.
 */
void
tide_subscription_manager_set_charts (TideSubscriptionManager *self,
                                      TideChartSource *charts)
{
  g_set_object (&self->charts, charts);
}
