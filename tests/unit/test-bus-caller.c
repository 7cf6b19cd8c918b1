/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-caller.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

/* Returns: (transfer full) (nullable): a caller, from GVariant's text */
static TideBusCaller *
make (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) credentials =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return tide_bus_caller_new (credentials);
}

static void
test_read (void)
{
  g_autoptr (TideBusCaller) whole =
      make ("{'ProcessID': <uint32 9>, 'UnixUserID': <uint32 1000>, "
            "'UnixGroupIDs': <[uint32 4294967294, 7]>}");
  g_autoptr (TideBusCaller) none =
      make ("{'UnixUserID': <uint32 4294967294>, 'UnixGroupIDs': <@au []>}");
  g_autoptr (TideBusCaller) silent = make ("{'UnixUserID': <uint32 0>}");

  g_test_summary ("A caller is what the bus says; no groups is not the same as silence");

  g_assert_cmpuint (whole->uid, ==, 1000);
  g_assert_cmpuint (whole->gids->len, ==, 2);
  g_assert_cmpuint (g_array_index (whole->gids, guint32, 0), ==, 4294967294);
  g_assert_cmpuint (g_array_index (whole->gids, guint32, 1), ==, 7);
  g_assert_cmpuint (none->uid, ==, 4294967294);
  g_assert_cmpuint (none->gids->len, ==, 0);
  g_assert_cmpuint (silent->uid, ==, 0);
  g_assert_null (silent->gids);
}

static void
test_no_user (void)
{
  static const char *const texts[] = {
    "{}",
    "{'UnixUserID': <'0'>}",
    "{'UnixUserID': <int32 0>}",
    "{'UnixUserID': <uint64 0>}",
    "{'UnixUserID': <(uint32 0,)>}",
    "{'unixuserid': <uint32 0>}",
    "{'UnixGroupIDs': <[uint32 0]>, 'ProcessID': <uint32 1>}",
    "{'WindowsSID': <'S-1-5-18'>}",
  };

  g_test_summary ("Whose user the bus does not tell is nobody, least of all root");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (make (texts[i]));
}

static void
test_groups_of_process (void)
{
  struct group *root = getgrgid (0);
  g_autoptr (TideBusCaller) member =
      make ("{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534, 0]>}");
  g_autoptr (TideBusCaller) other =
      make ("{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534]>}");
  /* The user has the group, this process of his has given it up. */
  g_autoptr (TideBusCaller) without =
      make ("{'UnixUserID': <uint32 0>, 'UnixGroupIDs': <@au []>}");

  g_test_summary ("The groups of the caller's process count, when the bus knows them");

  g_assert_nonnull (root);

  g_autofree char *name = g_strdup (root->gr_name);

  g_assert_true (tide_bus_caller_is_in_group (member, name));
  g_assert_false (tide_bus_caller_is_in_group (other, name));
  g_assert_false (tide_bus_caller_is_in_group (without, name));
  g_assert_false (tide_bus_caller_is_in_group (member, "no-such-group-anywhere"));
  g_assert_false (tide_bus_caller_is_in_group (member, ""));
}

/* A user and a group of this machine's, wherever it is. */
static void
test_groups_of_user (void)
{
  struct passwd *user = getpwuid (geteuid ());
  g_autoptr (TideBusCaller) caller = g_new0 (TideBusCaller, 1);
  g_autoptr (TideBusCaller) stranger = make ("{'UnixUserID': <uint32 4294967290>}");

  g_test_summary ("When the bus does not know the groups, those of the user count");

  if (user == NULL || getgrgid (user->pw_gid) == NULL)
    {
      g_test_skip ("this user has no name or no group");
      return;
    }

  g_autofree char *own = g_strdup (getgrgid (user->pw_gid)->gr_name);

  caller->uid = user->pw_uid;
  g_assert_true (tide_bus_caller_is_in_group (caller, own));
  g_assert_false (tide_bus_caller_is_in_group (caller, "no-such-group-anywhere"));
  g_assert_false (tide_bus_caller_is_in_group (stranger, own));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-caller/read", test_read);
  g_test_add_func ("/control/bus-caller/no-user", test_no_user);
  g_test_add_func ("/control/bus-caller/groups-of-process", test_groups_of_process);
  g_test_add_func ("/control/bus-caller/groups-of-user", test_groups_of_user);
  return g_test_run ();
}
