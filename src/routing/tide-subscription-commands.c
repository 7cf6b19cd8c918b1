/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What browsers can say: each command with its answer. */

#include "tide-error.h"
#include "tide-subscription-manager-private.h"
#include "tide-subscription-payload.h"
#include "tide-ticker-list.h"

#include <string.h>

typedef gboolean (*Run) (TideSubscriptionManager *self,
                         const TideCommand *command,
                         TideReply *reply,
                         GError **error);

static gboolean
run_subscribe_tickers (TideSubscriptionManager *self,
                       const TideCommand *command,
                       TideReply *reply,
                       GError **error)
{
  g_auto (GStrv) tickers =
      tide_ticker_list_parse (command, self->settings.max_tickers, error);
  gboolean wants_last;

  if (tickers == NULL || !tide_chart_command_wants_last (command, &wants_last, error) ||
      !tide_subscription_manager_update_user_subscriptions (self,
                                                            command->user,
                                                            command->connection_id,
                                                            (const char *const *) tickers,
                                                            error))
    return FALSE;
  reply->event = "subscription_updated";
  tide_ticker_list_append_json (tickers, reply->payload);
  if (wants_last)
    tide_chart_command_add_last (self, command->user, tickers, reply->events);
  return TRUE;
}

/* Taking away is always possible, also when the limits were lowered meanwhile. */
static gboolean
run_unsubscribe_tickers (TideSubscriptionManager *self,
                         const TideCommand *command,
                         TideReply *reply,
                         GError **error)
{
  g_auto (GStrv) left = tide_ticker_list_subtract (
      (char **) tide_connection_tickers_get (self, command->connection_id),
      command,
      error);

  if (left == NULL)
    return FALSE;
  tide_connection_tickers_set (
      self, command->user, command->connection_id, (const char *const *) left);
  reply->event = "subscription_updated";
  tide_ticker_list_append_json (left, reply->payload);
  return TRUE;
}

/* Answers with a type and, where there are any, filters. */
static void
answer_filters (TideReply *reply,
                const char *event,
                const char *type,
                const TideSubscriptionFilters *filters)
{
  reply->event = event;
  g_string_append (reply->payload, "{\"subscription_type\":");
  tide_json_append_string (reply->payload, type, -1);
  if (filters != NULL)
    {
      g_string_append (reply->payload, ",\"filters\":");
      tide_subscription_filters_append_json (filters, reply->payload);
    }
  g_string_append_c (reply->payload, '}');
}

static gboolean
run_subscribe (TideSubscriptionManager *self,
               const TideCommand *command,
               TideReply *reply,
               GError **error)
{
  g_autofree char *type = tide_subscription_payload_get_type (command, error);
  g_autoptr (TideSubscriptionFilters) filters = NULL;
  TideSubscriptionRequest request = { command->user, command->connection_id, type, NULL };

  if (type == NULL || !tide_subscription_payload_get_filters (
                          command, self->settings.max_tickers, &filters, error))
    return FALSE;
  if (filters == NULL)
    filters = tide_subscription_filters_new ();
  request.filters = filters;
  if (!tide_subscription_manager_subscribe_user (self, &request, error))
    return FALSE;
  answer_filters (reply, "subscription_confirmed", type, filters);
  return TRUE;
}

/* What is not there is gone already: that is no error, but for a mistaken name. */
static gboolean
run_unsubscribe (TideSubscriptionManager *self,
                 const TideCommand *command,
                 TideReply *reply,
                 GError **error)
{
  g_autofree char *type = tide_subscription_payload_get_type (command, error);
  g_autoptr (TideSubscriptionFilters) filters = NULL;
  g_autoptr (TideSubscriptionFilters) none = tide_subscription_filters_new ();
  TideSubscriptionRequest request = { command->user, command->connection_id, type, none };

  if (type == NULL || !tide_subscription_payload_get_filters (
                          command, self->settings.max_tickers, &filters, error))
    return FALSE;
  if (filters != NULL)
    request.filters = filters;
  if (!tide_user_subscriptions_check_names (self, &request, error))
    return FALSE;
  tide_subscription_manager_unsubscribe_user (self, command->user, type, filters);
  answer_filters (reply, "unsubscription_confirmed", type, filters);
  return TRUE;
}

static gboolean
run_subscribe_patterns (TideSubscriptionManager *self,
                        const TideCommand *command,
                        TideReply *reply,
                        GError **error)
{
  g_auto (GStrv) patterns = tide_subscription_payload_get_list (
      command, "patterns", TIDE_VALUE_TEXT, self->settings.max_tickers, error);
  g_autoptr (TideSubscriptionFilters) filters = tide_subscription_filters_new ();
  TideSubscriptionRequest request = {
    command->user, command->connection_id, "tier_patterns", filters
  };

  if (patterns == NULL)
    return FALSE;
  tide_subscription_filters_set (
      filters, "pattern_types", (const char *const *) patterns);
  if (!tide_watchlist_set_patterns (self, &request, error))
    return FALSE;
  answer_filters (reply, "subscription_confirmed", request.type, filters);
  return TRUE;
}

