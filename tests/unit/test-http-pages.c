/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"

#include "http-harness.h"

static HttpHarness harness;

static char *
get (const char *method, const char *target)
{
  g_autofree char *request =
      g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", method, target);

  return http_request (&harness, request);
}

static void
test_page (void)
{
  g_autofree char *page = NULL;
  g_autofree char *script = NULL;

  g_test_summary ("The page is served, with headers that keep others off it");

  http_harness_init (&harness);
  http_harness_start (&harness);
  page = get ("GET", "/");
  http_assert_status (page, 200);
  g_assert_nonnull (strstr (page, "Content-Type: text/html; charset=utf-8\r\n"));
  g_assert_nonnull (strstr (page, "X-Content-Type-Options: nosniff\r\n"));
  g_assert_nonnull (strstr (page, "Content-Security-Policy: default-src 'self';"));
  g_assert_nonnull (strstr (page, "Referrer-Policy: no-referrer\r\n"));
  g_assert_nonnull (strstr (page, "<!DOCTYPE html>"));
  script = get ("GET", "/?user=anna");
  http_assert_status (script, 200);
  http_harness_clear (&harness);
}

static void
test_not_found (void)
{
  static const char *const targets[] = {
    "/nothing", "/../etc/passwd",     "/%2e%2e/%2e%2e/etc/passwd",
    "//",       "/index.html/x",      "/..x",
    "/health/", "/health/x",          "/healthy",
    "/ready/",  "/ready/x",           "/readyness",
    "/%00",     "/index.html%00.css", "/org/tidewire/page/index.html",
    "/ws/x",    "/socket.io",         "/socket.io/x",
  };

  g_test_summary ("What is not there is not found, whatever the path looks like");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autofree char *answer = get ("GET", targets[i]);

      g_test_message ("%s: %.20s", targets[i], answer);
      /* libsoup refuses a path with a NUL by itself. */
      if (strstr (targets[i], "%00") != NULL && g_str_has_prefix (answer, "HTTP/1.1 400"))
        continue;
      http_assert_status (answer, 404);
    }
  http_harness_clear (&harness);
}

static void
test_methods (void)
{
  g_autofree char *head = NULL;
  g_autofree char *post = NULL;
  g_autofree char *health = NULL;
  g_autofree char *options = NULL;

  g_test_summary ("Only GET and HEAD are possible");

  http_harness_init (&harness);
  http_harness_start (&harness);
  head = get ("HEAD", "/");
  http_assert_status (head, 200);
  g_assert_true (g_str_has_suffix (head, "\r\n\r\n"));
  post = get ("POST", "/");
  http_assert_status (post, 405);
  g_assert_nonnull (strstr (post, "Allow: GET, HEAD\r\n"));
  health = get ("DELETE", "/health");
  http_assert_status (health, 405);
  options = get ("OPTIONS", "*");
  g_assert_true (g_str_has_prefix (options, "HTTP/1.1 "));
  http_harness_clear (&harness);
}

/* Gives the body of /health, checked to be JSON. */
static char *
get_health (void)
{
  g_autofree char *answer = get ("GET", "/health");
  const char *body = strstr (answer, "\r\n\r\n");

  http_assert_status (answer, 200);
  g_assert_nonnull (strstr (answer, "Content-Type: application/json\r\n"));
  g_assert_nonnull (strstr (answer, "Cache-Control: no-store\r\n"));
  body += 4;
  g_assert_cmpint (tide_json_scan (body, strlen (body), NULL, 0, NULL), ==, TIDE_JSON_OK);
  return g_strdup (body);
}

