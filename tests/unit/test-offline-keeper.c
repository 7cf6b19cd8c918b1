/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-keeper.h"
#include "tide-stored-event.h"

#include "fake-batch-sink.h"
#include "fake-redis-link.h"
#include "log-catcher.h"
#include "routing-harness.h"

#define RECORD                                                                           \
  "subscription "                                                                        \
  "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[\"1\"]}}\n"
#define ASK_ANNA "GET t:user:anna;XRANGE t:offline:anna 1-0 + COUNT 64;"

static GPtrArray *lines; /* what was logged */

/* Stages as they are, a broadcaster of either kind among them, and a store whose Redis is
 * played by the test. */
typedef struct
{
  Routing routing;
  TideStatus *status;
  FakeBatchSink *sink;
  TideStages stages;
  TideOfflineKeeper *keeper;
  guint n_ready;
} Fixture;

static void
make_broadcaster (Fixture *self, gboolean is_direct)
{
  Routing *routing = &self->routing;
  const TideOfflineSettings offline = { .max_events = 10,
                                        .max_bytes = 1000,
                                        .total_bytes = 10000,
                                        .max_age_us = 60 * G_USEC_PER_SEC };
  const TideDeliverySettings settings = { .limits = { .batch_max_events = 50 },
                                          .batch_max_bytes = 1000,
                                          .lane_max_bytes = 1000,
                                          .offline = offline };

  self->sink = fake_batch_sink_new (&routing->counters);
  if (is_direct)
    self->stages.direct = tide_broadcaster_new (TIDE_BATCH_SINK (self->sink),
                                                routing->users,
                                                routing->wheel,
                                                &routing->counters,
                                                &offline);
  else
    self->stages.scalable = tide_scalable_broadcaster_new (TIDE_BATCH_SINK (self->sink),
                                                           routing->users,
                                                           routing->wheel,
                                                           &routing->counters,
                                                           &settings);
}

static TideOfflineQueue *
get_queue (Fixture *self)
{
  return self->stages.direct != NULL
             ? tide_broadcaster_get_offline (self->stages.direct)
             : tide_scalable_broadcaster_get_offline (self->stages.scalable);
}

/* @is_direct: (nullable): which broadcaster */
static void
set_up (Fixture *self, gconstpointer is_direct)
{
  Routing *routing = &self->routing;
  g_autoptr (TideRedisStore) store = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (lines, 0);
  routing_init (routing);
  g_free (routing->results->name);
  routing->results->name = g_strdup ("results");
  self->status = tide_status_new ("1", 1);
  make_broadcaster (self, is_direct != NULL);
  tide_subscription_manager_set_observer (
      routing->manager,
      is_direct != NULL ? TIDE_USER_OBSERVER (self->stages.direct)
                        : TIDE_USER_OBSERVER (self->stages.scalable));
  self->stages.status = self->status;
  self->stages.clock = routing->clock;
  self->stages.wheel = routing->wheel;
  self->stages.users = routing->users;
  self->stages.counters = &routing->counters;
  self->stages.subscriptions = routing->manager;

  const TideRedisStoreSettings settings = { .uri = "unix:/nowhere",
                                            .prefix = "t",
                                            .max_age_us = 60 * G_USEC_PER_SEC,
                                            .max_load_bytes = 1000,
                                            .routes = routing->routes };

  store = tide_redis_store_new (routing->wheel, &routing->counters, &settings, &error);
  g_assert_no_error (error);
  self->keeper = tide_offline_keeper_new (store, &self->stages);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_pointer (&self->keeper, tide_offline_keeper_free);
  g_assert_null (fake_link);
  fake_link_clear ();
  /* The users go first: what was kept for them is forgotten. */
  tide_subscription_manager_set_observer (self->routing.manager,
                                          TIDE_USER_OBSERVER (self->routing.keeper));
  g_clear_object (&self->stages.direct);
  g_clear_object (&self->stages.scalable);
  g_object_unref (self->sink);
  routing_clear (&self->routing);
  g_object_unref (self->status);
}

static void
on_ready (gpointer user_data)
{
  ((Fixture *) user_data)->n_ready++;
}

static void
start (Fixture *self)
{
  tide_offline_keeper_start (self->keeper, on_ready, self);
  g_assert_cmpuint (self->n_ready, ==, 0);
}

static void
assert_state (Fixture *self, const char *expected)
{
  g_assert_cmpstr (tide_status_get_offline_store (self->status), ==, expected);
}

static void
answer_bulk (const char *text)
{
  g_autofree char *wire = g_strdup_printf ("$%zu\r\n%s\r\n", strlen (text), text);

  fake_link_answer (wire);
}

/* Gives back what an earlier process has left: anna, who went a second ago, and an event
 * that waits for her. */
