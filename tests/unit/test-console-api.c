/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-harness.h"

static void
test_paths (void)
{
  static const char *const strange[] = {
    "",         "nothing", "overview/", "overviews", "connections/", "session/x",
    "streams/", "users",   "users/",    "explain/",  "/overview",    "../overview",
  };

  g_test_summary ("What is not there is not found; what is there has its method");

  start_console (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (strange); i++)
    assert_refused (get (strange[i], NULL, 404), "not_found", "docs/CONSOLE-API.md");
  assert_refused (post ("overview", "{}", 405), "bad_request", "only GET can be used");
  assert_refused (get ("explain", NULL, 405), "bad_request", "only POST can be used");
  assert_refused (
      post ("streams/x", "{}", 405), "bad_request", "only DELETE and GET can be used");
  end_console ();
}

static void
test_samples (void)
{
  g_autofree char *samples = NULL;

  g_test_summary ("Samples are there from the first question on");

  start_console (NULL);
  samples = get ("samples", NULL, 200);
  assert_has (samples, "{\"interval_ms\":5000,\"columns\":[\"time_ms\",\"connections\",");
  assert_has (samples, "\"rows\":[[");
  end_console ();
}

/* Returns: (transfer full): a path of a stream that was opened */
static char *
open_stream (const char *body)
{
  g_autofree char *answer = post ("streams", body, 201);
  g_auto (GStrv) words = g_strsplit (answer, "\"", -1);

  g_assert_cmpuint (g_strv_length (words), ==, 5);
  g_assert_cmpstr (words[1], ==, "stream");
  g_assert_true (g_uuid_string_is_valid (words[3]));
  return g_strconcat ("streams/", words[3], NULL);
}

static char *
read_stream (const char *path)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < HTTP_PATIENCE && text->len == 0; i++)
    {
      g_autofree char *lines = NULL;

      http_turn (-1);
      lines = ask_for (
          &(TideConsoleRequest){ .method = "GET", .path = path, .body = "" }, NULL, 200);
      g_string_append (text, lines);
    }
  return g_strdup (text->str);
}

static void
test_streams (void)
{
  g_autofree char *apples = NULL;
  g_autofree char *all = NULL;
  g_autofree char *lines = NULL;
  g_autofree char *none = NULL;
  TideConsoleRequest end = { .method = "DELETE", .body = "" };

  g_test_summary ("A stream has what its filter says, until it is closed");

  start_console (NULL);
  apples = open_stream ("{\"filter\":\"key=A*\"}");
  all = open_stream ("{}");
  take ("tickstock.all_ticks", "{\"symbol\":\"MSFT\"}");
  take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\",\"price\":1.50}");
  lines = read_stream (apples);
  assert_has (lines, "\"payload\":{\"symbol\":\"AAPL\",\"price\":1.50}}\n");
  g_assert_null (strstr (lines, "MSFT"));
  none = get (apples, NULL, 200);
  g_assert_cmpstr (none, ==, "");
  end.path = apples;
  g_free (ask_for (&end, NULL, 204));
  assert_refused (ask_for (&end, NULL, 404), "not_found", "POST to streams");
  assert_refused (get (apples, NULL, 404), "not_found", "for 15 s is closed");
  end_console ();
}

static void
test_bad_streams (void)
{
  static const char *const bodies[] = {
    "", "[]", "{", "{\"filter\":1}", "{\"filter\":\"a\\u0000\"}", "\"key=A\"",
  };

  g_test_summary ("A body or a filter that can't be understood is told so; so are too "
                  "many streams");

  start_console (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    assert_refused (
        post ("streams", bodies[i], 400), "bad_request", "has to be a JSON object");
  assert_refused (post ("streams", "{\"filter\":\"key=A what\"}", 400),
                  "bad_request",
                  "word 2 of the filter is not NAME=PATTERN");
  for (guint i = 0; i < TIDE_EVENT_STREAMS_MAX; i++)
    g_free (open_stream ("{\"filter\":\"\"}"));
  assert_refused (post ("streams", "{}", 429), "limit_exceeded", "close one first");
  end_console ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/console-api/paths", test_paths);
  g_test_add_func ("/daemon/console-api/samples", test_samples);
  g_test_add_func ("/daemon/console-api/streams", test_streams);
  g_test_add_func ("/daemon/console-api/bad-streams", test_bad_streams);
  return g_test_run ();
}
