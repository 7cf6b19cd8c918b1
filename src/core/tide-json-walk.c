/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Steps through JSON that tide_json_scan() has taken, without allocating. */

#include "tide-json-walk.h"

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

/**
 * tide_json_string_pass:
 * @at: the opening quote of a string
 * @end: end of the text
 * @has_escapes: (out): whether it holds a backslash
 *
 * Returns: (transfer none): the place behind its closing quote
 */
const char *
tide_json_string_pass (const char *at, const char *end, gboolean *has_escapes)
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
          at = tide_json_string_pass (at, end, &has_escapes);
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
 * tide_json_value_pass:
 * @at: the first byte of a value
 * @end: end of the text
 * @value: (out caller-allocates): gets the value's kind and place, as of tide_json_scan()
 *
 * Returns: (transfer none): the place behind the value
 */
const char *
tide_json_value_pass (const char *at, const char *end, TideJsonField *value)
{
  value->kind = tide_json_get_kind (*at);
  value->has_escapes = FALSE;
  value->start = at;
  if (value->kind == TIDE_JSON_STRING)
    {
      value->start++;
      at = tide_json_string_pass (at, end, &value->has_escapes);
      value->length = at - 1 - value->start;
      return at;
    }
  if (value->kind == TIDE_JSON_ARRAY || value->kind == TIDE_JSON_OBJECT)
    at = skip_container (at, end);
  else
    at = skip_scalar (at, end);
  value->length = at - value->start;
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
  *cursor = tide_json_value_pass (at, end, item);
  return TRUE;
}
