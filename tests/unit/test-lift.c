/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"
#include "tide-lift.h"

#include <string.h>

/* Lifts the member `data` of @payload; NULL when there is nothing to lift. */
static char *
lift (const char *payload)
{
  TideJsonField data = { .name = "data", .parent = -1 };
  TideJsonKind kind;
  g_autoptr (GString) out = g_string_new ("before");

  g_assert_cmpint (
      tide_json_scan (payload, strlen (payload), &data, 1, NULL), ==, TIDE_JSON_OK);
  g_assert_cmpint (data.kind, ==, TIDE_JSON_OBJECT);
  if (!tide_lift_splice (out, payload, strlen (payload), data.start, data.length))
    {
      g_assert_cmpstr (out->str, ==, "before");
      return NULL;
    }
  g_assert_cmpint (tide_json_scan (out->str, out->len, NULL, 0, &kind), ==, TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
  g_assert_cmpuint (out->len, <, 2 * strlen (payload));
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
assert_lifted (const char *payload, const char *expected)
{
  g_autofree char *lifted = lift (payload);

  g_assert_cmpstr (lifted, ==, expected);
}

static void
test_splice (void)
{
  g_test_summary ("Members go to the front where they are missing, byte by byte");

  assert_lifted ("{\"data\":{\"a\":1}}", "{\"a\":1,\"data\":{\"a\":1}}");
  assert_lifted (" {\n\"data\" : { \"a\" : 1.50e+2 , \"b\":\"\\u0041\" }, \"c\":2 } ",
                 " {\"a\":1.50e+2,\"b\":\"\\u0041\",\n\"data\" : { \"a\" : 1.50e+2 , "
                 "\"b\":\"\\u0041\" }, \"c\":2 } ");
  assert_lifted ("{\"a\":0,\"data\":{\"a\":1,\"b\":[{\"c\":12345678901234567890}]}}",
                 "{\"b\":[{\"c\":12345678901234567890}],\"a\":0,\"data\":{\"a\":1,\"b\":"
                 "[{\"c\":12345678901234567890}]}}");
}

static void
test_nothing (void)
{
  g_test_summary ("Where all is at the top already nothing is made");

  assert_lifted ("{\"data\":{}}", NULL);
  assert_lifted ("{\"data\":{\"data\":1}}", NULL);
  assert_lifted ("{\"data\":{\"a\":1},\"a\":2}", NULL);
  assert_lifted ("{\"data\":{\"a\":1},\"\\u0061\":2}", NULL);
  assert_lifted ("{\"data\":{\"\\u0061\":1},\"a\":2}", NULL);
}

static void
test_duplicates (void)
{
  g_test_summary ("Of members with the same name the last one is lifted");

  assert_lifted ("{\"data\":{\"a\":1,\"b\":2,\"a\":3}}",
                 "{\"b\":2,\"a\":3,\"data\":{\"a\":1,\"b\":2,\"a\":3}}");
  assert_lifted ("{\"data\":{\"a\":1,\"\\u0061\":2}}",
                 "{\"\\u0061\":2,\"data\":{\"a\":1,\"\\u0061\":2}}");
  assert_lifted ("{\"data\":{\"x\":1},\"data\":{\"y\":2}}",
                 "{\"y\":2,\"data\":{\"x\":1},\"data\":{\"y\":2}}");
  assert_lifted ("{\"data\":{\"a\\u0000\":1,\"a\":2}}",
                 "{\"a\\u0000\":1,\"a\":2,\"data\":{\"a\\u0000\":1,\"a\":2}}");
}

/* Appends up to eight members with few names, some in several spellings. */
static void
append_members (GString *out, const char *last)
{
  static const char *const names[] = { "a", "b", "\\u0061", "c", "\\\"", "data" };
  static const char *const values[] = {
    "1.0", "\"}{\"", "[1,[2]]", "{\"a\":{}}", "null"
  };
  guint n_members = g_test_rand_int_range (0, 8);

  for (guint i = 0; i < n_members; i++)
    g_string_append_printf (out,
                            " \"%s\" : %s%s",
                            names[g_test_rand_int_range (0, G_N_ELEMENTS (names))],
                            values[g_test_rand_int_range (0, G_N_ELEMENTS (values))],
                            i + 1 < n_members || *last != '\0' ? "," : "");
  g_string_append (out, last);
}

static void
assert_field (const char *text, const char *name, const TideJsonField *expected)
{
  TideJsonField field = { .name = name, .parent = -1 };

  g_assert_cmpint (
      tide_json_scan (text, strlen (text), &field, 1, NULL), ==, TIDE_JSON_OK);
  g_assert_cmpint (field.kind, ==, expected->kind);
  g_assert_cmpmem (field.start, field.length, expected->start, expected->length);
}

static void
test_random (void)
{
  static const char *const names[] = { "a", "b", "c", "\"", "data" };

  g_test_summary ("Each name reads as at the top, or else as in the wrapper");

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) inner = g_string_new ("{");
      g_autoptr (GString) payload = g_string_new ("{");
      g_autofree char *last = NULL;
      g_autofree char *lifted = NULL;

      append_members (inner, "");
      last = g_strdup_printf ("\"data\":%s}}", inner->str);
      append_members (payload, last);
      lifted = lift (payload->str);
      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        {
          TideJsonField fields[] = { { .name = "data", .parent = -1 },
                                     { .name = names[j], .parent = 0 },
                                     { .name = names[j], .parent = -1 } };
          gboolean is_data = g_str_equal (names[j], "data");

          tide_json_scan (payload->str, payload->len, fields, is_data ? 1 : 3, NULL);
          assert_field (lifted != NULL ? lifted : payload->str,
                        names[j],
                        is_data                            ? &fields[0]
                        : fields[2].kind != TIDE_JSON_NONE ? &fields[2]
                                                           : &fields[1]);
        }
    }
}

static void
test_many (void)
{
  g_autoptr (GString) payload = g_string_new ("{");
  g_autofree char *lifted = NULL;

  g_test_summary ("Tens of thousands of members take no time");

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (payload, "\"a%u\":1,", i);
  g_string_append (payload, "\"data\":{\"x\":1");
  for (guint i = 10000; i < 30000; i++)
    g_string_append_printf (payload, ",\"a%u\":2", i);
  g_string_append (payload, "}}");
  lifted = lift (payload->str);
  g_assert_true (g_str_has_prefix (lifted, "{\"x\":1,\"a20000\":2,"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/lift/splice", test_splice);
  g_test_add_func ("/sources/lift/nothing", test_nothing);
  g_test_add_func ("/sources/lift/duplicates", test_duplicates);
  g_test_add_func ("/sources/lift/random", test_random);
  g_test_add_func ("/sources/lift/many", test_many);
  return g_test_run ();
}
