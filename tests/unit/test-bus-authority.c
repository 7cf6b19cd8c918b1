/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-authority.h"

static void
test_trusts (void)
{
  static const struct
  {
    gboolean is_system_bus;
    guint32 uid;
    guint32 own_uid;
    gboolean is_trusted;
  } cases[] = {
    { TRUE, 0, 0, TRUE },       { TRUE, 0, 123, TRUE },
    { TRUE, 123, 123, FALSE },  { TRUE, 124, 123, FALSE },
    { FALSE, 0, 123, TRUE },    { FALSE, 123, 123, TRUE },
    { FALSE, 124, 123, FALSE }, { FALSE, G_MAXUINT32, 0, FALSE },
  };
  g_autoptr (TideBusAuthority) authority = tide_bus_authority_new ();

  g_test_summary (
      "Root is trusted everywhere, the service's own user off the system bus");

  /* Before anybody says so, it is the system bus: the strict one. */
  g_assert_false (tide_bus_authority_trusts (authority, 123, 123));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      tide_bus_authority_set_system_bus (authority, cases[i].is_system_bus);
      g_assert_cmpint (
          tide_bus_authority_trusts (authority, cases[i].uid, cases[i].own_uid),
          ==,
          cases[i].is_trusted);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-authority/trusts", test_trusts);
  return g_test_run ();
}
