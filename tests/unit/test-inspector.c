/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-inspector.h"
#include "tide-json-scan.h"

#include <gio/gio.h>

#include "pipeline-harness.h"

static TideInspector inspector;
static TideBusFuncs funcs;

static void
start (const char *const *more)
{
  set_up (NULL, more);
  inspector =
      (TideInspector){ tide_pipeline_get_stages (fixture.pipeline), fixture.config };
  tide_inspector_fill_funcs (&inspector, &funcs);
}

/* Asserts what a list has, by its text without the ids and times. */
static GVariant *
list (GVariant *(*func) (const TideBusPage *, gpointer), guint64 after_id, guint limit)
{
  const TideBusPage page = { .after_id = after_id, .after = "", .limit = limit };

  return g_variant_ref_sink (func (&page, funcs.inspect_data));
}

static void
limit_user (const char *name, guint events_per_second, guint urgent_events_per_second)
{
  const TideUserLimits limits = { events_per_second, urgent_events_per_second };
  TideUserRef user;

  g_assert_true (tide_user_table_lookup (inspector.stages->users, name, &user));
  tide_scalable_broadcaster_limit_user (inspector.stages->scalable, user, &limits);
}

static void
test_lists (void)
{
  RawWebSocket ann;
  RawWebSocket bob;
  g_autoptr (GVariant) connections = NULL;
  g_autoptr (GVariant) users = NULL;
  g_autoptr (GVariant) next = NULL;
  g_autoptr (GVariant) subscriptions = NULL;
  g_autoptr (GVariant) lanes = NULL;
  g_autoptr (GVariant) ann_user = NULL;
  g_autoptr (GVariant) limited = NULL;
  guint n_events, n_urgent;
  const char *name, *kind, *address, *state, *type, *filters;
  guint64 id, since, unread;
  guint n_connections, n_tickers, n_subscriptions, n_waiting;
  gboolean stays;

  g_test_summary ("Lists have who is here, and pages go on where they ended");

  start (NULL);
  come (&ann, "ann");
  come (&bob, "bob");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"B\",\"A\"]}");
  connections = list (funcs.inspect->list_connections, 0, 500);
  g_assert_cmpuint (g_variant_n_children (connections), ==, 2);
  g_variant_get_child (
      connections, 0, "(t&s&s&stt)", &id, &name, &kind, &address, &since, &unread);
  g_assert_cmpstr (name, ==, "ann");
  g_assert_cmpstr (kind, ==, "websocket");
  g_assert_cmpstr (address, ==, "127.0.0.1");
  g_assert_cmpuint (since, <=, g_get_real_time ());
  g_assert_cmpuint (since + 60 * G_USEC_PER_SEC, >, g_get_real_time ());

  users = list (funcs.inspect->list_users, 0, 1);
  g_assert_cmpuint (g_variant_n_children (users), ==, 1);
  g_variant_get_child (users,
                       0,
                       "(t&s&suuuu)",
                       &id,
                       &name,
                       &state,
                       &n_connections,
                       &n_tickers,
                       &n_subscriptions,
                       &n_waiting);
  g_assert_cmpstr (name, ==, "ann");
  g_assert_cmpstr (state, ==, "connected");
  g_assert_cmpuint (n_tickers, ==, 2);
  next = list (funcs.inspect->list_users, id, 1);
  g_variant_get_child (next, 0, "(t&s&suuuu)", NULL, &name, NULL, NULL, NULL, NULL, NULL);
  g_assert_cmpstr (name, ==, "bob");

  subscriptions = list (funcs.inspect->list_subscriptions, 0, 500);
  g_variant_get_child (
      subscriptions, 0, "(t&s&s&sb)", NULL, &name, &type, &filters, &stays);
  g_assert_cmpstr (type, ==, "tickers");
  g_assert_cmpstr (filters, ==, "{\"tickers\":[\"A\",\"B\"]}");
  g_assert_false (stays);
  lanes = list (funcs.inspect->list_lanes, 0, 500);
  g_assert_cmpuint (g_variant_n_children (lanes), ==, 2);
  ann_user = g_variant_ref_sink (funcs.inspect->get_user ("ann", funcs.inspect_data));
  g_assert_true (g_variant_lookup (ann_user, "state", "&s", &state));
  g_assert_false (g_variant_lookup (ann_user, "limits", "(uu)", NULL, NULL));
  limit_user ("ann", 7, 0);
  limited = g_variant_ref_sink (funcs.inspect->get_user ("ann", funcs.inspect_data));
  g_assert_true (g_variant_lookup (limited, "limits", "(uu)", &n_events, &n_urgent));
  g_assert_cmpuint (n_events, ==, 7);
  g_assert_cmpuint (n_urgent, ==, 0);
  g_assert_null (funcs.inspect->get_user ("nobody", funcs.inspect_data));
  g_assert_null (funcs.inspect->get_connection (4711, funcs.inspect_data));
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  tear_down ();
}

static void
test_dump (void)
{
  RawWebSocket ann;
  g_autofree char *dump = NULL;
  TideJsonKind kind;

  g_test_summary ("The dump is JSON, whatever users are called");

  start (NULL);
  come (&ann, "a%22b");
  dump = funcs.inspect->dump (funcs.inspect_data);
  g_assert_cmpint (
      tide_json_scan (dump, strlen (dump), NULL, 0, &kind), ==, TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
  g_assert_nonnull (strstr (dump, "\"user\":\"a\\\"b\",\"transport\":\"websocket\""));
  g_assert_nonnull (strstr (dump, "\"configuration\":\""));
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_direct (void)
{
  static const char *const direct[] = { "delivery.batch-mode=direct", NULL };
  g_autoptr (GVariant) lanes = NULL;
  g_autofree char *dump = NULL;

  g_test_summary ("Without lanes there are none, and all else is there");

  start (direct);
  lanes = list (funcs.inspect->list_lanes, 0, 500);
  g_assert_cmpuint (g_variant_n_children (lanes), ==, 0);
  dump = funcs.inspect->dump (funcs.inspect_data);
  g_assert_nonnull (strstr (dump, "\"lanes\":[]"));
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_catcher_install ();
  g_test_add_func ("/daemon/inspector/lists", test_lists);
  g_test_add_func ("/daemon/inspector/dump", test_dump);
  g_test_add_func ("/daemon/inspector/direct", test_direct);
  return g_test_run ();
}
