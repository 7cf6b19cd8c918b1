/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>

#include "redis-store-harness.h"

/* What writes one user with one event, and how many commands that is. */
#define WRITES_ANNA                                                                      \
  "MULTI;DEL t:offline:anna;SADD t:users anna;EXPIRE t:users 201;"                       \
  "SET t:user:anna 5\nrecord EX 201;"                                                    \
  "XADD t:offline:anna 1-0 route alerts key A priority 2 event 7 time 8 queued 9 "       \
  "attempts 0 payload {};EXPIRE t:offline:anna 201;EXEC;"
#define N_WRITES_ANNA 8

static void
test_first (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "It connects, reads what was kept, writes what is to be kept, is whole");

  keep (self, "anna", 1);
  tide_redis_store_start (self->store, &funcs, self);
  g_assert_cmpuint (fake_link_n_opened, ==, 1);
  fake_link_assert_sent ("");
  assert_told (self, "");

  fake_link_open ();
  g_assert_true (fake_link->is_settled);
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  g_assert_cmpint (fake_link->deadline_us, ==, NOW_US + 5 * G_USEC_PER_SEC);
  assert_told (self, "loading;");
  g_assert_false (tide_redis_store_is_busy (self->store));

  fake_link_answer (NO_NAMES);
  assert_told (self, "loaded to 0;writing;");
  fake_link_assert_sent (WRITES_ANNA);
  g_assert_true (tide_redis_store_is_busy (self->store));

  fake_link_answer_times (OK, N_WRITES_ANNA - 1);
  assert_told (self, "");
  g_assert_cmpint (fake_link->deadline_us, >, 0);
  g_assert_true (tide_redis_store_is_busy (self->store));
  fake_link_answer (OK);
  assert_told (self, "whole;");
  g_assert_cmpint (fake_link->deadline_us, ==, -1);
  g_assert_false (tide_redis_store_is_busy (self->store));
  g_assert_true (log_catcher_has (lines, "connected to offline store, "));
  g_assert_cmpuint (self->counters.offline_store_errors, ==, 0);
}

