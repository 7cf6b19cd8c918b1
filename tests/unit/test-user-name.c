/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-name.h"

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (TIDE_USER_NAME_MAX_BYTES, 'x');
  g_autofree char *too_long = g_strnfill (TIDE_USER_NAME_MAX_BYTES + 1, 'x');

  g_test_summary ("A name is 1 to 128 bytes of UTF-8 that can be shown");

  g_assert_true (tide_user_name_is_good ("42"));
  g_assert_true (tide_user_name_is_good (longest));
  g_assert_false (tide_user_name_is_good (too_long));
  g_assert_false (tide_user_name_is_good (""));
  g_assert_false (tide_user_name_is_good ("a\nb"));
  g_assert_false (tide_user_name_is_good ("\xff"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/user-name/names", test_names);
  return g_test_run ();
}
