/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-string.h"

#include <string.h>

static void
test_skip (void)
{
  static const struct
  {
    const char *text;
    gsize n_skipped;
    TideJsonFault fault;
    gboolean has_escapes;
  } cases[] = {
    { "\"", 0, TIDE_JSON_OK, FALSE },
    { "abc\",", 3, TIDE_JSON_OK, FALSE },
    { "0123456789abcdef\"", 16, TIDE_JSON_OK, FALSE },
    { "a\\\"b\"", 4, TIDE_JSON_OK, TRUE },
    { "\xe2\x82\xac\"", 3, TIDE_JSON_OK, FALSE },
    { "abc", 3, TIDE_JSON_FAULT_SYNTAX, FALSE },
    { "abc\\x\"", 3, TIDE_JSON_FAULT_SYNTAX, TRUE },
    { "0123456789\xff\"", 10, TIDE_JSON_FAULT_UTF8, FALSE },
  };

  g_test_summary ("A string is passed over up to its quote, or to what is wrong in it");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *at = cases[i].text;
      gboolean has_escapes = !cases[i].has_escapes;

      g_assert_cmpint (tide_json_string_skip (&at, at + strlen (at), &has_escapes),
                       ==,
                       cases[i].fault);
      g_assert_cmpuint (at - cases[i].text, ==, cases[i].n_skipped);
      g_assert_cmpint (has_escapes, ==, cases[i].has_escapes);
    }
}

static gboolean
equals (const char *inside, const char *other)
{
  return tide_json_string_equals (inside, inside + strlen (inside), other);
}

static void
test_equals (void)
{
  g_test_summary ("Strings are compared as they read");

  g_assert_true (equals ("", ""));
  g_assert_true (equals ("abc", "abc"));
  g_assert_true (equals ("\\u0061bc", "abc"));
  g_assert_true (equals ("\\ud83d\\ude00", "\xf0\x9f\x98\x80"));
  g_assert_true (equals ("\\/\\t", "/\t"));
  g_assert_false (equals ("abc", "ab"));
  g_assert_false (equals ("ab", "abc"));
  g_assert_false (equals ("\\u0061bc", "ab"));
  g_assert_false (equals ("\\u0061b", "abc"));
  g_assert_false (equals ("ab\\u0000", "ab"));
  g_assert_false (equals ("\\ud800", "\xef\xbf\xbd"));
}

static void
assert_unescaped (const char *inside, const char *expected, gsize expected_length)
{
  gsize length = G_MAXSIZE;
  g_autofree char *unescaped = tide_json_unescape (inside, strlen (inside), &length);

  g_assert_cmpmem (unescaped, length, expected, expected_length);
  g_assert_cmpint (unescaped[length], ==, '\0');
  g_assert_true (equals (inside, unescaped) || strlen (unescaped) != length ||
                 strstr (unescaped, "\xef\xbf\xbd") != NULL);
}

static void
test_unescape (void)
{
  g_autofree char *without_length = tide_json_unescape ("a\\n", 3, NULL);

  g_test_summary ("Escapes are decoded, pairs joined, lone surrogates replaced");

  assert_unescaped ("", "", 0);
  assert_unescaped ("plain \xe2\x82\xac", "plain \xe2\x82\xac", 9);
  assert_unescaped ("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
  assert_unescaped ("\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac", 6);
  assert_unescaped ("a\\u0000b", "a\0b", 3);
  assert_unescaped ("\\ud83d\\ude00!", "\xf0\x9f\x98\x80!", 5);
  assert_unescaped ("\\udbff\\udfff", "\xf4\x8f\xbf\xbf", 4);
  assert_unescaped ("\\ud83d", "\xef\xbf\xbd", 3);
  assert_unescaped ("\\ud83dx", "\xef\xbf\xbdx", 4);
  assert_unescaped ("\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd", 6);
  assert_unescaped ("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7);
  assert_unescaped ("\\ud83d\\n\\u0041", "\xef\xbf\xbd\nA", 5);
  assert_unescaped ("\\ud83d\\u0041",
                    "\xef\xbf\xbd"
                    "A",
                    4);
  g_assert_cmpstr (without_length, ==, "a\n");
}

static void
assert_appended (const char *text, gssize length, const char *expected)
{
  g_autoptr (GString) out = g_string_new ("x");

  tide_json_append_string (out, text, length);
  g_assert_cmpstr (out->str + 1, ==, expected);
}

static void
test_append (void)
{
  g_test_summary ("What is appended is a JSON string, whatever the bytes were");

  assert_appended ("", -1, "\"\"");
  assert_appended ("AAPL", -1, "\"AAPL\"");
  assert_appended ("AAPL", 2, "\"AA\"");
  assert_appended ("AAPL", 0, "\"\"");
  assert_appended ("a\"b\\c/", -1, "\"a\\\"b\\\\c/\"");
  assert_appended ("\b\f\n\r\t\x1e\x7f", -1, "\"\\b\\f\\n\\r\\t\\u001e\x7f\"");
  assert_appended ("a\0b", 3, "\"a\\u0000b\"");
  assert_appended (
      "\xe2\x82\xac\xf0\x9f\x98\x80", -1, "\"\xe2\x82\xac\xf0\x9f\x98\x80\"");
  assert_appended ("\xe2\x82\xac", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  assert_appended ("12345678\xff"
                   "9",
                   -1,
                   "\"12345678\xef\xbf\xbd"
                   "9\"");
  assert_appended ("\xed\xa0\x80", -1, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
test_round_trip (void)
{
  g_test_summary ("Any text comes back as it was");

  for (guint seed = 0; seed < 2000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GString) json = g_string_new (NULL);
      guint n_characters = g_rand_int_range (rand, 0, 30);
      gboolean has_escapes;
      gsize length;

      for (guint i = 0; i < n_characters; i++)
        {
          gunichar character = g_rand_int (rand) >> g_rand_int_range (rand, 11, 28);

          if (g_unichar_validate (character))
            g_string_append_unichar (text, character);
        }
      tide_json_append_string (json, text->str, text->len);

      const char *at = json->str + 1;

      g_assert_cmpint (tide_json_string_skip (&at, json->str + json->len, &has_escapes),
                       ==,
                       TIDE_JSON_OK);
      g_assert_true (at == json->str + json->len - 1);

      g_autofree char *back = tide_json_unescape (json->str + 1, json->len - 2, &length);

      g_assert_cmpmem (back, length, text->str, text->len);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json-string/skip", test_skip);
  g_test_add_func ("/core/json-string/equals", test_equals);
  g_test_add_func ("/core/json-string/unescape", test_unescape);
  g_test_add_func ("/core/json-string/append", test_append);
  g_test_add_func ("/core/json-string/round-trip", test_round_trip);
  return g_test_run ();
}
