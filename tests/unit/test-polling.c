/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "polling-harness.h"

static void
test_open (Fixture *self, gconstpointer unused)
{
  FakeRequest *first;

  g_test_summary ("The first GET takes the open packet, which offers a WebSocket");

  g_assert_true (find (self) == self->polling);
  g_assert_true (tide_polling_belongs_to (self->polling, "anna"));
  g_assert_false (tide_polling_belongs_to (self->polling, "bert"));
  g_assert_false (tide_polling_belongs_to (self->polling, NULL));
  first = get (self);
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_nonnull (strstr (first->body, self->sid));
  g_assert_nonnull (strstr (first->body, "\"upgrades\":[\"websocket\"]"));
  g_assert_cmpuint (self->sockets.counters.outbox_bytes, ==, 0);
}

static void
test_held (Fixture *self, gconstpointer unused)
{
  FakeRequest *request;

  g_test_summary ("A GET for which nothing waits is held; what comes in one turn of the "
                  "loop answers it at the end of that");

  greet (self);
  request = get (self);
  assert_held (request);
  turn (self);
  assert_held (request);
  g_assert_true (send_packet (self, "4a"));
  g_assert_true (send_packet (self, "4b"));
  assert_held (request);
  turn (self);
  assert_answer (request, 200, "4a" RS "4b");
  g_assert_null (request->socket->user_data);

  /* What comes without a GET waits for the next. */
  g_assert_true (send_packet (self, "4c"));
  turn (self);
  assert_answer (get (self), 200, "4c");
}

static void
test_many (Fixture *self, gconstpointer unused)
{
  FakeRequest *first;

  g_test_summary ("No answer has more packets than every client takes; the rest waits");

  greet (self);
  for (guint i = 0; i < 20; i++)
    g_assert_true (send_packet (self, "4"));
  first = get (self);
  g_assert_cmpuint (strlen (first->body), ==, 15 + 14);
  assert_answer (get (self), 200, "4" RS "4" RS "4" RS "4" RS "4");
  assert_held (get (self));
}

static void
test_overlap (Fixture *self, gconstpointer unused)
{
  FakeRequest *first;

  g_test_summary ("Two GETs at once end the session: one is refused, one gets the close");

  greet (self);
  first = get (self);
  assert_answer (get (self), 400, "Bad request: overlap");
  assert_answer (first, 200, "1");
  g_assert_null (find (self));
  g_assert_cmpuint (self->sockets.counters.connections_closed_protocol, ==, 1);
}

static void
test_posts (Fixture *self, gconstpointer unused)
{
  FakeRequest *first = make_request (self);
  FakeRequest *second = make_request (self);
  FakeRequest *third = make_request (self);

  g_test_summary ("POSTs come one after the other; two at once end the session");

  g_assert_true (tide_polling_begin_post (self->polling, as_message (first)));
  g_assert_true (tide_polling_post (self->polling, "4a" RS "4b" RS "bAQI=", 11));
  g_assert_cmpstr (received->str, ==, "a b \001\002(binary) ");
  /* The end of a request whose body has come is not that of the next. */
  g_assert_true (tide_polling_begin_post (self->polling, as_message (second)));
  g_signal_emit_by_name (first, "finished");
  g_assert_true (self->polling->post == as_message (second));
  /* A POST that was cut off makes room. */
  g_signal_emit_by_name (second, "finished");
  g_assert_null (self->polling->post);
  g_assert_true (tide_polling_begin_post (self->polling, as_message (second)));
  g_assert_false (tide_polling_begin_post (self->polling, as_message (third)));
  assert_answer (third, 400, "Bad request: overlap");
  g_assert_null (find (self));
  g_signal_emit_by_name (second, "finished");
}

static void
test_broken (Fixture *self, gconstpointer unused)
{
  FakeRequest *request;

  g_test_summary ("A broken packet ends the session, and those behind it are not read");

  greet (self);
  request = get (self);
  g_assert_false (tide_polling_post (self->polling, "4a" RS "9" RS "4b", 6));
  g_assert_cmpstr (received->str, ==, "a ");
  assert_answer (request, 200, "1");
  g_assert_null (find (self));
}

static void
test_wish (Fixture *self, gconstpointer unused)
{
  FakeRequest *request;

  g_test_summary ("A client that closes is no broken one; its GET returns with a noop");

  greet (self);
  request = get (self);
  g_assert_true (tide_polling_post (self->polling, "4a" RS "1", 4));
  assert_answer (request, 200, "6");
  g_assert_null (find (self));
}

static void
test_leaves (Fixture *self, gconstpointer unused)
{
  FakeRequest *request;
  FakeRequest *gone = make_request (self);

  g_test_summary ("What waits is not put into an answer that nobody reads");

  greet (self);
  request = get (self);
  close (request->peer);
  request->peer = -1;
  g_assert_true (send_packet (self, "4a"));
  turn (self);
  assert_answer (request, 200, "6");
  g_assert_cmpint (request->socket->mode, ==, TIDE_SOCKET_CLOSED);

  close (gone->peer);
  gone->peer = -1;
  tide_polling_get (self->polling, as_message (gone), gone->socket);
  assert_answer (gone, 200, "6");
  assert_answer (get (self), 200, "4a");
}

static void
test_hung_up (Fixture *self, gconstpointer unused)
{
  FakeRequest *request;

  g_test_summary ("A GET whose client has left makes room for the next");

  greet (self);
  request = get (self);
  g_assert_true (request->socket->user_data == self->polling);
  tide_polling_hung_up (self->polling);
  assert_answer (request, 200, "6");
  request = get (self);
  assert_held (request);
  g_assert_true (send_packet (self, "4a"));
  turn (self);
  assert_answer (request, 200, "4a");
}

