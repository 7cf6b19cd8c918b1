/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-harness.h"

static void
test_taken (void)
{
  FakeTransport *anna;

  g_test_summary ("Events are in outboxes until their frame is wholly taken");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  g_assert_cmpuint (deliver ("anna", "L1", "C1", "L2"), ==, 1);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 2);
  g_assert_cmpuint (BOOK (CONFLATE)->in_outboxes, ==, 1);
  g_assert_cmpuint (sessions.counters.frames_queued, ==, 1);
  fake_transport_take (anna, anna->outbox.n_bytes - 1);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 2);
  tide_clock_advance (sessions.clock, 500);
  fake_transport_take (anna, 1);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 2);
  g_assert_cmpuint (BOOK (CONFLATE)->delivered, ==, 1);
  g_assert_cmpuint (sessions.counters.frames_delivered, ==, 1);
  g_assert_cmpuint (sessions.counters.latency[TIDE_PRIORITY_MEDIUM].n_values, ==, 3);
  assert_settled ();
  fake_transport_end (anna);
  fake_assert_log (sessions.stage->log, "gone 1\nleft 0\n");
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

/* @later_us: microseconds from now, -1 for a time that is not known */
static guint64
measure_take (gint64 later_us)
{
  gint64 now_us;
  FakeTransport *anna;
  guint64 latency_us;

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  now_us = tide_clock_now_us (sessions.clock);
  deliver ("anna", "L1");
  sessions.counters.outbox_bytes -= anna->outbox.n_bytes;
  tide_outbox_count_taken (tide_outbox_take (&anna->outbox,
                                             anna->outbox.n_bytes,
                                             later_us < 0 ? -1 : now_us + later_us),
                           &sessions.counters);
  latency_us = tide_histogram_get_percentile (
      &sessions.counters.latency[TIDE_PRIORITY_MEDIUM], 100);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
  return latency_us;
}

static void
test_time (void)
{
  guint64 at_once_us = measure_take (-1);

  g_test_summary ("Events are taken when the one who writes says, else now");

  g_assert_cmpuint (measure_take (0), ==, at_once_us);
  g_assert_cmpuint (measure_take (100 * G_USEC_PER_SEC), >, at_once_us);
}

