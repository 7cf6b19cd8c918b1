/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-walk.h"

#include <glib.h>

#include <string.h>

typedef struct
{
  const char *text;
  const char *items; /* kind and span of each, as write_items() has them */
} WalkCase;

static const WalkCase walk_cases[] = {
  { "[]", "" },
  { " [ ] ", "" },
  { "[1]", "3<1>" },
  { "[ null , true,false ]", "1<null>2<true>2<false>" },
  { "[-1.5e3,\"a\",\"\"]", "3<-1.5e3>4<a>4<>" },
  { "[\"a]\",\"\\\"],[\",\"\\\\\"]", "4<a]>4e<\\\"],[>4e<\\\\>" },
  { "[[1,2],[[],{}],3]", "5<[1,2]>5<[[],{}]>3<3>" },
  { "[{\"a\":\"}\"},{}]", "6<{\"a\":\"}\"}>6<{}>" },
  { "[{\"a\":\"\\\"}\"}\n,\t{\r\n}]", "6<{\"a\":\"\\\"}\"}>6<{\r\n}>" },
};

static char *
write_items (const char *text, gsize length)
{
  GString *items = g_string_new (NULL);
  const char *cursor = tide_json_skip_space (text, text + length);
  TideJsonField item;

  while (tide_json_array_next (&cursor, text + length, &item))
    g_string_append_printf (items,
                            "%d%s<%.*s>",
                            item.kind,
                            item.has_escapes ? "e" : "",
                            (int) item.length,
                            item.start);
  /* At the end it stays there. */
  g_assert_false (tide_json_array_next (&cursor, text + length, &item));
  return g_string_free (items, FALSE);
}

static void
test_array_next (void)
{
  g_test_summary ("Elements of arrays are found with their kinds and bytes");

  for (guint i = 0; i < G_N_ELEMENTS (walk_cases); i++)
    {
      const WalkCase *walk_case = &walk_cases[i];
      g_autofree char *items = write_items (walk_case->text, strlen (walk_case->text));

      g_assert_cmpstr (items, ==, walk_case->items);
    }
}

static void
append_space (GString *text)
{
  for (int n = g_test_rand_int_range (-3, 3); n > 0; n--)
    g_string_append_c (text, " \t\r\n"[g_test_rand_int_range (0, 4)]);
}

static void
append_value (GString *text, guint depth)
{
  static const char *const scalars[] = { "null", "true",   "0",         "-12.5E+1",
                                         "\"\"", "\"[,\"", "\"\\\"]\"", "\"{\\\\\"" };
  int pick = g_test_rand_int_range (0, depth > 4 ? 8 : 14);

  if (pick < 8)
    {
      g_string_append (text, scalars[pick]);
      return;
    }

  gboolean is_array = pick % 2 == 0;

  g_string_append_c (text, is_array ? '[' : '{');
  append_space (text);
  for (int i = 0, n = g_test_rand_int_range (0, 4); i < n; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_space (text);
      if (!is_array)
        g_string_append (text, "\"}\" : ");
      append_value (text, depth + 1);
      append_space (text);
    }
  g_string_append_c (text, is_array ? ']' : '}');
}

static void
test_array_next_random (void)
{
  g_test_summary ("Random arrays come apart as they were put together");

  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GString) text = g_string_new ("[");
      g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
      TideJsonKind kind;

      for (int i = 0, n = g_test_rand_int_range (0, 6); i < n; i++)
        {
          g_autoptr (GString) value = g_string_new (NULL);

          append_value (value, 1);
          if (i > 0)
            g_string_append_c (text, ',');
          append_space (text);
          g_string_append (text, value->str);
          append_space (text);
          g_ptr_array_add (values, g_strdup (value->str));
        }
      g_string_append_c (text, ']');
      g_assert_cmpint (
          tide_json_scan (text->str, text->len, NULL, 0, &kind), ==, TIDE_JSON_OK);

      const char *cursor = text->str;
      TideJsonField item;
      guint n_items = 0;

      for (; tide_json_array_next (&cursor, text->str + text->len, &item); n_items++)
        {
          gsize n_quotes = item.kind == TIDE_JSON_STRING ? 1 : 0;
          g_autofree char *bytes =
              g_strndup (item.start - n_quotes, item.length + 2 * n_quotes);

          g_assert_cmpstr (bytes, ==, g_ptr_array_index (values, n_items));
        }
      g_assert_cmpuint (n_items, ==, values->len);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json-walk/array-next", test_array_next);
  g_test_add_func ("/core/json-walk/array-next-random", test_array_next_random);
  return g_test_run ();
}
