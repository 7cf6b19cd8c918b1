/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-reach.h"

static void
test_admin (void)
{
  static const struct
  {
    TideReach reach; /* admin's, local, proxied, there are admin's, public */
    gboolean is_admin;
    gboolean is_straight;
  } cases[] = {
    { { FALSE, TRUE, FALSE, FALSE, FALSE }, TRUE, TRUE },
    { { FALSE, TRUE, TRUE, FALSE, FALSE }, FALSE, FALSE },
    { { FALSE, TRUE, FALSE, FALSE, TRUE }, FALSE, TRUE },
    { { FALSE, FALSE, FALSE, FALSE, TRUE }, FALSE, FALSE },
    { { FALSE, TRUE, FALSE, TRUE, FALSE }, FALSE, TRUE },
    { { FALSE, FALSE, FALSE, TRUE, TRUE }, FALSE, FALSE },
    { { TRUE, TRUE, FALSE, TRUE, FALSE }, TRUE, TRUE },
    { { TRUE, TRUE, FALSE, TRUE, TRUE }, TRUE, TRUE },
    { { TRUE, FALSE, FALSE, TRUE, TRUE }, TRUE, FALSE },
    { { TRUE, TRUE, TRUE, TRUE, TRUE }, TRUE, FALSE },
  };

  g_test_summary ("A listener for it, or else straight from a machine that is alone");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (tide_reach_is_admin (&cases[i].reach), ==, cases[i].is_admin);
      g_assert_cmpint (
          tide_reach_is_straight (&cases[i].reach), ==, cases[i].is_straight);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/reach/admin", test_admin);
  return g_test_run ();
}
