/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

#include "pipeline-harness.h"

static GPtrArray *lines;

/* A recording that begins half a second after the start and has @n ticks a symbol, with
 * numbers that a parser would not give back. */
static char *
make_recording (guint n)
{
  static const char *const symbols[] = { "AAPL", "MSFT", "NVDA" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < G_N_ELEMENTS (symbols); j++)
      g_string_append_printf (
          text,
          "{\"t_ms\":%u,\"channel\":\"tickstock.all_ticks\",\"payload\":"
          "{ \"symbol\":\"%s\",  \"price\":12345678901234567890.12300,\"n\":%u}}\n",
          500 + i,
          symbols[j],
          i);
  g_string_append (text,
                   "{\"t_ms\":900,\"channel\":\"tickstock.events.health\",\"payload\":"
                   "{\"status\":\"healthy\"}}\n"
                   "{\"t_ms\":901,\"channel\":\"nowhere\",\"payload\":{}}\n");
  return g_string_free (text, FALSE);
}

static void
test_way (void)
{
  g_autofree char *recording = make_recording (20);
  g_autoptr (GString) expected = g_string_new (NULL);
  RawWebSocket anna;
  RawWebSocket bert;

  g_test_summary ("A recorded tick reaches who asked for it, byte by byte, and no other");

  set_up (recording, NULL);
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  http_harness_open (&fixture.http, &bert, "/ws?user=bert");
  subscribe (&anna, "[\"AAPL\"]");
  subscribe (&bert, "[\"NVDA\",\"GOOG\"]");
  /* What follows the ticks is for everyone. */
  wait_for_frames (&anna, 2 + 20 + 1);
  wait_for_frames (&bert, 2 + 20 + 1);
  for (guint i = 0; i < 20; i++)
    g_string_append_printf (expected,
                            "> {\"type\":\"tick_data\",\"data\":{ \"symbol\":\"AAPL\",  "
                            "\"price\":12345678901234567890.12300,\"n\":%u}}\n",
                            i);
  g_string_append (expected,
                   "> {\"type\":\"system_health\",\"data\":{\"status\":\"healthy\"}}\n");
  g_assert_cmpstr (anna.log->str, ==, expected->str);
  g_assert_null (strstr (bert.log->str, "AAPL"));
  g_assert_null (strstr (bert.log->str, "MSFT"));
  for (guint i = 0; i < HTTP_PATIENCE && fixture.counters->events_received < 62; i++)
    http_turn (-1);
  g_assert_cmpuint (fixture.counters->events_received, ==, 62);
  g_assert_cmpuint (fixture.counters->events_no_audience, ==, 20);
  g_assert_cmpuint (fixture.counters->events_dropped_no_route, ==, 1);
  g_assert_cmpuint (fixture.counters->events_routed, ==, 41);
  g_assert_cmpuint (fixture.counters->deliveries, ==, 42);
  g_assert_cmpuint (fixture.counters->deliveries_taken, ==, 42);
  raw_websocket_clear (&anna);
  raw_websocket_clear (&bert);
  tear_down ();
}

static void
test_status (void)
{
  static const char recording[] = "{\"t_ms\":0,\"channel\":\"x\",\"payload\":{}}\n";

  g_test_summary ("The status tells of the source, and a recording at its end is fine");

  set_up (recording, NULL);
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_RUNNING);
  g_assert_nonnull (
      strstr (tide_status_get_source_description (fixture.status), fixture.path));
  for (guint i = 0; i < HTTP_PATIENCE &&
                    !g_str_equal (tide_status_get_source_state (fixture.status), "idle");
       i++)
    http_turn (-1);
  g_assert_cmpstr (tide_status_get_source_state (fixture.status), ==, "idle");
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_RUNNING);
  g_assert_false (tide_status_is_redis_connected (fixture.status));
  tear_down ();
}

