/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"

#include <string.h>

/* Scans a copy that ends where the text ends, so that AddressSanitizer sees reads past
 * it. */
static TideJsonFault
scan_exactly (const char *text, gsize length, TideJsonKind *kind)
{
  g_autofree char *copy = g_malloc (1 + length);

  memcpy (copy + 1, text, length);
  return tide_json_scan (copy + 1, length, NULL, 0, kind);
}

static void
assert_fault (const char *text, TideJsonFault expected)
{
  TideJsonFault fault = scan_exactly (text, strlen (text), NULL);

  if (fault != expected)
    g_test_message ("text: %s", text);
  g_assert_cmpint (fault, ==, expected);
}

static void
test_accepts (void)
{
  static const struct
  {
    const char *text;
    TideJsonKind kind;
  } cases[] = {
    { "null", TIDE_JSON_NULL },
    { "true", TIDE_JSON_BOOLEAN },
    { "false", TIDE_JSON_BOOLEAN },
    { "0", TIDE_JSON_NUMBER },
    { "-0", TIDE_JSON_NUMBER },
    { "-1", TIDE_JSON_NUMBER },
    { "10", TIDE_JSON_NUMBER },
    { "12345678901234567890123456789012345678901234567890", TIDE_JSON_NUMBER },
    { "0.0", TIDE_JSON_NUMBER },
    { "-0.10", TIDE_JSON_NUMBER },
    { "1e1", TIDE_JSON_NUMBER },
    { "1E+01", TIDE_JSON_NUMBER },
    { "1.5e-0999999", TIDE_JSON_NUMBER },
    { "0e0", TIDE_JSON_NUMBER },
    { "\"\"", TIDE_JSON_STRING },
    { "\"a\"", TIDE_JSON_STRING },
    { "\"1234567\"", TIDE_JSON_STRING },
    { "\"12345678\"", TIDE_JSON_STRING },
    { "\"123456789\"", TIDE_JSON_STRING },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABcd\"", TIDE_JSON_STRING },
    { "\"\\ud83d\\ude00\"", TIDE_JSON_STRING },
    { "\"\\uD800\"", TIDE_JSON_STRING },
    { "\"\\uDC00\\uD800\"", TIDE_JSON_STRING },
    { "\"\x7f\"", TIDE_JSON_STRING },
    { "\"'/*<\"", TIDE_JSON_STRING },
    { "\"\xe2\x80\xa8\xe2\x80\xa9\"", TIDE_JSON_STRING },
    { "[]", TIDE_JSON_ARRAY },
    { "[[]]", TIDE_JSON_ARRAY },
    { "[1]", TIDE_JSON_ARRAY },
    { "[1,\"a\",null,true,false,{},[]]", TIDE_JSON_ARRAY },
    { " \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n", TIDE_JSON_ARRAY },
    { "{}", TIDE_JSON_OBJECT },
    { "{\"\":0}", TIDE_JSON_OBJECT },
    { "{\"a\":1,\"a\":2}", TIDE_JSON_OBJECT },
    { " { \"a\" : { } , \"b\" : [ ] } ", TIDE_JSON_OBJECT },
  };

  g_test_summary ("Texts that RFC 8259 allows are taken, and their kind is told");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideJsonKind kind = TIDE_JSON_NONE;

      g_test_message ("text: %s", cases[i].text);
      g_assert_cmpint (
          scan_exactly (cases[i].text, strlen (cases[i].text), &kind), ==, TIDE_JSON_OK);
      g_assert_cmpint (kind, ==, cases[i].kind);
    }
}

static void
test_refuses (void)
{
  static const char *const cases[] = {
    "",
    " ",
    "nul",
    "nulll",
    "Null",
    "True",
    "tru",
    "f",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "var x=1",
    "1;",
    "+1",
    "-",
    "--1",
    "- 1",
    "00",
    "01",
    "-01",
    "1.",
    ".1",
    "-.1",
    "1.e1",
    "1e",
    "1e+",
    "1e1.5",
    "1ee1",
    "0x10",
    "1_000",
    "1 2",
    "\"",
    "\"abc",
    "\"abcdefgh",
    "abc",
    "'a'",
    "\"a\"b",
    "\"a\"\"b\"",
    "\"\\\"",
    "\"\\",
    "\"\\a\"",
    "\"\\x41\"",
    "\"\\'\"",
    "\"\\0\"",
    "\"\\U0041\"",
    "\"\\u\"",
    "\"\\u004\"",
    "\"\\u004g\"",
    "\"\\u 041\"",
    "\"\\u+041\"",
    "\"\\u004",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"\x1e\"",
    "\"12345678\x1f\"",
    "\"1234567\x01\"",
    "[",
    "]",
    "[,",
    "[,]",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "[1}",
    "[1",
    "[1,",
    "[]]",
    "[] []",
    "[],",
    "{",
    "}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\" 1}",
    "{\"a\"::1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1;\"b\":2}",
    "{\"a\":1]",
    "{\"a\":1",
    "{\"a\":",
    "{\"a\"",
    "{\"a",
    "{\"a\":1}}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{[]:1}",
    "{\"a\":1}{\"a\":1}",
    "// c\n1",
    "/* c */ 1",
    "1 // c",
    "[1 /* c */]",
    "# c\n1",
    "\v1",
    "\f1",
    "\302\2401",
    "\xef\xbb\xbf{}",
    "\xff\xfe{\x01}",
    "\xff",
  };

  g_test_summary (
      "Texts that are not JSON, among them what lax parsers take, are refused");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_fault (cases[i], TIDE_JSON_FAULT_SYNTAX);
}

