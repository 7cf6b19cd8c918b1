/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-array-fit.h"

static void
test_array (void)
{
  g_autoptr (GArray) array = g_array_new (FALSE, TRUE, sizeof (guint32));

  g_test_summary ("The first elements stay, what is added later is as it was to be");

  tide_array_fit (array, 7);
  g_assert_cmpuint (array->len, ==, 0);
  for (guint32 i = 0; i < 1000; i++)
    g_array_append_val (array, i);
  tide_array_fit (array, G_MAXUINT);
  g_assert_cmpuint (array->len, ==, 1000);
  tide_array_fit (array, 10);
  g_assert_cmpuint (array->len, ==, 10);
  g_array_set_size (array, 20);
  for (guint32 i = 0; i < 20; i++)
    g_assert_cmpuint (g_array_index (array, guint32, i), ==, i < 10 ? i : 0);
  tide_array_fit (array, 0);
  g_assert_cmpuint (array->len, ==, 0);
}

static void
test_ptr_array (void)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  g_test_summary ("The same for pointers");

  tide_ptr_array_fit (array, 7);
  g_assert_cmpuint (array->len, ==, 0);
  for (guint i = 0; i < 1000; i++)
    g_ptr_array_add (array, GUINT_TO_POINTER (i));
  tide_ptr_array_fit (array, 10);
  g_assert_cmpuint (array->len, ==, 10);
  g_ptr_array_set_size (array, 20);
  for (guint i = 0; i < 20; i++)
    g_assert_true (g_ptr_array_index (array, i) == GUINT_TO_POINTER (i < 10 ? i : 0));
  tide_ptr_array_fit (array, 0);
  g_assert_cmpuint (array->len, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/array-fit/array", test_array);
  g_test_add_func ("/core/array-fit/ptr-array", test_ptr_array);
  return g_test_run ();
}
