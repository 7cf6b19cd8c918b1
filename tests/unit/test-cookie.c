/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-cookie.h"

static void
test_find (void)
{
  static const struct
  {
    const char *header;
    const char *value;
  } cases[] = {
    { NULL, NULL },
    { "", NULL },
    { "session", NULL },
    { "session=", "" },
    { "session=a", "a" },
    { "a=1; session=b.c-d_e; z=2", "b.c-d_e" },
    { "xsession=a; session=b", "b" },
    { "sessionx=a;session=b", "b" },
    { "Session=a", NULL },
    { "session=first; session=second", "first" },
    { "  session=a  ;x", "a" },
    { ";;; session=a", "a" },
    { "session=a=b==", "a=b==" },
    { "x=session=a", NULL },
  };

  g_test_summary ("A cookie is found by its whole name; of two the first counts");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *value = tide_cookie_dup (cases[i].header, "session");

      g_assert_cmpstr (value, ==, cases[i].value);
    }
}

static void
test_quotes (void)
{
  static const char *const cases[][2] = {
    { "s=\"a b\"", "a b" },     { "s=\"a\\\"b\"", "a\"b" },
    { "s=\"a\\\\b\"", "a\\b" }, { "s=\"\\303\\244|1\"", "\xc3\xa4|1" },
    { "s=\"a", "\"a" },         { "s=\"", "\"" },
    { "s=\"\"", "" },           { "s=\"\\30\"", "30" },
    { "s=\"a\\\"", "a\\" },
  };

  g_test_summary ("Quotes and escapes of Python's http.cookies are undone");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *value = tide_cookie_dup (cases[i][0], "s");

      g_assert_cmpstr (value, ==, cases[i][1]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/cookie/find", test_find);
  g_test_add_func ("/auth/cookie/quotes", test_quotes);
  return g_test_run ();
}
