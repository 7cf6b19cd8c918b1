/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>

#include "inspector-harness.h"

static void
assert_same (GVariant *value, JsonNode *node)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    g_assert_cmpstr (json_node_get_string (node), ==, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    g_assert_cmpint (json_node_get_boolean (node), ==, g_variant_get_boolean (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    g_assert_cmpint (json_node_get_int (node), ==, g_variant_get_uint32 (value));
  else
    g_assert_cmpint (json_node_get_int (node), ==, g_variant_get_uint64 (value));
}

/* Asserts that a list of the dump has what is listed; the lists are not empty. */
static void
check_list (JsonObject *dump, const TideInspectorList *what, ListFunc func)
{
  g_autoptr (GVariant) rows = list (func, 0, 500);
  JsonArray *array = json_object_get_array_member (dump, what->info.name);
  guint n = json_array_get_length (array);

  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, ==, g_variant_n_children (rows));
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      JsonObject *object = json_array_get_object_element (array, i);

      g_assert_cmpuint (json_object_get_size (object), ==, g_variant_n_children (row));
      for (guint k = 0; k < g_variant_n_children (row); k++)
        {
          g_autoptr (GVariant) value = g_variant_get_child_value (row, k);

          assert_same (value, json_object_get_member (object, what->info.members[k]));
        }
    }
}

static void
test_dump (void)
{
  RawWebSocket ann;
  g_autofree char *dump = NULL;
  g_autofree char *configuration = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonObject *object;

  g_test_summary ("The dump is JSON with what the lists have, whatever users are called");

  start (NULL);
  come (&ann, "a%22b");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"B\",\"A\"]}");
  ask (&ann, "{\"type\":\"join_room\",\"room\":\"system_health_room\"}");
  dump = funcs.inspect->dump (funcs.inspect_data);
  root = json_from_string (dump, NULL);
  g_assert_nonnull (root);
  object = json_node_get_object (root);
  check_list (object, &tide_inspector_connections, funcs.inspect->list_connections);
  check_list (object, &tide_inspector_users, funcs.inspect->list_users);
  check_list (object, &tide_inspector_rooms, funcs.inspect->list_rooms);
  check_list (object, &tide_inspector_subscriptions, funcs.inspect->list_subscriptions);
  check_list (object, &tide_inspector_lanes, funcs.inspect->list_lanes);
  configuration = funcs.inspect->print_configuration (funcs.inspect_data);
  g_assert_cmpstr (
      json_object_get_string_member (object, "configuration"), ==, configuration);
  g_assert_nonnull (strstr (dump, "\"user\":\"a\\\"b\",\"transport\":\"websocket\""));
  raw_websocket_clear (&ann);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_catcher_install ();
  g_test_add_func ("/daemon/inspector-dump/same", test_dump);
  return g_test_run ();
}
