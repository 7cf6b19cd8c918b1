/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-redis-address.h"

#include <string.h>

typedef struct
{
  const char *uri;
  const char *host;
  guint port;
  const char *path;
  const char *user;
  guint database;
  const char *description;
} Good;

static const Good good[] = {
  { "redis://127.0.0.1:6379/0",
    "127.0.0.1",
    6379,
    NULL,
    NULL,
    0,
    "redis://127.0.0.1:6379/0" },
  { "redis://localhost", "localhost", 6379, NULL, NULL, 0, "redis://localhost:6379/0" },
  { "redis://localhost/", "localhost", 6379, NULL, NULL, 0, "redis://localhost:6379/0" },
  { "redis://h:1/65535", "h", 1, NULL, NULL, 65535, "redis://h:1/65535" },
  { "redis://[::1]", "::1", 6379, NULL, NULL, 0, "redis://[::1]:6379/0" },
  { "redis://[fe80::1]:7/2", "fe80::1", 7, NULL, NULL, 2, "redis://[fe80::1]:7/2" },
  { "redis://tide@h:65535", "h", 65535, NULL, "tide", 0, "redis://h:65535/0" },
  { "redis://a%40b@h", "h", 6379, NULL, "a@b", 0, "redis://h:6379/0" },
  { "unix:/run/redis.sock", NULL, 0, "/run/redis.sock", NULL, 0, "unix:/run/redis.sock" },
  { "unix:/r?db=3", NULL, 0, "/r", NULL, 3, "unix:/r?db=3" },
};

static void
test_good (void)
{
  g_test_summary ("every form of address is taken apart");

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TideRedisAddress) address =
          tide_redis_address_parse (good[i].uri, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (address->host, ==, good[i].host);
      g_assert_cmpuint (address->port, ==, good[i].port);
      g_assert_cmpstr (address->path, ==, good[i].path);
      g_assert_cmpstr (address->user, ==, good[i].user);
      g_assert_cmpuint (address->database, ==, good[i].database);
      g_assert_cmpstr (address->description, ==, good[i].description);
    }
}

static void
test_bad (void)
{
  static const char *const bad[][2] = {
    { "", "begins with neither" },
    { "localhost:6379", "begins with neither" },
    { "http://h", "begins with neither" },
    { "rediss://h", "TLS" },
    { "redis://", "host is missing" },
    { "redis://:6379", "host is missing" },
    { "redis://h:0", "port" },
    { "redis://h:65536", "port" },
    { "redis://h:", "port" },
    { "redis://h:x", "port" },
    { "redis://h:-1", "port" },
    { "redis://h/x", "database" },
    { "redis://h/65536", "database" },
    { "redis://h/-1", "database" },
    { "redis://h/1/2", "database" },
    { "redis://h?x=1", "character" },
    { "redis://h h", "character" },
    { "redis://::1:6379", "brackets" },
    { "redis://[::1", "brackets" },
    { "redis://[::1]x", "brackets" },
    { "redis://[name]", "not an IPv6" },
    { "redis://@h", "user" },
    { "redis://%zz@h", "user" },
    { "redis://%00@h", "user" },
    { "unix:", "begin with /" },
    { "unix:run/redis.sock", "begin with /" },
    { "unix:/r?database=1", "only db=" },
    { "unix:/r?db=x", "database" },
  };

  g_test_summary ("what can't be an address is refused with what is wrong with it");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_redis_address_parse (bad[i][0], &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_nonnull (strstr (error->message, bad[i][1]));
    }
}

static void
test_password (void)
{
  static const char *const with_password[] = {
    "redis://:s3cret@h",      "redis://user:s3cret@h", "redis://user:s3cret@h:1/x",
    "redis://user:s3/cret@h", "redis://:s3cret@",      "rediss://:s3cret@h",
    "redis://u:s3cret@[::1",  "redis:/:s3cret@h",      "unix::s3cret@/r",
  };

  g_test_summary ("a password in the address is refused and never repeated");

  for (gsize i = 0; i < G_N_ELEMENTS (with_password); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_redis_address_parse (with_password[i], &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_null (strstr (error->message, "s3"));
    }
}

static void
test_long_path (void)
{
  g_autofree char *path = g_strnfill (106, 'p');
  g_autofree char *fitting = NULL;
  g_autofree char *too_long = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("a path longer than a socket's name may be is refused");

  path[0] = '/';
  fitting = g_strconcat ("unix:", path, NULL);
  too_long = g_strconcat ("unix:", path, "p", NULL);

  g_autoptr (TideRedisAddress) address = tide_redis_address_parse (fitting, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (address->path, ==, path);
  g_assert_null (tide_redis_address_parse (too_long, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/redis-address/good", test_good);
  g_test_add_func ("/sources/redis-address/bad", test_bad);
  g_test_add_func ("/sources/redis-address/password", test_password);
  g_test_add_func ("/sources/redis-address/long-path", test_long_path);
  return g_test_run ();
}