static void
test_refuses_nul (void)
{
  static const char *const cases[] = {
    "\0001", "1\000", "[1\000]", "\"\000\"", "{\000}"
  };
  static const gsize lengths[] = { 2, 2, 4, 3, 3 };
  TideJsonKind kind = TIDE_JSON_STRING;

  g_test_summary ("A NUL byte is good nowhere, and no text at all is no JSON");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (
        scan_exactly (cases[i], lengths[i], NULL), ==, TIDE_JSON_FAULT_SYNTAX);

  g_assert_cmpint (tide_json_scan ("1", 0, NULL, 0, &kind), ==, TIDE_JSON_FAULT_SYNTAX);
  g_assert_cmpint (kind, ==, TIDE_JSON_NONE);
}

static void
test_reads_no_further (void)
{
  g_test_summary ("What lies behind the text's end counts for nothing");

  g_assert_cmpint (tide_json_scan ("123x", 3, NULL, 0, NULL), ==, TIDE_JSON_OK);
  g_assert_cmpint (tide_json_scan ("[1]]", 3, NULL, 0, NULL), ==, TIDE_JSON_OK);
  g_assert_cmpint (tide_json_scan ("[1]", 2, NULL, 0, NULL), ==, TIDE_JSON_FAULT_SYNTAX);
  g_assert_cmpint (
      tide_json_scan ("\"a\"", 2, NULL, 0, NULL), ==, TIDE_JSON_FAULT_SYNTAX);
  g_assert_cmpint (tide_json_scan ("true", 3, NULL, 0, NULL), ==, TIDE_JSON_FAULT_SYNTAX);
}

static void
test_utf8 (void)
{
  static const struct
  {
    const char *bytes;
    TideJsonFault fault;
  } cases[] = {
    { "\xc2\x80", TIDE_JSON_OK },
    { "\xdf\xbf", TIDE_JSON_OK },
    { "\xe0\xa0\x80", TIDE_JSON_OK },
    { "\xed\x9f\xbf", TIDE_JSON_OK },
    { "\xee\x80\x80", TIDE_JSON_OK },
    { "\xef\xbf\xbf", TIDE_JSON_OK },
    { "\xf0\x90\x80\x80", TIDE_JSON_OK },
    { "\xf4\x8f\xbf\xbf", TIDE_JSON_OK },
    { "\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xbf", TIDE_JSON_FAULT_UTF8 },
    { "\xc0\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xc0\xaf", TIDE_JSON_FAULT_UTF8 },
    { "\xc1\xbf", TIDE_JSON_FAULT_UTF8 },
    { "\xc2", TIDE_JSON_FAULT_UTF8 },
    { "\xc2\xc2", TIDE_JSON_FAULT_UTF8 },
    { "\xe0\x80\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xe0\x9f\xbf", TIDE_JSON_FAULT_UTF8 },
    { "\xe2\x82", TIDE_JSON_FAULT_UTF8 },
    { "\xe2\x82z", TIDE_JSON_FAULT_UTF8 },
    { "\xed\xa0\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xed\xbf\xbf", TIDE_JSON_FAULT_UTF8 },
    { "\xf0\x80\x80\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xf0\x8f\xbf\xbf", TIDE_JSON_FAULT_UTF8 },
    { "\xf0\x9f\x98", TIDE_JSON_FAULT_UTF8 },
    { "\xf0\x9f\x98z", TIDE_JSON_FAULT_UTF8 },
    { "\xf4\x90\x80\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xf5\x80\x80\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xf8\x88\x80\x80\x80", TIDE_JSON_FAULT_UTF8 },
    { "\xfe", TIDE_JSON_FAULT_UTF8 },
    { "\xff", TIDE_JSON_FAULT_UTF8 },
  };

  g_test_summary ("Strings and names hold the UTF-8 of U+0000 to U+10FFFF, nothing else");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint n_before = 0; n_before < 9; n_before++)
      {
        g_autofree char *string =
            g_strdup_printf ("\"%.*s%s\"", (int) n_before, "12345678", cases[i].bytes);
        g_autofree char *object = g_strdup_printf ("{%s:1}", string);

        assert_fault (string, cases[i].fault);
        assert_fault (object, cases[i].fault);
      }
}

