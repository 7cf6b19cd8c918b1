/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-harness.h"

static void
assert_found (const char *query, const char *wanted)
{
  g_autofree char *text = get ("connections", query, 200);

  assert_has (text, wanted);
}

static void
test_search (void)
{
  RawWebSocket tabs[3];
  const char *const names[] = { "Anna", "joanna", "bob" };
  g_autofree char *all = NULL;
  g_autofree char *second = NULL;

  g_test_summary ("Connections are found by a part of their user, address or transport, "
                  "or by their id, and come in pages");

  start_console (NULL);
  for (guint i = 0; i < 3; i++)
    come (&tabs[i], names[i]);
  all = get ("connections", NULL, 200);
  assert_has (all,
              "{\"total\":3,\"found\":3,\"connections\":[{\"id\":1,\"user\":\"Anna\","
              "\"transport\":\"websocket\",\"address\":\"127.0.0.1\",\"connected_ms\":");
  assert_found ("search=ANN", "\"found\":2,");
  assert_found ("search=bob", "\"found\":1,\"connections\":[{\"id\":3,");
  assert_found ("search=webS", "\"found\":3,");
  assert_found ("search=127.0", "\"found\":3,");
  assert_found ("search=nobody", "{\"total\":3,\"found\":0,\"connections\":[]}");
  assert_found ("search=2", "\"found\":3,"); /* in the address */
  assert_found ("search=3", "\"found\":1,\"connections\":[{\"id\":3,");
  second = get ("connections", "search=ann&after=1&limit=1", 200);
  assert_has (second, "\"found\":2,\"connections\":[{\"id\":2,\"user\":\"joanna\",");
  for (guint i = 0; i < 3; i++)
    raw_websocket_clear (&tabs[i]);
  end_console ();
}

static void
test_refused (void)
{
  static const char *const queries[] = { "limit=0",  "limit=501", "limit=x",
                                         "after=-1", "after=",    "limit=" };

  g_test_summary ("Numbers out of their range are told so, and what is not there is not "
                  "found");

  start_console (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    assert_refused (
        get ("connections", queries[i], 400), "bad_request", "has to be a number from");
  assert_refused (get ("connections/7", NULL, 404), "not_found", "no connection 7");
  assert_refused (get ("connections/x", NULL, 404), "not_found", "no connection x");
  assert_refused (get ("users/ann", NULL, 404), "not_found", "a user ann is neither");
  assert_refused (get ("users/:9", NULL, 404), "not_found", "a user :9 is neither");
  end_console ();
}

static void
test_details (void)
{
  RawWebSocket ann;
  RawWebSocket nobody;
  g_autofree char *connection = NULL;
  g_autofree char *user = NULL;
  g_autofree char *slashed = NULL;
  const TideStages *stages;
  TideUserRef ref;

  g_test_summary ("All is told of a connection and of a user, by names with underscores");

  start_console (NULL);
  come (&ann, "a%2Fnn");
  come (&nobody, NULL);
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  ask (&ann,
       "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\",\"filters\":{"
       "\"symbols\":[\"A\"]}}");
  stages = tide_pipeline_get_stages (fixture.pipeline);
  g_assert_true (tide_user_table_lookup (stages->users, "a/nn", &ref));
  tide_scalable_broadcaster_limit_user (stages->scalable, ref, &(TideUserLimits){ 7, 8 });
  connection = get ("connections/1", NULL, 200);
  assert_has (connection, "\"user\":\"a/nn\"");
  assert_has (connection, "\"connected_usec\":");
  assert_has (connection, "\"unread_bytes\":0");
  assert_has (connection, "\"tickers\":[\"AAPL\"]");
  user = get ("users/a/nn", NULL, 200);
  assert_has (user, "\"connections\":[1]");
  assert_has (user,
              "\"type\":\"tier_patterns\",\"filters\":\"{\\\"symbols\\\":[\\\"A\\\"]}\","
              "\"stays\":true}");
  assert_has (user,
              "\"limits\":{\"events_per_second\":7,\"urgent_events_per_second\":8}");
  assert_has (user, "\"lane\":{");
  assert_has (user, "\"events_last_second\":");
  slashed = get ("users/:2", NULL, 200);
  assert_has (slashed, "\"user\":\":2\"");
  raw_websocket_clear (&ann);
  raw_websocket_clear (&nobody);
  end_console ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/console-connections/search", test_search);
  g_test_add_func ("/daemon/console-connections/refused", test_refused);
  g_test_add_func ("/daemon/console-connections/details", test_details);
  return g_test_run ();
}