/* A watchlist is of symbols, one by one; `*` would be all that there are. */
static gboolean
check_no_star (const char *const *values, GError **error)
{
  if (!g_strv_contains (values, "*"))
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_PAYLOAD,
                       "a watchlist names its symbols and types; for all of them use "
                       "subscribe with the type watchlist");
  return FALSE;
}

static char **
get_watchlist_types (const TideCommand *command, guint max_values, GError **error)
{
  static const char *const usual[] = { "price_update", "pattern_alert", NULL };
  g_auto (GStrv) types = NULL;

  if (!tide_subscription_payload_has (command, "subscription_types"))
    return g_strdupv ((char **) usual);
  types = tide_subscription_payload_get_list (
      command, "subscription_types", TIDE_VALUE_TEXT, max_values, error);
  if (types == NULL || !check_no_star ((const char *const *) types, error))
    return NULL;
  if (*types != NULL)
    return g_steal_pointer (&types);
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_PAYLOAD,
                       "subscription_types is empty; leave it away for price_update "
                       "and pattern_alert");
  return NULL;
}

static gboolean
run_subscribe_watchlist (TideSubscriptionManager *self,
                         const TideCommand *command,
                         TideReply *reply,
                         GError **error)
{
  TideSubscriptionRequest request = { .user = command->user,
                                      .connection_id = command->connection_id };
  g_auto (GStrv) symbols = tide_subscription_payload_get_list (
      command, "symbols", TIDE_VALUE_TICKER, self->settings.max_tickers, error);
  g_auto (GStrv) types = NULL;

  if (symbols == NULL || !check_no_star ((const char *const *) symbols, error))
    return FALSE;
  types = get_watchlist_types (command, self->settings.max_subscriptions, error);
  if (types == NULL || !tide_watchlist_add (self,
                                            &request,
                                            (const char *const *) symbols,
                                            (const char *const *) types,
                                            error))
    return FALSE;
  reply->event = "tickstockpl_subscription_confirmed";
  g_string_append (reply->payload, "{\"symbols\":");
  tide_value_list_append_json ((const char *const *) symbols, reply->payload);
  g_string_append (reply->payload, ",\"types\":");
  tide_value_list_append_json ((const char *const *) types, reply->payload);
  g_string_append_c (reply->payload, '}');
  return TRUE;
}

static gboolean
run_unsubscribe_symbol (TideSubscriptionManager *self,
                        const TideCommand *command,
                        TideReply *reply,
                        GError **error)
{
  g_autofree char *symbol = tide_subscription_payload_get_symbol (command, error);

  if (symbol == NULL || !tide_watchlist_remove (self, command->user, symbol, error))
    return FALSE;
  reply->event = "tickstockpl_unsubscription_confirmed";
  g_string_append (reply->payload, "{\"symbol\":");
  tide_json_append_string (reply->payload, symbol, -1);
  g_string_append_c (reply->payload, '}');
  return TRUE;
}

/* X (name, function) */
#define COMMANDS(X)                                                                      \
  X ("subscribe_tickers", run_subscribe_tickers)                                         \
  X ("unsubscribe_tickers", run_unsubscribe_tickers)                                     \
  X ("subscribe", run_subscribe)                                                         \
  X ("unsubscribe", run_unsubscribe)                                                     \
  X ("subscribe_patterns", run_subscribe_patterns)                                       \
  X ("subscribe_tickstockpl_watchlist", run_subscribe_watchlist)                         \
  X ("unsubscribe_tickstockpl_symbol", run_unsubscribe_symbol)                           \
  X ("request_tickstockpl_chart_data", tide_chart_command_run)

static const struct
{
  const char *name;
  Run run;
} commands[] = {
#define COMMAND(name, run) { name, run },
  COMMANDS (COMMAND)
#undef COMMAND
};

#define NAME(name, run) name ", "

/* A flood of such commands must cost little: nothing is put together here. */
static gboolean
refuse_unknown (GError **error)
{
  g_set_error_literal (
      error,
      TIDE_ERROR,
      TIDE_ERROR_UNKNOWN_COMMAND,
      "no command has this name; there are " COMMANDS (NAME) "join_room, leave_room");
  return FALSE;
}

/* Does a command, see #TideCommandHandlerInterface. */
gboolean
tide_subscription_commands_run (TideSubscriptionManager *self,
                                const TideCommand *command,
                                TideReply *reply,
                                GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      if (!g_str_equal (command->name, commands[i].name))
        continue;
      if (!tide_known_user_check (self, command->user, error) ||
          !tide_subscription_payload_check_user (
              command,
              tide_user_table_get_name (self->users, command->user.slot),
              error) ||
          !commands[i].run (self, command, reply, error))
        return FALSE;
      if (tide_known_user_get (self, command->user.slot)->is_unsaved)
        tide_known_user_save (self, command->user.slot);
      return TRUE;
    }
  return refuse_unknown (error);
}