static void
assert_depth (const char *open, const char *close, guint depth, TideJsonFault expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, open);
  g_string_append_c (text, '1');
  for (guint i = 0; i < depth; i++)
    g_string_append (text, close);
  assert_fault (text->str, expected);
}

static void
test_depth (void)
{
  g_autofree char *brackets = g_strnfill (200000, '[');

  g_test_summary ("32 levels are taken, 33 are refused, and so is any number of them");

  assert_depth ("[", "]", 32, TIDE_JSON_OK);
  assert_depth ("[", "]", 33, TIDE_JSON_FAULT_TOO_DEEP);
  assert_depth ("{\"a\":", "}", 32, TIDE_JSON_OK);
  assert_depth ("{\"a\":", "}", 33, TIDE_JSON_FAULT_TOO_DEEP);
  assert_depth ("[{\"a\":", "}]", 16, TIDE_JSON_OK);
  assert_depth ("[{\"a\":", "}]", 17, TIDE_JSON_FAULT_TOO_DEEP);
  assert_depth ("[1,[],", "]", 31, TIDE_JSON_OK);
  assert_depth ("[1,[],", "]", 32, TIDE_JSON_FAULT_TOO_DEEP);
  assert_fault (brackets, TIDE_JSON_FAULT_TOO_DEEP);
}

static void
assert_field (const TideJsonField *field, TideJsonKind kind, const char *text)
{
  g_autofree char *found = g_strndup (field->start, field->length);

  g_assert_cmpint (field->kind, ==, kind);
  g_assert_cmpstr (found, ==, text);
}

static void
assert_no_field (const TideJsonField *field)
{
  g_assert_cmpint (field->kind, ==, TIDE_JSON_NONE);
  g_assert_cmpuint (field->length, ==, 0);
  g_assert_null (field->start);
}

static void
scan_fields (const char *text, TideJsonField *fields, guint n_fields)
{
  g_assert_cmpint (
      tide_json_scan (text, strlen (text), fields, n_fields, NULL), ==, TIDE_JSON_OK);
}

static void
test_fields (void)
{
  TideJsonField fields[] = {
    { "data", -1 },  { "string", -1 }, { "number", -1 },  { "null", -1 },
    { "bool", -1 },  { "array", -1 },  { "missing", -1 }, { "string", 0 },
    { "object", 0 }, { "deep", 8 },    { "", -1 },
  };

  g_test_summary (
      "Wanted members are found at the top and in wanted objects, only there");

  scan_fields ("{\"array\":[1, {\"missing\":2}] ,\"string\":\"a\\tb\",\"number\":-1.5e3,"
               "\"null\" : null,\"bool\":false,\"strin\":1,\"strings\":2,\"\":3,"
               "\"other\":{\"missing\":1,\"deep\":2},"
               "\"data\":{\"missing\":1,\"string\":\"\",\"object\": {\"deep\":12} } }",
               fields,
               G_N_ELEMENTS (fields));

  assert_field (&fields[0],
                TIDE_JSON_OBJECT,
                "{\"missing\":1,\"string\":\"\",\"object\": {\"deep\":12} }");
  assert_field (&fields[1], TIDE_JSON_STRING, "a\\tb");
  g_assert_true (fields[1].has_escapes);
  assert_field (&fields[2], TIDE_JSON_NUMBER, "-1.5e3");
  assert_field (&fields[3], TIDE_JSON_NULL, "null");
  assert_field (&fields[4], TIDE_JSON_BOOLEAN, "false");
  assert_field (&fields[5], TIDE_JSON_ARRAY, "[1, {\"missing\":2}]");
  assert_no_field (&fields[6]);
  assert_field (&fields[7], TIDE_JSON_STRING, "");
  g_assert_false (fields[7].has_escapes);
  assert_field (&fields[8], TIDE_JSON_OBJECT, "{\"deep\":12}");
  assert_field (&fields[9], TIDE_JSON_NUMBER, "12");
  assert_field (&fields[10], TIDE_JSON_NUMBER, "3");
}

