/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Patterns of channels, as PSUBSCRIBE takes them. Redis and we must agree on what a
 * pattern matches, to the odd cases: of a message that several patterns match, all copies
 * but one are thrown away here, and that one must be a copy that Redis sends. */

#include "tide-glob.h"

#include <string.h>

/* Whether @byte is in the class that goes from behind its [ at @at; @at moves behind its
 * ]; @is_closed gets whether there is one. Bytes are compared as chars, signed where
 * chars are, and a range that runs backwards is turned round, as Redis has it. */
static gboolean
class_has (const char **at, char byte, gboolean *is_closed)
{
  const char *in = *at;
  gboolean is_negated = *in == '^';
  gboolean is_found = FALSE;

  if (is_negated)
    in++;
  while (*in != '\0' && *in != ']')
    {
      if (in[0] == '\\' && in[1] != '\0')
        {
          is_found = is_found || in[1] == byte;
          in += 2;
        }
      else if (in[1] == '-' && in[2] != '\0')
        {
          char low = MIN (in[0], in[2]);
          char high = MAX (in[0], in[2]);

          is_found = is_found || (byte >= low && byte <= high);
          in += 3;
        }
      else
        {
          is_found = is_found || in[0] == byte;
          in++;
        }
    }
  *is_closed = *in == ']';
  *at = *is_closed ? in + 1 : in;
  return is_found != is_negated;
}

/* Whether the element at @at, which is no *, matches @byte; @at moves behind it. */
static gboolean
element_matches (const char **at, char byte)
{
  const char *element = (*at)++;
  gboolean is_closed;

  switch (*element)
    {
    case '\0':
      *at = element;
      return FALSE;
    case '?':
      return TRUE;
    case '[':
      return class_has (at, byte, &is_closed);
    case '\\':
      if (element[1] == '\0')
        return byte == '\\';
      (*at)++;
      return element[1] == byte;
    default:
      return *element == byte;
    }
}

/**
 * tide_glob_check:
 * @pattern: a pattern
 *
 * Looks at the form of a pattern. One whose class has no end, or that ends in a single
 * backslash, is refused, though Redis takes it: it is a slip.
 *
 * Returns: (nullable): what is wrong, as the end of a sentence that begins with the
 *   pattern; %NULL when nothing is
 */
const char *
tide_glob_check (const char *pattern)
{
  gboolean is_closed = TRUE;

  if (*pattern == '\0' || strlen (pattern) > TIDE_GLOB_MAX_BYTES)
    return "is not a pattern of 1 to 256 bytes";
  for (const char *at = pattern; *at != '\0';)
    {
      if (at[0] == '\\' && at[1] == '\0')
        return "ends in a \\ that has nothing behind it";
      if (*at == '[')
        {
          at++;
          class_has (&at, 'x', &is_closed);
          if (!is_closed)
            return "has a [ without its ]";
        }
      else
        at += *at == '\\' ? 2 : 1;
    }
  return NULL;
}

/**
 * tide_glob_matches:
 * @pattern: a pattern that tide_glob_check() finds nothing wrong with
 * @text: (array length=length): any bytes
 * @length: how many
 *
 * Compares a text with a pattern: `*` stands for any bytes, `?` for any one byte,
 * `[a-cx]` for one of these, `[^a-cx]` for one that is none of these, and `\` takes the
 * byte behind it as it is. The rules are those of Redis 7, so nothing matches an empty
 * text.
 *
 * Takes at most a time that grows with the product of both lengths.
 *
 * Returns: whether the whole of @text matches
 */
gboolean
tide_glob_matches (const char *pattern, const char *text, gsize length)
{
  const char *end = text + length;
  const char *behind_star = NULL; /* the last * that was met */
  const char *star_end = NULL;    /* where what it stands for ends, so far */

  if (length == 0)
    return FALSE;
  while (text < end)
    {
      if (*pattern == '*')
        {
          behind_star = ++pattern;
          star_end = text;
        }
      else if (element_matches (&pattern, *text))
        text++;
      else if (behind_star != NULL)
        {
          /* Every other element takes one byte, so only the last * may take more. */
          pattern = behind_star;
          text = ++star_end;
        }
      else
        return FALSE;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}