static void
test_log_in (Fixture *self, gconstpointer unused)
{
  g_autofree char *folder = g_dir_make_tmp ("tide-store-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "password", NULL);

  g_test_summary ("It logs in and selects; a password file is read at each attempt");

  g_clear_object (&self->store);
  make_store (self, "redis://tide@h:6379/3", path);
  tide_redis_store_start (self->store, &funcs, self);
  assert_told (self, "disconnected;");
  g_assert_null (fake_link);
  g_assert_cmpuint (lines->len, ==, 1);

  g_assert_true (g_file_set_contents_full (
      path, "secret\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  pass (self, G_USEC_PER_SEC);
  fake_link_open ();
  fake_link_assert_sent ("AUTH tide secret;");
  fake_link_answer ("-WRONGPASS no\r\n");
  assert_told (self, "disconnected;");
  g_assert_cmpuint (self->counters.offline_store_errors, ==, 2);
  g_assert_true (log_catcher_has (lines, "WRONGPASS"));
  g_assert_false (log_catcher_has (lines, "secret"));

  pass (self, G_USEC_PER_SEC);
  fake_link_open ();
  fake_link_assert_sent ("AUTH tide secret;");
  fake_link_answer (OK);
  fake_link_assert_sent ("SELECT 3;");
  fake_link_answer (OK);
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  assert_told (self, "loading;");
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_lost (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A lost connection is made again; all is written again, nothing read");

  start_empty (self);
  keep (self, "anna", 1);
  fake_link_fail ("gone");
  assert_told (self, "disconnected;");
  g_assert_null (fake_link);
  g_assert_cmpuint (self->counters.offline_store_errors, ==, 1);
  g_assert_true (log_catcher_has (lines, "offline store: gone"));
  append_event (self, "anna", 1);

  /* Whoever fails more often is tried less often, but tried. */
  for (guint i = 2; i < 6; i++)
    {
      pass (self, G_USEC_PER_SEC);
      g_assert_cmpuint (fake_link_n_opened, ==, i);
      fake_link_fail ("still gone");
      assert_told (self, "disconnected;");
    }
  pass (self, G_USEC_PER_SEC);
  fake_link_open ();
  assert_told (self, "writing;");
  fake_link_assert_sent (WRITES_ANNA);
  fake_link_answer_times (OK, N_WRITES_ANNA);
  assert_told (self, "whole;");
  g_assert_true (log_catcher_has (lines, "again, after"));
}

static void
test_lost_while_loading (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A connection that is lost before all is read is read anew");

  connect_store (self);
  fake_link_answer ("*2\r\n$1\r\n0\r\n*1\r\n$1\r\nx\r\n");
  fake_link_assert_sent ("GET t:user:x;XRANGE t:offline:x 1-0 + COUNT 64;");
  fake_link_fail ("gone");
  assert_told (self, "disconnected;");
  pass (self, G_USEC_PER_SEC);
  fake_link_open ();
  assert_told (self, "loading;");
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  fake_link_answer (NO_NAMES);
  /* Redis may know of x all the same, so it is taken away there. */
  assert_told (self, "loaded to 0;writing;");
  fake_link_assert_sent ("MULTI;DEL t:offline:x;DEL t:user:x t:offline:x;"
                         "SREM t:users x;EXEC;");
}

static void
test_refused (Fixture *self, gconstpointer unused)
{
  g_test_summary ("What Redis refuses is told with a remedy, and written again later");

  keep (self, "anna", 1);
  connect_store (self);
  fake_link_answer (NO_NAMES);
  assert_told (self, "loaded to 0;writing;");
  fake_link_assert_sent (WRITES_ANNA);
  fake_link_answer (OK);
  fake_link_answer (
      "+QUEUED\r\n-OOM command not allowed\r\n-OOM command not allowed\r\n");
  assert_told (self, "refusing;");
  fake_link_answer_times ("+QUEUED\r\n", N_WRITES_ANNA - 5);
  fake_link_answer ("-EXECABORT discarded\r\n");
  assert_told (self, "");
  g_assert_cmpuint (self->counters.offline_store_errors, ==, 3);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, "raise its maxmemory"));
  g_assert_nonnull (fake_link);

  pass (self, G_USEC_PER_SEC);
  assert_told (self, "writing;");
  fake_link_assert_sent (WRITES_ANNA);
  fake_link_answer_times (OK, N_WRITES_ANNA);
  assert_told (self, "whole;");
}

static void
test_odd (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A server that says what nobody has asked for is left");

  start_empty (self);
  fake_link_answer (OK);
  assert_told (self, "disconnected;");
  g_assert_null (fake_link);
  g_assert_true (log_catcher_has (lines, "what nobody has asked for"));
}

static void
test_stopped (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A store that is stopped calls nobody, and does not come back");

  connect_store (self);
  tide_redis_store_stop (self->store);
  g_assert_null (fake_link);
  for (guint i = 0; i < 300; i++)
    pass (self, G_USEC_PER_SEC);
  g_assert_cmpuint (fake_link_n_opened, ==, 1);
  assert_told (self, "");
  append_event (self, "anna", 1);
  fake_link_assert_sent ("");
}

static void
test_bad_address (Fixture *self, gconstpointer unused)
{
  const TideRedisStoreSettings settings = { .uri = "http://h",
                                            .prefix = "t",
                                            .routes = self->routes };
  g_autoptr (GError) error = NULL;

  g_test_summary ("An address that is none is refused at once");

  g_assert_null (tide_redis_store_new (self->wheel, &self->counters, &settings, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/sources/redis-store/first", test_first },
    { "/sources/redis-store/log-in", test_log_in },
    { "/sources/redis-store/lost", test_lost },
    { "/sources/redis-store/lost-while-loading", test_lost_while_loading },
    { "/sources/redis-store/refused", test_refused },
    { "/sources/redis-store/odd", test_odd },
    { "/sources/redis-store/stopped", test_stopped },
    { "/sources/redis-store/bad-address", test_bad_address },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
