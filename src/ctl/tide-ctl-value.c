/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-value.h"

#include "tide-ctl-text.h"

#include <glib/gi18n.h>

#include <string.h>

/* What is later than this, in microseconds, is a date (1990), else a time span. */
#define FIRST_DATE_US (G_GINT64_CONSTANT (631152000) * G_USEC_PER_SEC)

static gboolean
get_number (GVariant *value, guint64 *number)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      *number = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *number = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *number = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *number = g_variant_get_uint64 (value);
      return TRUE;
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      return FALSE;
    }
  return FALSE;
}

static gboolean
ends_with (const char *key, const char *one, const char *other)
{
  return g_str_has_suffix (key, one) || g_str_has_suffix (key, other);
}

/* The unit of a number is the end of its name. */
static char *
format_number (const char *key, guint64 number)
{
  if (ends_with (key, "bytes", "Bytes"))
    return tide_ctl_text_from_bytes (number);
  if (ends_with (key, "usec", "USec") && number >= (guint64) FIRST_DATE_US)
    return tide_ctl_text_from_time (number);
  if (ends_with (key, "usec", "USec"))
    return number < 60 * G_USEC_PER_SEC ? tide_ctl_text_from_latency (number)
                                        : tide_ctl_text_from_duration (number);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, number);
}

static gboolean
is_list (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) &&
         !g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY);
}

static char *
join (const char *key, GVariant *list)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (list, i);
      g_autofree char *word = tide_ctl_value_to_text (key, value);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", word);
    }
  return g_string_free (text, FALSE);
}

/**
 * tide_ctl_value_to_text:
 * @key: what the value is called; a unit at its end decides how a number is written
 * @value: a value
 *
 * Returns: (transfer full): @value for a person; may hold anything that came with it
 */
char *
tide_ctl_value_to_text (const char *key, GVariant *value)
{
  guint64 number;

  if (get_number (value, &number))
    return format_number (key, number);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (is_list (value))
    return join (key, value);
  /* What is nested deeper is rare, and JSON is what people read it in best. */
  g_autoptr (JsonNode) node = json_gvariant_serialize (value);

  return json_to_string (node, FALSE);
}

/**
 * tide_ctl_value_add_members:
 * @object: where they are added
 * @dictionary: of type `a{sv}`
 *
 * Adds each key as a member.
 */
void
tide_ctl_value_add_members (JsonObject *object, GVariant *dictionary)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, dictionary);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    json_object_set_member (object, key, json_gvariant_serialize (value));
}

/**
 * tide_ctl_value_get_count:
 * @dictionary: of type `a{sv}`
 * @key: a key
 *
 * Returns: the number there, 0 when there is none
 */
guint64
tide_ctl_value_get_count (GVariant *dictionary, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, NULL);
  guint64 number = 0;

  if (value != NULL)
    get_number (value, &number);
  return number;
}

/**
 * tide_ctl_value_get_string:
 * @dictionary: of type `a{sv}`
 * @key: a key
 *
 * Returns: the text there, empty when there is none; lives as long as @dictionary
 */
const char *
tide_ctl_value_get_string (GVariant *dictionary, const char *key)
{
  const char *text = "";

  g_variant_lookup (dictionary, key, "&s", &text);
  return text;
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * tide_ctl_value_sort_keys:
 * @dictionary: of type `a{sv}`
 *
 * Returns: (transfer full) (element-type utf8): the keys, sorted: what comes over the bus
 *   has them in any order
 */
GPtrArray *
tide_ctl_value_sort_keys (GVariant *dictionary)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  char *key;

  g_variant_iter_init (&iter, dictionary);
  while (g_variant_iter_next (&iter, "{sv}", &key, NULL))
    g_ptr_array_add (keys, key);
  g_ptr_array_sort (keys, compare_keys);
  return keys;
}

static void
add_rows (TideCtlTable *table, const char *prefix, GVariant *dictionary)
{
  g_autoptr (GPtrArray) keys = tide_ctl_value_sort_keys (dictionary);

  for (guint i = 0; i < keys->len; i++)
    {
      const char *key = keys->pdata[i];
      g_autofree char *name = g_strconcat (prefix, key, NULL);
      g_autoptr (GVariant) value = g_variant_lookup_value (dictionary, key, NULL);

      if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
        {
          g_autofree char *inner = g_strconcat (name, ".", NULL);

          add_rows (table, inner, value);
          continue;
        }
      tide_ctl_table_add (table, 0, name);
      tide_ctl_table_take (table, 1, tide_ctl_value_to_text (key, value));
    }
}

/**
 * tide_ctl_value_add_rows:
 * @table: a table of two columns
 * @dictionary: of type `a{sv}`
 *
 * Adds each key and its value, for a person. What is in a dictionary inside has both
 * names, as in `lane.pending`.
 */
void
tide_ctl_value_add_rows (TideCtlTable *table, GVariant *dictionary)
{
  add_rows (table, "", dictionary);
}
