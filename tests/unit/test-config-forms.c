/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-forms.h"

#include <string.h>

typedef struct
{
  const char *text;
  const char *problem; /* (nullable) */
} Case;

static void
check_cases (TideConfigCheck check, const Case *cases, guint n_cases)
{
  for (guint i = 0; i < n_cases; i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (check (cases[i].text), ==, cases[i].problem);
    }
}

static void
test_listen (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_LISTEN;
  static const char bad_port[] = "has a port that is not a whole number from 0 to 65535";
  static const char named[] =
      "names its host; only IP addresses and localhost can be listened on";
  static const Case cases[] = {
    { "127.0.0.1:5000", NULL },
    { "tide-1.example.org:80", named },
    { "LocalHost:80", named },
    { "0.0.0.0:0", NULL },
    { "[::1]:65535", NULL },
    { "[::]:1", NULL },
    { "tls:127.0.0.1:443", NULL },
    { "tls:[::1]:443", NULL },
    { "tls:", not_of_form },
    { "tls:127.0.0.1", "has no port; write HOST:PORT or [IPv6]:PORT" },
    { "tls:unix:/run/x", named },
    { "tls:tls:127.0.0.1:443", named },
    { "localhost:80", NULL },
    { "unix:/run/tidewire/http", NULL },
    { "", not_of_form },
    { ":5000", not_of_form },
    { "*:5000", not_of_form },
    { "[::1", not_of_form },
    { "[127.0.0.1]:1", not_of_form },
    { "[::1]5000", not_of_form },
    { "http://127.0.0.1:5000", named },
    { "127.1:5000", not_of_form },
    { "300.0.0.1:5000", not_of_form },
    { "a..b:1", not_of_form },
    { "a b:1", not_of_form },
    { "::1", "has no port; write an IPv6 address as [IPv6]:PORT" },
    { "127.0.0.1", "has no port; write HOST:PORT or [IPv6]:PORT" },
    { "[::1]", "has no port; write HOST:PORT or [IPv6]:PORT" },
    { "127.0.0.1:", bad_port },
    { "127.0.0.1:65536", bad_port },
    { "127.0.0.1:-1", bad_port },
    { "127.0.0.1:+1", bad_port },
    { "127.0.0.1:80/", bad_port },
    { "127.0.0.1:99999999999999999999", bad_port },
    { "unix:run/x", "is not a full path; what follows unix: must begin with /" },
    { "unix:", "is not a full path; what follows unix: must begin with /" },
    { "unix:/", "names a directory; the socket needs a name" },
    { "unix:/run/", "names a directory; the socket needs a name" },
  };

  g_test_summary (
      "An address to listen on is HOST:PORT, [IPv6]:PORT, unix:/PATH or systemd");

  check_cases (tide_config_check_listen, cases, G_N_ELEMENTS (cases));
}

static void
test_long_unix_path (void)
{
  g_autoptr (GString) text = g_string_new ("unix:/");

  g_test_summary ("The path of a Unix socket may have 107 bytes and not 108");

  while (text->len < strlen ("unix:") + 107)
    g_string_append_c (text, 'x');
  g_assert_null (tide_config_check_listen (text->str));
  g_string_append_c (text, 'x');
  g_assert_cmpstr (tide_config_check_listen (text->str),
                   ==,
                   "is too long for a socket's path, which takes 107 bytes");
}

static void
test_loopback (void)
{
  static const char *const near[] = {
    "127.0.0.1:5000", "127.255.255.254:0", "tls:127.0.0.1:443",
    "[::1]:5000",     "localhost:5000",
  };
  static const char *const far[] = {
    "tls:0.0.0.0:443", "0.0.0.0:5000",   "10.0.0.1:5000", "[::]:5000",
    "[fe80::1]:5000",  "128.0.0.1:1",    "unix:/run/x",   "example.org:1",
    "localhost.de:1",  "not an address",
  };

  g_test_summary ("Only TCP on 127.0.0.0/8, ::1 and localhost is loopback");

  for (guint i = 0; i < G_N_ELEMENTS (near); i++)
    g_assert_true (tide_config_listen_is_loopback (near[i]));
  for (guint i = 0; i < G_N_ELEMENTS (far); i++)
    g_assert_false (tide_config_listen_is_loopback (far[i]));
}

