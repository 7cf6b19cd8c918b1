/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-member.h"

#include "tide-json-string.h"

static const char *
skip_space (const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;
  return at;
}

/* Gives the place behind the string whose opening quote is at @at. */
static const char *
skip_string (const char *at, const char *end, gboolean *has_escapes)
{
  at++;
  tide_json_string_skip (&at, end, has_escapes);
  return at < end ? at + 1 : end;
}

/* Gives the place behind the value at @at. */
static const char *
skip_value (const char *at, const char *end)
{
  guint depth = 0;
  gboolean has_escapes;

  for (;;)
    {
      if (at == end)
        return end;
      if (*at == '"')
        at = skip_string (at, end, &has_escapes);
      else if (*at == '{' || *at == '[')
        {
          depth++;
          at++;
        }
      else if (depth > 0 && (*at == '}' || *at == ']'))
        {
          depth--;
          at++;
        }
      else if (depth > 0)
        {
          at++;
          continue;
        }
      else
        {
          while (at < end && *at != ',' && *at != '}' && *at != ']' && *at > ' ')
            at++;
          return at;
        }
      if (depth == 0)
        return at;
    }
}

/**
 * tide_json_member_next:
 * @cursor: (inout): the start of an object that tide_json_scan() took, or where the last
 *   call left it
 * @end: end of the text
 * @member: (out): the next member
 *
 * Steps through the members of an object, as they stand there; of those with the same
 * name each. Allocates nothing.
 *
 * Returns: %FALSE when there are no more
 */
gboolean
tide_json_member_next (const char **cursor, const char *end, TideJsonMember *member)
{
  const char *at = skip_space (*cursor, end);

  if (at < end && (*at == '{' || *at == ','))
    at = skip_space (at + 1, end);
  *cursor = at;
  if (at == end || *at != '"')
    return FALSE;

  member->name = at + 1;
  at = skip_string (at, end, &member->has_escapes);
  member->name_length = at - 1 - member->name;
  at = skip_space (at, end);
  if (at < end)
    at = skip_space (at + 1, end);
  member->value = at;
  *cursor = skip_value (at, end);
  member->value_length = *cursor - at;
  return TRUE;
}

/**
 * tide_json_member_is:
 * @self: a member
 * @name: a name, without escapes
 *
 * Returns: whether @self is called @name, its escapes decoded
 */
gboolean
tide_json_member_is (const TideJsonMember *self, const char *name)
{
  return tide_json_string_equals (self->name, self->name + self->name_length, name);
}
