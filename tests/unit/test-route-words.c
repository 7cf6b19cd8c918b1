/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route-words.h"

#include <string.h>

/* Joins parts with / between; NULL for none. */
static char *
join (GPtrArray *parts)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (parts == NULL)
    return NULL;
  for (guint i = 0; i < parts->len; i++)
    g_string_append_printf (
        out, "%s%s", i > 0 ? "/" : "", (const char *) g_ptr_array_index (parts, i));
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
assert_split (const char *text, char separator, const char *expected)
{
  g_autoptr (GPtrArray) parts = tide_route_words_split (text, separator);
  g_autofree char *joined = join (parts);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_split (void)
{
  g_test_summary ("Texts are split outside of quotes");

  assert_split ("", ';', "");
  assert_split ("a", ';', "a");
  assert_split (" a ;b;; c", ';', "a/b//c");
  assert_split ("a 'b;c';d", ';', "a 'b;c'/d");
  assert_split ("  a   b='c d' e ", ' ', "a/b='c d'/e");
  assert_split ("", ' ', "");
  assert_split ("a'b", ';', NULL);
}

static void
assert_unquoted (const char *text, const char *expected)
{
  g_autofree char *value = tide_route_words_unquote (text);

  g_assert_cmpstr (value, ==, expected);
}

static void
test_unquote (void)
{
  g_autofree char *longest = g_strnfill (256, 'x');
  g_autofree char *longer = g_strnfill (257, 'x');
  g_autofree char *quoted = g_strdup_printf ("'%s'", longest);
  g_autofree char *quoted_longer = g_strdup_printf ("'%s'", longer);

  g_test_summary ("A value is a word, or anything in quotes, at most 256 bytes");

  assert_unquoted ("a", "a");
  assert_unquoted ("''", "");
  assert_unquoted ("'a b|;='", "a b|;=");
  assert_unquoted ("", NULL);
  assert_unquoted ("a b", NULL);
  assert_unquoted ("'", NULL);
  assert_unquoted ("'a", NULL);
  assert_unquoted ("a'", NULL);
  assert_unquoted ("'a'b'", NULL);
  assert_unquoted ("'a''b'", NULL);
  assert_unquoted (longest, longest);
  assert_unquoted (longer, NULL);
  assert_unquoted (quoted, longest);
  assert_unquoted (quoted_longer, NULL);
}

static void
assert_names (const char *text, const char *expected)
{
  g_auto (GStrv) names = tide_route_words_get_names (text);
  g_autofree char *joined = names != NULL ? g_strjoinv ("/", names) : NULL;

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (64, 'x');
  g_autofree char *longer = g_strnfill (65, 'x');

  g_test_summary ("Names are told apart, each once and each a good one");

  assert_names ("symbol", "symbol");
  assert_names (" symbol | Ticker|\xc3\xa4-1.b ", "symbol/Ticker/\xc3\xa4-1.b");
  assert_names (longest, longest);
  assert_names (longer, NULL);
  assert_names ("", NULL);
  assert_names ("a|", NULL);
  assert_names ("a||b", NULL);
  assert_names ("a|a", NULL);
  assert_names ("a b", NULL);
  assert_names ("a;b", NULL);
  assert_names ("a\nb", NULL);
  assert_names ("a!", NULL);
  assert_names ("'a'", NULL);
}

static void
assert_values (const char *text, const char *expected)
{
  g_auto (GStrv) values = tide_route_words_get_values (text);
  g_autofree char *joined = values != NULL ? g_strjoinv ("/", values) : NULL;

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_values (void)
{
  g_test_summary ("Values are told apart, quoted or not");

  assert_values ("a", "a");
  assert_values ("a | 'b|c d' |''", "a/b|c d/");
  assert_values ("", NULL);
  assert_values ("a|", NULL);
  assert_values ("a|b c", NULL);
  assert_values ("a|'b", NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/route-words/split", test_split);
  g_test_add_func ("/core/route-words/unquote", test_unquote);
  g_test_add_func ("/core/route-words/names", test_names);
  g_test_add_func ("/core/route-words/values", test_values);
  return g_test_run ();
}
