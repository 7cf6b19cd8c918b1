/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-random.h"
#include "tide-redis-dialog.h"

#include <string.h>

#define PROBE TIDE_REDIS_PROBE_PREFIX "0123"

static const char *const channels[] = { "a", "b", NULL };
static const char *const patterns[] = { "p.*", NULL };

typedef struct
{
  TideRedisDialog dialog;
  redisReader *reader;
  GString *sent; /* the commands' words, a space between, `;` after each */
  TideRedisOutcome last;
  char *message; /* "channel=payload" of the last message */
  GError *error;
} Fixture;

static void
record (guint n_args, const char *const *args, const gsize *lengths, gpointer user_data)
{
  GString *sent = user_data;

  for (guint i = 0; i < n_args; i++)
    {
      g_string_append_len (sent, args[i], lengths[i]);
      g_string_append_c (sent, i + 1 < n_args ? ' ' : ';');
    }
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->reader = redisReaderCreate ();
  fixture->sent = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  redisReaderFree (fixture->reader);
  g_string_free (fixture->sent, TRUE);
  g_free (fixture->message);
  g_clear_error (&fixture->error);
}

/* Returns: what was sent since the last call */
static const char *
take_sent (Fixture *fixture)
{
  static char text[256];

  g_strlcpy (text, fixture->sent->str, sizeof text);
  g_string_truncate (fixture->sent, 0);
  return text;
}

static TideRedisOutcome
start (Fixture *fixture, const TideRedisPlan *plan)
{
  return tide_redis_dialog_start (&fixture->dialog, plan, record, fixture->sent);
}

/* Lets the dialog take replies as they come over the wire.
 *
 * Returns: the outcome of the last one */
static TideRedisOutcome
answer_bytes (Fixture *fixture, const char *wire, gsize length)
{
  void *reply = NULL;

  g_assert_cmpint (redisReaderFeed (fixture->reader, wire, length), ==, REDIS_OK);
  while (redisReaderGetReply (fixture->reader, &reply) == REDIS_OK && reply != NULL)
    {
      TideRedisMessage message;

      g_clear_error (&fixture->error);
      fixture->last =
          tide_redis_dialog_take (&fixture->dialog, reply, &message, &fixture->error);
      if (fixture->last == TIDE_REDIS_MESSAGE || fixture->last == TIDE_REDIS_PROBE)
        {
          g_free (fixture->message);
          fixture->message = g_strdup_printf ("%.*s=%.*s",
                                              (int) message.channel_length,
                                              message.channel,
                                              (int) message.payload_length,
                                              message.payload);
        }
      g_assert_cmpint (fixture->error != NULL,
                       ==,
                       fixture->last == TIDE_REDIS_REFUSED ||
                           fixture->last == TIDE_REDIS_BROKEN);
      freeReplyObject (reply);
    }
  return fixture->last;
}

static TideRedisOutcome
answer (Fixture *fixture, const char *wire)
{
  return answer_bytes (fixture, wire, strlen (wire));
}

#define CONFIRM(kind, kind_length, name, count)                                          \
  "*3\r\n$" kind_length "\r\n" kind "\r\n$" name ":" count "\r\n"
#define SUBSCRIBED_A CONFIRM ("subscribe", "9", "1\r\na\r\n", "1")
#define SUBSCRIBED_B CONFIRM ("subscribe", "9", "1\r\nb\r\n", "2")
#define PSUBSCRIBED CONFIRM ("psubscribe", "10", "3\r\np.*\r\n", "3")
#define SUBSCRIBED_PROBE CONFIRM ("subscribe", "9", "19\r\n" PROBE "\r\n", "4")

static void
test_whole (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GBytes) password = g_bytes_new_static ("se cret", 7);
  const TideRedisPlan plan = {
    .user = "tide",
    .password = password,
    .database = 3,
    .channels = channels,
    .patterns = patterns,
    .probe_channel = PROBE,
  };

  g_test_summary ("logs in, selects and subscribes, one step after the other");

  g_assert_cmpint (start (fixture, &plan), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "AUTH tide se cret;");
  g_assert_cmpint (answer (fixture, "+OK\r\n"), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "SELECT 3;");
  g_assert_cmpint (answer (fixture, "+OK\r\n"), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "SUBSCRIBE a b;");
  g_assert_cmpint (answer (fixture, SUBSCRIBED_A), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "");
  g_assert_cmpint (answer (fixture, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"),
                   ==,
                   TIDE_REDIS_MESSAGE);
  g_assert_cmpstr (fixture->message, ==, "a=hi");
  g_assert_cmpint (answer (fixture, SUBSCRIBED_B), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "PSUBSCRIBE p.*;");
  g_assert_cmpint (answer (fixture, PSUBSCRIBED), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "SUBSCRIBE " PROBE ";");
  g_assert_false (fixture->dialog.can_probe);
  g_assert_cmpint (answer (fixture, SUBSCRIBED_PROBE), ==, TIDE_REDIS_READY);
  g_assert_true (fixture->dialog.can_probe);
}