static void
test_origin (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_ORIGIN;
  static const char has_path[] = "has a path; an origin ends after its host or port";
  static const char bad_port[] = "has a port that is not a whole number from 1 to 65535";
  static const char is_default[] =
      "names the default port of its scheme, which browsers leave out";
  static const Case cases[] = {
    { "*", NULL },
    { "https://example.org", NULL },
    { "https://example.org:8443", NULL },
    { "http://example.org:443", NULL },
    { "http://[::1]:3000", NULL },
    { "http://127.0.0.1:3000", NULL },
    { "app+x.y-z://host", NULL },
    { "", not_of_form },
    { "null", not_of_form },
    { "example.org", not_of_form },
    { "://example.org", not_of_form },
    { "https://", not_of_form },
    { "https://*.example.org", not_of_form },
    { "1http://example.org", not_of_form },
    { "https://example.org/", has_path },
    { "https://example.org/a", has_path },
    { "https://example.org?a", has_path },
    { "https://a@example.org",
      "has a user name; an origin is SCHEME://HOST, SCHEME://HOST:PORT or *" },
    { "https://Example.org",
      "has capital letters; browsers send an origin in small letters" },
    { "https://example.org:0", bad_port },
    { "https://example.org:080", bad_port },
    { "https://example.org:", bad_port },
    { "https://example.org:443", is_default },
    { "http://example.org:80", is_default },
  };

  g_test_summary ("An origin is exactly what browsers send, or *");

  check_cases (tide_config_check_origin, cases, G_N_ELEMENTS (cases));
}

static void
test_url_path (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_URL_PATH;
  static const char letters[] = "has characters other than letters, digits and / . _ ~ -";
  static const char dots[] =
      "has an empty or dotted part between two /, which browsers take away";
  static const Case cases[] = {
    { "/socket.io/", NULL },
    { "/a/b~_-1/", NULL },
    { "", not_of_form },
    { "socket.io/", not_of_form },
    { "/socket.io", not_of_form },
    { "/", "leaves no room for the pages; write a name between two /" },
    { "/a?b/", letters },
    { "/a%20/", letters },
    { "/ü/", letters },
    { "//", dots },
    { "/a//b/", dots },
    { "/../", dots },
    { "/./a/", dots },
  };

  g_test_summary ("A path of the HTTP server begins and ends with / and is plain");

  check_cases (tide_config_check_url_path, cases, G_N_ELEMENTS (cases));
}

