/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-locale.h"

#include <locale.h>

static void
test_numbers (void)
{
  g_autofree char *number = NULL;

  g_test_summary ("Numbers stay as in C, and a text without translation as it is.");
  tide_locale_set_up ();
  number = g_strdup_printf ("%.1f", 1.5);
  g_assert_cmpstr (number, ==, "1.5");
  g_assert_cmpstr (setlocale (LC_NUMERIC, NULL), ==, "C");
  g_assert_cmpstr (g_dgettext (NULL, "no such text"), ==, "no such text");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/locale/numbers", test_numbers);
  return g_test_run ();
}
