/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-reader-streams.h"

#include "pipeline-harness.h"

/* Events come by a whole pipeline; the time of who reads is told by hand. */
static TideClock *hand_clock;
static TideTimerWheel *hand_wheel;
static TideReaderStreams *readers;

static TideEventStreams *
get_streams (void)
{
  return tide_pipeline_get_stages (fixture.pipeline)->streams;
}

static void
start (void)
{
  static const char *const more[] = { "source.max-event-bytes=1000000",
                                      "delivery.outbox-hard-bytes=4000000",
                                      NULL };

  set_up (NULL, more);
  hand_clock = tide_clock_new_manual (G_USEC_PER_SEC);
  hand_wheel = tide_timer_wheel_new (hand_clock);
  readers = tide_reader_streams_new (get_streams (), hand_wheel);
}

static void
end (void)
{
  g_clear_pointer (&readers, tide_reader_streams_free);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (hand_wheel), ==, -1);
  tide_timer_wheel_free (hand_wheel);
  tide_clock_unref (hand_clock);
  tear_down ();
}

static void
advance (gint64 us)
{
  tide_clock_advance (hand_clock, us);
  tide_timer_wheel_run (hand_wheel);
}

static void
turn (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
publish (const char *payload)
{
  take ("tickstock.all_ticks", payload);
  turn ();
}

static char *
open_stream (const char *filter)
{
  g_autoptr (GError) error = NULL;
  const char *id = tide_reader_streams_open (readers, filter, &error);

  g_assert_no_error (error);
  g_assert_true (g_uuid_string_is_valid (id));
  return g_strdup (id);
}

static void
wait_for_n_open (guint n)
{
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_event_streams_get_n_open (get_streams ()) != n;
       i++)
    http_turn (-1);
  g_assert_cmpuint (tide_event_streams_get_n_open (get_streams ()), ==, n);
}

static void
test_patience (void)
{
  g_autofree char *read = NULL;
  g_autofree char *unread = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);

  g_test_summary (
      "A stream that nobody reads for 15 s is closed, one that is read stays");

  start ();
  read = open_stream ("");
  unread = open_stream ("");
  for (guint i = 0; i < 4; i++)
    {
      advance (TIDE_READER_STREAMS_PATIENCE_US / 2 - G_USEC_PER_SEC);
      g_assert_true (tide_reader_streams_read (readers, read, lines));
    }
  g_assert_false (tide_reader_streams_read (readers, unread, lines));
  wait_for_n_open (1);
  advance (TIDE_READER_STREAMS_PATIENCE_US + G_USEC_PER_SEC);
  g_assert_false (tide_reader_streams_read (readers, read, lines));
  wait_for_n_open (0);
  g_assert_cmpuint (lines->len, ==, 0);
  end ();
}

static void
test_close (void)
{
  g_autofree char *one = NULL;
  g_autofree char *other = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A stream ends when it is closed, and all end with their owner");

  start ();
  one = open_stream ("");
  other = open_stream ("key=A*");
  g_assert_cmpstr (one, !=, other);
  g_assert_true (tide_reader_streams_close (readers, one));
  g_assert_false (tide_reader_streams_close (readers, one));
  wait_for_n_open (1);
  g_assert_null (tide_reader_streams_open (readers, "what", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_FILTER);
  g_clear_pointer (&readers, tide_reader_streams_free);
  wait_for_n_open (0);
  end ();
}

/* Reads until nothing comes; each time whole lines. */
static void
read_all (const char *id, GString *text, gsize max_bytes)
{
  for (guint n_empty = 0; n_empty < 3;)
    {
      g_autoptr (GString) lines = g_string_new (NULL);

      turn ();
      g_assert_true (tide_reader_streams_read (readers, id, lines));
      n_empty = lines->len > 0 ? 0 : n_empty + 1;
      g_assert_cmpuint (lines->len, <=, max_bytes);
      if (lines->len > 0)
        g_assert_cmpint (lines->str[lines->len - 1], ==, '\n');
      g_string_append_len (text, lines->str, lines->len);
    }
}

static void
test_whole_lines (void)
{
  g_autofree char *id = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_taken = 0;
  guint n_lines = 0;
  guint64 n_lost = 0;

  g_test_summary ("Only whole lines are given, and each event is a line or counted as "
                  "lost");

  start ();
  id = open_stream ("");
  for (guint round = 0; round < 20; round++)
    {
      guint n = g_test_rand_int_range (1, 120);

      for (guint i = 0; i < n; i++)
        {
          g_autofree char *filling = g_strnfill (g_test_rand_int_range (0, 30000), 'x');
          g_autofree char *payload =
              g_strdup_printf ("{\"symbol\":\"A\",\"x\":\"%s\"}", filling);

          publish (payload);
          n_taken++;
        }
      read_all (id, text, TIDE_READER_STREAMS_MAX_BYTES);
    }
  for (const char *at = text->str; *at != '\0'; at = strchr (at, '\n') + 1)
    if (g_str_has_prefix (at, "{\"lost\":"))
      n_lost += g_ascii_strtoull (at + strlen ("{\"lost\":"), NULL, 10);
    else
      {
        g_assert_true (g_str_has_prefix (at, "{\"time_usec\":"));
        n_lines++;
      }
  g_assert_cmpuint (n_lines, >, 20);
  g_assert_cmpuint (n_lines + n_lost, ==, n_taken);
  end ();
}

static void
test_long_line (void)
{
  g_autofree char *filling = g_strnfill (600 * 1024, 'x');
  g_autofree char *payload = g_strdup_printf ("{\"symbol\":\"A\",\"x\":\"%s\"}", filling);
  g_autofree char *id = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  g_test_summary ("A line that is longer than all that is given at once comes whole");

  start ();
  id = open_stream ("");
  publish ("{\"symbol\":\"FIRST\"}");
  publish (payload);
  publish ("{\"symbol\":\"LAST\"}");
  read_all (id, text, 1024 * 1024);
  g_assert_nonnull (strstr (text->str, "FIRST"));
  g_assert_nonnull (strstr (text->str, filling));
  g_assert_nonnull (strstr (text->str, "LAST"));
  end ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/reader-streams/patience", test_patience);
  g_test_add_func ("/daemon/reader-streams/close", test_close);
  g_test_add_func ("/daemon/reader-streams/whole-lines", test_whole_lines);
  g_test_add_func ("/daemon/reader-streams/long-line", test_long_line);
  return g_test_run ();
}
