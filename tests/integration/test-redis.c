/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The Redis source against a Redis server of its own. */

#include <glib/gstdio.h>

#include "log-catcher.h"
#include "redis-harness.h"
#include "redis-server.h"
#include <signal.h>

static GPtrArray *lines; /* what was logged */

static const char *const channels[] = { "ticks", "events", NULL };
static const char *const patterns[] = { "room.*", NULL };

typedef struct
{
  Harness harness;
  RedisServer *server;
  char *password_path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  harness_init (&fixture->harness, lines);
  fixture->server = redis_server_new ();
  fixture->password_path = g_strdup_printf ("%s/password", fixture->server->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  harness_clear (&fixture->harness);
  g_unlink (fixture->password_path);
  g_free (fixture->password_path);
  redis_server_free (fixture->server);
}

/* Starts a source with quick probes and waits until it is connected. */
static void
connect_to (Fixture *fixture, const char *uri)
{
  harness_start (&fixture->harness,
                 &(TideRedisSettings){ .uri = uri,
                                       .channels = channels,
                                       .patterns = patterns,
                                       .probe_interval_ms = 100,
                                       .probe_limit_ms = 500 });
  harness_wait_state (&fixture->harness, TIDE_SOURCE_CONNECTED);
}

static gboolean
has_probed (Harness *harness)
{
  return tide_redis_source_get_probe_us (TIDE_REDIS_SOURCE (harness->source)) >= 0;
}

static void
check_next (Fixture *fixture, const char *channel, const char *payload, gssize length)
{
  Harness *harness = &fixture->harness;
  guint index = harness->payloads->len;
  gsize n_bytes = length < 0 ? strlen (payload) : (gsize) length;
  gsize n_got;

  redis_server_publish (fixture->server, channel, payload, length);
  harness_wait_messages (harness, index + 1);

  const char *got = harness_get_payload (harness, index, &n_got);

  g_assert_cmpstr (harness_get_channel (harness, index), ==, channel);
  g_assert_cmpmem (got, n_got, payload, n_bytes);
}

static void
check_bytes (Fixture *fixture, const char *uri)
{
  g_autofree char *large = g_strnfill (3000000, 'x');
  char all[512];

  for (guint i = 0; i < sizeof all; i++)
    all[i] = i;
  connect_to (fixture, uri);
  check_next (fixture, "ticks", "{\"n\":12345678901234567890}", -1);
  check_next (fixture, "events", "", -1);
  check_next (fixture, "ticks", all, sizeof all);
  check_next (fixture, "room.1", all, sizeof all);
  check_next (fixture, "ticks", large, -1);
  redis_server_publish (fixture->server, "other", "unwanted", -1);
  check_next (fixture, "ticks", "last", -1);
  g_assert_cmpuint (fixture->harness.payloads->len, ==, 6);
}

static void
test_bytes (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("messages come byte for byte, over TCP and a Unix socket");

  redis_server_start (fixture->server);
  check_bytes (fixture, fixture->server->tcp_uri);
  g_assert_cmpstr (tide_source_get_description (fixture->harness.source),
                   !=,
                   fixture->server->unix_uri);
  g_ptr_array_set_size (fixture->harness.payloads, 0);
  g_ptr_array_set_size (fixture->harness.channels, 0);
  check_bytes (fixture, fixture->server->unix_uri);
  g_assert_cmpstr (tide_source_get_description (fixture->harness.source),
                   ==,
                   fixture->server->unix_uri);
}

static void
connect_without_probes (Fixture *fixture)
{
  harness_start (
      &fixture->harness,
      &(TideRedisSettings){ .uri = fixture->server->unix_uri, .channels = channels });
  harness_wait_state (&fixture->harness, TIDE_SOURCE_CONNECTED);
}

/* Publishes, and waits until the server has written that to its subscribers. */
static void
publish_through (Fixture *fixture, const char *payload)
{
  redis_server_publish (fixture->server, "ticks", payload, -1);
  g_free (redis_server_command (fixture->server, (const char *[]){ "PING", NULL }));
}

/* Has two messages come closely upon each other. */
static void
send_pair (Fixture *fixture)
{
  harness_stop_clock (&fixture->harness);
  redis_server_start (fixture->server);
  connect_without_probes (fixture);
  check_next (fixture, "ticks", "first", -1);
  tide_clock_advance (fixture->harness.clock, 1000);
  check_next (fixture, "ticks", "second", -1);
}

static void
test_patience (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary (
      "Messages that follow closely are read together, in a turn of the wheel");

  harness->is_patient = TRUE;
  send_pair (fixture);
  for (guint i = 0; i < 3; i++)
    {
      publish_through (fixture, "later");
      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpuint (harness->payloads->len, ==, 2);
    }
  tide_clock_advance (harness->clock, TIDE_TIMER_STEP_US);
  tide_timer_wheel_run (harness->wheel);
  g_assert_cmpuint (harness->payloads->len, ==, 5);
}

static void
test_no_patience (Fixture *fixture, gconstpointer unused)
{
  g_test_summary ("Without patience messages that follow closely are read as they come");

  send_pair (fixture);
  check_next (fixture, "ticks", "third", -1);
}

static void
test_lost_in_rest (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("A connection that is lost while nothing is read is noticed");

  harness->is_patient = TRUE;
  send_pair (fixture);
  publish_through (fixture, "last");
  redis_server_kill (fixture->server);
  harness_wait_state (harness, TIDE_SOURCE_DISCONNECTED);
  g_assert_cmpuint (harness->payloads->len, ==, 3);
}

static gboolean
count_turn (gpointer user_data)
{
  guint *most = ((gpointer *) user_data)[0];
  guint *last = ((gpointer *) user_data)[1];
  Harness *harness = ((gpointer *) user_data)[2];

  *most = MAX (*most, harness->payloads->len - *last);
  *last = harness->payloads->len;
  return G_SOURCE_CONTINUE;
}

static void
test_flood (Fixture *fixture, gconstpointer unused)
{
  const guint n_messages = 20000;
  g_autofree char *padding = g_strnfill (500, ' ');
  guint most = 0;
  guint last = 0;
  gpointer closure[] = { &most, &last, &fixture->harness };

  g_test_summary ("a flood comes whole and in order, and others get their turn in it");

  redis_server_start (fixture->server);
  connect_to (fixture, fixture->server->unix_uri);
  for (guint i = 0; i < n_messages; i++)
    {
      g_autofree char *payload = g_strdup_printf ("%u %s", i, padding);

      redis_server_publish (fixture->server, "ticks", payload, -1);
    }

  guint turn = g_idle_add_full (G_PRIORITY_DEFAULT, count_turn, closure, NULL);

  harness_wait_messages (&fixture->harness, n_messages);
  g_source_remove (turn);
  for (guint i = 0; i < n_messages; i++)
    g_assert_cmpuint (
        strtoul (harness_get_payload (&fixture->harness, i, NULL), NULL, 10), ==, i);
  g_assert_cmpuint (most, <=, 256 * 1024 / 500 + 1);
  g_assert_cmpint (
      tide_source_get_state (fixture->harness.source), ==, TIDE_SOURCE_CONNECTED);
}

static void
test_restart (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("a server that dies and comes back is subscribed to again");

  redis_server_start (fixture->server);
  connect_to (fixture, fixture->server->tcp_uri);
  check_next (fixture, "ticks", "before", -1);
  for (guint i = 1; i <= 3; i++)
    {
      redis_server_kill (fixture->server);
      harness_wait_state (harness, TIDE_SOURCE_DISCONNECTED);
      harness_run (harness, 100);
      redis_server_start (fixture->server);
      harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
      check_next (fixture, "ticks", "after", -1);
      g_assert_cmpuint (harness->counters.source_reconnects, ==, i);
      g_assert_cmpuint (harness_count_lines (harness, "again, after"), ==, i);
      g_assert_cmpuint (harness_count_lines (harness, "--set=source.type=demo"), ==, i);
    }
}

static void
test_absent (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("a server that is started later is found, after one line in the log");

  harness_start (harness,
                 &(TideRedisSettings){ .uri = fixture->server->tcp_uri,
                                       .channels = channels,
                                       .probe_interval_ms = 1000 });
  harness_wait_state (harness, TIDE_SOURCE_DISCONNECTED);
  harness_run (harness, 500);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpuint (harness_count_lines (harness, fixture->server->tcp_uri), ==, 1);
  g_assert_cmpuint (harness_count_lines (harness, "Connection refused"), ==, 1);
  redis_server_start (fixture->server);
  harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
  check_next (fixture, "ticks", "hello", -1);
  g_assert_cmpuint (harness->counters.source_reconnects, ==, 0);
}

static void
test_password (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("no, a wrong and the right password, without starting anew");

  fixture->server->password = g_strdup ("right one");
  redis_server_start (fixture->server);
  harness_start (harness,
                 &(TideRedisSettings){ .uri = fixture->server->tcp_uri,
                                       .password_file = fixture->password_path,
                                       .channels = channels,
                                       .probe_interval_ms = 100 });
  harness_wait_line (harness, "the password file can't be used");
  g_file_set_contents_full (fixture->password_path,
                            "wrong one\n",
                            -1,
                            G_FILE_SET_CONTENTS_CONSISTENT,
                            0600,
                            NULL);
  harness_wait_line (harness, "correct the password");
  g_file_set_contents_full (fixture->password_path,
                            "right one\n",
                            -1,
                            G_FILE_SET_CONTENTS_CONSISTENT,
                            0600,
                            NULL);
  harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
  check_next (fixture, "ticks", "hello", -1);
  harness_wait (harness, has_probed, 5000);
  g_assert_cmpuint (harness_count_lines (harness, "wrong one"), ==, 0);
  g_assert_cmpuint (lines->len, ==, 3);

  harness_start (
      harness,
      &(TideRedisSettings){ .uri = fixture->server->tcp_uri, .channels = channels });
  harness_wait_line (harness, "it wants a password");
}

static void
test_user (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;
  const char *const grant[] = { "ACL",    "SETUSER", "tide",  "on", ">pw",
                                "&ticks", "&events", "+@all", NULL };
  g_autofree char *uri =
      g_strdup_printf ("redis://tide@127.0.0.1:%u", fixture->server->port);

  g_test_summary (
      "a user who may subscribe to the channels alone gets them, without probes");

  redis_server_start (fixture->server);
  g_free (redis_server_command (fixture->server, grant));
  g_file_set_contents_full (
      fixture->password_path, "pw", -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
  harness_start (harness,
                 &(TideRedisSettings){ .uri = uri,
                                       .password_file = fixture->password_path,
                                       .channels = channels,
                                       .probe_interval_ms = 100,
                                       .probe_limit_ms = 300 });
  harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
  check_next (fixture, "ticks", "hello", -1);
  harness_run (harness, 600);
  g_assert_cmpint (tide_source_get_state (harness->source), ==, TIDE_SOURCE_CONNECTED);
  g_assert_cmpuint (harness_count_lines (harness, "does not let us subscribe"), ==, 1);

  harness_start (harness,
                 &(TideRedisSettings){ .uri = uri,
                                       .password_file = fixture->password_path,
                                       .patterns = patterns });
  harness_wait_line (harness, "NOPERM");
}

static void
test_database (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;
  const char *const list[] = { "CLIENT", "LIST", NULL };
  g_autofree char *third = g_strconcat (fixture->server->tcp_uri, "/3", NULL);
  g_autofree char *absent = g_strconcat (fixture->server->unix_uri, "?db=99", NULL);

  g_test_summary ("the database is selected, one that is not there is told");

  redis_server_start (fixture->server);
  connect_to (fixture, third);
  harness_wait (harness, has_probed, 5000);

  g_autofree char *clients = redis_server_command (fixture->server, list);
  const char *first = strstr (clients, "db=3");

  g_assert_nonnull (first);
  g_assert_nonnull (strstr (first + 1, "db=3"));
  harness_start (harness, &(TideRedisSettings){ .uri = absent, .channels = channels });
  harness_wait_line (harness, "choose another database");
}

static void
test_names (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;
  g_autofree char *name = g_strdup_printf ("redis://localhost:%u", fixture->server->port);
  g_autofree char *ipv6 = g_strdup_printf ("redis://[::1]:%u", fixture->server->port);

  g_test_summary ("host names and IPv6 addresses are found, wrong ones are told");

  redis_server_start (fixture->server);
  connect_to (fixture, name);
  check_next (fixture, "ticks", "by name", -1);
  redisContext *context = redisConnect ("::1", fixture->server->port);

  if (context->err == 0)
    {
      connect_to (fixture, ipv6);
      check_next (fixture, "ticks", "by IPv6", -1);
    }
  redisFree (context);
  harness_start (harness,
                 &(TideRedisSettings){ .uri = "redis://no-such-host.invalid",
                                       .channels = channels });
  harness_wait_line (harness, "cannot find the host of redis://no-such-host.invalid");
  harness_start (harness,
                 &(TideRedisSettings){ .uri = "redis://no-such-host.invalid",
                                       .channels = channels });
}

static gboolean
has_reconnected (Harness *harness)
{
  return harness->counters.source_reconnects == 1 &&
         tide_source_get_state (harness->source) == TIDE_SOURCE_CONNECTED;
}

static void
test_client_kill (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;
  const char *const kill_subscriber[] = { "CLIENT", "KILL", "TYPE", "pubsub", NULL };
  const char *const kill_commander[] = {
    "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes", NULL,
  };

  g_test_summary ("killed connections come back; without the second one nothing is lost");

  redis_server_start (fixture->server);
  connect_to (fixture, fixture->server->tcp_uri);
  harness_wait (harness, has_probed, 5000);
  g_free (redis_server_command (fixture->server, kill_subscriber));
  harness_wait (harness, has_reconnected, 2000);
  check_next (fixture, "ticks", "after", -1);

  for (guint i = 0; i < 5; i++)
    {
      harness_run (harness, 150);
      g_free (redis_server_command (fixture->server, kill_commander));
      check_next (fixture, "ticks", "still", -1);
    }
  harness_run (harness, 1000);
  g_assert_cmpint (tide_source_get_state (harness->source), ==, TIDE_SOURCE_CONNECTED);
  g_assert_cmpuint (harness->counters.source_reconnects, ==, 1);
}

static void
test_stopped (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("a server that stands still is noticed by the probe, and found again");

  redis_server_start (fixture->server);
  connect_to (fixture, fixture->server->tcp_uri);
  harness_wait (harness, has_probed, 5000);
  redis_server_signal (fixture->server, SIGSTOP);

  gint64 stopped_us = g_get_monotonic_time ();

  harness_wait_state (harness, TIDE_SOURCE_DISCONNECTED);
  g_assert_cmpint (g_get_monotonic_time () - stopped_us, <, 1500 * 1000);
  harness_wait_line (harness, "no probe came back");
  harness_run (harness, 500);
  redis_server_signal (fixture->server, SIGCONT);
  harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
  check_next (fixture, "ticks", "after", -1);
}

static void
test_publish (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;
  TideRedisSource *source;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_test_summary ("what the source publishes comes back to it");

  redis_server_start (fixture->server);
  connect_to (fixture, fixture->server->tcp_uri);
  harness_wait (harness, has_probed, 5000);
  source = TIDE_REDIS_SOURCE (harness->source);
  g_assert_true (tide_redis_source_publish (source, "ticks", "a\0b", 3, &error));
  g_assert_no_error (error);
  harness_wait_messages (harness, 1);

  const char *payload = harness_get_payload (harness, 0, &length);

  g_assert_cmpmem (payload, length, "a\0b", 3);
}

static void
test_no_wake_ups (Fixture *fixture, gconstpointer unused)
{
  Harness *harness = &fixture->harness;

  g_test_summary ("without probes a quiet connection wakes nobody up");

  redis_server_start (fixture->server);
  harness_start (
      harness,
      &(TideRedisSettings){ .uri = fixture->server->tcp_uri, .channels = channels });
  harness_wait_state (harness, TIDE_SOURCE_CONNECTED);
  harness_run (harness, 100);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (harness->wheel), ==, -1);
  g_assert_false (g_main_context_pending (NULL));
}

#define ADD(name, func)                                                                  \
  g_test_add ("/integration/redis/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  if (!redis_server_is_installed ())
    {
      g_print ("1..0 # SKIP redis-server is not installed\n");
      return 0;
    }
  lines = log_catcher_install ();
  ADD ("bytes", test_bytes);
  ADD ("patience", test_patience);
  ADD ("no-patience", test_no_patience);
  ADD ("lost-in-rest", test_lost_in_rest);
  ADD ("flood", test_flood);
  ADD ("restart", test_restart);
  ADD ("absent", test_absent);
  ADD ("password", test_password);
  ADD ("user", test_user);
  ADD ("database", test_database);
  ADD ("names", test_names);
  ADD ("client-kill", test_client_kill);
  ADD ("stopped", test_stopped);
  ADD ("publish", test_publish);
  ADD ("no-wake-ups", test_no_wake_ups);

  int result = g_test_run ();

  g_ptr_array_unref (lines);
  return result;
}
