/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes the history that the configuration asks for, and connects it. */

#include "tide-history-factory.h"

#define GROUP "history"
#define DAY_S (24 * 60 * 60)
#define FILE_NAME "history.db"

/* The file: the one that is named, or ours in the first of the folders that systemd has
 * made for the service. */
static char *
find_path (TideConfig *config)
{
  const char *named = tide_config_get_string (config, GROUP, "file");
  const char *folders = g_getenv ("STATE_DIRECTORY");
  g_auto (GStrv) list = g_strsplit (folders != NULL ? folders : "", ":", -1);

  if (!g_str_equal (tide_config_get_string (config, GROUP, "store"), "auto"))
    return NULL;
  if (*named != '\0')
    return g_strdup (named);
  return list[0] != NULL && *list[0] != '\0' ? g_build_filename (list[0], FILE_NAME, NULL)
                                             : NULL;
}

static TideHistorySettings
get_settings (TideConfig *config, const char *path)
{
  TideHistorySettings settings = {
    .path = path,
    .max_symbols = tide_config_get_int (config, GROUP, "max-symbols"),
    .max_minutes = tide_config_get_int (config, GROUP, "memory-max-minutes"),
  };

  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    {
      g_autofree char *name =
          g_strdup_printf ("keep-%s-days", tide_timeframe_get_nick (i));

      settings.keep_s[i] = (gint64) tide_config_get_uint64 (config, GROUP, name) * DAY_S;
    }
  return settings;
}

static void
on_answer (guint64 ticket,
           const GString *payload,
           const GError *error,
           gpointer user_data)
{
  const TideStages *stages = user_data;

  tide_websocket_manager_answer (
      stages->sessions, ticket, "tickstockpl_chart_data_response", payload, error);
}

static void
on_changed (gpointer user_data)
{
  const TideStages *stages = user_data;

  tide_status_set_history (stages->status, tide_history_get_state (stages->history));
}

/**
 * tide_history_factory_make:
 * @stages: all other stages; must outlive the history, and will have it
 * @config: what to make
 *
 * Makes a history, which takes ticks and answers the subscription manager's requests to
 * the sessions. It is to be started.
 *
 * Returns: (transfer full) (nullable): a history, %NULL when there is to be none
 */
TideHistory *
tide_history_factory_make (const TideStages *stages, TideConfig *config)
{
  g_autofree char *path = find_path (config);
  TideHistorySettings settings = get_settings (config, path);
  TideHistoryFuncs funcs = { on_answer, on_changed, (gpointer) stages };
  g_autoptr (TideClock) wall = tide_clock_new_wall ();
  TideHistory *history;

  if (g_str_equal (tide_config_get_string (config, GROUP, "store"), "off"))
    return NULL;
  history = tide_history_new (stages->wheel, wall, stages->counters, &settings, &funcs);
  tide_subscription_manager_set_charts (stages->subscriptions,
                                        TIDE_CHART_SOURCE (history));
  tide_status_set_history (stages->status, tide_history_get_state (history));
  return history;
}

/**
 * tide_history_factory_reload:
 * @history: (nullable): a history
 * @config: a good configuration
 *
 * Puts new limits in force.
 */
void
tide_history_factory_reload (TideHistory *history, TideConfig *config)
{
  TideHistorySettings settings = get_settings (config, NULL);

  if (history != NULL)
    tide_history_reload (history, &settings);
}
