/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All that is known, as one JSON document. */

#include "tide-config-text.h"
#include "tide-figures.h"
#include "tide-inspector.h"
#include "tide-json-string.h"

/* What to reserve at once: a little more than a connection of a user with a few tickers
 * takes in all lists together. */
#define BYTES_OF_CONNECTION 640

static void
append_string (GString *text, const char *value)
{
  tide_json_append_string (text, value, -1);
}

static void
append_lists (GString *text, TideInspector *self)
{
  static const TideInspectorList *const lists[] = {
    &tide_inspector_connections,   &tide_inspector_users, &tide_inspector_rooms,
    &tide_inspector_subscriptions, &tide_inspector_lanes,
  };
  static const TideBusPage all = { .after = "", .limit = G_MAXUINT };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      TideRows *rows = tide_rows_new (&lists[i]->info, text);

      lists[i]->write (self, &all, rows);
      tide_rows_finish (rows);
    }
}

/**
 * tide_inspector_dump:
 * @user_data: the inspector
 *
 * Writes down all that is known, at one moment.
 *
 * Returns: (transfer full): a JSON document
 */
char *
tide_inspector_dump (gpointer user_data)
{
  TideInspector *self = user_data;
  TideStatus *status = self->stages->status;
  GString *text =
      g_string_sized_new (BYTES_OF_CONNECTION * self->stages->counters->connections);
  g_autofree char *configuration = tide_config_print (self->config);

  g_string_append (text, "{\"version\":");
  append_string (text, tide_status_get_version (status));
  g_string_append_printf (
      text, ",\"state\":\"%s\"", tide_state_get_nick (tide_status_get_state (status)));
  g_string_append (text, ",\"source\":");
  append_string (text, tide_status_get_source_description (status));
  g_string_append_printf (text, ",\"time_usec\":%" G_GINT64_FORMAT, g_get_real_time ());
  tide_figures_append_counters (text, self->stages->counters);
  append_lists (text, self);
  g_string_append (text, ",\"configuration\":");
  append_string (text, configuration);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
