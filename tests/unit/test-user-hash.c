/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-hash.h"

#include <string.h>

static void
test_same (void)
{
  g_autofree char *anna = tide_user_hash ("anna");
  g_autofree char *again = tide_user_hash ("anna");
  g_autofree char *bert = tide_user_hash ("bert");
  g_autofree char *plain = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "anna", -1);

  g_test_summary (
      "A user has one hash, nobody else has it, and the name alone gives none");

  g_assert_cmpstr (anna, ==, again);
  g_assert_cmpstr (anna, !=, bert);
  g_assert_cmpuint (strlen (anna), ==, 16);
  g_assert_false (g_str_has_prefix (plain, anna));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/user-hash/same", test_same);
  return g_test_run ();
}