static void
test_health (void)
{
  g_autofree char *starting = NULL;
  g_autofree char *running = NULL;

  g_test_summary ("/health is alive in every state, and shows the figures");

  http_harness_init (&harness);
  http_harness_start (&harness);
  harness.counters.events_received = G_MAXUINT64;
  starting = get_health ();
  g_assert_true (g_str_has_prefix (
      starting, "{\"status\":\"degraded\",\"state\":\"starting\",\"version\":\"9.8.7\""));
  g_assert_nonnull (strstr (starting, "\"events_received\":18446744073709551615"));
  tide_status_set_state (harness.status, TIDE_STATE_RUNNING);
  tide_status_set_source (harness.status, "a \"b\"", "connected", FALSE, TRUE);
  running = get_health ();
  g_assert_true (g_str_has_prefix (running, "{\"status\":\"ok\",\"state\":\"running\""));
  g_assert_nonnull (strstr (
      running, "\"source\":{\"description\":\"a \\\"b\\\"\",\"state\":\"connected\"}"));
  http_harness_clear (&harness);
}

static void
test_health_groups (void)
{
  g_autofree char *body = NULL;

  g_test_summary ("/health groups what belongs together, worked out at the moment");

  http_harness_init (&harness);
  http_harness_start (&harness);
  harness.counters.batches = 100;
  harness.counters.batched_events = 305;
  harness.counters.largest_batch = 9;
  harness.counters.books[TIDE_CLASS_LATEST].offered = 12;
  harness.counters.books[TIDE_CLASS_LATEST].delivered = 7;
  harness.counters.books[TIDE_CLASS_LATEST].in_offline = 2;
  tide_histogram_add (&harness.counters.latency[TIDE_PRIORITY_HIGH], 4, 99);
  tide_histogram_add (&harness.counters.latency[TIDE_PRIORITY_HIGH], 13, 1);
  tide_status_set_history (harness.status, "degraded");
  body = get_health ();
  g_assert_nonnull (strstr (body, "\"history\":\"degraded\","));
  g_assert_nonnull (strstr (body, "\"batch_events\":{\"mean\":3.05,\"largest\":9}"));
  g_assert_nonnull (strstr (body, "\"high\":{\"p50\":4,\"p99\":4,\"p999\":13}"));
  g_assert_nonnull (strstr (body, "\"latency_usec\":{\"low\":{\"p50\":0,"));
  g_assert_nonnull (strstr (body, "\"classes\":{\"lossless\":{\"offered\":0,"));
  g_assert_nonnull (strstr (body, "\"latest\":{\"offered\":12,\"delivered\":7,"));
  g_assert_nonnull (strstr (body, "\"in_offline\":2},\"droppable\":{"));
  /* The flat keys, of the same moment. */
  g_assert_nonnull (strstr (body, "\"latest_offered\":12,"));
  g_assert_nonnull (strstr (body, "\"mean_batch_hundredths\":305,"));
  g_assert_nonnull (strstr (body, "\"latency_high_p999_usec\":13,"));
  g_assert_nonnull (strstr (body, "\"balance_error\":3,"));
  http_harness_clear (&harness);
}

static void
test_health_without_figures (void)
{
  g_autofree char *body = NULL;

  g_test_summary ("Where others can connect, /health shows the state and nothing else");

  http_harness_init (&harness);
  harness.settings.listen = (char **) http_public_listen;
  http_harness_start (&harness);
  tide_status_set_state (harness.status, TIDE_STATE_RUNNING);
  body = get_health ();
  g_assert_cmpstr (body, ==, "{\"status\":\"ok\",\"state\":\"running\"}\n");
  http_harness_clear (&harness);
}

static void
test_metrics (void)
{
  g_autofree char *shown = NULL;
  g_autofree char *posted = NULL;
  g_autofree char *below = NULL;
  g_autofree char *hidden = NULL;

  g_test_summary ("/metrics is there where only this machine can connect");

  http_harness_init (&harness);
  http_harness_start (&harness);
  shown = get ("GET", "/metrics");
  http_assert_status (shown, 200);
  g_assert_nonnull (strstr (shown, "Content-Type: text/plain; version=0.0.4"));
  g_assert_nonnull (strstr (shown, "\ntidewire_connections 0\n"));
  g_assert_nonnull (strstr (shown, "\nprocess_open_fds "));
  posted = get ("POST", "/metrics");
  http_assert_status (posted, 405);
  below = get ("GET", "/metrics/x");
  http_assert_status (below, 404);
  http_harness_clear (&harness);

  http_harness_init (&harness);
  harness.settings.listen = (char **) http_public_listen;
  http_harness_start (&harness);
  hidden = get ("GET", "/metrics");
  http_assert_status (hidden, 404);
  http_harness_clear (&harness);
}