static void
test_full (Fixture *self, gconstpointer unused)
{
  char packet[OUTBOX_HARD_BYTES] = "";

  g_test_summary ("What is over the limit is not taken, and what waits stays as it was");

  greet (self);
  memset (packet, '4', sizeof packet - 1);
  g_assert_true (send_packet (self, "4a"));
  g_assert_false (send_packet (self, packet));
  packet[sizeof packet - 6] = '\0';
  g_assert_false (send_packet (self, packet));
  assert_answer (get (self), 200, "4a");
  g_assert_true (send_packet (self, packet));
  assert_answer (get (self), 200, packet);
}

static void
test_probe (Fixture *self, gconstpointer unused)
{
  TidePollingProbe probe = { NULL };
  TidePollingProbe other = { NULL };
  FakeRequest *request;

  g_test_summary ("While a WebSocket probes, GETs return at once; when it has gone, they "
                  "are held again");

  greet (self);
  g_assert_true (tide_polling_set_probe (self->polling, &probe));
  g_assert_true (probe.polling == self->polling);
  g_assert_false (tide_polling_set_probe (self->polling, &other));
  g_assert_null (other.polling);
  request = get (self);
  assert_held (request);
  tide_polling_answer_probe (self->polling);
  assert_answer (request, 200, "6");
  assert_answer (get (self), 200, "6");
  g_assert_true (send_packet (self, "4a"));
  assert_answer (get (self), 200, "4a");
  tide_polling_drop_probe (self->polling);
  assert_held (get (self));
  /* One that is still there learns when the session is gone. */
  g_assert_true (tide_polling_set_probe (self->polling, &probe));
  tide_connection_close (self->polling->connection, TIDE_CLOSE_REFUSED, "test");
  g_assert_null (probe.polling);
}

/* --- what takes a session over --- */

typedef struct
{
  TideTransport base;
  TideOutbox outbox;
  TideCounters *counters;
} FakeTransport;

static gboolean
fake_transport_send (TideTransport *transport, TideFrame *frame)
{
  FakeTransport *self = (FakeTransport *) transport;

  self->counters->outbox_bytes += frame->n_bytes;
  tide_outbox_push (&self->outbox, frame);
  return TRUE;
}

static void
fake_transport_flush (TideTransport *transport)
{
}

static void
fake_transport_close (TideTransport *transport, guint16 code, const char *reason)
{
  FakeTransport *self = (FakeTransport *) transport;

  tide_outbox_discard (&self->outbox, self->counters);
}

static void
test_hand_over (Fixture *self, gconstpointer unused)
{
  static const TideTransportFuncs funcs = { fake_transport_send,
                                            fake_transport_flush,
                                            fake_transport_close };
  FakeTransport transport = { .base = { .funcs = &funcs },
                              .counters = &self->sockets.counters };
  TidePollingProbe probe = { NULL };
  FakeRequest *request;
  FakeRequest *idle = make_request (self);
  TideConnection *connection = self->polling->connection;
  gsize n_bytes;

  g_test_summary ("A WebSocket takes the connection over with all that waits; a held GET "
                  "gets none of it, and idle links are closed");

  transport.base.outbox = &transport.outbox;
  greet (self);
  tide_polling_note_socket (self->polling, idle->socket);
  g_assert_true (tide_polling_set_probe (self->polling, &probe));
  request = get (self);
  g_assert_true (send_packet (self, "4a"));
  g_assert_true (send_packet (self, "4b"));
  n_bytes = self->polling->outbox.n_bytes;
  g_assert_true (tide_polling_hand_over (self->polling, &transport.base) == connection);
  assert_answer (request, 200, "6");
  g_assert_null (probe.polling);
  g_assert_null (find (self));
  g_assert_cmpuint (transport.outbox.frames.length, ==, 2);
  g_assert_cmpuint (transport.outbox.n_bytes, ==, n_bytes);
  g_assert_cmpuint (self->sockets.counters.outbox_bytes, ==, n_bytes);
  g_assert_cmpuint (self->sockets.counters.connections, ==, 1);
  g_assert_true (idle->socket->has_input_ended);
  turn (self);
  tide_websocket_manager_close_all (self->manager, TIDE_CLOSE_SHUTDOWN);
}

static void
test_late (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A request that comes too late finds the session gone");

  greet (self);
  g_assert_true (tide_polling_table_find_live (self->table, self->sid) == self->polling);
  /* Its timer has not run yet. */
  tide_clock_advance (self->sockets.clock, 25 * G_USEC_PER_SEC);
  g_assert_true (tide_polling_table_find_live (self->table, self->sid) == self->polling);
  tide_clock_advance (self->sockets.clock, 20 * G_USEC_PER_SEC);
  g_assert_null (tide_polling_table_find_live (self->table, self->sid));
  g_assert_null (tide_polling_table_find_live (self->table, "unknown"));
  g_assert_cmpuint (self->sockets.counters.connections_timed_out, ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/server/polling/open", test_open },
    { "/server/polling/held", test_held },
    { "/server/polling/many", test_many },
    { "/server/polling/overlap", test_overlap },
    { "/server/polling/posts", test_posts },
    { "/server/polling/broken", test_broken },
    { "/server/polling/wish", test_wish },
    { "/server/polling/leaves", test_leaves },
    { "/server/polling/hung-up", test_hung_up },
    { "/server/polling/full", test_full },
    { "/server/polling/probe", test_probe },
    { "/server/polling/hand-over", test_hand_over },
    { "/server/polling/late", test_late },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