static void
test_no_redis (void)
{
  const char *const settings[] = { "source.type=redis",
                                   "redis.uri=unix:/no/such/socket",
                                   NULL };
  g_autofree char *health = NULL;

  g_test_summary ("Without its Redis the service serves all the same, degraded");

  set_up (NULL, settings);
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_status_get_state (fixture.status) != TIDE_STATE_DEGRADED;
       i++)
    http_turn (-1);
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_DEGRADED);
  health = http_request (&fixture.http, "GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
  http_assert_status (health, 200);
  g_assert_nonnull (strstr (health, "\"status\":\"degraded\""));
  g_assert_true (log_catcher_has (lines, "/no/such/socket"));
  tear_down ();
}

static void
test_drain (void)
{
  RawWebSocket anna;

  g_test_summary (
      "Draining tells every client when to come back, then closes it with its "
      "reason, and it stays so");

  set_up (NULL, NULL);
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  wait_for_frames (&anna, 1);
  g_string_truncate (anna.log, 0);
  g_assert_false (tide_pipeline_is_empty (fixture.pipeline));
  tide_pipeline_drain (fixture.pipeline);
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_DRAINING);
  wait_for_frames (&anna, 3);
  g_assert_nonnull (strstr (
      anna.log->str, "{\"type\":\"server_draining\",\"data\":{\"retry_after_ms\":"));
  g_assert_nonnull (strstr (anna.log->str,
                            "[close 1001] {\"reason\":\"the service ends\","
                            "\"retry_after_ms\":"));
  raw_websocket_send_close (&anna, 1001);
  for (guint i = 0; i < HTTP_PATIENCE && !anna.has_ended; i++)
    {
      http_turn (anna.fd);
      raw_websocket_take (&anna);
    }
  raw_websocket_clear (&anna);
  for (guint i = 0; i < HTTP_PATIENCE && !tide_pipeline_is_empty (fixture.pipeline); i++)
    http_turn (-1);
  g_assert_true (tide_pipeline_is_empty (fixture.pipeline));
  tear_down ();
}

static void
test_written_at_once (void)
{
  const char *const windows[] = { "delivery.batch-mode=window", NULL };
  const TideCounters *counters;
  guint64 n_made;
  RawWebSocket anna;

  g_test_summary ("What a window leaves is written in the turn of the loop in which it "
                  "ends");

  set_up (NULL, windows);
  counters = fixture.counters;
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  subscribe (&anna, "[\"AAPL\"]");
  n_made = counters->frames_made;
  g_assert_cmpuint (take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\"}"), ==, 1);
  g_assert_cmpuint (counters->frames_made, ==, n_made);
  for (guint i = 0; i < HTTP_PATIENCE && counters->frames_made == n_made; i++)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (counters->frames_made, ==, n_made + 1);
  g_assert_cmpuint (counters->frames_queued, ==, 0);
  wait_for_text (&anna, "> {\"type\":\"tick_data\"");
  raw_websocket_clear (&anna);
  tear_down ();
}

static void
test_reload (void)
{
  const char *const lower[] = { "sessions.max-tickers=1", NULL };
  RawWebSocket anna;
  TideConfig *config;

  g_test_summary ("A reload puts new limits in force for who is here");

  set_up (NULL, NULL);
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  subscribe (&anna, "[\"A\",\"B\"]");
  config = make_config (lower);
  g_assert_true (tide_pipeline_reload (fixture.pipeline, config, NULL));
  tide_config_unref (config);
  raw_websocket_send_text (&anna,
                           "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\",\"C\"]}");
  wait_for_frames (&anna, 3);
  g_assert_nonnull (strstr (anna.log->str, "\"code\":\"limit_exceeded\""));
  raw_websocket_clear (&anna);
  tear_down ();
}

