/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-json-scan.h"

#include "pipeline-harness.h"

static TideEventStreams *
get_streams (void)
{
  return tide_pipeline_get_stages (fixture.pipeline)->streams;
}

static int
open_stream (const char *filter)
{
  g_autoptr (GError) error = NULL;
  int fd = tide_event_streams_open (get_streams (), filter, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
read_some (int fd, GString *text)
{
  char buffer[64 * 1024];
  gssize n;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  while ((n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    {
      g_string_append_len (text, buffer, n);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
assert_lines (int fd, guint n_lines, const char *part)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;

  read_some (fd, text);
  lines = g_strsplit (text->str, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, n_lines + 1);
  for (guint i = 0; i < n_lines; i++)
    {
      TideJsonKind kind;

      g_assert_cmpint (
          tide_json_scan (lines[i], strlen (lines[i]), NULL, 0, &kind), ==, TIDE_JSON_OK);
      g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
      if (part != NULL && strstr (lines[i], part) == NULL)
        g_error ("no %s in %s", part, lines[i]);
    }
}

static void
test_lines (void)
{
  RawWebSocket ann;
  int all;
  int apples;
  int anns;

  g_test_summary ("Each stream has the events of its filter, a line of JSON each, with "
                  "the payload as it came");

  set_up (NULL, NULL);
  come (&ann, "ann");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\",\"before\":1}");
  all = open_stream ("");
  apples = open_stream ("key=AAPL type=tick* channel=tickstock.*");
  anns = open_stream ("user=a?n");
  take ("tickstock.all_ticks", "{\"symbol\":\"AAPL\",\n \"price\":1.50}");
  take ("tickstock.all_ticks", "{\"symbol\":\"MSFT\"}");
  assert_lines (apples,
                1,
                "\"channel\":\"tickstock.all_ticks\",\"route\":\"tick_data\",\"type\":"
                "\"tick_data\",\"key\":\"AAPL\",\"priority\":\"medium\",\"class\":"
                "\"conflate\",\"n_users\":1,\"payload\":{\"symbol\":\"AAPL\",  "
                "\"price\":1.50}}");
  assert_lines (anns, 1, "AAPL");
  assert_lines (all, 2, "tick_data");
  take ("tickstock.events.health", "{\"status\":\"ok\"}");
  assert_lines (anns, 1, "\"key\":null");
  close (all);
  close (apples);
  close (anns);
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_lost (void)
{
  g_autofree char *filling = g_strnfill (10000, 'x');
  g_autofree char *payload = g_strdup_printf ("{\"symbol\":\"A\",\"x\":\"%s\"}", filling);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_lines = 0;
  guint64 n_lost = 0;
  int fd;

  g_test_summary ("Who does not read loses lines, and is told how many: every event is a "
                  "line or counted as lost");

  set_up (NULL, NULL);
  fd = open_stream ("");
  for (guint i = 0; i < 1000; i++)
    {
      take ("tickstock.all_ticks", payload);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  read_some (fd, text);
  take ("tickstock.all_ticks", "{\"symbol\":\"LAST\"}");
  read_some (fd, text);
  for (const char *at = text->str; at != NULL && *at != '\0';)
    {
      if (g_str_has_prefix (at, "{\"lost\":"))
        n_lost += g_ascii_strtoull (at + strlen ("{\"lost\":"), NULL, 10);
      else
        n_lines++;
      at = strchr (at, '\n') + 1;
    }
  g_assert_cmpuint (n_lost, >, 100);
  g_assert_cmpuint (n_lines, >, 100);
  g_assert_cmpuint (n_lines + n_lost, ==, 1001);
  g_assert_nonnull (strstr (text->str, "LAST"));
  close (fd);
  tear_down ();
}

static void
test_end (void)
{
  int fds[TIDE_EVENT_STREAMS_MAX];
  g_autoptr (GError) full = NULL;
  g_autoptr (GError) bad = NULL;

  g_test_summary (
      "There are so many at most; one that is closed makes place for another");

  set_up (NULL, NULL);
  for (guint i = 0; i < TIDE_EVENT_STREAMS_MAX; i++)
    fds[i] = open_stream ("");
  g_assert_cmpint (tide_event_streams_open (get_streams (), "", &full), ==, -1);
  g_assert_error (full, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  close (fds[3]);
  for (guint i = 0; i < HTTP_PATIENCE && tide_event_streams_get_n_open (get_streams ()) ==
                                             TIDE_EVENT_STREAMS_MAX;
       i++)
    http_turn (-1);
  fds[3] = open_stream ("");
  g_assert_cmpint (tide_event_streams_open (get_streams (), "what", &bad), ==, -1);
  g_assert_error (bad, TIDE_ERROR, TIDE_ERROR_BAD_FILTER);
  for (guint i = 0; i < TIDE_EVENT_STREAMS_MAX; i++)
    close (fds[i]);
  take ("tickstock.all_ticks", "{\"symbol\":\"A\"}");
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_event_streams_get_n_open (get_streams ()) > 0;
       i++)
    http_turn (-1);
  g_assert_cmpuint (tide_event_streams_get_n_open (get_streams ()), ==, 0);
  fds[0] = open_stream ("");
  tear_down ();
  g_assert_cmpint (recv (fds[0], &fds[1], 1, 0), ==, 0);
  close (fds[0]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/event-streams/lines", test_lines);
  g_test_add_func ("/daemon/event-streams/lost", test_lost);
  g_test_add_func ("/daemon/event-streams/end", test_end);
  return g_test_run ();
}
