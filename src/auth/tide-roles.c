/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-roles.h"

#include "tide-json-walk.h"

#include <string.h>

/* A role with a NUL in it would be another one. */
static void
add (GStrvBuilder *builder, const TideJsonField *field)
{
  g_autofree char *role = NULL;
  gsize length = 0;

  if (field->kind == TIDE_JSON_STRING)
    role = tide_json_unescape (field->start, field->length, &length);
  if (role != NULL && *role != '\0' && strlen (role) == length)
    g_strv_builder_add (builder, role);
}

/**
 * tide_roles_read:
 * @field: a member of what somebody has signed, or none
 *
 * Reads the roles of a user: a string is one, a list has one in each string. What is
 * something else gives none.
 *
 * Returns: (transfer full) (array zero-terminated=1): the roles
 */
char **
tide_roles_read (const TideJsonField *field)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *cursor = field->start;
  TideJsonField item;

  if (field->kind != TIDE_JSON_ARRAY)
    add (builder, field);
  else
    for (cursor++; tide_json_array_next (&cursor, field->start + field->length, &item);)
      add (builder, &item);
  return g_strv_builder_end (builder);
}