static void
test_admin_listener (void)
{
  static const char *const admin[] = { "127.0.0.1:0", NULL };
  g_autofree char *hidden = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *proxied = NULL;
  const char *uri;

  g_test_summary ("Where there is a listener for it, /metrics is there and nowhere else");

  http_harness_init (&harness);
  harness.settings.admin_listen = (char **) admin;
  http_harness_start (&harness);
  hidden = get ("GET", "/metrics");
  http_assert_status (hidden, 404);
  uri = tide_status_get_listeners (harness.status)[1];
  g_assert_true (g_str_has_suffix (uri, "/ (admin)"));
  harness.port = atoi (uri + strlen ("http://127.0.0.1:"));
  shown = get ("GET", "/metrics");
  http_assert_status (shown, 200);
  http_harness_clear (&harness);

  http_harness_init (&harness);
  http_harness_start (&harness);
  proxied = http_request (&harness,
                          "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
                          "X-Forwarded-For: 1.2.3.4\r\n\r\n");
  http_assert_status (proxied, 404);
  http_harness_clear (&harness);
}

/* Asserts whether somebody who asks with these headers is given figures, everywhere. */
static void
assert_figures (const char *headers, gboolean are_shown)
{
  static const char *const paths[] = { "/metrics", "/health", "/ready" };
  static const char *const signs[] = { "\ntidewire_", "\"version\"", "redis://h" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *request =
          g_strdup_printf ("GET %s HTTP/1.1\r\n%s\r\n", paths[i], headers);
      g_autofree char *answer = http_request (&harness, request);
      gboolean is_metrics = i == 0;

      g_test_message ("%s with %s", paths[i], headers);
      g_assert_cmpint (strstr (answer, signs[i]) != NULL, ==, are_shown);
      if (is_metrics)
        http_assert_status (answer, are_shown ? 200 : 403);
      if (is_metrics && !are_shown)
        g_assert_nonnull (strstr (answer, "[server] allowed-origins"));
      else if (g_str_equal (paths[i], "/health"))
        http_assert_status (answer, 200);
    }
}

static void
start_for_hosts (const char *const *admin_listen)
{
  static const char *const origins[] = { "https://desk.example", NULL };

  http_harness_init (&harness);
  harness.settings.admin_listen = (char **) admin_listen;
  harness.settings.allowed_origins = (char **) origins;
  http_harness_start (&harness);
  tide_status_set_source (harness.status, "redis://h", "disconnected", TRUE, FALSE);
  tide_status_set_state (harness.status, TIDE_STATE_DEGRADED);
}

/* Turns to the listener of the operators. */
static void
go_to_admin (void)
{
  const char *uri = tide_status_get_listeners (harness.status)[1];

  harness.port = atoi (strrchr (uri, ':') + 1);
}

