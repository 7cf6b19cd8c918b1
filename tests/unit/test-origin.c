/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-origin.h"

static void
test_same_host (void)
{
  static const char *const nothing[] = { NULL };
  static const struct
  {
    const char *origin;
    const char *host;
    gboolean is_allowed;
  } cases[] = {
    { NULL, "example.org", TRUE },
    { NULL, NULL, TRUE },
    { "http://example.org", "example.org", TRUE },
    { "https://example.org", "example.org", TRUE },
    { "http://EXAMPLE.org:8080", "example.ORG:8080", TRUE },
    { "http://[::1]:5000", "[::1]:5000", TRUE },
    { "http://example.org:8080", "example.org", FALSE },
    { "http://example.org", "example.org:80", FALSE },
    { "http://evil.org", "example.org", FALSE },
    { "http://example.org.evil.org", "example.org", FALSE },
    { "http://evilexample.org", "example.org", FALSE },
    { "http://example.org", NULL, FALSE },
    { "http://example.org", "", FALSE },
    { "null", "null", FALSE },
    { "null", "example.org", FALSE },
    { "", "", FALSE },
    { "example.org", "example.org", FALSE },
    { "http://", "example.org", FALSE },
    /* Two headers, as libsoup joins them. */
    { "http://evil.org, http://example.org", "example.org", FALSE },
    { "http://example.org, http://evil.org", "example.org", FALSE },
    { "http://user@example.org", "example.org", FALSE },
    { "http://example.org/", "example.org", FALSE },
  };

  g_test_summary ("With no list the page must come from this very host and port");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s at %s", cases[i].origin, cases[i].host);
      g_assert_cmpint (
          tide_origin_is_allowed (NULL, cases[i].origin, cases[i].host, FALSE),
          ==,
          cases[i].is_allowed);
      g_assert_cmpint (
          tide_origin_is_allowed (nothing, cases[i].origin, cases[i].host, FALSE),
          ==,
          cases[i].is_allowed);
    }
}

static void
test_list (void)
{
  static const char *const list[] = { "https://a.org", "http://b.org:81", NULL };

  g_test_summary ("With a list only those named may connect, and who is no browser");

  g_assert_true (tide_origin_is_allowed (list, NULL, "c.org", FALSE));
  g_assert_true (tide_origin_is_allowed (list, "https://a.org", "c.org", FALSE));
  g_assert_true (tide_origin_is_allowed (list, "http://b.org:81", NULL, FALSE));
  g_assert_false (tide_origin_is_allowed (list, "http://a.org", "c.org", FALSE));
  g_assert_false (tide_origin_is_allowed (list, "https://a.org:443", "c.org", FALSE));
  g_assert_false (
      tide_origin_is_allowed (list, "https://a.org.evil.org", "c.org", FALSE));
  g_assert_false (tide_origin_is_allowed (list, "null", "c.org", FALSE));
  /* A list replaces the rule of the same host. */
  g_assert_false (tide_origin_is_allowed (list, "https://c.org", "c.org", FALSE));
}

static void
test_secure (void)
{
  static const char *const list[] = { "http://a.org", NULL };

  g_test_summary ("A page without TLS is none of a host with it, unless it is named");

  g_assert_true (tide_origin_is_allowed (NULL, "https://a.org", "a.org", TRUE));
  g_assert_false (tide_origin_is_allowed (NULL, "http://a.org", "a.org", TRUE));
  g_assert_true (tide_origin_is_allowed (list, "http://a.org", "a.org", TRUE));
  g_assert_true (tide_origin_is_allowed (NULL, NULL, "a.org", TRUE));
}

static void
test_star (void)
{
  static const char *const list[] = { "https://a.org", "*", NULL };

  g_test_summary ("A star lets every page connect");

  g_assert_true (tide_origin_is_allowed (list, "http://evil.org", "c.org", FALSE));
  g_assert_true (tide_origin_is_allowed (list, "null", NULL, FALSE));
}

static void
test_named (void)
{
  static const char *const nothing[] = { NULL };
  static const char *const star[] = { "*", NULL };
  static const char *const both[] = { "*", "https://a.org", NULL };

  g_test_summary ("Only a page that is named may send its cookies");

  g_assert_false (tide_origin_is_named (NULL, "https://a.org"));
  g_assert_false (tide_origin_is_named (nothing, "https://a.org"));
  g_assert_false (tide_origin_is_named (star, "https://a.org"));
  g_assert_true (tide_origin_is_named (both, "https://a.org"));
  g_assert_false (tide_origin_is_named (both, "https://b.org"));
  g_assert_false (tide_origin_is_named (both, "null"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/origin/same-host", test_same_host);
  g_test_add_func ("/server/origin/list", test_list);
  g_test_add_func ("/server/origin/star", test_star);
  g_test_add_func ("/server/origin/secure", test_secure);
  g_test_add_func ("/server/origin/named", test_named);
  return g_test_run ();
}
