/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-operator.h"

#include <gio/gio.h>

#include "pipeline-harness.h"

static TideOperator operator;
static TideBusFuncs funcs;
static guint n_reloads;

static gboolean
reload (gpointer user_data, GError **error)
{
  n_reloads++;
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, "line 3");
  return FALSE;
}

static void
start (const char *const *more)
{
  set_up (NULL, more);
  operator= (TideOperator){ fixture.pipeline, reload, NULL };
  tide_operator_fill_funcs (&operator, & funcs);
}

static guint
publish_tick (const char *payload)
{
  g_autoptr (GError) error = NULL;
  guint n_users = G_MAXUINT;

  g_assert_true (funcs.act->publish_through_route (
      "tickstock.all_ticks", payload, &n_users, funcs.act_data, &error));
  g_assert_no_error (error);
  return n_users;
}

static void
test_through_route (void)
{
  RawWebSocket ann;
  g_autoptr (GError) route = NULL;
  g_autoptr (GError) payload = NULL;
  guint n_users = G_MAXUINT;

  g_test_summary ("Through a route goes what Redis could have brought, and nothing else");

  start (NULL);
  come (&ann, "ann");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  g_assert_cmpuint (publish_tick ("{\"symbol\":\"AAPL\",\"p\":1.0}"), ==, 1);
  wait_for_text (&ann, "\"p\":1.0");
  g_assert_cmpuint (publish_tick ("{\"symbol\":\"MSFT\"}"), ==, 0);
  g_assert_cmpuint (fixture.counters->events_received, ==, 2);
  g_assert_false (funcs.act->publish_through_route (
      "nowhere", "{}", &n_users, funcs.act_data, &route));
  g_assert_error (route, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_false (funcs.act->publish_through_route (
      "tickstock.all_ticks", "{}", &n_users, funcs.act_data, &payload));
  g_assert_error (payload, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpuint (fixture.counters->events_received, ==, 2);
  assert_balanced ();
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_disconnect (void)
{
  RawWebSocket ann;
  RawWebSocket tab;
  g_autoptr (GError) gone = NULL;
  g_autoptr (GError) nobody = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_test_summary ("Connections are closed one by one, or all of a user");

  start (NULL);
  come (&ann, "ann");
  come (&tab, "ann");
  g_assert_true (funcs.act->disconnect (1, funcs.act_data, &error));
  wait_for_text (&ann, "[close 1012] closed by an operator: connect again");
  g_assert_false (funcs.act->disconnect (1, funcs.act_data, &gone));
  g_assert_error (gone, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_true (funcs.act->disconnect_user ("ann", &n, funcs.act_data, &error));
  g_assert_cmpuint (n, ==, 1);
  wait_for_text (&tab, "[close 1012]");
  g_assert_false (funcs.act->disconnect_user ("ann", &n, funcs.act_data, &nobody));
  g_assert_error (nobody, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_no_error (error);
  raw_websocket_clear (&ann);
  raw_websocket_clear (&tab);
  tear_down ();
}

static void
test_limit_user (void)
{
  const char *const at_once[] = { "delivery.batch-window-ms=0",
                                  "delivery.events-per-second=0",
                                  NULL };
  const TideUserLimits limits = { 2, 2 };
  RawWebSocket ann;
  g_autoptr (GError) nobody = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A user's own limits are in force until they are taken back");

  start (at_once);
  g_assert_false (funcs.act->limit_user ("ann", &limits, funcs.act_data, &nobody));
  g_assert_error (nobody, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  come (&ann, "ann");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\"]}");
  g_assert_true (funcs.act->limit_user ("ann", &limits, funcs.act_data, &error));
  for (guint i = 0; i < 5; i++)
    publish_tick ("{\"symbol\":\"A\"}");
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].in_lanes, ==, 1);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].conflated, ==, 2);
  g_assert_true (funcs.act->limit_user ("ann", NULL, funcs.act_data, &error));
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].in_lanes, ==, 0);
  assert_balanced ();
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_direct (void)
{
  const char *const direct[] = { "delivery.batch-mode=direct", NULL };
  const TideUserLimits limits = { 2, 2 };
  RawWebSocket ann;
  g_autoptr (GVariant) said = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "In the mode direct there are no limits, and an event goes out at once");

  start (direct);
  come (&ann, "ann");
  g_assert_false (funcs.act->limit_user ("ann", &limits, funcs.act_data, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  said = g_variant_ref_sink (funcs.act->explain (
      "tickstock.events.health", "{\"status\":\"ok\"}", funcs.act_data, NULL));
  text = g_variant_print (said, FALSE);
  g_assert_nonnull (strstr (text, "('ann', 'everyone', 'sent at once')"));
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_reset (void)
{
  const char *const slow[] = { "delivery.batch-window-ms=10000",
                               "delivery.batch-mode=window",
                               NULL };
  RawWebSocket ann;
  RawWebSocket bob;

  g_test_summary ("Counters that are set to 0 while events wait in a lane and for who is "
                  "away balance at once, and when all has been delivered");

  start (slow);
  come (&ann, "ann");
  come (&bob, "bob");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\"]}");
  ask (&bob,
       "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\",\"filters\":{}}");
  leave (&bob);
  publish_tick ("{\"symbol\":\"A\"}");
  g_assert_true (funcs.act->publish_through_route ("tickstock.events.patterns",
                                                   "{\"pattern\":\"Doji\"}",
                                                   &(guint){ 0 },
                                                   funcs.act_data,
                                                   NULL));
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].in_lanes, ==, 1);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_LOSSLESS].in_offline, ==, 1);
  funcs.act->reset_statistics (funcs.act_data);
  g_assert_cmpuint (fixture.counters->events_received, ==, 0);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].offered, ==, 1);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_LOSSLESS].offered, ==, 1);
  assert_balanced ();
  come (&bob, "bob");
  wait_for_text (&bob, "Doji");
  tide_scalable_broadcaster_flush (tide_pipeline_get_stages (fixture.pipeline)->scalable);
  wait_for_text (&ann, "\"symbol\":\"A\"");
  assert_balanced ();
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_CONFLATE].delivered, ==, 1);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_LOSSLESS].delivered, ==, 1);
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  tear_down ();
}