static void
test_host (void)
{
  static const char *const admin[] = { "127.0.0.1:0", NULL };
  static const char *const foreign_admin[] = { "0.0.0.0:0", NULL };
  g_autofree char *own = g_strdup_printf ("Host: %s\r\n", g_get_host_name ());
  g_autofree char *old = NULL;

  g_test_summary ("A page that has its own name lead to loopback gets no figures there");

  start_for_hosts (NULL);
  assert_figures ("Host: 127.0.0.1:5000\r\n", TRUE);
  assert_figures ("Host: [::1]:5000\r\n", TRUE);
  assert_figures ("Host: desk.example:5000\r\n", TRUE);
  assert_figures (own, TRUE);
  assert_figures ("Host: evil.example:5000\r\n", FALSE);
  old = http_request (&harness, "GET /metrics HTTP/1.0\r\n\r\n");
  g_test_message ("%.40s", old);
  g_assert_nonnull (strstr (old, "\ntidewire_"));
  http_harness_clear (&harness);

  start_for_hosts (admin);
  go_to_admin ();
  assert_figures ("Host: localhost\r\n", TRUE);
  assert_figures ("Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n", TRUE);
  assert_figures ("Host: evil.example\r\n", FALSE);
  /* A page's script can send all of these. */
  assert_figures ("Host: evil.example\r\nX-Forwarded-For: 192.0.2.1\r\n"
                  "X-Forwarded-Host: localhost\r\nX-Forwarded-Proto: https\r\n",
                  FALSE);
  http_harness_clear (&harness);

  start_for_hosts (foreign_admin);
  go_to_admin ();
  assert_figures ("Host: feed-3.example\r\n", TRUE);
  http_harness_clear (&harness);
}

/* Asserts what GET /ready answers. */
static void
assert_ready (guint status, const char *wanted)
{
  g_autofree char *answer = get ("GET", "/ready");

  http_assert_status (answer, status);
  g_assert_nonnull (strstr (answer, "Content-Type: application/json\r\n"));
  g_assert_nonnull (strstr (answer, "Cache-Control: no-store\r\n"));
  g_assert_cmpstr (strstr (answer, "\r\n\r\n") + 4, ==, wanted);
}

static void
test_ready (void)
{
  g_test_summary ("/ready is 200 only while all is well, else 503 with the reason");

  http_harness_init (&harness);
  http_harness_start (&harness);
  tide_status_set_source (harness.status, "redis://h", "connecting", TRUE, FALSE);
  assert_ready (
      503,
      "{\"status\":\"starting\",\"reason\":\"the source redis://h is connecting\"}\n");
  tide_status_set_state (harness.status, TIDE_STATE_RUNNING);
  assert_ready (200, "{\"status\":\"ready\"}\n");
  tide_status_set_source (harness.status, "redis://h", "disconnected", TRUE, FALSE);
  tide_status_set_state (harness.status, TIDE_STATE_DEGRADED);
  assert_ready (
      503,
      "{\"status\":\"degraded\",\"reason\":\"the source redis://h is disconnected\"}\n");
  tide_status_set_state (harness.status, TIDE_STATE_DRAINING);
  assert_ready (
      503, "{\"status\":\"draining\",\"reason\":\"the service takes nobody now\"}\n");
  http_harness_clear (&harness);
}

static void
test_ready_without_figures (void)
{
  g_test_summary ("Where others can connect, /ready does not say what the source is");

  http_harness_init (&harness);
  harness.settings.listen = (char **) http_public_listen;
  http_harness_start (&harness);
  tide_status_set_source (harness.status, "redis://h", "disconnected", TRUE, FALSE);
  tide_status_set_state (harness.status, TIDE_STATE_DEGRADED);
  assert_ready (503,
                "{\"status\":\"degraded\",\"reason\":\"the source is disconnected\"}\n");
  http_harness_clear (&harness);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http-pages/page", test_page);
  g_test_add_func ("/server/http-pages/not-found", test_not_found);
  g_test_add_func ("/server/http-pages/methods", test_methods);
  g_test_add_func ("/server/http-pages/health", test_health);
  g_test_add_func ("/server/http-pages/health-groups", test_health_groups);
  g_test_add_func ("/server/http-pages/metrics", test_metrics);
  g_test_add_func ("/server/http-pages/admin-listener", test_admin_listener);
  g_test_add_func ("/server/http-pages/host", test_host);
  g_test_add_func ("/server/http-pages/health-without-figures",
                   test_health_without_figures);
  g_test_add_func ("/server/http-pages/ready", test_ready);
  g_test_add_func ("/server/http-pages/ready-without-figures",
                   test_ready_without_figures);
  return g_test_run ();
}
