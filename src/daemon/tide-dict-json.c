/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the bus gives as a dictionary, as a JSON object. On the bus its keys have hyphens
 * between their words and its rows no names; in JSON members have underscores. */

#include "tide-dict-json.h"

static JsonObject *
rename_members (JsonObject *object)
{
  JsonObject *renamed = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    {
      g_autofree char *new_name = g_strdelimit (g_strdup (name), "-", '_');

      if (JSON_NODE_HOLDS_OBJECT (value))
        json_object_set_object_member (
            renamed, new_name, rename_members (json_node_get_object (value)));
      else
        json_object_set_member (renamed, new_name, json_node_copy (value));
    }
  return renamed;
}

/**
 * tide_dict_json_new:
 * @dict: of the type `a{sv}`; a floating one is freed
 *
 * Returns: (transfer full): the same as JSON
 */
JsonObject *
tide_dict_json_new (GVariant *dict)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (dict);
  g_autoptr (JsonNode) node = json_gvariant_serialize (owned);

  return rename_members (json_node_get_object (node));
}

static JsonNode *
name_row (JsonArray *row, const char *const *names)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_alloc ();

  for (guint i = 0; i < json_array_get_length (row) && names[i] != NULL; i++)
    json_object_set_member (
        object, names[i], json_node_copy (json_array_get_element (row, i)));
  json_node_init_object (node, object);
  json_object_unref (object);
  return node;
}

/**
 * tide_dict_json_name_rows:
 * @self: an object
 * @member: one of its members: a row, or an array of rows; need not be there
 * @names: (array zero-terminated=1): what is in a row
 *
 * Makes an object of each row.
 */
void
tide_dict_json_name_rows (JsonObject *self, const char *member, const char *const *names)
{
  JsonArray *rows;
  g_autoptr (JsonArray) named = NULL;

  if (!json_object_has_member (self, member))
    return;
  rows = json_object_get_array_member (self, member);
  named = json_array_new ();
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonNode *row = json_array_get_element (rows, i);

      if (!JSON_NODE_HOLDS_ARRAY (row))
        {
          json_object_set_member (self, member, name_row (rows, names));
          return;
        }
      json_array_add_element (named, name_row (json_node_get_array (row), names));
    }
  json_object_set_array_member (self, member, g_steal_pointer (&named));
}

/**
 * tide_dict_json_append:
 * @self: (transfer full): an object
 * @out: where to append
 *
 * Writes an object down.
 */
void
tide_dict_json_append (JsonObject *self, GString *out)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), self);
  g_autofree char *text = json_to_string (node, FALSE);

  g_string_append (out, text);
  json_object_unref (self);
}
