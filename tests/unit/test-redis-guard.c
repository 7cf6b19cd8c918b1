/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-guard.h"

#include <string.h>

typedef struct
{
  TideRedisGuard guard;
  redisReader *reader;
} Fixture;

static void
set_up (Fixture *self, gconstpointer user_data)
{
  self->reader = redisReaderCreate ();
  tide_redis_guard_watch (&self->guard, self->reader);
}

static void
tear_down (Fixture *self, gconstpointer user_data)
{
  redisReaderFree (self->reader);
}

static void
feed (Fixture *self, const char *text)
{
  g_assert_cmpint (redisReaderFeed (self->reader, text, strlen (text)), ==, REDIS_OK);
}

/* Returns: (transfer full) (nullable): a reply that is whole */
static redisReply *
get_reply (Fixture *self)
{
  void *reply = NULL;

  g_assert_cmpint (redisReaderGetReply (self->reader, &reply), ==, REDIS_OK);
  return reply;
}

static void
test_good (Fixture *self, gconstpointer user_data)
{
  redisReply *reply;

  g_test_summary ("What Redis sends goes through as it is");

  feed (self, "*2\r\n$1\r\na\r\n*1\r\n:7\r\n");
  reply = get_reply (self);
  g_assert_nonnull (reply);
  g_assert_cmpuint (reply->elements, ==, 2);
  g_assert_cmpstr (reply->element[0]->str, ==, "a");
  g_assert_cmpint (reply->element[1]->element[0]->integer, ==, 7);
  freeReplyObject (reply);
  g_assert_null (tide_redis_guard_check (self->reader));
}

static void
test_refused (Fixture *self, gconstpointer user_data)
{
  void *reply = NULL;

  g_test_summary ("Arrays that are too large or too deep end the reader");

  feed (self, user_data);
  g_assert_cmpint (redisReaderGetReply (self->reader, &reply), ==, REDIS_ERR);
  g_assert_null (reply);
}

/* The largest that is taken is not whole either, but nothing is wrong with it. */
static void
test_largest (Fixture *self, gconstpointer user_data)
{
  g_test_summary ("An array of a whole quarter of a million elements may begin");

  feed (self, "*262144\r\n:1\r\n");
  g_assert_null (get_reply (self));
  g_assert_null (tide_redis_guard_check (self->reader));
}

static void
test_endless_line (Fixture *self, gconstpointer user_data)
{
  g_autofree char *half = g_strnfill (32 * 1024, 'x');

  g_test_summary ("A line without an end is noticed after 64 KiB");

  feed (self, "+");
  feed (self, half);
  g_assert_null (get_reply (self));
  g_assert_null (tide_redis_guard_check (self->reader));
  feed (self, half);
  feed (self, "x");
  g_assert_null (get_reply (self));
  g_assert_cmpstr (tide_redis_guard_check (self->reader), ==, "too long a line");
}

static void
test_long_string (Fixture *self, gconstpointer user_data)
{
  g_autofree char *megabyte = g_strnfill (1024 * 1024, 'x');

  g_test_summary ("A string may have 64 MiB, and is refused when it goes on");

  feed (self, "$99999999\r\n");
  for (guint i = 0; i < 63; i++)
    feed (self, megabyte);
  g_assert_null (get_reply (self));
  g_assert_null (tide_redis_guard_check (self->reader));
  feed (self, megabyte);
  g_assert_null (get_reply (self));
  g_assert_cmpstr (tide_redis_guard_check (self->reader), ==, "too long a reply");
}

static void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/redis-guard/good", NULL, test_good);
  add ("/redis-guard/too-large", "*262145\r\n:1\r\n", test_refused);
  add ("/redis-guard/too-deep",
       "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
       test_refused);
  add ("/redis-guard/largest", NULL, test_largest);
  add ("/redis-guard/endless-line", NULL, test_endless_line);
  add ("/redis-guard/long-string", NULL, test_long_string);
  return g_test_run ();
}