static void
test_password_only (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GBytes) password = g_bytes_new_static ("x", 1);
  const TideRedisPlan plan = { .password = password };

  g_test_summary ("without a user the default one logs in");

  g_assert_cmpint (start (fixture, &plan), ==, TIDE_REDIS_QUIET);
  g_assert_cmpstr (take_sent (fixture), ==, "AUTH x;");
  g_assert_cmpint (answer (fixture, "+OK\r\n"), ==, TIDE_REDIS_READY);
}

static void
test_nothing (Fixture *fixture, gconstpointer unused)
{
  const TideRedisPlan plan = { 0 };

  g_test_summary ("with nothing to do it is ready at once, and takes answers to PUBLISH");

  g_assert_cmpint (start (fixture, &plan), ==, TIDE_REDIS_READY);
  g_assert_cmpstr (take_sent (fixture), ==, "");
  g_assert_cmpint (answer (fixture, ":0\r\n"), ==, TIDE_REDIS_PUBLISHED);
  g_assert_cmpint (answer (fixture, "-NOPERM no\r\n"), ==, TIDE_REDIS_REFUSED);
  g_assert_cmpint (answer (fixture, ":2\r\n"), ==, TIDE_REDIS_PUBLISHED);
  g_assert_cmpint (answer (fixture, "+OK\r\n"), ==, TIDE_REDIS_BROKEN);
}

