/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-harness.h"

static void
test_overview (void)
{
  RawWebSocket ann;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_test_summary ("The overview has what was counted, and who and what is the busiest");

  start_console (NULL);
  come (&ann, "ann");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  before = get ("overview", NULL, 200);
  assert_has (before, "\"busiest_users\":[]");
  assert_has (before, "\"slow_users\":[]");
  assert_has (before, "\"busiest_keys\":{\"window_ms\":0,\"events\":0,");
  take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\"}");
  take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\"}");
  take ("tickstock.all_ticks", "{\"symbol\":\"MSFT\"}");
  wait_for_text (&ann, "tick_data");
  after = get ("overview", NULL, 200);
  assert_has (after, "\"state\":\"running\",\"listeners\":[\"http://127.0.0.1:");
  assert_has (after, "\"source\":{\"description\":\"none\"");
  assert_has (after, "\"events_received\":3,");
  assert_has (after, "\"classes\":{\"lossless\":{");
  assert_has (after, "\"latency_usec\":{\"low\":{\"count\":0,");
  assert_has (after, "\"medium\":{\"count\":");
  assert_has (after, "\"user\":\"ann\",\"events_last_second\":");
  assert_has (after,
              "\"events\":3,\"uncounted_events\":0,\"keys\":[{\"event\":\"tick_data\","
              "\"key\":\"AAPL\",\"events\":2},{\"event\":\"tick_data\",\"key\":\"MSFT\","
              "\"events\":1}]}");
  assert_has (after, "\"process\":{\"resident_bytes\":");
  assert_has (after, "\"open_fds\":");
  assert_has (after, "\"limits\":{\"events_per_second\":100,");
  raw_websocket_clear (&ann);
  end_console ();
}

static void
test_direct (void)
{
  static const char *const more[] = { "delivery.batch-mode=direct", NULL };
  g_autofree char *text = NULL;

  g_test_summary ("Without lanes there are no limits, and nobody is the busiest");

  start_console (more);
  text = get ("overview", NULL, 200);
  assert_has (text, "\"busiest_users\":[]");
  assert_has (text, "\"limits\":{}}");
  end_console ();
}

static void
test_session (void)
{
  g_autofree char *nobody = NULL;
  g_autofree char *ann = NULL;
  g_autofree char *changed = NULL;
  static const char *const more[] = { "auth.mode=none", NULL };
  g_autoptr (TideConfig) config = NULL;

  g_test_summary ("The session says who asks, and which channels and timeframes there "
                  "are");

  start_console (NULL);
  nobody = get ("session", NULL, 200);
  assert_has (nobody, "{\"user\":null,\"mode\":\"development\",\"version\":\"1\",");
  assert_has (nobody,
              "{\"channel\":\"tickstock.all_ticks\",\"event\":\"tick_data\",\"route\":"
              "\"tick_data\"}");
  assert_has (nobody, "\"timeframes\":[\"1m\",\"5m\",\"15m\",\"1h\",\"1d\"],");
  assert_has (nobody, "\"filter_fields\":[\"channel\",\"class\",\"key\",");
  ann = ask_for (
      &(TideConsoleRequest){
          .method = "GET", .path = "session", .body = "", .user_name = "a\"nn" },
      NULL,
      200);
  assert_has (ann, "{\"user\":\"a\\\"nn\",");
  config = make_config (more);
  tide_console_set_config (console, config);
  changed = get ("session", NULL, 200);
  assert_has (changed, "\"mode\":\"none\"");
  end_console ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/console-overview/overview", test_overview);
  g_test_add_func ("/daemon/console-overview/direct", test_direct);
  g_test_add_func ("/daemon/console-overview/session", test_session);
  return g_test_run ();
}
