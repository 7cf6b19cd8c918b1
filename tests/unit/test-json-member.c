/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-member.h"
#include "tide-json-scan.h"

#include <string.h>

/* Writes members as NAME=VALUE, a blank behind each. */
static char *
list (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *cursor = text;
  TideJsonMember member;

  g_assert_cmpint (tide_json_scan (text, strlen (text), NULL, 0, NULL), ==, TIDE_JSON_OK);
  while (tide_json_member_next (&cursor, text + strlen (text), &member))
    {
      g_string_append_len (out, member.name, member.name_length);
      g_string_append_c (out, member.has_escapes ? '~' : '=');
      g_string_append_len (out, member.value, member.value_length);
      g_string_append_c (out, ' ');
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
assert_members (const char *text, const char *expected)
{
  g_autofree char *members = list (text);

  g_assert_cmpstr (members, ==, expected);
}

static void
test_next (void)
{
  g_test_summary ("Members are told as they stand there, each with all of its value");

  assert_members ("{}", "");
  assert_members (" \n{ \t} ", "");
  assert_members ("{\"a\":1}", "a=1 ");
  assert_members (" { \"a\" : -1.50e9 , \"b\" : \"x\" } ", "a=-1.50e9 b=\"x\" ");
  assert_members ("{\"a\":true,\"a\":null,\"\":false}", "a=true a=null =false ");
  assert_members ("{\"a\":{\"b\":[1,{}],\"c\":\"}\"},\"d\":[[],[\"]\"]]}",
                  "a={\"b\":[1,{}],\"c\":\"}\"} d=[[],[\"]\"]] ");
  assert_members ("{\"a\\\"b\":\"c\\\\\",\"d\":\"\\\"}\"}",
                  "a\\\"b~\"c\\\\\" d=\"\\\"}\" ");
}

static void
test_is (void)
{
  const char *text = "{\"\\u0061b\":1}";
  const char *cursor = text;
  TideJsonMember member;

  g_test_summary ("A name is compared as it reads");

  g_assert_true (tide_json_member_next (&cursor, text + strlen (text), &member));
  g_assert_true (tide_json_member_is (&member, "ab"));
  g_assert_false (tide_json_member_is (&member, "a"));
  g_assert_false (tide_json_member_is (&member, "abc"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json-member/next", test_next);
  g_test_add_func ("/core/json-member/is", test_is);
  return g_test_run ();
}
