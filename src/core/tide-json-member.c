/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-member.h"

#include "tide-json-walk.h"

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
  const char *at = tide_json_skip_space (*cursor, end);
  TideJsonField value;

  if (at < end && (*at == '{' || *at == ','))
    at = tide_json_skip_space (at + 1, end);
  *cursor = at;
  if (at == end || *at != '"')
    return FALSE;

  member->name = at + 1;
  at = tide_json_string_pass (at, end, &member->has_escapes);
  member->name_length = at - 1 - member->name;
  at = tide_json_skip_space (at, end);
  if (at < end)
    at = tide_json_skip_space (at + 1, end);
  member->value = at;
  if (at < end)
    *cursor = tide_json_value_pass (at, end, &value);
  else
    *cursor = end;
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
