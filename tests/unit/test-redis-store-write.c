/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-store-harness.h"

#define STORE TIDE_OFFLINE_STORE (self->store)
#define WRITE_AHEAD_BYTES (256 * 1024)
#define MAX_SENT_BYTES (16 * 1024 * 1024)
#define XADD(name, id)                                                                   \
  "XADD t:offline:" name " " id "-0 route alerts key A priority 2 event 7 time 8 "       \
  "queued 9 attempts 0 payload {};EXPIRE t:offline:" name " 201;"

static void
test_commands (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "What happens to users is written at once, with twice their time to live");

  start_empty (self);
  tide_offline_store_save_user (STORE, "an na", 5, "record\n");
  fake_link_assert_sent ("SADD t:users an na;EXPIRE t:users 201;"
                         "SET t:user:an na 5\nrecord\n EX 201;");
  append_event (self, "anna", 3);
  fake_link_assert_sent (XADD ("anna", "3"));
  tide_offline_store_remove (STORE, "anna", 18446744073709551615u);
  fake_link_assert_sent ("XDEL t:offline:anna 18446744073709551615-0;");
  tide_offline_store_forget_user (STORE, "anna");
  fake_link_assert_sent ("DEL t:user:anna t:offline:anna;SREM t:users anna;");
  /* It stays whole: all this is on its way. */
  assert_told (self, "");
  g_assert_true (tide_redis_store_is_busy (self->store));
  fake_link_answer_times (OK, fake_link_n_commands - 1);
  assert_told (self, "");
  g_assert_false (tide_redis_store_is_busy (self->store));
}

static void
call_all (Fixture *self)
{
  tide_offline_store_save_user (STORE, "anna", 5, "record");
  append_event (self, "anna", 3);
  tide_offline_store_remove (STORE, "anna", 3);
  tide_offline_store_rewrite_user (STORE, "anna");
  tide_offline_store_forget_user (STORE, "anna");
}

static void
test_away (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Nothing is written before what was kept is loaded, nor without Redis");

  call_all (self);
  tide_redis_store_start (self->store, &funcs, self);
  call_all (self);
  fake_link_open ();
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  call_all (self);
  fake_link_fail ("gone");
  call_all (self);
  fake_link_assert_sent ("");
}

static void
test_rewrite (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A user whose events stand in another order is written in one piece");

  start_empty (self);
  keep (self, "anna", 2);
  tide_offline_store_rewrite_user (STORE, "anna");
  fake_link_assert_sent ("MULTI;DEL t:offline:anna;SADD t:users anna;EXPIRE t:users 201;"
                         "SET t:user:anna 5\nrecord EX 201;" XADD ("anna", "1")
                             XADD ("anna", "2") "EXEC;");
  assert_told (self, "writing;");
  fake_link_answer_times (OK, 10);
  assert_told (self, "whole;");

  /* One of whom nothing is kept any more is taken away. */
  g_hash_table_remove_all (self->kept);
  tide_offline_store_rewrite_user (STORE, "anna");
  fake_link_assert_sent ("MULTI;DEL t:offline:anna;DEL t:user:anna t:offline:anna;"
                         "SREM t:users anna;EXEC;");
}

static void
test_ahead (Fixture *self, gconstpointer unused)
{
  const guint n_users = 40;
  guint n_before;

  g_test_summary ("Much is written bit by bit: who is still to be written is written as "
                  "it is then");

  for (guint i = 0; i < n_users; i++)
    {
      g_autofree char *name = g_strdup_printf ("user%u", i);

      keep (self, g_intern_string (name), 1);
    }
  g_string_set_size (self->payload, WRITE_AHEAD_BYTES / 8);
  memset (self->payload->str, ' ', self->payload->len);
  connect_store (self);
  n_before = fake_link_n_commands;
  fake_link_answer (NO_NAMES);
  assert_told (self, "loaded to 0;writing;");
  /* 8 commands a user, and 8 users fill what may be on its way. */
  g_assert_cmpuint (fake_link_n_commands - n_before, ==, 8 * 8);

  /* Who is not written yet is not touched, all at once or not at all. */
  for (guint i = 0; i < n_users; i++)
    {
      g_autofree char *name = g_strdup_printf ("user%u", i);

      tide_offline_store_remove (STORE, name, 1);
    }
  g_assert_cmpuint (fake_link_n_commands - n_before, ==, 8 * 8 + 8);
  while (tide_redis_store_is_busy (self->store))
    fake_link_answer (OK);
  assert_told (self, "whole;");
  g_assert_cmpuint (fake_link_n_commands - n_before, ==, 8 * n_users + 8);
}

