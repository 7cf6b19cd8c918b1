/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what browsers send: lists of tickers, or of the values of a filter. What is read
 * here has been taken by tide_json_scan(), so that its form needs no more checks. */

#include "tide-value-list.h"

#include "tide-error.h"
#include "tide-json-walk.h"

#include <string.h>

static gboolean
refuse (GError **error, const char *name, const char *text)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, "%s %s", name, text);
  return FALSE;
}

static gboolean
is_good_ticker (const char *text, gsize length)
{
  if (length == 0 || length > TIDE_TICKER_MAX_BYTES)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (text[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_good_text (const char *text, gsize length)
{
  if (length == 0 || length > TIDE_VALUE_MAX_BYTES ||
      !g_utf8_validate_len (text, length, NULL))
    return FALSE;
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

/* Gives the text of an item, or %NULL when it does not have the form. */
static char *
take_value (const TideJsonField *item, TideValueForm form)
{
  g_autofree char *text = NULL;
  gsize length = item->length;

  if (item->kind == TIDE_JSON_NUMBER && form == TIDE_VALUE_TEXT)
    return length <= TIDE_VALUE_MAX_BYTES ? g_strndup (item->start, length) : NULL;
  /* An escape has six bytes at most and stands for one at least. */
  if (item->kind != TIDE_JSON_STRING || length > 6 * TIDE_VALUE_MAX_BYTES)
    return NULL;
  text = tide_json_unescape (item->start, length, &length);
  if (form == TIDE_VALUE_TICKER ? !is_good_ticker (text, length)
                                : !is_good_text (text, length))
    return NULL;
  return g_steal_pointer (&text);
}

/**
 * tide_value_reader_init:
 * @self: memory for a reader
 * @field: a member that tide_json_scan() or tide_json_value_pass() found, or did not
 *   find; its name is for messages
 * @form: what its values are
 * @error: return location for an error
 *
 * Makes ready to read an array of values, or a single one, which counts as an array of
 * one.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when the member is something else.
 *
 * Returns: %TRUE when there is something to read
 */
gboolean
tide_value_reader_init (TideValueReader *self,
                        const TideJsonField *field,
                        TideValueForm form,
                        GError **error)
{
  if (field->kind != TIDE_JSON_ARRAY && field->kind != TIDE_JSON_STRING &&
      (field->kind != TIDE_JSON_NUMBER || form == TIDE_VALUE_TICKER))
    return refuse (error,
                   field->name,
                   form == TIDE_VALUE_TICKER
                       ? "must be an array of strings, such as [\"AAPL\"]"
                       : "must be an array of strings or numbers, such as [\"AAPL\"]");
  self->form = form;
  self->is_array = field->kind == TIDE_JSON_ARRAY;
  self->at = field->kind == TIDE_JSON_NUMBER ? field->start : field->start - 1;
  if (self->is_array)
    self->at = field->start + 1;
  self->end = field->start + field->length + (field->kind == TIDE_JSON_STRING);
  return TRUE;
}

/**
 * tide_value_reader_next:
 * @self: a reader
 * @error: return location for an error
 *
 * Reads the next value.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when it does not have the form.
 *
 * Returns: (transfer full) (nullable): the value; %NULL at the end, and on failure
 */
char *
tide_value_reader_next (TideValueReader *self, GError **error)
{
  TideJsonField item;
  char *value;

  while (self->is_array && (*self->at == ',' || g_ascii_isspace (*self->at)))
    self->at++;
  if (self->is_array ? *self->at == ']' : self->at == self->end)
    return NULL;
  self->at = tide_json_value_pass (self->at, self->end, &item);
  value = take_value (&item, self->form);
  if (value == NULL && self->form == TIDE_VALUE_TICKER)
    refuse (error, "a ticker", "is a string of 1 to 32 printable ASCII characters");
  else if (value == NULL)
    refuse (error,
            "a filter's value",
            "is a number, or a string of 1 to 64 bytes of printable UTF-8");
  return value;
}

/* Keeps @value when it is a new one; gives %FALSE when that is one too many. */
static gboolean
add_value (GPtrArray *values, GHashTable *seen, char *value, guint max_values)
{
  if (g_hash_table_contains (seen, value))
    {
      g_free (value);
      return TRUE;
    }
  g_ptr_array_add (values, value);
  g_hash_table_add (seen, value);
  return values->len <= max_values;
}

/**
 * tide_value_list_parse:
 * @field: a member of a command's payload, see tide_value_reader_init()
 * @form: what its values are
 * @max_values: the most that it may have
 * @error: return location for an error
 *
 * Reads a list; a value that is in it twice counts once. Reading ends at the first one
 * too many: a message has room for a million.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when it is no list or a value does not have the
 * form, and with [error@Error.LIMIT_EXCEEDED].
 *
 * Returns: (transfer full) (array zero-terminated=1): the values, in the order given
 */
char **
tide_value_list_parse (const TideJsonField *field,
                       TideValueForm form,
                       guint max_values,
                       GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GError *bad_value = NULL;
  TideValueReader reader;
  char *value;

  if (!tide_value_reader_init (&reader, field, form, error))
    return NULL;
  while ((value = tide_value_reader_next (&reader, &bad_value)) != NULL)
    if (!add_value (values, seen, value, max_values))
      {
        g_set_error (error,
                     TIDE_ERROR,
                     TIDE_ERROR_LIMIT_EXCEEDED,
                     "%s can have %u values; nothing was changed",
                     field->name,
                     max_values);
        return NULL;
      }
  if (bad_value != NULL)
    {
      g_propagate_error (error, bad_value);
      return NULL;
    }
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_steal (values, NULL);
}

/**
 * tide_value_list_append_json:
 * @values: (array zero-terminated=1): a list
 * @out: where to write it as a JSON array
 *
 * Writes a list the way clients are answered.
 */
void
tide_value_list_append_json (const char *const *values, GString *out)
{
  g_string_append_c (out, '[');
  for (gsize i = 0; values[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      tide_json_append_string (out, values[i], -1);
    }
  g_string_append_c (out, ']');
}
