/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-json-walk.h"
#include "tide-value-list.h"

#include <string.h>

#define TEXT_64 "0123456789012345678901234567890123456789012345678901234567890123"

/* Reads the member `v` of a payload. */
static char **
parse (const char *value, TideValueForm form, guint max, GError **error)
{
  g_autofree char *payload = g_strdup_printf ("{\"v\":%s}", value);
  TideJsonField field = { .name = "v", .parent = -1 };

  g_assert_cmpint (
      tide_json_scan (payload, strlen (payload), &field, 1, NULL), ==, TIDE_JSON_OK);
  return tide_value_list_parse (&field, form, max, error);
}

static void
assert_list (const char *value, TideValueForm form, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) values = parse (value, form, 20, &error);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv ("|", values);
  g_assert_cmpstr (joined, ==, expected);
}

static void
assert_refused (const char *value, TideValueForm form)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", value);
  g_assert_null (parse (value, form, 20, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
}

static void
test_text (void)
{
  g_test_summary ("Values are strings and numbers as they are written, each once");

  assert_list ("[]", TIDE_VALUE_TEXT, "");
  assert_list ("[ \"a\" ,\"b\"\n, \"a\"]", TIDE_VALUE_TEXT, "a|b");
  assert_list ("[1,-2.50e+3,\"1\"]", TIDE_VALUE_TEXT, "1|-2.50e+3");
  assert_list ("\"one\"", TIDE_VALUE_TEXT, "one");
  assert_list ("\"\\u0041,\\\"]\"", TIDE_VALUE_TEXT, "A,\"]");
  assert_list ("42", TIDE_VALUE_TEXT, "42");
  assert_list ("[\"\xc3\xa4\",\"\\u00e4\",\"a b\"]", TIDE_VALUE_TEXT, "\xc3\xa4|a b");
  assert_list ("[\"" TEXT_64 "\"]", TIDE_VALUE_TEXT, TEXT_64);
  assert_list ("\"*\"", TIDE_VALUE_TEXT, "*");
}

static void
test_text_refused (void)
{
  static const char *const values[] = {
    "null",
    "true",
    "{}",
    "[[]]",
    "[{}]",
    "[null]",
    "[\"a\",true]",
    "\"\"",
    "[\"\"]",
    "[\"\\n\"]",
    "[\"\\u0000\"]",
    "[\"a\\u0000\"]",
    "[\"\\u007f\"]",
    "[\"\\u0085\"]",
    "[\"\\u200b\"]",
    "[\"" TEXT_64 "4\"]",
    ("1" TEXT_64),
  };

  g_test_summary ("What is no value of 1 to 64 printable bytes is refused");

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    assert_refused (values[i], TIDE_VALUE_TEXT);
}

static void
test_tickers (void)
{
  g_test_summary ("Tickers are strings of ASCII, in an array or alone");

  assert_list ("[\"BRK.B\",\"*\",\"a b\"]", TIDE_VALUE_TICKER, "BRK.B|*|a b");
  assert_list ("\"AAPL\"", TIDE_VALUE_TICKER, "AAPL");
  assert_refused ("1", TIDE_VALUE_TICKER);
  assert_refused ("[1]", TIDE_VALUE_TICKER);
  assert_refused ("null", TIDE_VALUE_TICKER);
  assert_refused ("[\"\xc3\xa4\"]", TIDE_VALUE_TICKER);
  assert_refused ("[\"012345678901234567890123456789012\"]", TIDE_VALUE_TICKER);
}

static void
test_limit (void)
{
  g_test_summary ("Only different values count for the limit");

  for (guint max = 0; max < 5; max++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) values = parse ("[1,2,1,\"2\",3]", TIDE_VALUE_TEXT, max, &error);

      if (max < 3)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
      else
        g_assert_no_error (error);
      g_assert_cmpint (values != NULL, ==, max >= 3);
    }
}

static void
test_skip (void)
{
  static const struct
  {
    const char *text;
    TideJsonKind kind;
    const char *value; /* strings without quotes */
  } cases[] = {
    { "\"a\\\"]\",", TIDE_JSON_STRING, "a\\\"]" },
    { "-1.5e3}", TIDE_JSON_NUMBER, "-1.5e3" },
    { "0 ,", TIDE_JSON_NUMBER, "0" },
    { "null]", TIDE_JSON_NULL, "null" },
    { "true\n", TIDE_JSON_BOOLEAN, "true" },
    { "false", TIDE_JSON_BOOLEAN, "false" },
    { "[]]", TIDE_JSON_ARRAY, "[]" },
    { "[\"]\",{\"}\":[\"\\\\\"]}],1", TIDE_JSON_ARRAY, "[\"]\",{\"}\":[\"\\\\\"]}]" },
    { "{\"a\":{}}}", TIDE_JSON_OBJECT, "{\"a\":{}}" },
  };

  g_test_summary ("A value ends where it ends, whatever is in its strings");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *end = cases[i].text + strlen (cases[i].text);
      TideJsonField found;
      const char *behind = tide_json_value_pass (cases[i].text, end, &found);

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (found.kind, ==, cases[i].kind);
      g_assert_cmpmem (
          found.start, found.length, cases[i].value, strlen (cases[i].value));
      g_assert_true (behind ==
                     found.start + found.length + (cases[i].kind == TIDE_JSON_STRING));
    }
}

/* Appends a value that is passed over, of any kind, nested at most three deep. */
static void
append_random (GString *out, GRand *rand, guint depth)
{
  static const char *const plain[] = { "1",    "-0.5",       "null",      "true",
                                       "\"\"", "\"]}\\\\\"", "\"\\\"[{\"" };
  guint choice = g_rand_int_range (rand, 0, depth < 3 ? 9 : 7);
  guint n = g_rand_int_range (rand, 0, 4);

  if (choice < 7)
    {
      g_string_append (out, plain[choice]);
      return;
    }
  g_string_append_c (out, choice == 7 ? '[' : '{');
  for (guint i = 0; i < n; i++)
    {
      g_string_append_printf (out, "%s", i > 0 ? "," : "");
      if (choice == 8)
        g_string_append_printf (out, "\"%u]\":", i);
      append_random (out, rand, depth + 1);
    }
  g_string_append_c (out, choice == 7 ? ']' : '}');
}

static void
test_skip_random (void)
{
  g_test_summary ("Random values are stepped over to their last byte");

  for (guint seed = 0; seed < 3000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GString) text = g_string_new (NULL);
      TideJsonField found;
      gsize length;

      append_random (text, rand, 0);
      length = text->len;
      g_assert_cmpint (
          tide_json_scan (text->str, length, NULL, 0, NULL), ==, TIDE_JSON_OK);
      g_string_append (text, ",\"x\"]}");
      g_assert_true (tide_json_value_pass (text->str, text->str + text->len, &found) ==
                     text->str + length);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/value-list/text", test_text);
  g_test_add_func ("/routing/value-list/text-refused", test_text_refused);
  g_test_add_func ("/routing/value-list/tickers", test_tickers);
  g_test_add_func ("/routing/value-list/limit", test_limit);
  g_test_add_func ("/routing/value-list/skip", test_skip);
  g_test_add_func ("/routing/value-list/skip-random", test_skip_random);
  return g_test_run ();
}