static void
test_fields_of_others (void)
{
  TideJsonField fields[] = { { "a", -1 }, { "b", 0 } };

  g_test_summary ("Only an object has members: arrays and scalars give none");

  scan_fields ("[{\"a\":{\"b\":1}}]", fields, 2);
  assert_no_field (&fields[0]);
  assert_no_field (&fields[1]);

  scan_fields ("{\"a\":[{\"b\":1}]}", fields, 2);
  assert_field (&fields[0], TIDE_JSON_ARRAY, "[{\"b\":1}]");
  assert_no_field (&fields[1]);

  scan_fields ("\"a\"", fields, 2);
  assert_no_field (&fields[0]);
}

static void
test_fields_twice (void)
{
  TideJsonField fields[] = { { "a", -1 }, { "b", 0 }, { "c", 1 }, { "x", -1 } };

  g_test_summary ("Of members with one name the last counts, and what is in it");

  scan_fields (
      "{\"x\":\"\\n\",\"x\":\"z\",\"a\":{\"b\":{\"c\":1}},\"a\":{\"b\":2}}", fields, 4);
  assert_field (&fields[0], TIDE_JSON_OBJECT, "{\"b\":2}");
  assert_field (&fields[1], TIDE_JSON_NUMBER, "2");
  assert_no_field (&fields[2]);
  assert_field (&fields[3], TIDE_JSON_STRING, "z");
  g_assert_false (fields[3].has_escapes);

  scan_fields ("{\"x\":1,\"a\":{\"b\":{\"c\":1}},\"a\":7}", fields, 4);
  assert_field (&fields[0], TIDE_JSON_NUMBER, "7");
  assert_no_field (&fields[1]);
  assert_no_field (&fields[2]);
  assert_field (&fields[3], TIDE_JSON_NUMBER, "1");

  scan_fields ("{\"a\":{\"b\":{\"c\":1},\"b\":{\"c\":2}}}", fields, 4);
  assert_field (&fields[2], TIDE_JSON_NUMBER, "2");
}

static void
test_fields_escaped (void)
{
  TideJsonField fields[] = { { "symbol", -1 }, { "\xc3\xa9\xf0\x9f\x98\x80/\n", -1 } };

  g_test_summary ("Names are compared as they read, escapes decoded");

  scan_fields ("{\"s\\u0079mbol\":1,\"\\u00E9\\ud83d\\uDE00\\/\\n\":2}", fields, 2);
  assert_field (&fields[0], TIDE_JSON_NUMBER, "1");
  assert_field (&fields[1], TIDE_JSON_NUMBER, "2");

  scan_fields ("{\"symbol\":1,\"\\u00e9\xf0\x9f\x98\x80/\\u000a\":2}", fields, 2);
  assert_field (&fields[0], TIDE_JSON_NUMBER, "1");
  assert_field (&fields[1], TIDE_JSON_NUMBER, "2");

  scan_fields ("{\"symbol\\u0000\":1,\"symbo\\u006c\\u006c\":1,\"symb\\u006f\":1,"
               "\"\\ud800symbol\":1,\"\\\\u0073ymbol\":1,\"s\\u0059mbol\":1}",
               fields,
               2);
  assert_no_field (&fields[0]);
}

static void
test_fault_clears (void)
{
  TideJsonField fields[] = { { "a", -1 }, { "b", 0 } };
  TideJsonKind kind = TIDE_JSON_OBJECT;
  const char *text = "{\"a\":{\"b\":1},";

  g_test_summary ("On a fault nothing counts as found");

  g_assert_cmpint (
      tide_json_scan (text, strlen (text), fields, 2, &kind), ==, TIDE_JSON_FAULT_SYNTAX);
  assert_no_field (&fields[0]);
  assert_no_field (&fields[1]);
  g_assert_cmpint (kind, ==, TIDE_JSON_NONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json-scan/accepts", test_accepts);
  g_test_add_func ("/core/json-scan/refuses", test_refuses);
  g_test_add_func ("/core/json-scan/refuses-nul", test_refuses_nul);
  g_test_add_func ("/core/json-scan/reads-no-further", test_reads_no_further);
  g_test_add_func ("/core/json-scan/utf8", test_utf8);
  g_test_add_func ("/core/json-scan/depth", test_depth);
  g_test_add_func ("/core/json-scan/fields", test_fields);
  g_test_add_func ("/core/json-scan/fields-of-others", test_fields_of_others);
  g_test_add_func ("/core/json-scan/fields-twice", test_fields_twice);
  g_test_add_func ("/core/json-scan/fields-escaped", test_fields_escaped);
  g_test_add_func ("/core/json-scan/fault-clears", test_fault_clears);
  return g_test_run ();
}
