/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Copies the members of a wrapper to the top of a payload, as bytes: a number keeps its
 * last digit, a string its escapes. */

#include "tide-lift.h"

#include "tide-hash.h"
#include "tide-json-member.h"
#include "tide-json-string.h"

#include <string.h>

#define IS_AT_TOP G_MAXUINT

/* A member's name as it reads; the key of a table whose values are indices. */
typedef struct
{
  const char *text; /* (unowned), in the payload or @decoded */
  gsize length;
  char *decoded; /* (owned) (nullable) */
} Name;

static void
name_init (Name *self, const TideJsonMember *member)
{
  *self = (Name){ member->name, member->name_length, NULL };
  if (member->has_escapes)
    self->text = self->decoded =
        tide_json_unescape (member->name, member->name_length, &self->length);
}

static void
name_free (gpointer data)
{
  Name *self = data;

  g_free (self->decoded);
  g_free (self);
}

static guint
name_hash (gconstpointer data)
{
  const Name *self = data;

  return tide_hash_bytes (TIDE_HASH_INIT, self->text, self->length);
}

static gboolean
name_equal (gconstpointer a, gconstpointer b)
{
  const Name *first = a;
  const Name *second = b;

  return first->length == second->length &&
         memcmp (first->text, second->text, first->length) == 0;
}

static void
note_name (GHashTable *names, const TideJsonMember *member, guint index)
{
  Name *name = g_new (Name, 1);

  name_init (name, member);
  g_hash_table_replace (names, name, GUINT_TO_POINTER (index));
}

static guint
find_name (GHashTable *names, const TideJsonMember *member, gboolean *is_known)
{
  Name name;
  gpointer index = NULL;

  name_init (&name, member);
  *is_known = g_hash_table_lookup_extended (names, &name, NULL, &index);
  g_free (name.decoded);
  return GPOINTER_TO_UINT (index);
}

/* Notes which names are at the top, and of the others where in @inner their last member
 * is. */
static GHashTable *
note_names (const char *payload,
            gsize payload_length,
            const char *inner,
            gsize inner_length)
{
  GHashTable *names = g_hash_table_new_full (name_hash, name_equal, name_free, NULL);
  const char *cursor = payload;
  TideJsonMember member;
  gboolean is_known;

  while (tide_json_member_next (&cursor, payload + payload_length, &member))
    note_name (names, &member, IS_AT_TOP);
  cursor = inner;
  for (guint i = 0; tide_json_member_next (&cursor, inner + inner_length, &member); i++)
    if (find_name (names, &member, &is_known) != IS_AT_TOP || !is_known)
      note_name (names, &member, i);
  return names;
}

/**
 * tide_lift_splice:
 * @out: gets the new payload, in place of what is in it
 * @payload: (array length=payload_length): an object that tide_json_scan() took
 * @payload_length: its length in bytes
 * @inner: (array length=inner_length): an object that is a member of @payload
 * @inner_length: its length in bytes
 *
 * Copies those members of @inner whose names are not at the top of @payload to its front.
 * Of members with the same name the last one counts. All else stays as it is, so the
 * result is less than twice as long.
 *
 * Returns: whether there were any; else @out is as it was
 */
gboolean
tide_lift_splice (GString *out,
                  const char *payload,
                  gsize payload_length,
                  const char *inner,
                  gsize inner_length)
{
  g_autoptr (GHashTable) names =
      note_names (payload, payload_length, inner, inner_length);
  const char *behind_brace = (const char *) memchr (payload, '{', payload_length) + 1;
  const char *cursor = inner;
  gboolean is_lifted = FALSE;
  TideJsonMember member;
  gboolean is_known;

  for (guint i = 0; tide_json_member_next (&cursor, inner + inner_length, &member); i++)
    {
      if (find_name (names, &member, &is_known) != i)
        continue;
      if (!is_lifted)
        {
          g_string_truncate (out, 0);
          g_string_append_len (out, payload, behind_brace - payload);
        }
      is_lifted = TRUE;
      g_string_append_c (out, '"');
      g_string_append_len (out, member.name, member.name_length);
      g_string_append (out, "\":");
      g_string_append_len (out, member.value, member.value_length);
      g_string_append_c (out, ',');
    }
  if (is_lifted)
    g_string_append_len (out, behind_brace, payload + payload_length - behind_brace);
  return is_lifted;
}
