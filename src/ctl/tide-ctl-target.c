/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-target.h"

#include "tide-ctl-error.h"

#include <glib/gi18n.h>

#include <string.h>

static gboolean
has_prefix (const char *word, const char *prefix, const char **rest)
{
  if (!g_str_has_prefix (word, prefix))
    return FALSE;
  *rest = word + strlen (prefix);
  return TRUE;
}

/**
 * tide_ctl_target_parse:
 * @word: `connection:ID`, `user:NAME`, `room:NAME`, or an id or name alone
 * @target: (out caller-allocates): what it may be
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Finds out what a word may stand for. Without a prefix a number may be all three,
 * another word a user or a room.
 *
 * Returns: whether it can be anything
 */
gboolean
tide_ctl_target_parse (const char *word, TideCtlTarget *target, GError **error)
{
  const char *name = word;

  *target = (TideCtlTarget){ 0 };
  if (has_prefix (word, "connection:", &name))
    target->is_connection = TRUE;
  else if (has_prefix (word, "user:", &name))
    target->is_user = TRUE;
  else if (has_prefix (word, "room:", &name))
    target->is_room = TRUE;
  else
    target->is_connection = target->is_user = target->is_room = TRUE;
  target->name = name;
  if (*name == '\0')
    {
      g_set_error (error,
                   TIDE_CTL_ERROR,
                   TIDE_CTL_EXIT_USAGE,
                   _ ("“%s” has no name in it."),
                   word);
      return FALSE;
    }
  if (!target->is_connection ||
      g_ascii_string_to_unsigned (name, 10, 1, G_MAXUINT64, &target->id, NULL))
    return TRUE;
  if (target->is_user)
    {
      target->is_connection = FALSE;
      return TRUE;
    }
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_USAGE,
               _ ("“%s” is not the id of a connection: that is a number."),
               name);
  return FALSE;
}
