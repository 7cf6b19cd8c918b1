/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Takes the lines of an input as the keys of a route, KEY=VALUE. The first line is the
 * name of a channel too, which is compared with a pattern; the last one is a payload, of
 * which older versions are made. */

#include "tide-error.h"
#include "tide-event-version.h"
#include "tide-glob.h"
#include "tide-json-scan.h"
#include "tide-route-text.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_error (const GError *error)
{
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (strlen (error->message), >, 0);
}

static void
check_field (const TideRoute *route, int field, int least)
{
  g_assert_cmpint (field, >=, least);
  g_assert_cmpint (field, <, route->fields->len);
}

static void
check_route (const TideRoute *route)
{
  gboolean is_for_subscribers = (route->audience & TIDE_AUDIENCE_SUBSCRIBERS) != 0;

  g_assert_cmpint (is_for_subscribers, ==, route->matches->len > 0);
  g_assert_true (route->audience != 0 || route->rooms != NULL ||
                 route->user_fields->len > 0);
  check_field (route, route->key_field, -1);
  check_field (route, route->time_field, -1);
  for (guint i = 0; i < route->user_fields->len; i++)
    check_field (route, g_array_index (route->user_fields, int, i), 0);
  for (guint i = 0; i < route->priority_rules->len; i++)
    check_field (
        route, g_array_index (route->priority_rules, TideRoutePriorityRule, i).field, 0);
  for (guint i = 0; i < route->fields->len; i++)
    g_assert_cmpuint (g_strv_length (g_ptr_array_index (route->fields, i)), >, 0);
  for (guint i = 0; i < route->versions->len; i++)
    {
      const TideRouteVersion *version = g_ptr_array_index (route->versions, i);

      g_assert_cmpuint (version->version, ==, route->schema - 1 - i);
    }
}

static void
check_versions (TideRoute *route, const char *payload)
{
  TideJsonKind kind;

  if (tide_json_scan (payload, strlen (payload), NULL, 0, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return;

  g_autoptr (TideEvent) event =
      tide_event_new (route, payload, strlen (payload), NULL, 0, 0);

  for (guint i = 0; i <= route->versions->len; i++)
    {
      g_autoptr (GString) made = tide_event_make_version (event, route->schema - i);

      g_assert_cmpint (
          tide_json_scan (made->str, made->len, NULL, 0, &kind), ==, TIDE_JSON_OK);
      g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *input = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (input, "\n", -1);
  guint n_lines = g_strv_length (lines);
  g_autoptr (TideRouteText) text = tide_route_text_new ("fuzz");
  g_autoptr (GError) error = NULL;

  if (!g_utf8_validate (input, -1, NULL) || n_lines == 0)
    return 0;
  for (guint i = 0; i < n_lines; i++)
    {
      char *equals = strchr (lines[i], '=');

      if (equals == NULL)
        continue;

      g_autofree char *key = g_strndup (lines[i], equals - lines[i]);

      if (tide_route_text_has_key (key) &&
          !tide_route_text_set (text, key, equals + 1, &error))
        {
          check_error (error);
          return 0;
        }
    }

  const char *bad_key = NULL;
  g_autoptr (TideRoute) route = tide_route_text_finish (text, &bad_key, &error);

  if (route == NULL)
    {
      check_error (error);
      return 0;
    }
  check_route (route);
  if (route->is_pattern)
    tide_glob_matches (route->channel, lines[0], strlen (lines[0]));
  check_versions (route, lines[n_lines - 1]);
  return 0;
}
