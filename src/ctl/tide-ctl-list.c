/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-list.h"

#include "tide-ctl-value.h"

#include <glib/gi18n.h>

#include <string.h>

#define DEFAULT_LIMIT 100
#define PAGE 500

/**
 * tide_ctl_list_get_limit:
 * @options: options
 *
 * Returns: how many rows are wanted
 */
guint
tide_ctl_list_get_limit (const TideCtlOptions *options)
{
  if (options->is_all)
    return G_MAXUINT;
  return options->limit > 0 ? (guint) options->limit : DEFAULT_LIMIT;
}

/* @cursor: the first member of the last row, or what stands before the first
 *
 * Returns: floating */
static GVariant *
make_parameters (const TideCtlList *list, GVariant *cursor, guint limit)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  if (list->scope != NULL)
    g_variant_builder_add (&builder, "s", list->scope);
  g_variant_builder_add_value (&builder, cursor);
  g_variant_builder_add (&builder, "u", MIN (limit, PAGE));
  return g_variant_builder_end (&builder);
}

static gboolean
is_by_name (const TideCtlList *list)
{
  return g_str_has_prefix (list->type, "(a(s");
}

/* Takes the rows of a page, up to @limit in all.
 *
 * Returns: (transfer full) (nullable): where the next page begins */
static GVariant *
take_page (GVariant *answer, GVariantBuilder *rows, guint *n_rows, guint limit)
{
  g_autoptr (GVariant) page = g_variant_get_child_value (answer, 0);
  gsize n = g_variant_n_children (page);
  GVariant *cursor = NULL;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (page, i);

      if (*n_rows < limit)
        {
          g_variant_builder_add_value (rows, row);
          ++*n_rows;
        }
      if (i + 1 == n)
        cursor = g_variant_get_child_value (row, 0);
    }
  return cursor;
}

/**
 * tide_ctl_list_fetch:
 * @bus: a bus
 * @list: a list
 * @limit: how many rows are wanted at most
 * @has_more: (out): whether there are more
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Asks for page after page.
 *
 * Returns: (transfer full): the rows
 */
GVariant *
tide_ctl_list_fetch (GDBusConnection *bus,
                     const TideCtlList *list,
                     guint limit,
                     gboolean *has_more,
                     GError **error)
{
  g_autoptr (GVariant) cursor = g_variant_ref_sink (
      is_by_name (list) ? g_variant_new_string ("") : g_variant_new_uint64 (0));
  g_autofree char *rows_type = g_strndup (list->type + 1, strlen (list->type) - 2);
  g_auto (GVariantBuilder) rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (rows_type));
  guint n_rows = 0;
  guint n_seen = 0;

  /* One more than wanted tells whether there are more. */
  while (n_seen <= limit)
    {
      guint wanted = limit - n_rows < PAGE ? limit - n_rows + 1 : PAGE;
      g_autoptr (GVariant) answer = tide_ctl_bus_call (
          bus, list->method, make_parameters (list, cursor, wanted), list->type, error);
      g_autoptr (GVariant) page = NULL;
      GVariant *next;

      if (answer == NULL)
        return NULL;
      page = g_variant_get_child_value (answer, 0);
      next = take_page (answer, &rows, &n_rows, limit);
      if (next == NULL)
        break;
      n_seen += (guint) g_variant_n_children (page);
      g_variant_unref (cursor);
      cursor = next;
    }
  *has_more = n_seen > limit;
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}

static void
add_titles (const TideCtlList *list, TideCtlTable *table)
{
  guint at = 0;

  for (guint i = 0; i < list->n_columns; i++)
    if (list->columns[i].title != NULL)
      tide_ctl_table_add (table, at++, _ (list->columns[i].title));
}

static void
add_row (const TideCtlList *list, TideCtlTable *table, GVariant *row)
{
  guint at = 0;

  for (guint i = 0; i < list->n_columns; i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (row, i);

      if (list->columns[i].title == NULL)
        continue;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) ||
          g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        tide_ctl_table_set_right (table, at);
      tide_ctl_table_take (
          table, at++, tide_ctl_value_to_text (list->columns[i].name, value));
    }
}

/**
 * tide_ctl_list_add_text:
 * @self: what a verb works with
 * @list: a list
 * @rows: its rows
 *
 * Adds a table to the output.
 */
void
tide_ctl_list_add_text (TideCtl *self, const TideCtlList *list, GVariant *rows)
{
  guint n_columns = 0;

  for (guint i = 0; i < list->n_columns; i++)
    n_columns += list->columns[i].title != NULL;

  g_autoptr (TideCtlTable) table = tide_ctl_table_new (n_columns);

  add_titles (list, table);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      add_row (list, table, row);
    }
  tide_ctl_table_set_heading (table, TIDE_CTL_BOLD);
  tide_ctl_output_add_table (self->output, table);
}

static JsonNode *
make_member (const TideCtlColumn *column, GVariant *value)
{
  JsonNode *node = column->is_json
                       ? json_from_string (g_variant_get_string (value, NULL), NULL)
                       : NULL;

  return node != NULL ? node : json_gvariant_serialize (value);
}

/**
 * tide_ctl_list_make_json:
 * @list: a list
 * @rows: its rows
 *
 * Returns: (transfer full): an array of objects
 */
JsonNode *
tide_ctl_list_make_json (const TideCtlList *list, GVariant *rows)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      JsonObject *object = json_object_new ();

      for (guint j = 0; j < list->n_columns; j++)
        {
          g_autoptr (GVariant) value = g_variant_get_child_value (row, j);

          json_object_set_member (
              object, list->columns[j].name, make_member (&list->columns[j], value));
        }
      json_array_add_object_element (array, object);
    }
  json_node_take_array (node, array);
  return node;
}

/**
 * tide_ctl_list_add_hint:
 * @self: what a verb works with
 * @has_more: whether rows were left out
 *
 * Says below a table how to see all.
 */
void
tide_ctl_list_add_hint (TideCtl *self, gboolean has_more)
{
  if (!has_more)
    return;
  tide_ctl_output_add (
      self->output, TIDE_CTL_FAINT, _ ("There are more: --all prints all of them."));
  g_string_append_c (self->output->text, '\n');
}
