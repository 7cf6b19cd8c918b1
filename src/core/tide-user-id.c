/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How users are called by those who look after the service: by their names, or by a colon
 * and a number when they have none. */

#include "tide-user-id.h"

/**
 * tide_user_id_from_ref:
 * @user: a user
 *
 * Returns: a number that no other user ever has, in this process; never 0
 */
guint64
tide_user_id_from_ref (TideUserRef user)
{
  return ((guint64) (user.generation - 1) << 32) + user.slot + 1;
}

/**
 * tide_user_id_get_slot:
 * @id: a number that tide_user_id_from_ref() gave
 *
 * Returns: the slot of its user, which may be another user's by now
 */
guint32
tide_user_id_get_slot (guint64 id)
{
  return (guint32) (id - 1);
}

/**
 * tide_user_id_describe:
 * @users: the users
 * @user: one of them
 *
 * Returns: (transfer full): the name of the user, or `:42` when it has none
 */
char *
tide_user_id_describe (const TideUserTable *users, TideUserRef user)
{
  const char *name = tide_user_table_get_name (users, user.slot);

  return name != NULL
             ? g_strdup (name)
             : g_strdup_printf (":%" G_GUINT64_FORMAT, tide_user_id_from_ref (user));
}

/**
 * tide_user_id_find:
 * @users: the users
 * @text: as tide_user_id_describe() gives it, or anything else
 * @user: (out): the user; untouched when there is none
 *
 * Finds a user. One whose name begins with a colon goes before one without a name.
 *
 * Returns: whether there is such a user
 */
gboolean
tide_user_id_find (TideUserTable *users, const char *text, TideUserRef *user)
{
  guint64 id;
  TideUserRef found;

  if (tide_user_table_lookup (users, text, user))
    return TRUE;
  if (*text != ':' ||
      !g_ascii_string_to_unsigned (text + 1, 10, 1, G_MAXUINT64, &id, NULL))
    return FALSE;
  found.slot = tide_user_id_get_slot (id);
  found.generation = (guint32) ((id - 1) >> 32) + 1;
  if (!tide_user_table_is_current (users, found) ||
      !tide_user_table_is_anonymous (users, found.slot))
    return FALSE;
  *user = found;
  return TRUE;
}