static void
test_messages (Fixture *fixture, gconstpointer unused)
{
  const TideRedisPlan plan = { .channels = channels };

  g_test_summary ("messages of both kinds are told from probes");

  start (fixture, &plan);
  g_assert_cmpint (answer (fixture, SUBSCRIBED_A SUBSCRIBED_B), ==, TIDE_REDIS_READY);
  answer (fixture, "*4\r\n$8\r\npmessage\r\n$3\r\np.*\r\n$3\r\np.x\r\n$3\r\n{1}\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_MESSAGE);
  g_assert_cmpstr (fixture->message, ==, "p.x={1}");
  answer (fixture, "*3\r\n$7\r\nmessage\r\n$0\r\n\r\n$0\r\n\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_MESSAGE);
  g_assert_cmpstr (fixture->message, ==, "=");
  answer (fixture, "*3\r\n$7\r\nmessage\r\n$19\r\n" PROBE "\r\n$1\r\n7\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_PROBE);
  g_assert_cmpstr (fixture->message, ==, PROBE "=7");
}

static TideRedisOutcome
answer_pmessage (Fixture *fixture, const char *pattern, const char *channel)
{
  g_autofree char *wire =
      g_strdup_printf ("*4\r\n$8\r\npmessage\r\n$%u\r\n%s\r\n$%u\r\n%s\r\n$2\r\n{}\r\n",
                       (guint) strlen (pattern),
                       pattern,
                       (guint) strlen (channel),
                       channel);

  answer (fixture, wire);
  return fixture->last;
}

static void
test_copies (Fixture *fixture, gconstpointer unused)
{
  static const char *const several[] = { "p.*", "*.x", "*", NULL };
  const TideRedisPlan plan = { .channels = channels, .patterns = several };

  g_test_summary ("of a message that several subscriptions fit one copy counts");

  start (fixture, &plan);
  answer (fixture, SUBSCRIBED_A SUBSCRIBED_B);
  for (guint i = 0; several[i] != NULL; i++)
    answer (fixture, "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_READY);

  g_assert_cmpint (answer_pmessage (fixture, "p.*", "p.x"), ==, TIDE_REDIS_MESSAGE);
  g_assert_cmpint (answer_pmessage (fixture, "*.x", "p.x"), ==, TIDE_REDIS_QUIET);
  g_assert_cmpint (answer_pmessage (fixture, "*", "p.x"), ==, TIDE_REDIS_QUIET);
  g_assert_cmpint (answer_pmessage (fixture, "*.x", "q.x"), ==, TIDE_REDIS_MESSAGE);
  g_assert_cmpint (answer_pmessage (fixture, "*", "q.x"), ==, TIDE_REDIS_QUIET);
  g_assert_cmpint (answer_pmessage (fixture, "*", "z"), ==, TIDE_REDIS_MESSAGE);
  g_assert_cmpint (answer_pmessage (fixture, "*", channels[0]), ==, TIDE_REDIS_QUIET);
  answer (fixture, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\n{}\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_MESSAGE);
}

static void
test_binary (Fixture *fixture, gconstpointer unused)
{
  static const char wire[] = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$6\r\n\0\r\n\xff\r\0\r\n";
  const TideRedisPlan plan = { .channels = channels };
  TideRedisMessage message;
  void *reply = NULL;

  g_test_summary ("a payload may hold any bytes");

  start (fixture, &plan);
  answer (fixture, SUBSCRIBED_A SUBSCRIBED_B);
  redisReaderFeed (fixture->reader, wire, sizeof wire - 1);
  redisReaderGetReply (fixture->reader, &reply);

  g_assert_cmpint (tide_redis_dialog_take (&fixture->dialog, reply, &message, NULL),
                   ==,
                   TIDE_REDIS_MESSAGE);
  g_assert_cmpmem (message.payload, message.payload_length, "\0\r\n\xff\r\0", 6);
  freeReplyObject (reply);
}

static void
test_refusals (Fixture *fixture, gconstpointer unused)
{
  static const char *const refusals[][2] = {
    { "-NOAUTH Authentication required.", "redis.password-file" },
    { "-WRONGPASS invalid username-password pair", "redis.password-file" },
    { "-ERR invalid password", "correct the password" },
    { "-ERR AUTH <password> called without any password configured for the default user",
      "take redis.password-file away" },
    { "-ERR DB index is out of range", "another database" },
    { "-ERR max number of clients reached", "maxclients" },
    { "-LOADING Redis is loading the dataset in memory", "tried again" },
    { "-MOVED 3999 127.0.0.1:6381", "redis.uri" },
    { "-ERR something else", "log" },
    { "-", "log" },
    { "-\x01\x02\xff\xfe", "log" },
  };
  const TideRedisPlan plan = { .database = 1, .channels = channels };

  g_test_summary ("each refusal comes with what to do about it, and ends the dialog");

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *wire = g_strconcat (refusals[i][0], "\r\n", NULL);

      start (fixture, &plan);
      g_assert_cmpint (answer (fixture, wire), ==, TIDE_REDIS_REFUSED);
      g_assert_error (fixture->error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
      g_assert_nonnull (strstr (fixture->error->message, refusals[i][1]));
      g_assert_true (g_utf8_validate (fixture->error->message, -1, NULL));
      g_assert_cmpint (answer (fixture, "+OK\r\n"), ==, TIDE_REDIS_BROKEN);
    }
}

static void
test_password_echo (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GBytes) password = g_bytes_new_static ("s3cret", 6);
  const TideRedisPlan plan = { .password = password };

  g_test_summary ("a server that repeats the password does not get it into the log");

  start (fixture, &plan);
  answer (fixture, "-ERR unknown command 'AUTH', with args beginning with: 's3cret'\r\n");

  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_REFUSED);
  g_assert_null (strstr (fixture->error->message, "s3cret"));
}

static void
test_probe_forbidden (Fixture *fixture, gconstpointer unused)
{
  const TideRedisPlan plan = { .channels = channels, .probe_channel = PROBE };

  g_test_summary ("where the probe's channel is forbidden, the rest goes on");

  start (fixture, &plan);
  answer (fixture, SUBSCRIBED_A SUBSCRIBED_B);

  g_assert_cmpint (
      answer (fixture, "-NOPERM this user has no permissions\r\n"), ==, TIDE_REDIS_READY);
  g_assert_false (fixture->dialog.can_probe);
}

static void
test_odd (Fixture *fixture, gconstpointer unused)
{
  static const char *const odd[] = {
    ":1\r\n",
    "+OK\r\n",
    "+\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "*0\r\n",
    "*1\r\n:1\r\n",
    "*3\r\n$-1\r\n$-1\r\n$-1\r\n",
    "*3\r\n:1\r\n:2\r\n:3\r\n",
    "$7\r\nmessage\r\n",
    "*1\r\n$7\r\nmessage\r\n",
    "*2\r\n$7\r\nmessage\r\n$1\r\na\r\n",
    "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n:1\r\n",
    "*3\r\n$7\r\nmessage\r\n$-1\r\n$1\r\na\r\n",
    "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n*0\r\n",
    "*4\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n",
    "*3\r\n$8\r\npmessage\r\n$1\r\na\r\n$1\r\na\r\n",
    "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n$1\r\n1\r\n",
    "*3\r\n$9\r\nsubscribe\r\n:1\r\n:1\r\n",
    "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*0\r\n",
  };
  const TideRedisPlan plan = { .channels = channels };

  g_test_summary (
      "replies of a wrong form break the dialog, before and after it is ready");

  for (gsize i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      start (fixture, &plan);
      g_assert_cmpint (answer (fixture, odd[i]), ==, TIDE_REDIS_BROKEN);

      start (fixture, &plan);
      g_assert_cmpint (answer (fixture, SUBSCRIBED_A SUBSCRIBED_B), ==, TIDE_REDIS_READY);
      g_assert_cmpint (answer (fixture, odd[i]), ==, TIDE_REDIS_BROKEN);
      g_assert_error (fixture->error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE);
    }

  /* One confirmation too many, and a message before any subscription. */
  start (fixture, &plan);
  answer (fixture, SUBSCRIBED_A SUBSCRIBED_B);
  g_assert_cmpint (answer (fixture, SUBSCRIBED_B), ==, TIDE_REDIS_BROKEN);
  start (fixture, &plan);
  answer (fixture, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n");
  g_assert_cmpint (fixture->last, ==, TIDE_REDIS_BROKEN);
}

/* Appends a reply of any form, well formed on the wire. */
static void
append_random_reply (TideRandom *random, GString *wire, guint depth)
{
  static const char *const words[] = { "message", "pmessage", "subscribe", "a", "" };

  switch (tide_random_range (random, 0, depth > 3 ? 4 : 6))
    {
    case 0:
      g_string_append_printf (wire, ":%d\r\n", (int) tide_random_range (random, -2, 2));
      break;
    case 1:
      g_string_append (wire, tide_random_range (random, 0, 1) ? "+OK\r\n" : "-ERR x\r\n");
      break;
    case 2:
      g_string_append (wire, tide_random_range (random, 0, 1) ? "$-1\r\n" : "*-1\r\n");
      break;
    case 3:
    case 4:
      {
        const char *word = words[tide_random_range (random, 0, G_N_ELEMENTS (words) - 1)];

        g_string_append_printf (wire, "$%u\r\n%s\r\n", (guint) strlen (word), word);
        break;
      }
    default:
      {
        guint n_elements = tide_random_range (random, 0, 4);

        g_string_append_printf (wire, "*%u\r\n", n_elements);
        for (guint i = 0; i < n_elements; i++)
          append_random_reply (random, wire, depth + 1);
        break;
      }
    }
}

static void
test_random (Fixture *fixture, gconstpointer unused)
{
  const TideRedisPlan plan = {
    .database = 1,
    .channels = channels,
    .patterns = patterns,
    .probe_channel = PROBE,
  };
  TideRandom random = { 20 };
  g_autoptr (GString) wire = g_string_new (NULL);

  g_test_summary ("replies of any form, in any order, never do harm");

  for (guint i = 0; i < 20000; i++)
    {
      start (fixture, &plan);
      g_string_truncate (fixture->sent, 0);
      g_string_truncate (wire, 0);
      if (tide_random_range (&random, 0, 1))
        g_string_append (wire, "+OK\r\n" SUBSCRIBED_A SUBSCRIBED_B);
      append_random_reply (&random, wire, 0);
      append_random_reply (&random, wire, 0);
      answer_bytes (fixture, wire->str, wire->len);
    }
}

#define ADD(name, func)                                                                  \
  g_test_add ("/sources/redis-dialog/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("whole", test_whole);
  ADD ("password-only", test_password_only);
  ADD ("nothing", test_nothing);
  ADD ("messages", test_messages);
  ADD ("copies", test_copies);
  ADD ("binary", test_binary);
  ADD ("refusals", test_refusals);
  ADD ("password-echo", test_password_echo);
  ADD ("probe-forbidden", test_probe_forbidden);
  ADD ("odd", test_odd);
  ADD ("random", test_random);
  return g_test_run ();
}