static void
test_delivery_limits (void)
{
  const char *const other[] = {
    "delivery.batch-window-ms=0",          "delivery.batch-max-events=7",
    "delivery.batch-mode=window",          "delivery.events-per-second=1000000",
    "delivery.urgent-events-per-second=9", NULL
  };
  const TideDeliveryLimits wanted = { 5000, 1, TRUE, 2, 3 };
  TideDeliveryLimits limits;
  TideConfig *config;

  g_test_summary ("Delivery's limits are the configuration's until somebody sets them, "
                  "and again at the next reload");

  set_up (NULL, NULL);
  tide_drain_get_limits (tide_pipeline_get_drain (fixture.pipeline), &limits);
  g_assert_cmpint (limits.batch_window_us, ==, 100000);
  g_assert_cmpuint (limits.batch_max_events, ==, 50);
  g_assert_true (limits.is_leading);
  g_assert_cmpuint (limits.events_per_second, ==, 100);
  g_assert_cmpuint (limits.urgent_events_per_second, ==, 50);

  g_assert_true (tide_pipeline_set_delivery_limits (fixture.pipeline, &wanted, NULL));
  tide_drain_get_limits (tide_pipeline_get_drain (fixture.pipeline), &limits);
  g_assert_cmpint (limits.batch_window_us, ==, 5000);
  g_assert_cmpuint (limits.batch_max_events, ==, 1);
  g_assert_cmpuint (limits.events_per_second, ==, 2);
  g_assert_cmpuint (limits.urgent_events_per_second, ==, 3);

  config = make_config (other);
  g_assert_true (tide_pipeline_reload (fixture.pipeline, config, NULL));
  tide_config_unref (config);
  tide_drain_get_limits (tide_pipeline_get_drain (fixture.pipeline), &limits);
  g_assert_cmpint (limits.batch_window_us, ==, 0);
  g_assert_cmpuint (limits.batch_max_events, ==, 7);
  g_assert_false (limits.is_leading);
  g_assert_cmpuint (limits.events_per_second, ==, 1000000);
  g_assert_cmpuint (limits.urgent_events_per_second, ==, 9);
  tear_down ();
}

static void
test_start_fails (void)
{
  g_autofree char *listen = NULL;
  g_autoptr (GError) error = NULL;
  TideConfig *config;
  TidePipeline *pipeline;
  const char *settings[] = { NULL, NULL };

  g_test_summary ("An address in use ends the start with an error, and nothing is left");

  set_up (NULL, NULL);
  listen = g_strdup_printf ("server.listen=127.0.0.1:%d", fixture.http.port);
  settings[0] = listen;
  config = make_config (settings);
  pipeline = tide_pipeline_new (config, fixture.status);
  g_assert_false (tide_pipeline_start (pipeline, config, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_ADDRESS_IN_USE);
  g_object_unref (pipeline);
  tide_config_unref (config);
  tear_down ();
}

static void
test_ends_with_all_open (void)
{
  g_autofree char *recording = make_recording (5);
  RawWebSocket anna;
  int fd;

  g_test_summary ("A pipeline that ends takes everything open with it");

  set_up (recording, NULL);
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  subscribe (&anna, "[\"AAPL\"]");
  fd = http_harness_connect (&fixture.http);
  http_turn (-1);
  tear_down ();
  raw_websocket_clear (&anna);
  close (fd);
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  g_test_add_func ("/daemon/pipeline/way", test_way);
  g_test_add_func ("/daemon/pipeline/status", test_status);
  g_test_add_func ("/daemon/pipeline/no-redis", test_no_redis);
  g_test_add_func ("/daemon/pipeline/drain", test_drain);
  g_test_add_func ("/daemon/pipeline/written-at-once", test_written_at_once);
  g_test_add_func ("/daemon/pipeline/reload", test_reload);
  g_test_add_func ("/daemon/pipeline/delivery-limits", test_delivery_limits);
  g_test_add_func ("/daemon/pipeline/start-fails", test_start_fails);
  g_test_add_func ("/daemon/pipeline/ends-with-all-open", test_ends_with_all_open);
  result = g_test_run ();
  g_ptr_array_unref (lines);
  return result;
}