static void
test_returned (void)
{
  FakeTransport *anna;

  g_test_summary ("At the end the lossless events that were not taken go back, in order");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "L1", "C1");
  deliver ("anna", "L2", "C2");
  deliver ("anna", "L3");
  fake_transport_take (anna, 1);
  fake_transport_end (anna);
  fake_assert_log (sessions.stage->log,
                   "gone 1\nreturned 0 \"L1\" \"L2\" \"L3\"\nleft 0\n");
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 2);
  g_assert_cmpuint (sessions.counters.frames_discarded, ==, 3);
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_half (void)
{
  FakeTransport *anna;
  gsize n_bytes;

  g_test_summary (
      "Of a frame cut by the end, whole messages are delivered, half ones not");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "L1", "C1", "C2", "L2");
  n_bytes = anna->outbox.n_bytes / 4;
  fake_transport_take (anna, 2 * n_bytes + 1);
  tide_connection_close (anna->connection, TIDE_CLOSE_REFUSED, "bye");
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L2\"\nleft 0\n");
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 1);
  g_assert_cmpuint (BOOK (CONFLATE)->delivered, ==, 1);
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 1);
  /* The rest of C2 still goes, so that a close frame can follow. */
  g_assert_cmpuint (anna->outbox.n_bytes, ==, n_bytes - 1);
  g_assert_false (anna->outbox.is_ended);
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_half_lossless (void)
{
  FakeTransport *anna;

  g_test_summary ("When half of a lossless event is gone, nothing more of it may go");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "L1", "C1");
  fake_transport_take (anna, 5);
  tide_connection_close (anna->connection, TIDE_CLOSE_REFUSED, "bye");
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L1\"\nleft 0\n");
  g_assert_cmpuint (anna->outbox.n_bytes, ==, 0);
  g_assert_true (anna->outbox.is_ended);
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_replies_stay (void)
{
  FakeTransport *anna;

  g_test_summary ("Replies are not events: they still go out at the end");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  tide_connection_send (anna->connection, tide_frame_new_copy ("\x81\x01x", 3));
  deliver ("anna", "C1");
  tide_connection_send (anna->connection, tide_frame_new_copy ("\x81\x01y", 3));
  fake_transport_take (anna, 2);
  tide_connection_close (anna->connection, TIDE_CLOSE_REFUSED, "bye");
  g_assert_cmpuint (anna->outbox.n_bytes, ==, 4);
  g_assert_cmpuint (anna->outbox.head_taken, ==, 2);
  fake_transport_take (anna, 4);
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_shutdown (void)
{
  FakeTransport *anna;

  g_test_summary ("What is queued when the service ends still goes out");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "C1");
  tide_websocket_manager_close_all (sessions.manager, TIDE_CLOSE_SHUTDOWN);
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 1);
  g_assert_cmpuint (sessions.counters.frames_queued, ==, 1);
  take_all (anna);
  g_assert_cmpuint (BOOK (CONFLATE)->delivered, ==, 0);
  g_assert_cmpuint (sessions.counters.frames_delivered, ==, 1);
  assert_settled ();
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow (void)
{
  FakeTransport *anna;

  g_test_summary ("What is lost because a client is too slow counts as that");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "L1", "C1");
  anna->is_full = TRUE;
  g_assert_cmpuint (deliver ("anna", "L2"), ==, 0);
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L1\"\nleft 0\n");
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_slow, ==, 1);
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 0);
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_two_tabs_half (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("What one tab got before it ended in mid-frame does not go back");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  two = open_holding ("anna");
  deliver ("anna", "L1", "L2", "L3");
  fake_transport_take (one, one->outbox.n_bytes / 3 * 2);
  fake_transport_take (two, two->outbox.n_bytes / 3);
  fake_transport_end (one);
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "gone 1\ngone 2\nreturned 0 \"L3\"\nleft 0\n");
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 2);
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_hand_over (void)
{
  FakeTransport *polling;
  FakeTransport *websocket = fake_transport_new ();
  FakeTransport *other;
  TideConnection *connection;

  g_test_summary ("An upgrade moves frames and books; what finds no room goes back");

  fake_sessions_init (&sessions);
  polling = open_holding ("anna");
  other = open_holding ("anna");
  websocket->is_holding = TRUE;
  deliver ("anna", "L1");
  fake_transport_end (other);
  g_string_truncate (sessions.stage->log, 0);
  deliver ("anna", "L2", "C2");
  connection = g_steal_pointer (&polling->connection);
  tide_connection_change_transport (connection, &websocket->base);
  websocket->connection = connection;
  g_assert_cmpuint (polling->outbox.n_bytes, ==, 0);
  g_assert_cmpuint (sessions.counters.frames_made, ==, 3);
  fake_transport_take (
      websocket, ((TideFrame *) tide_ring_peek (&websocket->outbox.frames, 0))->n_bytes);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 1);

  /* Once more, to one that is full. */
  polling->is_full = TRUE;
  tide_connection_change_transport (connection, &polling->base);
  websocket->connection = NULL;
  polling->connection = connection;
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 1);
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L2\"\nleft 0\n");
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_slow, ==, 1);
  fake_transport_free (polling);
  fake_transport_free (websocket);
  fake_transport_free (other);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_left_namespace (void)
{
  FakeTransport *anna;
  gsize n_bytes;

  g_test_summary ("Who leaves the namespace gets no more events, but whole messages");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_transport_receive (anna, "40");
  anna->is_holding = TRUE;
  g_string_truncate (sessions.stage->log, 0);
  deliver ("anna", "L1", "L2");
  n_bytes = anna->outbox.n_bytes / 2;
  fake_transport_take (anna, 3);
  fake_transport_receive (anna, "41");
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L1\" \"L2\"\nleft 0\n");
  g_assert_cmpuint (anna->outbox.n_bytes, ==, n_bytes - 3);
  g_assert_false (anna->outbox.is_ended);
  take_all (anna);
  assert_settled ();
  fake_transport_end (anna);
  fake_assert_log (sessions.stage->log, "");
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_broken (void)
{
  FakeTransport *anna;

  g_test_summary (
      "A socket that has broken takes nothing more, and is not slow for that");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  deliver ("anna", "L1");
  anna->outbox.is_ended = TRUE;
  g_assert_cmpuint (deliver ("anna", "L2"), ==, 0);
  fake_sessions_advance (&sessions, 4);
  g_assert_false (anna->is_closed);
  fake_transport_end (anna);
  fake_assert_log (sessions.stage->log, "gone 1\nreturned 0 \"L1\"\nleft 0\n");
  fake_transport_free (anna);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-books/taken", test_taken);
  g_test_add_func ("/sessions/session-books/time", test_time);
  g_test_add_func ("/sessions/session-books/returned", test_returned);
  g_test_add_func ("/sessions/session-books/half", test_half);
  g_test_add_func ("/sessions/session-books/half-lossless", test_half_lossless);
  g_test_add_func ("/sessions/session-books/replies-stay", test_replies_stay);
  g_test_add_func ("/sessions/session-books/shutdown", test_shutdown);
  g_test_add_func ("/sessions/session-books/slow", test_slow);
  g_test_add_func ("/sessions/session-books/two-tabs-half", test_two_tabs_half);
  g_test_add_func ("/sessions/session-books/hand-over", test_hand_over);
  g_test_add_func ("/sessions/session-books/left-namespace", test_left_namespace);
  g_test_add_func ("/sessions/session-books/broken", test_broken);
  return g_test_run ();
}
