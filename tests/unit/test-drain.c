/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

#include "pipeline-harness.h"

static TideDrain *
get_drain (void)
{
  return tide_pipeline_get_drain (fixture.pipeline);
}

/* Turns the loop until the browser's connection has ended. */
static void
wait_for_end (RawWebSocket *browser)
{
  raw_websocket_send_close (browser, 1012);
  for (guint i = 0; i < HTTP_PATIENCE && !browser->has_ended; i++)
    {
      http_turn (browser->fd);
      raw_websocket_take (browser);
    }
  raw_websocket_clear (browser);
  for (guint i = 0; i < HTTP_PATIENCE && fixture.counters->connections > 0; i++)
    http_turn (-1);
  g_assert_cmpuint (fixture.counters->connections, ==, 0);
}

static void
assert_answers (const char *path, const char *status)
{
  g_autofree char *request = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
  g_autofree char *answer = http_request (&fixture.http, request);

  g_assert_nonnull (strstr (answer, status));
}

static void
test_there_and_back (void)
{
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) error = NULL;
  RawWebSocket anna;

  g_test_summary ("Drained, the service says so, lets nobody in and runs on; undone, it "
                  "serves as before");

  set_up (NULL, NULL);
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  wait_for_frames (&anna, 1);
  g_string_truncate (anna.log, 0);
  g_assert_true (tide_drain_begin (get_drain (), 0, &error));
  g_assert_no_error (error);
  g_assert_false (tide_drain_begin (get_drain (), 0, &twice));
  g_assert_error (twice, TIDE_ERROR, TIDE_ERROR_DRAINING);
  wait_for_frames (&anna, 3);
  g_assert_nonnull (strstr (anna.log->str, "\"type\":\"server_draining\""));
  g_assert_nonnull (strstr (anna.log->str,
                            "[close 1012] {\"reason\":\"the service takes nobody for a "
                            "while\",\"retry_after_ms\":"));
  wait_for_end (&anna);
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_DRAINING);
  assert_answers ("/ready", " 503 ");
  assert_answers ("/health", " 200 ");
  assert_answers ("/socket.io/?EIO=4&transport=polling", " 503 ");

  g_assert_true (tide_pipeline_undrain (fixture.pipeline, &error));
  g_assert_no_error (error);
  g_assert_cmpint (tide_status_get_state (fixture.status), ==, TIDE_STATE_RUNNING);
  assert_answers ("/ready", " 200 ");
  http_harness_open (&fixture.http, &anna, "/ws?user=anna");
  wait_for_frames (&anna, 1);
  g_assert_true (tide_pipeline_undrain (fixture.pipeline, &error));
  g_assert_cmpuint (fixture.counters->connections, ==, 1);
  raw_websocket_clear (&anna);
  tear_down ();
}

static void
test_limits (void)
{
  const char *const other[] = { "delivery.events-per-second=77", NULL };
  const TideDeliveryLimits wanted = { 5000, 1, TRUE, 2, 3 };
  TideScalableBroadcaster *scalable;
  TideDeliveryLimits limits;
  TideConfig *config;

  g_test_summary ("Limits that are set or reloaded while it drains are in force when it "
                  "is undone, and nothing is limited until then");

  set_up (NULL, NULL);
  scalable = tide_pipeline_get_stages (fixture.pipeline)->scalable;
  g_assert_true (tide_drain_begin (get_drain (), 0, NULL));
  g_assert_cmpint (
      tide_scalable_broadcaster_get_limits (scalable)->batch_window_us, ==, 0);
  tide_drain_get_limits (get_drain (), &limits);
  g_assert_cmpint (limits.batch_window_us, ==, 100000);
  g_assert_true (tide_pipeline_set_delivery_limits (fixture.pipeline, &wanted, NULL));
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_limits (scalable)->events_per_second, ==, 0);
  tide_drain_get_limits (get_drain (), &limits);
  g_assert_cmpuint (limits.events_per_second, ==, 2);
  config = make_config (other);
  g_assert_true (tide_pipeline_reload (fixture.pipeline, config, NULL));
  tide_config_unref (config);
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_limits (scalable)->events_per_second, ==, 0);
  g_assert_true (tide_pipeline_undrain (fixture.pipeline, NULL));
  g_assert_cmpuint (
      tide_scalable_broadcaster_get_limits (scalable)->events_per_second, ==, 77);
  tear_down ();
}

static void
test_end (void)
{
  g_autoptr (GError) again = NULL;
  g_autoptr (GError) back = NULL;

  g_test_summary ("A service that is drained ends as any other, and there is no way back "
                  "from that");

  set_up (NULL, NULL);
  g_assert_true (tide_drain_begin (get_drain (), 0, NULL));
  g_assert_cmpint (tide_pipeline_drain (fixture.pipeline), >, g_get_monotonic_time ());
  g_assert_false (tide_drain_begin (get_drain (), 0, &again));
  g_assert_error (again, TIDE_ERROR, TIDE_ERROR_DRAINING);
  g_assert_false (tide_pipeline_undrain (fixture.pipeline, &back));
  g_assert_error (back, TIDE_ERROR, TIDE_ERROR_DRAINING);
  for (guint i = 0; i < HTTP_PATIENCE && !tide_pipeline_is_empty (fixture.pipeline); i++)
    http_turn (-1);
  g_assert_true (tide_pipeline_is_empty (fixture.pipeline));
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/drain/there-and-back", test_there_and_back);
  g_test_add_func ("/daemon/drain/limits", test_limits);
  g_test_add_func ("/daemon/drain/end", test_end);
  return g_test_run ();
}