static void
test_others (void)
{
  g_autoptr (GError) bad = NULL;
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) error = NULL;
  TideDeliveryLimits limits;
  int fd;

  g_test_summary ("The other verbs end where they should");

  start (NULL);
  g_assert_false (funcs.act->reload (funcs.act_data, &bad));
  g_assert_error (bad, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_cmpuint (n_reloads, ==, 1);
  funcs.get_delivery_limits (&limits, funcs.user_data);
  limits.events_per_second = 3;
  g_assert_true (funcs.set_delivery_limits (&limits, funcs.user_data, &error));
  g_assert_true (funcs.act->drain (0, funcs.act_data, &error));
  g_assert_false (funcs.act->drain (0, funcs.act_data, &twice));
  g_assert_error (twice, TIDE_ERROR, TIDE_ERROR_DRAINING);
  g_assert_true (funcs.act->undrain (funcs.act_data, &error));
  funcs.get_delivery_limits (&limits, funcs.user_data);
  g_assert_cmpuint (limits.events_per_second, ==, 3);
  g_assert_cmpuint (funcs.log_out ("nobody", funcs.user_data), ==, 0);
  fd = funcs.act->open_event_stream ("type=tick*", funcs.act_data, &error);
  g_assert_no_error (error);
  close (fd);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/operator/through-route", test_through_route);
  g_test_add_func ("/daemon/operator/disconnect", test_disconnect);
  g_test_add_func ("/daemon/operator/limit-user", test_limit_user);
  g_test_add_func ("/daemon/operator/direct", test_direct);
  g_test_add_func ("/daemon/operator/reset", test_reset);
  g_test_add_func ("/daemon/operator/others", test_others);
  return g_test_run ();
}
