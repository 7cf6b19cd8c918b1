/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The small grammar of a route's values: items with ; between, words with blanks between,
 * names and values with | between, and '…' around what may hold any of these. */

#include "tide-route-words.h"

#include <string.h>

#define MAX_NAME_BYTES 64
#define MAX_VALUE_BYTES 256
#define NOT_IN_NAMES " ;|=!'\"\\"

static void
add_part (GPtrArray *parts, const char *start, const char *end, char separator)
{
  char *part = g_strstrip (g_strndup (start, end - start));

  if (separator == ' ' && *part == '\0')
    g_free (part);
  else
    g_ptr_array_add (parts, part);
}

/**
 * tide_route_words_split:
 * @text: any text
 * @separator: what is between its parts; of blanks there may be any number
 *
 * Splits a text where @separator is outside of quotes. Blanks around parts don't count.
 *
 * Returns: (transfer full) (nullable) (element-type utf8): the parts, %NULL when a quote
 *   has no end
 */
GPtrArray *
tide_route_words_split (const char *text, char separator)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const char *start = text;
  gboolean is_quoted = FALSE;
  const char *at;

  for (at = text; *at != '\0'; at++)
    {
      if (*at == '\'')
        is_quoted = !is_quoted;
      if (*at != separator || is_quoted)
        continue;
      add_part (parts, start, at, separator);
      start = at + 1;
    }
  add_part (parts, start, at, separator);
  return is_quoted ? NULL : g_steal_pointer (&parts);
}

/**
 * tide_route_words_unquote:
 * @text: a value: a word, or anything but quotes inside quotes
 *
 * Takes the quotes off a value.
 *
 * Returns: (transfer full) (nullable): 0 to 256 bytes; %NULL when it is no value
 */
char *
tide_route_words_unquote (const char *text)
{
  gsize length = strlen (text);

  if (length > MAX_VALUE_BYTES + 2)
    return NULL;
  if (*text != '\'')
    return length > 0 && length <= MAX_VALUE_BYTES && strpbrk (text, "' ") == NULL
               ? g_strdup (text)
               : NULL;
  if (length < 2 || strchr (text + 1, '\'') != text + length - 1)
    return NULL;
  return g_strndup (text + 1, length - 2);
}

/**
 * tide_route_words_is_name:
 * @text: valid UTF-8
 *
 * Returns: whether it may be the name of a field, of a filter or of a type: 1 to 64 bytes
 *   without blanks, control characters and what the grammar needs
 */
gboolean
tide_route_words_is_name (const char *text)
{
  if (*text == '\0' || strlen (text) > MAX_NAME_BYTES ||
      strpbrk (text, NOT_IN_NAMES) != NULL)
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

/**
 * tide_route_words_get_names:
 * @text: names with `|` between
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the names, at least one;
 *   %NULL when one is none, or is there twice
 */
char **
tide_route_words_get_names (const char *text)
{
  g_auto (GStrv) names = g_strsplit (text, "|", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_strstrip (names[i]);
      if (!tide_route_words_is_name (names[i]))
        return NULL;
      for (guint j = 0; j < i; j++)
        if (g_str_equal (names[i], names[j]))
          return NULL;
    }
  return names[0] != NULL ? g_steal_pointer (&names) : NULL;
}

/**
 * tide_route_words_get_values:
 * @text: values with `|` between
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the values, without
 *   their quotes, at least one; %NULL when one is none
 */
char **
tide_route_words_get_values (const char *text)
{
  g_autoptr (GPtrArray) parts = tide_route_words_split (text, '|');
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; parts != NULL && i < parts->len; i++)
    {
      char *value = tide_route_words_unquote (g_ptr_array_index (parts, i));

      if (value == NULL)
        return NULL;
      g_ptr_array_add (values, value);
    }
  if (values->len == 0)
    return NULL;
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&values), FALSE);
}
