/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideJsonMember:
 *
 * A member of a JSON object, and where it is in the text.
 */
typedef struct
{
  const char *name;     /* (unowned), without its quotes, with its escapes */
  gsize name_length;    /* in bytes */
  gboolean has_escapes; /* the name holds a backslash */
  const char *value;    /* (unowned), all of it: of a string the quotes too */
  gsize value_length;   /* in bytes */
} TideJsonMember;

gboolean
tide_json_member_next (const char **cursor, const char *end, TideJsonMember *member);
gboolean tide_json_member_is (const TideJsonMember *self, const char *name);

G_END_DECLS
