/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-harness.h"

static HttpHarness harness;
static GString *asked; /* what the console was asked, a line each */

static void
on_asked (const TideConsoleRequest *request,
          TideConsoleAnswer *answer,
          gpointer user_data)
{
  const char *wanted =
      request->query != NULL ? g_hash_table_lookup (request->query, "wanted") : NULL;

  g_assert_true (user_data == &harness);
  g_assert_cmpuint (answer->status, ==, 200);
  g_string_append_printf (asked,
                          "%s %s %s [%.*s] %s\n",
                          request->method,
                          request->path,
                          request->user_name != NULL ? request->user_name : "-",
                          (int) request->body_length,
                          request->body,
                          wanted != NULL ? wanted : "-");
  g_string_append (answer->body, "{\"x\":1}");
  if (g_strcmp0 (wanted, "nothing") == 0)
    {
      answer->status = 204;
      g_string_truncate (answer->body, 0);
    }
}

static void
start (void)
{
  asked = g_string_new (NULL);
  http_harness_start (&harness);
  tide_http_server_set_console_func (harness.server, on_asked, &harness);
}

static void
finish (void)
{
  g_string_free (asked, TRUE);
  http_harness_clear (&harness);
}

/* Sends a request with headers, each with its end of line, and a body. */
static char *
ask (const char *line, const char *headers, const char *body)
{
  g_autofree char *request =
      g_strdup_printf ("%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s", line, headers, body);

  return http_request (&harness, request);
}

static void
assert_answer (const char *line, const char *headers, int status, const char *word)
{
  g_autofree char *answer = ask (line, headers, "");

  g_test_message ("%s: %s", line, answer);
  http_assert_status (answer, status);
  g_assert_nonnull (strstr (answer, "Cache-Control: no-store\r\n"));
  g_assert_nonnull (strstr (answer, word));
}

static void
test_page (void)
{
  g_test_summary ("The page is at /console/, and /console leads there");

  http_harness_init (&harness);
  start ();
  assert_answer ("GET /console", "", 302, "Location: console/\r\n");
  assert_answer ("GET /console/", "", 200, "Content-Type: text/html; charset=utf-8\r\n");
  assert_answer (
      "GET /console/", "", 200, "Content-Security-Policy: default-src 'self';");
  assert_answer ("GET /console/api.js", "", 200, "Content-Type: text/javascript");
  assert_answer ("HEAD /console/index.html", "", 200, "nosniff");
  assert_answer ("POST /console/", "Content-Length: 0\r\n", 405, "Allow: GET, HEAD");
  assert_answer ("GET /console/nothing", "", 404, "Nothing is here.");
  assert_answer ("GET /console/../page/index.html", "", 404, "Nothing is here.");
  assert_answer ("GET /consoles", "", 404, "Nothing is here.");
  finish ();
}

static void
test_not_there (void)
{
  static const char *const lines[] = { "GET /console",
                                       "GET /console/",
                                       "GET /console/api/overview",
                                       "POST /console/api/explain" };
  const char *length = "Content-Length: 0\r\nX-Forwarded-For: 1.2.3.4\r\n";

  g_test_summary ("Where it is not, or through a proxy, it is as if there were none");

  http_harness_init (&harness);
  start ();
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_answer (lines[i], length, 404, "Nothing is here.");
  finish ();
  http_harness_init (&harness);
  harness.settings.console.serve = TIDE_CONSOLE_OFF;
  start ();
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_answer (lines[i], "Content-Length: 0\r\n", 404, "Nothing is here.");
  g_assert_cmpstr (asked->str, ==, "");
  harness.settings.console.serve = TIDE_CONSOLE_LOCAL;
  tide_http_server_reload (harness.server, &harness.settings);
  assert_answer ("GET /console/", "", 200, "text/html");
  finish ();
}

static void
test_asked (void)
{
  g_autofree char *posted = NULL;
  g_autofree char *head = NULL;

  g_test_summary ("What operators ask for is asked of who answers");

  http_harness_init (&harness);
  start ();
  assert_answer ("GET /console/api/users/a%2Fb?wanted=%C3%A4&user=anna",
                 "",
                 200,
                 "\r\n\r\n{\"x\":1}");
  posted = ask ("POST /console/api/explain",
                "Content-Type: application/json; charset=utf-8\r\nContent-Length: 2\r\n",
                "{}");
  http_assert_status (posted, 200);
  g_assert_nonnull (strstr (posted, "Content-Type: application/json\r\n"));
  assert_answer ("DELETE /console/api/streams/1?wanted=nothing", "", 204, "");
  head = ask ("HEAD /console/api/overview", "", "");
  http_assert_status (head, 200);
  g_assert_cmpstr (asked->str,
                   ==,
                   "GET users/a/b anna [] ä\n"
                   "POST explain - [{}] -\n"
                   "DELETE streams/1 - [] nothing\n"
                   "GET overview - [] -\n");
  finish ();
}

