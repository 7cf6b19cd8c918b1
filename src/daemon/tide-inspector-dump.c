/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All that is known, as one JSON document. */

#include "tide-config-text.h"
#include "tide-inspector.h"
#include "tide-json-string.h"

/* Of one list: what each member of its tuples is called. */
typedef struct
{
  const char *name;
  const char *const *members;
} ListInfo;

static void
append_string (GString *text, const char *value)
{
  tide_json_append_string (text, value, -1);
}

/* A value of one of the types that are in lists. */
static void
append_value (GString *text, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    g_string_append_printf (text, "%u", g_variant_get_uint32 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_string_append (text, g_variant_get_boolean (value) ? "true" : "false");
  else
    append_string (text, g_variant_get_string (value, NULL));
}

static void
append_tuple (GString *text, GVariant *tuple, const char *const *members)
{
  gsize n = g_variant_n_children (tuple);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (tuple, i);

      g_string_append_printf (text, "%s\"%s\":", i > 0 ? "," : "{", members[i]);
      append_value (text, value);
    }
  g_string_append_c (text, '}');
}

/* Appends a page; returns the key that the next one begins after. */
static GVariant *
append_page (GString *text, GVariant *list, const char *const *members, gboolean is_first)
{
  gsize n = g_variant_n_children (list);
  g_autoptr (GVariant) last = NULL;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) tuple = g_variant_get_child_value (list, i);

      if (i > 0 || !is_first)
        g_string_append_c (text, ',');
      append_tuple (text, tuple, members);
      if (i == n - 1)
        last = g_variant_get_child_value (tuple, 0);
    }
  return g_steal_pointer (&last);
}

static void
append_list (GString *text,
             const ListInfo *info,
             GVariant *(*list) (const TideBusPage *page, gpointer user_data),
             TideInspector *self)
{
  TideBusPage page = { .after = "", .limit = 500 };
  g_autoptr (GVariant) last = NULL;
  gboolean is_first = TRUE;

  g_string_append_printf (text, ",\"%s\":[", info->name);
  do
    {
      g_autoptr (GVariant) rows = g_variant_ref_sink (list (&page, self));

      g_clear_pointer (&last, g_variant_unref);
      last = append_page (text, rows, info->members, is_first);
      is_first = FALSE;
      if (last == NULL)
        break;
      if (g_variant_is_of_type (last, G_VARIANT_TYPE_STRING))
        page.after = g_variant_get_string (last, NULL);
      else
        page.after_id = g_variant_get_uint64 (last);
    }
  while (TRUE);
  g_string_append_c (text, ']');
}

static void
append_counters (GString *text, TideCounters *counters)
{
  gsize n;
  const TideCounterInfo *infos = tide_counters_get_infos (&n);

  tide_counters_refresh (counters);
  g_string_append (text, ",\"counters\":{");
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text,
                            "%s\"%s\":%" G_GUINT64_FORMAT,
                            i > 0 ? "," : "",
                            infos[i].key,
                            tide_counters_get (counters, &infos[i]));
  g_string_append_c (text, '}');
}

static void
append_lists (GString *text, TideInspector *self)
{
  static const char *const connection[] = { "id",      "user",           "transport",
                                            "address", "connected_usec", "unread_bytes" };
  static const char *const user[] = { "id",      "user",          "state",  "connections",
                                      "tickers", "subscriptions", "waiting" };
  static const char *const room[] = { "room", "members" };
  static const char *const subscription[] = {
    "user_id", "user", "type", "filters", "stays"
  };
  static const char *const lane[] = { "user_id", "user",          "events_last_second",
                                      "pending", "pending_bytes", "unread_bytes",
                                      "slow" };

  append_list (text,
               &(ListInfo){ "connections", connection },
               tide_inspector_list_connections,
               self);
  append_list (text, &(ListInfo){ "users", user }, tide_inspector_list_users, self);
  append_list (text, &(ListInfo){ "rooms", room }, tide_inspector_list_rooms, self);
  append_list (text,
               &(ListInfo){ "subscriptions", subscription },
               tide_inspector_list_subscriptions,
               self);
  append_list (text, &(ListInfo){ "lanes", lane }, tide_inspector_list_lanes, self);
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
  GString *text = g_string_new ("{\"version\":");
  g_autofree char *configuration = tide_config_print (self->config);

  append_string (text, tide_status_get_version (status));
  g_string_append_printf (
      text, ",\"state\":\"%s\"", tide_state_get_nick (tide_status_get_state (status)));
  g_string_append (text, ",\"source\":");
  append_string (text, tide_status_get_source_description (status));
  g_string_append_printf (text, ",\"time_usec\":%" G_GINT64_FORMAT, g_get_real_time ());
  append_counters (text, self->stages->counters);
  append_lists (text, self);
  g_string_append (text, ",\"configuration\":");
  append_string (text, configuration);
  g_string_append (text, "}\n");
  return g_string_free (text, FALSE);
}
