/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-harness.h"

static void
test_nobody (void)
{
  FakeTransport *anna;

  g_test_summary ("What no connection takes stays the caller's");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  anna->is_full = TRUE;
  g_assert_cmpuint (deliver ("anna", "L1", "C1"), ==, 0);
  g_assert_cmpuint (deliver ("anna", "L2", "Ca"), ==, 0);
  g_assert_cmpuint (sessions.counters.frames_made, ==, 0);
  assert_settled ();
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_two_tabs (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A user's event is delivered once, by the first tab that takes it");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  two = open_holding ("anna");
  g_assert_cmpuint (deliver ("anna", "L1", "C1"), ==, 2);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 1);
  g_assert_cmpuint (one->connection->n_flights, ==, 1);
  take_all (one);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 1);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 0);
  take_all (two);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 1);
  g_assert_cmpuint (BOOK (CONFLATE)->delivered, ==, 1);
  g_assert_cmpuint (sessions.counters.frames_delivered, ==, 2);
  assert_settled ();

  /* A tab that ends leaves it to the other one. */
  deliver ("anna", "L2", "C2");
  fake_transport_end (one);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 1);
  fake_assert_log (sessions.stage->log, "gone 1\n");
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "gone 2\nreturned 0 \"L2\"\nleft 0\n");
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 1);
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_full_tab (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A tab without room does not keep an event from the other");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  two = open_holding ("anna");
  one->is_full = TRUE;
  g_assert_cmpuint (deliver ("anna", "L1"), ==, 1);
  fake_transport_end (one);
  take_all (two);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 1);
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_handed_on (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A tab that came later gets what the one before it has not taken");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  deliver ("anna", "L1", "C1");
  two = open_holding ("anna");
  deliver ("anna", "L2");
  g_string_truncate (two->log, 0);
  fake_transport_end (one);
  fake_assert_log (two->log, "> {\"type\":\"tick\",\"data\":\"L1\"}\n");
  fake_assert_log (sessions.stage->log, "gone 1\n");
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 2);
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 1);
  take_all (two);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 2);
  assert_settled ();
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_handed_on_in_vain (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("What the last tab has no room for goes back when that ends, too");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  deliver ("anna", "L1");
  two = open_holding ("anna");
  deliver ("anna", "L2");
  two->is_full = TRUE;
  fake_transport_end (one);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 2);
  g_assert_cmpuint (sessions.counters.frames_queued, ==, 2);
  fake_sessions_advance (&sessions, 4);
  fake_assert_log (sessions.stage->log,
                   "gone 1\ngone 2\nreturned 0 \"L2\" \"L1\"\nleft 0\n");
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_by_room (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("An event for a room goes to the tabs that are there, in order");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  two = open_holding ("anna");
  tide_websocket_manager_enter_room (sessions.manager, one->connection->id, "a");
  g_assert_cmpuint (deliver ("anna", "L1", "La", "Lb", "C2"), ==, 2);
  fake_assert_log (one->log,
                   "> {\"type\":\"tick\",\"data\":\"L1\"}\n"
                   "> {\"type\":\"tick\",\"data\":\"La\"}\n"
                   "> {\"type\":\"tick\",\"data\":\"C2\"}\n");
  fake_assert_log (two->log,
                   "> {\"type\":\"tick\",\"data\":\"L1\"}\n"
                   "> {\"type\":\"tick\",\"data\":\"C2\"}\n");
  g_assert_cmpuint (BOOK (LOSSLESS)->dropped_left, ==, 1);
  g_assert_cmpuint (BOOK (LOSSLESS)->in_outboxes, ==, 2);
  /* Nobody is in b: the event is dealt with all the same. */
  g_assert_cmpuint (deliver ("anna", "Cb"), ==, 1);
  g_assert_cmpuint (BOOK (CONFLATE)->dropped_left, ==, 1);
  take_all (two);
  fake_transport_end (one);
  g_assert_cmpuint (BOOK (LOSSLESS)->dropped_left, ==, 2);
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_shared_in_room (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("When all tabs are in the room they share the batch as it is");

  fake_sessions_init (&sessions);
  one = open_holding ("anna");
  two = open_holding ("anna");
  tide_websocket_manager_enter_room (sessions.manager, 1, "a");
  tide_websocket_manager_enter_room (sessions.manager, 2, "a");
  deliver ("anna", "L1", "Ca");
  g_assert_true (tide_ring_peek (&one->outbox.frames, 0) ==
                 tide_ring_peek (&two->outbox.frames, 0));
  g_assert_cmpuint (sessions.counters.frames_made, ==, 2);
  take_all (one);
  take_all (two);
  assert_settled ();
  fake_transport_end (one);
  fake_transport_end (two);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_own_room (void)
{
  g_autoptr (TideEvent) event = fake_event_new ("1", TIDE_CLASS_CONFLATE, "user_anna");
  const TideBatchItem item = { event, 1, 0 };
  g_autoptr (TideBatch) batch = tide_batch_new_items (&item, 1);
  FakeTransport *anna;
  FakeTransport *bert;

  g_test_summary ("Every user with a name is in a room of its own");

  fake_sessions_init (&sessions);
  anna = open_holding ("anna");
  bert = open_holding ("bert");
  fake_sessions_deliver_everyone (&sessions, batch);
  g_assert_cmpuint (anna->n_frames, ==, 1);
  g_assert_cmpuint (bert->n_frames, ==, 0);
  fake_transport_end (anna);
  fake_transport_end (bert);
  fake_transport_free (anna);
  fake_transport_free (bert);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

static void
test_taken_at_once (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("A tab may take a batch before the next one is given it");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  g_assert_cmpuint (deliver ("anna", "L1", "C1"), ==, 2);
  one->is_holding = TRUE;
  g_assert_cmpuint (deliver ("anna", "L2"), ==, 2);
  g_assert_cmpuint (BOOK (LOSSLESS)->delivered, ==, 2);
  fake_transport_end (one);
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "came 0\ngone 1\ngone 2\nleft 0\n");
  fake_transport_free (one);
  fake_transport_free (two);
  assert_settled ();
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-delivery/nobody", test_nobody);
  g_test_add_func ("/sessions/session-delivery/two-tabs", test_two_tabs);
  g_test_add_func ("/sessions/session-delivery/full-tab", test_full_tab);
  g_test_add_func ("/sessions/session-delivery/handed-on", test_handed_on);
  g_test_add_func ("/sessions/session-delivery/handed-on-in-vain",
                   test_handed_on_in_vain);
  g_test_add_func ("/sessions/session-delivery/by-room", test_by_room);
  g_test_add_func ("/sessions/session-delivery/shared-in-room", test_shared_in_room);
  g_test_add_func ("/sessions/session-delivery/own-room", test_own_room);
  g_test_add_func ("/sessions/session-delivery/taken-at-once", test_taken_at_once);
  return g_test_run ();
}
