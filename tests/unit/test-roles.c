/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-roles.h"

#include <string.h>

static void
test_read (void)
{
  static const struct
  {
    const char *json;
    const char *roles; /* with commas between */
  } cases[] = {
    { "{\"roles\":\"operator\"}", "operator" },
    { "{\"roles\":[\"a\",\"op\\u0065rator\",\"\\u00e4\"]}", "a,operator,ä" },
    { "{\"roles\":[]}", "" },
    { "{\"roles\":[1,null,true,[\"a\"],{\"b\":\"c\"},\"d\"]}", "d" },
    { "{\"roles\":[\"\",\"operator\\u0000x\"]}", "" },
    { "{\"roles\":{\"operator\":true}}", "" },
    { "{\"roles\":7}", "" },
    { "{\"other\":\"operator\"}", "" },
  };

  g_test_summary ("A string is a role, a list has some, and nothing else is one");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideJsonField field = { .name = "roles", .parent = -1 };
      TideJsonKind kind;
      g_auto (GStrv) roles = NULL;
      g_autofree char *joined = NULL;

      g_test_message ("%s", cases[i].json);
      g_assert_cmpint (
          tide_json_scan (cases[i].json, strlen (cases[i].json), &field, 1, &kind),
          ==,
          TIDE_JSON_OK);
      roles = tide_roles_read (&field);
      joined = g_strjoinv (",", roles);
      g_assert_cmpstr (joined, ==, cases[i].roles);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/roles/read", test_read);
  return g_test_run ();
}