static void
test_too_much (Fixture *self, gconstpointer unused)
{
  guint n_before;

  g_test_summary ("What a Redis that does not answer is sent has a limit; what is beyond "
                  "is written when it does");

  start_empty (self);
  keep (self, "anna", 0);
  g_string_set_size (self->payload, MAX_SENT_BYTES / 4);
  memset (self->payload->str, ' ', self->payload->len);
  n_before = fake_link_n_commands;
  for (guint i = 0; i < 4; i++)
    append_event (self, "anna", i);
  g_assert_cmpuint (fake_link_n_commands, ==, n_before + 8);
  assert_told (self, "");
  for (guint i = 0; i < 10; i++)
    append_event (self, "anna", i);
  g_assert_cmpuint (fake_link_n_commands, ==, n_before + 8);
  assert_told (self, "writing;");
  g_string_truncate (fake_link_sent, 0);

  fake_link_answer_times (OK, 8);
  fake_link_assert_sent ("MULTI;DEL t:offline:anna;SADD t:users anna;EXPIRE t:users 201;"
                         "SET t:user:anna 5\nrecord EX 201;EXEC;");
  fake_link_answer_times (OK, 6);
  assert_told (self, "whole;");
}

static void
test_refusing (Fixture *self, gconstpointer unused)
{
  g_test_summary ("While Redis is full, what takes memory away is written all the same");

  start_empty (self);
  tide_offline_store_save_user (STORE, "anna", 5, "record");
  fake_link_answer_times ("-OOM no\r\n", 3);
  assert_told (self, "refusing;");
  g_string_truncate (fake_link_sent, 0);
  append_event (self, "anna", 1);
  tide_offline_store_save_user (STORE, "bert", 5, "record");
  tide_offline_store_rewrite_user (STORE, "anna");
  fake_link_assert_sent ("");
  tide_offline_store_remove (STORE, "anna", 1);
  tide_offline_store_forget_user (STORE, "anna");
  fake_link_assert_sent ("XDEL t:offline:anna 1-0;DEL t:user:anna t:offline:anna;"
                         "SREM t:users anna;");
  fake_link_answer_times (":1\r\n", 3);
  assert_told (self, "");
}

static void
test_renewal (Fixture *self, gconstpointer unused)
{
  g_test_summary ("All is written again long before its time in Redis is over");

  keep (self, "anna", 1);
  connect_store (self);
  fake_link_answer (NO_NAMES);
  fake_link_answer_times (OK, 8);
  assert_told (self, "loaded to 0;writing;whole;");
  g_string_truncate (fake_link_sent, 0);
  for (guint turn = 0; turn < 3; turn++)
    {
      guint seconds = 0;

      while (fake_link_sent->len == 0)
        {
          pass (self, G_USEC_PER_SEC);
          seconds++;
        }
      /* Half of max_age_us, and a turn of the wheel. */
      g_assert_cmpuint (seconds, >=, 50);
      g_assert_cmpuint (seconds, <=, 51);
      assert_told (self, "writing;");
      fake_link_assert_sent ("MULTI;DEL t:offline:anna;SADD t:users anna;"
                             "EXPIRE t:users 201;SET t:user:anna 5\nrecord EX 201;" XADD (
                                 "anna", "1") "EXEC;");
      fake_link_answer_times (OK, 8);
      assert_told (self, "whole;");
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/sources/redis-store-write/commands", test_commands },
    { "/sources/redis-store-write/away", test_away },
    { "/sources/redis-store-write/rewrite", test_rewrite },
    { "/sources/redis-store-write/ahead", test_ahead },
    { "/sources/redis-store-write/too-much", test_too_much },
    { "/sources/redis-store-write/refusing", test_refusing },
    { "/sources/redis-store-write/renewal", test_renewal },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