static void
test_refused (void)
{
  g_autofree char *host = NULL;

  g_test_summary ("Forms, pages of others and names of others are refused");

  http_harness_init (&harness);
  start ();
  assert_answer ("POST /console/api/explain",
                 "Content-Type: text/plain\r\nContent-Length: 0\r\n",
                 415,
                 "application/json");
  assert_answer ("POST /console/api/explain", "Content-Length: 0\r\n", 415, "");
  assert_answer ("PUT /console/api/explain", "Content-Length: 0\r\n", 405, "Allow: GET");
  assert_answer ("OPTIONS /console/api/explain", "", 405, "\"code\":\"bad_request\"");
  assert_answer ("GET /console/api/overview",
                 "Origin: http://evil.example\r\n",
                 403,
                 "allowed-origins\",\"mode\":\"development\"}");
  assert_answer ("GET /console/api/overview", "Origin: http://localhost\r\n", 200, "");
  host = http_request (
      &harness, "GET /console/api/overview HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  http_assert_status (host, 403);
  g_assert_nonnull (strstr (host, "\"code\":\"forbidden\""));
  g_assert_nonnull (strstr (host, "localhost"));
  g_assert_cmpstr (asked->str, ==, "GET overview - [] -\n");
  finish ();
}

static void
test_any_origin (void)
{
  static const char *const any[] = { "*", "http://desk.example", NULL };
  g_autofree char *named = NULL;

  g_test_summary ("Where any page may connect, the console is still for its own");

  http_harness_init (&harness);
  harness.settings.allowed_origins = (char **) any;
  start ();
  assert_answer (
      "GET /console/api/overview", "Origin: http://evil.example\r\n", 403, "forbidden");
  named = ask ("GET /console/api/overview", "Origin: http://desk.example\r\n", "");
  http_assert_status (named, 200);
  g_assert_null (strstr (named, "Access-Control-"));
  finish ();
}

static void
test_log_in (void)
{
  static const char *const operators[] = { "anna", NULL };
  static const char *const proxies[] = { "127.0.0.1", NULL };

  g_test_summary ("With a log-in, operators are let in and others told why not");

  http_harness_init (&harness);
  harness.auth_mode = TIDE_AUTH_HEADER;
  harness.settings.trusted_proxies = (char **) proxies;
  harness.settings.console.operators = (char **) operators;
  start ();
  tide_http_server_set_authenticator (
      harness.server,
      tide_authenticator_new (&(TideAuthSettings){ .mode = TIDE_AUTH_HEADER,
                                                   .user_header = "X-Remote-User" }),
      0);
  assert_answer ("GET /console/api/overview", "", 401, "\"code\":\"login_required\"");
  assert_answer ("GET /console/api/overview", "", 401, "\"mode\":\"header\"}");
  assert_answer ("GET /console/api/overview",
                 "X-Remote-User: carl\r\n",
                 403,
                 "the user carl is no operator: add the name to [console] operators");
  assert_answer (
      "GET /console/api/overview", "X-Remote-User: anna\r\n", 200, "{\"x\":1}");
  assert_answer ("GET /console/", "", 200, "text/html");
  g_assert_cmpstr (asked->str, ==, "GET overview anna [] -\n");
  finish ();
}

static void
test_too_long (void)
{
  static const gsize sizes[] = { 64 * 1024 + 1, 200 * 1024 };

  g_test_summary ("A body of more than 64 KiB is refused");

  http_harness_init (&harness);
  start ();
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *body = g_strnfill (sizes[i], ' ');
      g_autofree char *headers =
          g_strdup_printf ("Content-Type: application/json\r\nContent-Length: "
                           "%" G_GSIZE_FORMAT "\r\n",
                           sizes[i]);
      g_autofree char *answer = ask ("POST /console/api/explain", headers, body);

      http_assert_status (answer, 413);
    }
  g_assert_cmpstr (asked->str, ==, "");
  finish ();
}

static void
test_nobody_answers (void)
{
  g_test_summary ("Without who answers nothing is found");

  http_harness_init (&harness);
  http_harness_start (&harness);
  assert_answer ("GET /console/api/overview", "", 404, "\"code\":\"not_found\"");
  http_harness_clear (&harness);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/console-pages/page", test_page);
  g_test_add_func ("/server/console-pages/not-there", test_not_there);
  g_test_add_func ("/server/console-pages/asked", test_asked);
  g_test_add_func ("/server/console-pages/refused", test_refused);
  g_test_add_func ("/server/console-pages/any-origin", test_any_origin);
  g_test_add_func ("/server/console-pages/log-in", test_log_in);
  g_test_add_func ("/server/console-pages/too-long", test_too_long);
  g_test_add_func ("/server/console-pages/nobody-answers", test_nobody_answers);
  return g_test_run ();
}
