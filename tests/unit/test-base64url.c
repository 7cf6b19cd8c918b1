/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-base64url.h"

#include <string.h>

static void
test_vectors (void)
{
  /* RFC 4648, section 10, without padding. */
  static const char *const cases[][2] = {
    { "", "" },
    { "Zg", "f" },
    { "Zm8", "fo" },
    { "Zm9v", "foo" },
    { "Zm9vYg", "foob" },
    { "Zm9vYmE", "fooba" },
    { "Zm9vYmFy", "foobar" },
    { "-_8", "\xfb\xff" },
  };

  g_test_summary ("The RFC's vectors, and the two characters that differ from base64");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n_bytes;
      g_autofree guint8 *bytes =
          tide_base64url_decode (cases[i][0], strlen (cases[i][0]), &n_bytes);

      g_assert_cmpmem (bytes, n_bytes, cases[i][1], strlen (cases[i][1]));
      g_assert_cmpuint (bytes[n_bytes], ==, 0);
    }
}

static void
test_refused (void)
{
  static const char *const cases[] = {
    "Z", "Zm9vY", "Zh", "Zm9", "Zg==", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "\xc3\xa4",
  };

  g_test_summary ("No padding, no other character, no bits that stand for nothing");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize n_bytes;

      g_assert_null (tide_base64url_decode (cases[i], strlen (cases[i]), &n_bytes));
    }
}

static void
test_random (void)
{
  g_test_summary ("What GLib encodes comes back");

  for (guint round = 0; round < 2000; round++)
    {
      guint8 data[64];
      gsize length = g_test_rand_int_range (0, sizeof data);
      gsize n_bytes;
      g_autofree char *text = NULL;
      g_autofree guint8 *bytes = NULL;

      for (gsize i = 0; i < length; i++)
        data[i] = g_test_rand_int ();
      text = g_base64_encode (data, length);
      g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
      text[strcspn (text, "=")] = '\0';
      bytes = tide_base64url_decode (text, strlen (text), &n_bytes);
      g_assert_cmpmem (bytes, n_bytes, data, length);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/base64url/vectors", test_vectors);
  g_test_add_func ("/auth/base64url/refused", test_refused);
  g_test_add_func ("/auth/base64url/random", test_random);
  return g_test_run ();
}