static void
test_redis_uri (void)
{
  static const char *const good[] = {
    "redis://127.0.0.1:6379/0",
    "redis://127.0.0.1/",
    "redis://reader@cache/1",
    "unix:/run/redis.sock?db=3",
  };
  static const struct
  {
    const char *text;
    const char *part; /* of what is said */
  } bad[] = {
    { "", "begins with neither" },        { "127.0.0.1:6379", "begins with neither" },
    { "redis://host:70000", "the port" }, { "redis://me:secret@host", "password-file" },
    { "rediss://host", "TLS" },           { "unix:redis.sock", "does not begin with /" },
  };

  g_test_summary ("The address of Redis is checked by the rules of the source");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_null (tide_config_check_redis_uri (good[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *problem = tide_config_check_redis_uri (bad[i].text);

      g_assert_nonnull (problem);
      g_assert_true (g_str_has_prefix (problem, "can't be used: "));
      g_assert_nonnull (strstr (problem, bad[i].part));
      g_assert_null (strstr (problem, "secret"));
    }
}

static void
test_room (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_ROOM;
  static const char of_user[] =
      "can't be opened; a room named user_… belongs to one user";
  static const Case cases[] = {
    { "system_health_room", NULL },
    { "user", NULL },
    { "a room", NULL },
    { "1234567890123456789012345678901234567890123456789012345678901234", NULL },
    { "12345678901234567890123456789012345678901234567890123456789012345", not_of_form },
    { "", not_of_form },
    { "über", not_of_form },
    { "user_", of_user },
    { "user_7", of_user },
  };

  g_test_summary ("A room has a short plain name that is not a user's room");

  check_cases (tide_config_check_room, cases, G_N_ELEMENTS (cases));
}

static void
test_namespace (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_NAMESPACE;
  static const Case cases[] = {
    { "/custom", NULL },
    { "/ü", not_of_form },
    { "/a b/~", NULL },
    { "//", NULL },
    { "/23456789012345678901234567890123456789012345678901234567890123", NULL },
    { "/234567890123456789012345678901234567890123456789012345678901234", NULL },
    { "/2345678901234567890123456789012345678901234567890123456789012345", not_of_form },
    { "/", "need not be named; every client may join it" },
    { "", not_of_form },
    { "custom", not_of_form },
    { "/a,b", not_of_form },
    { "/a\"b", not_of_form },
    { "/a'b", not_of_form },
    { "/a\\b", not_of_form },
  };

  g_test_summary ("A namespace begins with a slash and has nothing in it that ends it");

  check_cases (tide_config_check_namespace, cases, G_N_ELEMENTS (cases));
}

static void
test_bus (void)
{
  static const char not_of_form[] = "is not " TIDE_CONFIG_FORM_BUS;
  static const Case cases[] = {
    { "system", NULL },
    { "session", NULL },
    { "none", NULL },
    { "unix:path=/run/bus", NULL },
    { "unix:path=/run/bus;unix:path=/run/other", NULL },
    { "", not_of_form },
    { "System", not_of_form },
    { "unix:", not_of_form },
    { "smoke:signal=1", not_of_form },
  };

  g_test_summary ("A bus is named by a word or a D-Bus address");

  check_cases (tide_config_check_bus, cases, G_N_ELEMENTS (cases));
}

static void
test_transport (void)
{
  static const Case cases[] = {
    { "websocket", NULL },
    { "polling", NULL },
    { "webtransport", "is not one of polling, websocket" },
    { "", "is not one of polling, websocket" },
  };

  g_test_summary ("The transports are polling and websocket");

  check_cases (tide_config_check_transport, cases, G_N_ELEMENTS (cases));
}

static void
test_users (void)
{
  static const char not_a_claim[] = "is not " TIDE_CONFIG_FORM_CLAIM;
  static const char taken[] = "is not what roles are in: it has a meaning of its own";
  static const Case names[] = {
    { "anna", NULL },
    { "Anna Berg", NULL },
    { "", "is not " TIDE_CONFIG_FORM_USER },
    { "a\nb", "is not " TIDE_CONFIG_FORM_USER },
  };
  static const Case claims[] = {
    { "", NULL },
    { "roles", NULL },
    { "https://example.org/roles", NULL },
    { "aud", taken },
    { "_user_id", taken },
    { "_remember", taken },
    { "Aud", NULL },
    { "r\xc3\xb4les", not_a_claim },
  };

  g_test_summary (
      "An operator is a user's name; roles have a claim of their own, or none");

  check_cases (tide_config_check_user, names, G_N_ELEMENTS (names));
  check_cases (tide_config_check_roles_claim, claims, G_N_ELEMENTS (claims));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-forms/listen", test_listen);
  g_test_add_func ("/daemon/config-forms/long-unix-path", test_long_unix_path);
  g_test_add_func ("/daemon/config-forms/loopback", test_loopback);
  g_test_add_func ("/daemon/config-forms/origin", test_origin);
  g_test_add_func ("/daemon/config-forms/url-path", test_url_path);
  g_test_add_func ("/daemon/config-forms/redis-uri", test_redis_uri);
  g_test_add_func ("/daemon/config-forms/room", test_room);
  g_test_add_func ("/daemon/config-forms/namespace", test_namespace);
  g_test_add_func ("/daemon/config-forms/bus", test_bus);
  g_test_add_func ("/daemon/config-forms/transport", test_transport);
  g_test_add_func ("/daemon/config-forms/users", test_users);
  return g_test_run ();
}
