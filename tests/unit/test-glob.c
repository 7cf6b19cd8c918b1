/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-glob.h"

#include <string.h>

/* What Redis does, element by element and with a call for each place where a * may end:
 * slow, and plain to see. */
static gboolean
oracle (const char *pattern, const char *text, gsize length)
{
  gboolean is_found = FALSE;
  gboolean is_negated;

  if (length == 0)
    {
      while (*pattern == '*')
        pattern++;
      return *pattern == '\0';
    }
  if (*pattern == '\0')
    return FALSE;
  if (*pattern == '*')
    return oracle (pattern + 1, text, length) || oracle (pattern, text + 1, length - 1);
  if (*pattern == '?')
    return oracle (pattern + 1, text + 1, length - 1);
  if (*pattern == '\\' && pattern[1] != '\0')
    return pattern[1] == *text && oracle (pattern + 2, text + 1, length - 1);
  if (*pattern != '[')
    return *pattern == *text && oracle (pattern + 1, text + 1, length - 1);

  pattern++;
  is_negated = *pattern == '^';
  pattern += is_negated;
  for (; *pattern != ']' && *pattern != '\0'; pattern++)
    {
      if (pattern[0] == '\\' && pattern[1] != '\0')
        is_found |= *++pattern == *text;
      else if (pattern[1] == '-' && pattern[2] != '\0')
        {
          is_found |= (*text >= pattern[0] && *text <= pattern[2]) ||
                      (*text >= pattern[2] && *text <= pattern[0]);
          pattern += 2;
        }
      else
        is_found |= *pattern == *text;
    }
  pattern += *pattern == ']';
  return is_found != is_negated && oracle (pattern, text + 1, length - 1);
}

static void
assert_matches (const char *pattern, const char *text, gboolean expected)
{
  g_assert_null (tide_glob_check (pattern));
  if (tide_glob_matches (pattern, text, strlen (text)) != expected)
    g_error ("%s %s %s", pattern, expected ? "does not match" : "matches", text);
}

static void
test_matches (void)
{
  g_test_summary ("A pattern is compared as Redis does it");

  assert_matches ("news.*", "news.art", TRUE);
  assert_matches ("news.*", "news.", TRUE);
  assert_matches ("news.*", "news", FALSE);
  assert_matches ("news.*", "xnews.a", FALSE);
  assert_matches ("*", "anything", TRUE);
  assert_matches ("*", "", FALSE);
  assert_matches ("h?llo", "hello", TRUE);
  assert_matches ("h?llo", "hllo", FALSE);
  assert_matches ("h[ae]llo", "hallo", TRUE);
  assert_matches ("h[ae]llo", "hillo", FALSE);
  assert_matches ("h[^e]llo", "hello", FALSE);
  assert_matches ("h[a-b]llo", "hbllo", TRUE);
  assert_matches ("h[b-a]llo", "hbllo", TRUE);
  assert_matches ("h[a-b]llo", "hcllo", FALSE);
  assert_matches ("[]x", "x", FALSE);
  assert_matches ("[^]x", "yx", TRUE);
  assert_matches ("[\\]]x", "]x", TRUE);
  assert_matches ("a\\*", "a*", TRUE);
  assert_matches ("a\\*", "ab", FALSE);
  assert_matches ("*a*b*c*", "xxaxxbxxcxx", TRUE);
  assert_matches ("*a*b*c*", "xxaxxcxxbxx", FALSE);
  g_assert_true (tide_glob_matches ("a?b", "a\0b", 3));
  g_assert_false (tide_glob_matches ("a", "a\0b", 3));
}

static void
test_check (void)
{
  g_autofree char *longest = g_strnfill (256, 'x');
  g_autofree char *longer = g_strnfill (257, 'x');
  static const char *const bad[] = {
    "", "[", "a[b", "[^", "[a-]", "[\\]", "x\\", "[a\\"
  };
  static const char *const good[] = { "*", "[]", "[\\\\]", "[a-]]", "\\[", "\\\\", "a]" };

  g_test_summary ("Patterns that nobody can have meant are refused");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_nonnull (tide_glob_check (bad[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_null (tide_glob_check (good[i]));
  g_assert_null (tide_glob_check (longest));
  g_assert_nonnull (tide_glob_check (longer));
}

static void
fill (char *text, gsize length, const char *letters)
{
  for (gsize i = 0; i < length; i++)
    text[i] = letters[g_test_rand_int_range (0, strlen (letters))];
  text[length] = '\0';
}

static void
test_random (void)
{
  guint n_matches = 0;

  g_test_summary ("Random patterns match what a plain recursion says");

  for (guint i = 0; i < 300000; i++)
    {
      char pattern[12], text[9];
      gsize length = g_test_rand_int_range (1, sizeof text);

      fill (pattern, g_test_rand_int_range (1, sizeof pattern), "ab*?[]^-\\\xe4");
      fill (text, length, "ab]^-\\\xe4");

      gboolean expected = oracle (pattern, text, length);

      n_matches += expected;
      if (tide_glob_matches (pattern, text, length) != expected)
        g_error ("%s and %s: not %d", pattern, text, expected);
    }
  g_assert_cmpuint (n_matches, >, 5000);
}

static void
test_many_stars (void)
{
  g_autoptr (GString) pattern = g_string_new (NULL);
  g_autofree char *text = g_strnfill (2000, 'a');

  g_test_summary ("Many stars do not take forever");

  for (guint i = 0; i < 100; i++)
    g_string_append (pattern, "*a");
  g_string_append_c (pattern, 'b');
  g_assert_false (tide_glob_matches (pattern->str, text, 2000));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/glob/matches", test_matches);
  g_test_add_func ("/core/glob/check", test_check);
  g_test_add_func ("/core/glob/random", test_random);
  g_test_add_func ("/core/glob/many-stars", test_many_stars);
  return g_test_run ();
}
