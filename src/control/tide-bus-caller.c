/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-caller.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

/* Entries of large groups are long; longer than this is no entry of this world. */
#define FIRST_BUFFER_BYTES 4096
#define LAST_BUFFER_BYTES (16 * 1024 * 1024)

/* The most groups a process can have, NGROUPS_MAX of Linux. */
#define MAX_GROUPS 65536

/**
 * tide_bus_caller_new:
 * @credentials: of the type `a{sv}`: what GetConnectionCredentials answered
 *
 * Reads who a caller is. What the bus does not say is never guessed: without a user there
 * is no caller.
 *
 * Returns: (transfer full) (nullable): the caller
 */
TideBusCaller *
tide_bus_caller_new (GVariant *credentials)
{
  g_autoptr (GVariant) gids =
      g_variant_lookup_value (credentials, "UnixGroupIDs", G_VARIANT_TYPE ("au"));
  TideBusCaller *self;
  guint32 uid;

  if (!g_variant_lookup (credentials, "UnixUserID", "u", &uid))
    return NULL;
  self = g_new0 (TideBusCaller, 1);
  self->uid = uid;
  if (gids != NULL)
    {
      gsize n;
      const guint32 *values = g_variant_get_fixed_array (gids, &n, sizeof (guint32));

      self->gids = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n);
      g_array_append_vals (self->gids, values, n);
    }
  return self;
}

/**
 * tide_bus_caller_free:
 * @self: (transfer full): a caller
 *
 * Frees a caller.
 */
void
tide_bus_caller_free (TideBusCaller *self)
{
  g_clear_pointer (&self->gids, g_array_unref);
  g_free (self);
}

/* Returns: whether there is such a group */
static gboolean
find_group (const char *name, guint32 *gid)
{
  for (gsize size = FIRST_BUFFER_BYTES; size <= LAST_BUFFER_BYTES; size *= 2)
    {
      g_autofree char *buffer = g_malloc (size);
      struct group group;
      struct group *found = NULL;
      int code = getgrnam_r (name, &group, buffer, size, &found);

      if (code == ERANGE)
        continue;
      if (code != 0 || found == NULL)
        return FALSE;
      *gid = found->gr_gid;
      return TRUE;
    }
  return FALSE;
}

/* Returns: (transfer full) (nullable) (element-type guint32): the groups of a user, by
 * the machine's files and directories */
static GArray *
look_up_groups (guint32 uid)
{
  for (gsize size = FIRST_BUFFER_BYTES; size <= LAST_BUFFER_BYTES; size *= 2)
    {
      g_autofree char *buffer = g_malloc (size);
      struct passwd user;
      struct passwd *found = NULL;
      int code = getpwuid_r (uid, &user, buffer, size, &found);
      g_autoptr (GArray) gids = NULL;
      int n = MAX_GROUPS;

      if (code == ERANGE)
        continue;
      if (code != 0 || found == NULL)
        return NULL;
      G_STATIC_ASSERT (sizeof (gid_t) == sizeof (guint32));
      gids = g_array_new (FALSE, FALSE, sizeof (gid_t));
      g_array_set_size (gids, n);
      if (getgrouplist (user.pw_name, user.pw_gid, (gid_t *) (gpointer) gids->data, &n) <
          0)
        return NULL;
      g_array_set_size (gids, n);
      return g_steal_pointer (&gids);
    }
  return NULL;
}

/**
 * tide_bus_caller_is_in_group:
 * @self: a caller
 * @group: a group's name
 *
 * Finds out whether a caller is a member of a group: by the groups that its process has,
 * which the bus knows of; when the bus did not say, by those that its user has.
 *
 * May wait, for a directory on the network for instance: not for the main loop. Takes no
 * lock, touches nothing but @self.
 *
 * Returns: whether it is; never when there is no such group
 */
gboolean
tide_bus_caller_is_in_group (const TideBusCaller *self, const char *group)
{
  g_autoptr (GArray) gids = NULL;
  guint32 gid;

  if (!find_group (group, &gid))
    return FALSE;
  gids = self->gids != NULL ? g_array_ref (self->gids) : look_up_groups (self->uid);
  for (guint i = 0; gids != NULL && i < gids->len; i++)
    if (g_array_index (gids, guint32, i) == gid)
      return TRUE;
  return FALSE;
}
