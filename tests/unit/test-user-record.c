/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-offline-store.h"
#include "routing-harness.h"

#define JOB "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[\"1\"]}}"
#define DOJI "{\"patterns\":[\"Doji\"]}"
#define RECORD                                                                           \
  "subscription " JOB "\n"                                                               \
  "patterns {\"subscription_type\":\"tier_patterns\",\"filters\":"                       \
  "{\"pattern_types\":[\"Doji\"]}}\n"

static FakeOfflineStore *
connect_store (Routing *self)
{
  FakeOfflineStore *store = g_object_new (FAKE_TYPE_OFFLINE_STORE, NULL);

  tide_subscription_manager_set_store (self->manager, TIDE_OFFLINE_STORE (store));
  return store;
}

static void
test_saves (void)
{
  Routing fixture;
  g_autoptr (FakeOfflineStore) store = NULL;
  TideUserRef anna;

  g_test_summary ("A change of what a user has asked for is saved, and that it is away; "
                  "tickers are not");

  routing_init (&fixture);
  store = connect_store (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe_tickers", "{\"tickers\":[\"A\"]}");
  fake_offline_store_assert (store, "");
  routing_ok (&fixture, anna, "subscribe", JOB);
  fake_offline_store_assert (store, "save anna, here\nsubscription " JOB "\n");
  routing_ok (&fixture, anna, "subscribe_patterns", DOJI);
  fake_offline_store_assert (store, "save anna, here\n" RECORD);
  routing_leave (&fixture, anna);
  fake_offline_store_assert (store, "save anna, away\n" RECORD);
  anna = routing_come (&fixture, "anna");
  fake_offline_store_assert (store, "save anna, here\n" RECORD);
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[]}");
  fake_offline_store_assert (store, "save anna, here\nsubscription " JOB "\n");
  routing_ok (&fixture, anna, "unsubscribe", "{\"subscription_type\":\"backtest\"}");
  fake_offline_store_assert (store, "forget anna\n");
  routing_leave (&fixture, anna);
  fake_offline_store_assert (store, "");
  routing_clear (&fixture);
}

static void
test_forgets (void)
{
  Routing fixture;
  g_autoptr (FakeOfflineStore) store = NULL;
  TideUserRef anna;

  g_test_summary ("Who is away too long is forgotten in the store too, but at the end of "
                  "the service nobody is");

  routing_init (&fixture);
  store = connect_store (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", JOB);
  routing_leave (&fixture, anna);
  g_string_truncate (store->log, 0);
  routing_advance (&fixture, 61);
  fake_offline_store_assert (store, "forget anna\n");
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", JOB);
  routing_leave (&fixture, anna);
  g_string_truncate (store->log, 0);
  routing_clear (&fixture);
  fake_offline_store_assert (store, "");
}

static void
test_restores (void)
{
  Routing fixture;
  g_autoptr (FakeOfflineStore) store = NULL;
  gint64 now_us = g_get_real_time ();
  TideUserRef user;

  g_test_summary ("Users are waited for again, each as long as is left, with what they "
                  "had asked for; it is saved as it was");

  routing_init (&fixture);
  store = connect_store (&fixture);
  g_assert_true (tide_subscription_manager_restore_user (
      fixture.manager, "anna", now_us - 30 * G_USEC_PER_SEC, RECORD, &user));
  g_assert_true (tide_user_table_is_kept (fixture.users, user.slot));
  g_assert_true (tide_subscription_manager_is_away (fixture.manager, user.slot));
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 2);
  g_assert_true (tide_subscription_manager_restore_user (
      fixture.manager, "bert", 0, "named\n", &user));
  g_assert_cmpuint (fixture.counters.users_away, ==, 2);
  fake_offline_store_assert (store, "");
  g_assert_true (tide_subscription_manager_write_user (fixture.manager, "anna", &user));
  fake_offline_store_assert (store, "save anna, away\n" RECORD);
  g_assert_true (tide_subscription_manager_write_user (fixture.manager, "bert", &user));
  fake_offline_store_assert (store, "save bert, away\nnamed\n");
  routing_advance (&fixture, 31);
  fake_offline_store_assert (store, "forget anna\n");
  routing_advance (&fixture, 31);
  fake_offline_store_assert (store, "forget bert\n");
  routing_clear (&fixture);
}

static void
test_merges (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef user;

  g_test_summary ("What comes late is added to what a user has asked for meanwhile");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", JOB);
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[\"Hammer\"]}");
  g_assert_true (tide_subscription_manager_restore_user (
      fixture.manager,
      "anna",
      0,
      RECORD "subscription {\"subscription_type\":\"market_insights\",\"filters\":{}}\n",
      &user));
  g_assert_cmpuint (user.slot, ==, anna.slot);
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 3);
  routing_leave (&fixture, anna);
  routing_clear (&fixture);
}

static void
test_bad_records (void)
{
  static const char *const records[] = {
    "",
    "subscription",
    "subscription {}",
    "subscription [[[[",
    "subscription {\"subscription_type\":\"nothing\",\"filters\":{}}",
    "subscription {\"subscription_type\":\"backtest\",\"filters\":{\"nothing\":[1]}}",
    "subscription {\"subscription_type\":\"backtest\",\"filters\":7}",
    "patterns {\"subscription_type\":7}\nName\n\n\n",
  };
  Routing fixture;
  TideUserRef user;

  g_test_summary (
      "A record that says nothing of use is no user to wait for, and no harm");

  routing_init (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    g_assert_false (tide_subscription_manager_restore_user (
        fixture.manager, "anna", 0, records[i], &user));
  /* One who is away for too long by now. */
  g_assert_false (
      tide_subscription_manager_restore_user (fixture.manager, "anna", 1, RECORD, &user));
  routing_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/user-record/saves", test_saves);
  g_test_add_func ("/routing/user-record/forgets", test_forgets);
  g_test_add_func ("/routing/user-record/restores", test_restores);
  g_test_add_func ("/routing/user-record/merges", test_merges);
  g_test_add_func ("/routing/user-record/bad-records", test_bad_records);
  return g_test_run ();
}
