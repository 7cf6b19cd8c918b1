/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One way to write a list down, whoever it is for. JSON is written without making
 * variants first: a dump has hundreds of thousands of values, and everybody waits. */

#include "tide-inspector-rows.h"

#include "tide-json-string.h"

#include <stdarg.h>
#include <string.h>

#define DIGITS_MAX 20
#define MEMBERS_MAX 8

struct _TideRows
{
  const TideRowInfo *info; /* (unowned) */
  GString *json;           /* (unowned) (nullable), else @list */
  GVariantBuilder list;
  GString *prefixes[MEMBERS_MAX]; /* (owned) (nullable), what JSON has before a value */
  guint n_rows;
};

static void
append_number (GString *text, guint64 value)
{
  char digits[DIGITS_MAX];
  guint at = DIGITS_MAX;

  do
    digits[--at] = '0' + value % 10;
  while ((value /= 10) > 0);
  g_string_append_len (text, digits + at, DIGITS_MAX - at);
}

/* A value of a row, by the letter of its type. */
static void
append_value (GString *text, char type, va_list *values)
{
  if (type == 't')
    append_number (text, va_arg (*values, guint64));
  else if (type == 'u')
    append_number (text, va_arg (*values, guint));
  else if (type == 'b')
    g_string_append (text, va_arg (*values, gboolean) ? "true" : "false");
  else
    tide_json_append_string (text, va_arg (*values, const char *), -1);
}

static void
append_row (TideRows *self, va_list *values)
{
  const char *type = self->info->type + 1;

  if (self->n_rows > 0)
    g_string_append_c (self->json, ',');
  for (guint i = 0; type[i] != ')'; i++)
    {
      const GString *prefix = self->prefixes[i];

      g_string_append_len (self->json, prefix->str, prefix->len);
      append_value (self->json, type[i], values);
    }
  g_string_append_c (self->json, '}');
}

static void
begin_json (TideRows *self)
{
  const TideRowInfo *info = self->info;
  gsize n_members = strlen (info->type) - strlen ("()");

  g_assert (n_members <= MEMBERS_MAX);
  for (gsize i = 0; i < n_members; i++)
    {
      self->prefixes[i] = g_string_new (NULL);
      g_string_printf (
          self->prefixes[i], "%c\"%s\":", i > 0 ? ',' : '{', info->members[i]);
    }
  g_string_append_printf (self->json, ",\"%s\":[", info->name);
}

/**
 * tide_rows_new:
 * @info: what is written
 * @json: (nullable): where to write it as a member of a JSON object, behind another;
 *   %NULL for a variant
 *
 * Returns: (transfer full): a list without rows
 */
TideRows *
tide_rows_new (const TideRowInfo *info, GString *json)
{
  TideRows *self = g_new0 (TideRows, 1);
  g_autofree char *type = g_strconcat ("a", info->type, NULL);

  self->info = info;
  self->json = json;
  if (json != NULL)
    begin_json (self);
  else
    g_variant_builder_init (&self->list, G_VARIANT_TYPE (type));
  return self;
}

/**
 * tide_rows_add:
 * @self: a list
 * @...: what is in the row, of the types that its info says, as for g_variant_new()
 *
 * Writes a row.
 */
void
tide_rows_add (TideRows *self, ...)
{
  va_list values;

  va_start (values, self);
  if (self->json != NULL)
    append_row (self, &values);
  else
    g_variant_builder_add_value (&self->list,
                                 g_variant_new_va (self->info->type, NULL, &values));
  va_end (values);
  self->n_rows++;
}

/**
 * tide_rows_finish:
 * @self: (transfer full): a list
 *
 * Returns: (transfer floating) (nullable): all rows, or %NULL when they are JSON
 */
GVariant *
tide_rows_finish (TideRows *self)
{
  GVariant *list = NULL;

  if (self->json != NULL)
    g_string_append_c (self->json, ']');
  else
    list = g_variant_builder_end (&self->list);
  for (guint i = 0; i < MEMBERS_MAX && self->prefixes[i] != NULL; i++)
    g_string_free (self->prefixes[i], TRUE);
  g_free (self);
  return list;
}
