/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps through JSON that tide_json_scan() has taken, without allocating. */

#include "tide-json-walk.h"

#define MAX_ID_DIGITS 16
#define MAX_ID ((G_GUINT64_CONSTANT (1) << 53) - 1) /* what a browser's numbers hold */

/**
 * tide_json_skip_space:
 * @at: a place between JSON's tokens
 * @end: end of the text
 *
 * Returns: (transfer none): the next place that is not white space
 */
const char *
tide_json_skip_space (const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;
  return at;
}

static TideJsonKind
get_kind (char first)
{
  switch (first)
    {
    case '{':
      return TIDE_JSON_OBJECT;
    case '[':
      return TIDE_JSON_ARRAY;
    case '"':
      return TIDE_JSON_STRING;
    case 't':
    case 'f':
      return TIDE_JSON_BOOLEAN;
    case 'n':
      return TIDE_JSON_NULL;
    default:
      return TIDE_JSON_NUMBER;
    }
}

/* Gives the place behind the string whose opening quote is at @at. */
static const char *
skip_string (const char *at, const char *end, gboolean *has_escapes)
{
  at++;
  tide_json_string_skip (&at, end, has_escapes);
  return at < end ? at + 1 : end;
}

static const char *
skip_container (const char *at, const char *end)
{
  guint depth = 0;
  gboolean has_escapes;

  while (at < end)
    {
      char byte = *at;

      if (byte == '"')
        {
          at = skip_string (at, end, &has_escapes);
          continue;
        }
      at++;
      if (byte == '{' || byte == '[')
        depth++;
      else if (byte == '}' || byte == ']')
        depth--;
      if (depth == 0)
        break;
    }
  return at;
}

static const char *
skip_scalar (const char *at, const char *end)
{
  while (at < end && *at != ',' && *at != ']' && *at != '}' && *at > ' ')
    at++;
  return at;
}

/**
 * tide_json_array_next:
 * @cursor: (inout): the start of an array that tide_json_scan() took, or where the last
 *   call left it
 * @end: end of the text
 * @item: (out): the next element, told as the scan tells members
 *
 * Steps through the elements of an array.
 *
 * Returns: %FALSE when there are no more
 */
gboolean
tide_json_array_next (const char **cursor, const char *end, TideJsonField *item)
{
  const char *at = tide_json_skip_space (*cursor, end);

  if (at < end && (*at == '[' || *at == ','))
    at = tide_json_skip_space (at + 1, end);
  *cursor = at;
  if (at == end || *at == ']')
    return FALSE;

  item->name = NULL;
  item->parent = -1;
  item->kind = get_kind (*at);
  item->has_escapes = FALSE;
  item->start = at;
  if (item->kind == TIDE_JSON_STRING)
    {
      at = skip_string (at, end, &item->has_escapes);
      item->start++;
      item->length = at - 1 - item->start;
    }
  else
    {
      gboolean is_container =
          item->kind == TIDE_JSON_ARRAY || item->kind == TIDE_JSON_OBJECT;

      at = is_container ? skip_container (at, end) : skip_scalar (at, end);
      item->length = at - item->start;
    }
  *cursor = at;
  return TRUE;
}

/**
 * tide_json_parse_id:
 * @text: (array length=length): what should be a whole number
 * @length: its length in bytes
 * @id: (out): its value, 0 to 2^53 - 1; untouched on failure
 *
 * Reads the id of an acknowledgement: digits only, a number that browsers can hold.
 *
 * Returns: whether it is one
 */
gboolean
tide_json_parse_id (const char *text, gsize length, guint64 *id)
{
  guint64 value = 0;

  if (length == 0 || length > MAX_ID_DIGITS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (text[i] - '0');
    }
  if (value > MAX_ID)
    return FALSE;
  *id = value;
  return TRUE;
}