static void
answer_anna (void)
{
  g_autofree char *since =
      g_strdup_printf ("%" G_GINT64_FORMAT, g_get_real_time () - G_USEC_PER_SEC);
  g_autofree char *record = g_strdup_printf ("%s\n" RECORD, since);

  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  fake_link_answer ("*2\r\n$1\r\n0\r\n*1\r\n$4\r\nanna\r\n");
  fake_link_assert_sent (ASK_ANNA);
  answer_bulk (record);
  fake_link_answer ("*1\r\n*2\r\n$3\r\n7-0\r\n*8\r\n"
                    "$5\r\nroute\r\n$7\r\nresults\r\n"
                    "$8\r\npriority\r\n$1\r\n2\r\n"
                    "$6\r\nqueued\r\n");
  answer_bulk (since);
  fake_link_answer ("$7\r\npayload\r\n$14\r\n{\"job_id\":\"1\"}\r\n");
}

static TideUserRef
find_anna (Fixture *self)
{
  TideUserRef anna;

  g_assert_true (tide_user_table_lookup (self->routing.users, "anna", &anna));
  return anna;
}

static void
assert_restored (Fixture *self)
{
  TideUserRef anna = find_anna (self);

  g_assert_true (tide_subscription_manager_is_away (self->routing.manager, anna.slot));
  g_assert_cmpuint (self->routing.counters.subscriptions, ==, 1);
  g_assert_true (log_catcher_has (lines, "Waiting for 1 users of before, with 1 events"));
}

static void
test_restores (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "What was left is given to the stages before users can come, and written "
      "again");

  assert_state (self, "disconnected");
  start (self);
  fake_link_open ();
  assert_state (self, "loading");
  g_assert_cmpuint (self->n_ready, ==, 0);
  answer_anna ();
  g_assert_cmpuint (self->n_ready, ==, 1);
  assert_restored (self);
  g_assert_cmpuint (
      tide_offline_queue_get_length (get_queue (self), find_anna (self).slot), ==, 1);
  assert_state (self, "writing");
  g_assert_true (tide_offline_keeper_is_busy (self->keeper));
  g_assert_nonnull (strstr (fake_link_sent->str, "SADD t:users anna;"));
  g_assert_nonnull (strstr (fake_link_sent->str, RECORD));
  g_assert_nonnull (
      strstr (fake_link_sent->str, "XADD t:offline:anna 7-0 route results"));
  while (tide_offline_keeper_is_busy (self->keeper))
    fake_link_answer ("+OK\r\n");
  assert_state (self, "whole");
  g_assert_cmpuint (self->n_ready, ==, 1);
}

static void
test_follows (Fixture *self, gconstpointer unused)
{
  TideUserRef bert;

  g_test_summary ("What users ask for is written as it happens, until the keeper goes");

  start (self);
  fake_link_open ();
  fake_link_answer ("*2\r\n$1\r\n0\r\n*0\r\n");
  assert_state (self, "whole");
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  bert = routing_come (&self->routing, "bert");
  routing_ok (&self->routing,
              bert,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[\"1\"]}}");
  fake_link_assert_sent ("SADD t:users bert;EXPIRE t:users 121;"
                         "SET t:user:bert 0\n" RECORD " EX 121;");
  g_clear_pointer (&self->keeper, tide_offline_keeper_free);
  routing_leave (&self->routing, bert);
  fake_link_assert_sent ("");
}

static void
test_absent (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Without Redis users can come at once; what was left is given when it "
                  "comes");

  start (self);
  fake_link_fail ("refused");
  g_assert_cmpuint (self->n_ready, ==, 1);
  assert_state (self, "disconnected");
  routing_advance (&self->routing, 1);
  fake_link_open ();
  answer_anna ();
  assert_restored (self);
  g_assert_cmpuint (self->n_ready, ==, 1);
}

static void
test_slow (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "A Redis that takes its time keeps users waiting for 5 s, and no longer");

  start (self);
  fake_link_open ();
  routing_advance (&self->routing, 4);
  g_assert_cmpuint (self->n_ready, ==, 0);
  routing_advance (&self->routing, 2);
  g_assert_cmpuint (self->n_ready, ==, 1);
  assert_state (self, "loading");
  answer_anna ();
  assert_restored (self);
  g_assert_cmpuint (self->n_ready, ==, 1);
}

static void
test_ends_early (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A service that ends while it waits is not told that users can come");

  start (self);
  fake_link_open ();
  fake_link_assert_sent ("SSCAN t:users 0 COUNT 100;");
  g_clear_pointer (&self->keeper, tide_offline_keeper_free);
  routing_advance (&self->routing, 10);
  g_assert_cmpuint (self->n_ready, ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "restores", test_restores },     { "follows", test_follows },
    { "absent", test_absent },         { "slow", test_slow },
    { "ends-early", test_ends_early },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < 2 * G_N_ELEMENTS (tests); i++)
    {
      gboolean is_direct = i % 2 == 0;
      g_autofree char *path = g_strdup_printf ("/daemon/offline-keeper/%s/%s",
                                               is_direct ? "direct" : "scalable",
                                               tests[i / 2].name);

      g_test_add (path,
                  Fixture,
                  GINT_TO_POINTER (is_direct),
                  set_up,
                  tests[i / 2].func,
                  tear_down);
    }
  return g_test_run ();
}
