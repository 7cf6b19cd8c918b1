/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-batch.h"

#include "socket-harness.h"
#include <sys/resource.h>

#define N_MANY 700 /* more than epoll reports in one turn */

static SocketHarness harness;

/* --- a reader: of HTTP as libsoup is one, a source that wants input, once; of a
 * WebSocket as its transport is one --- */

typedef struct
{
  TideSocket *socket; /* (owned) */
  GSource *source;    /* (owned) (nullable), HTTP only */
  gsize n_read;
  guint n_calls;
  gssize last;          /* what the last read gave */
  TideSocket *to_abort; /* (nullable), when called */
  gboolean reads_once;  /* 100 bytes a call */
} Reader;

static void reader_arm (Reader *self);

static void
read_some (Reader *self)
{
  guint8 buffer[8192];

  self->n_calls++;
  if (self->to_abort != NULL)
    tide_socket_abort (g_steal_pointer (&self->to_abort));
  do
    {
      self->last =
          socket_read (self->socket, buffer, self->reads_once ? 100 : sizeof buffer);
      if (self->last > 0)
        self->n_read += self->last;
    }
  while (self->last > 0 && !self->reads_once);
}

static gboolean
on_source (gpointer user_data)
{
  Reader *self = user_data;

  g_source_set_ready_time (self->source, -1);
  read_some (self);
  /* libsoup makes a new source each time. */
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  tide_socket_set_read_source (self->socket, NULL);
  if (self->last != 0 && self->last != -1)
    reader_arm (self);
  return G_SOURCE_REMOVE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static void
reader_arm (Reader *self)
{
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_callback (self->source, on_source, self, NULL);
  tide_socket_set_read_source (self->socket, self->source);
  g_source_attach (self->source, NULL);
}

static void
on_readable (TideSocket *socket)
{
  Reader *self = socket->user_data;

  read_some (self);
  if (self->last == 0 || self->last == -1)
    tide_socket_close (socket);
}

static void
on_aborted (TideSocket *socket)
{
  ((Reader *) socket->user_data)->last = 0;
}

static const TideSocketFuncs websocket_funcs = {
  .readable = on_readable,
  .aborted = on_aborted,
};

static void
reader_init (Reader *self, TideSocket *socket, gboolean is_upgraded)
{
  memset (self, 0, sizeof *self);
  self->socket = tide_socket_ref (socket);
  if (is_upgraded)
    {
      tide_socket_upgrade (socket);
      socket->funcs = &websocket_funcs;
      socket->user_data = self;
    }
  else
    reader_arm (self);
}

static void
reader_clear (Reader *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  tide_socket_set_read_source (self->socket, NULL);
  self->socket->funcs = NULL;
  if (self->socket->mode == TIDE_SOCKET_WEBSOCKET)
    tide_socket_abort (self->socket);
  tide_socket_unref (self->socket);
}

static void
test_wakes (gconstpointer user_data)
{
  gboolean is_upgraded = GPOINTER_TO_INT (user_data);
  Reader reader;
  int peer;

  g_test_summary ("A reader is called when there is input, and left alone else");

  socket_harness_init (&harness);
  reader_init (&reader, socket_harness_connect (&harness, 0, &peer), is_upgraded);
  socket_harness_turn (&harness, 5);
  g_assert_cmpuint (reader.n_calls, ==, 0);
  for (guint i = 1; i <= 3; i++)
    {
      peer_send (peer, "abc", 3);
      socket_harness_turn (&harness, 5);
      g_assert_cmpuint (reader.n_calls, ==, i);
      g_assert_cmpuint (reader.n_read, ==, 3 * i);
    }
  close (peer);
  socket_harness_turn (&harness, 5);
  g_assert_cmpuint (reader.n_calls, ==, 4);
  g_assert_cmpint (reader.last, ==, 0);
  reader_clear (&reader);
  socket_harness_clear (&harness);
}

static void
test_leftover (void)
{
  guint8 bytes[1000] = { 0 };
  Reader reader;
  int peer;

  g_test_summary ("A reader that leaves input is called again, without new input");

  socket_harness_init (&harness);
  reader_init (&reader, socket_harness_connect (&harness, 0, &peer), TRUE);
  reader.reads_once = TRUE;
  peer_send (peer, bytes, sizeof bytes);
  socket_harness_turn (&harness, 30);
  g_assert_cmpuint (reader.n_read, ==, sizeof bytes);
  /* Then it is left alone. */
  g_assert_cmpuint (reader.n_calls, <=, 12);
  reader_clear (&reader);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_fair (gconstpointer user_data)
{
  gboolean is_upgraded = GPOINTER_TO_INT (user_data);
  g_autofree guint8 *bytes = g_malloc0 (256 * 1024);
  Reader greedy;
  Reader modest;
  int greedy_peer;
  int modest_peer;

  g_test_summary ("Who sends much does not keep others from being read");

  socket_harness_init (&harness);
  reader_init (
      &greedy, socket_harness_connect (&harness, 512 * 1024, &greedy_peer), is_upgraded);
  reader_init (&modest, socket_harness_connect (&harness, 0, &modest_peer), is_upgraded);
  peer_send (greedy_peer, bytes, 256 * 1024);
  peer_send (modest_peer, "abc", 3);
  for (guint i = 0; i < 3 && modest.n_read < 3; i++)
    socket_harness_turn (&harness, 1);
  g_assert_cmpuint (modest.n_read, ==, 3);
  g_assert_cmpuint (greedy.n_read, <=, 3 * 64 * 1024);
  socket_harness_turn (&harness, 20);
  g_assert_cmpuint (greedy.n_read, ==, 256 * 1024);
  reader_clear (&greedy);
  reader_clear (&modest);
  socket_harness_clear (&harness);
  close (greedy_peer);
  close (modest_peer);
}

static void
test_abort_other (void)
{
  Reader readers[2];
  int peers[2];

  g_test_summary ("A reader may abort a socket that the same turn reports");

  socket_harness_init (&harness);
  for (guint i = 0; i < 2; i++)
    reader_init (&readers[i], socket_harness_connect (&harness, 0, &peers[i]), TRUE);
  readers[0].to_abort = readers[1].socket;
  readers[1].to_abort = readers[0].socket;
  peer_send (peers[0], "abc", 3);
  peer_send (peers[1], "abc", 3);
  socket_harness_turn (&harness, 5);
  /* The first one called ended the other, and either was told. */
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), <=, 1);
  g_assert_true (readers[0].last == 0 || readers[1].last == 0);
  for (guint i = 0; i < 2; i++)
    {
      reader_clear (&readers[i]);
      close (peers[i]);
    }
  socket_harness_clear (&harness);
}

static guint n_removed;

static void
on_removed (TideSocket *socket, gpointer user_data)
{
  g_assert_true (user_data == &harness);
  g_assert_cmpint (socket->fd, >=, 0);
  n_removed++;
}

static void
test_removed (void)
{
  TideSocket *socket;
  int peers[3];

  g_test_summary ("The end of each socket is told once, also when the reactor ends");

  socket_harness_init (&harness);
  n_removed = 0;
  tide_reactor_set_removed_func (harness.reactor, on_removed, &harness);
  socket = socket_harness_connect (&harness, 0, &peers[0]);
  socket_harness_connect (&harness, 0, &peers[1]);
  socket_harness_connect (&harness, 0, &peers[2]);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 3);
  tide_socket_send (socket, tide_frame_new_copy ("x", 1));
  tide_socket_abort (socket);
  g_assert_cmpuint (n_removed, ==, 1);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 2);
  socket_harness_clear (&harness);
  g_assert_cmpuint (n_removed, ==, 3);
  for (guint i = 0; i < 3; i++)
    close (peers[i]);
}

static gboolean
is_ready (void)
{
  int max_priority;

  return g_main_context_prepare (NULL, &max_priority);
}

static void
test_sleeps (void)
{
  TideSocket *socket;
  g_autoptr (GByteArray) got = g_byte_array_new ();
  int peer;

  g_test_summary ("With nothing to do the loop sleeps; a frame wakes it");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  socket_harness_turn (&harness, 5);
  g_assert_false (is_ready ());
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  tide_socket_send (socket, tide_frame_new_copy ("x", 1));
  g_assert_true (is_ready ());
  g_assert_true (g_main_context_iteration (NULL, FALSE));
  peer_read (peer, 10, got);
  g_assert_cmpuint (got->len, ==, 1);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_blocked_sleeps (void)
{
  guint8 bytes[100000] = { 0 };
  TideSocket *socket;
  int peer;

  g_test_summary ("A peer that takes nothing costs no turns");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 4096, &peer);
  tide_socket_send (socket, tide_frame_new_copy (bytes, sizeof bytes));
  socket_harness_turn (&harness, 5);
  g_assert_cmpuint (socket->outbox.n_bytes, >, 0);
  tide_socket_send (socket, tide_frame_new_copy (bytes, sizeof bytes));
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  tide_socket_abort (socket);
  socket_harness_clear (&harness);
  close (peer);
}

static void
raise_file_limit (void)
{
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = MIN (limit.rlim_max, 4096);
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
test_many (void)
{
  g_autofree Reader *readers = g_new (Reader, N_MANY);
  g_autofree int *peers = g_new (int, N_MANY);
  guint8 byte = 'x';

  g_test_summary ("More sockets than a turn reports are all served");

  raise_file_limit ();
  socket_harness_init (&harness);
  for (guint i = 0; i < N_MANY; i++)
    {
      reader_init (
          &readers[i], socket_harness_connect (&harness, 0, &peers[i]), i % 2 == 0);
      peer_send (peers[i], &byte, 1);
      tide_socket_send (readers[i].socket, tide_frame_new_copy (&byte, 1));
    }
  socket_harness_turn (&harness, 20);
  /* Writing is over: whoever writes by himself looks the time up. */
  g_assert_cmpint (tide_reactor_get_write_us (harness.reactor), ==, -1);
  g_assert_null (tide_reactor_get_gather (harness.reactor));
  g_assert_cmpuint (harness.counters.bytes_sent, ==, N_MANY);
  g_assert_cmpuint (harness.counters.bytes_received, ==, N_MANY);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_assert_cmpuint (readers[i].n_read, ==, 1);
      close (peers[i]);
    }
  socket_harness_turn (&harness, 20);
  for (guint i = 0; i < N_MANY; i++)
    {
      /* Ended, or reset: most peers had not read. */
      g_assert_true (readers[i].last == 0 || readers[i].last == -1);
      reader_clear (&readers[i]);
    }
  socket_harness_clear (&harness);
}

/* A frame of the bytes "!", made of an event of that priority. */
static TideFrame *
make_event_frame (TidePriority priority)
{
  g_autoptr (TideRoute) route = tide_route_new ("c", "e", NULL, TIDE_AUDIENCE_EVERYONE);
  g_autoptr (TideEvent) event = tide_event_new_full (&(TideEventFacts){
      .route = route, .payload = "{}", .payload_length = 2, .priority = priority });
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);
  TideFrame *frame = tide_frame_new_copy ("!", 1);

  tide_batch_add_frame (batch, (TideWireShape){ 0 }, frame);
  return frame;
}

static void
test_pressing (gconstpointer user_data)
{
  TidePriority priority = GPOINTER_TO_INT (user_data);
  g_autofree guint8 *bytes = g_malloc0 (100000);
  g_autoptr (TideFrame) large = tide_frame_new_copy (bytes, 100000);
  g_autofree int *peers = g_new (int, N_MANY);
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideSocket *last = NULL;

  g_test_summary ("What is urgent is written before what takes longer than a turn has");

  raise_file_limit ();
  /* A turn ends when its time is over. */
  socket_harness_init_with_clock (&harness, tide_clock_new_monotonic ());
  for (guint i = 0; i < N_MANY; i++)
    {
      last = socket_harness_connect (&harness, 0, &peers[i]);
      if (i < N_MANY - 1)
        tide_socket_send (last, tide_frame_ref (large));
    }
  tide_socket_send (last, make_event_frame (priority));
  g_assert_true ((last->is_pressing != 0) == (priority >= TIDE_PRIORITY_HIGH));
  socket_harness_turn (&harness, 1);
  peer_read (peers[N_MANY - 1], 10, got);
  g_assert_cmpuint (got->len, ==, priority >= TIDE_PRIORITY_HIGH);
  socket_harness_turn (&harness, 1000);
  peer_read (peers[N_MANY - 1], 10, got);
  g_assert_cmpuint (got->len, ==, 1);
  socket_harness_clear (&harness);
  for (guint i = 0; i < N_MANY; i++)
    close (peers[i]);
}

static void
test_pressing_order (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideSocket *socket;
  int peer;

  g_test_summary ("What is urgent does not pass what waits for the same client");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_send (socket, tide_frame_new_copy ("a", 1));
  tide_socket_send (socket, make_event_frame (TIDE_PRIORITY_CRITICAL));
  tide_socket_send (socket, tide_frame_new_copy ("b", 1));
  tide_socket_send (socket, make_event_frame (TIDE_PRIORITY_LOW));
  socket_harness_turn (&harness, 2);
  peer_read (peer, 10, got);
  g_assert_cmpmem (got->data, got->len, "a!b!", 4);
  g_assert_false (socket->is_touched);
  g_assert_false (socket->is_pressing);
  tide_socket_send (socket, make_event_frame (TIDE_PRIORITY_HIGH));
  socket_harness_clear (&harness);
  close (peer);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/server/reactor/wakes-http", GINT_TO_POINTER (0), test_wakes);
  g_test_add_data_func (
      "/server/reactor/wakes-upgraded", GINT_TO_POINTER (1), test_wakes);
  g_test_add_func ("/server/reactor/leftover", test_leftover);
  g_test_add_data_func ("/server/reactor/fair-http", GINT_TO_POINTER (0), test_fair);
  g_test_add_data_func ("/server/reactor/fair-upgraded", GINT_TO_POINTER (1), test_fair);
  g_test_add_func ("/server/reactor/abort-other", test_abort_other);
  g_test_add_func ("/server/reactor/removed", test_removed);
  g_test_add_func ("/server/reactor/sleeps", test_sleeps);
  g_test_add_func ("/server/reactor/blocked-sleeps", test_blocked_sleeps);
  g_test_add_func ("/server/reactor/many", test_many);
  g_test_add_data_func (
      "/server/reactor/pressing", GINT_TO_POINTER (TIDE_PRIORITY_HIGH), test_pressing);
  g_test_add_data_func ("/server/reactor/not-pressing",
                        GINT_TO_POINTER (TIDE_PRIORITY_MEDIUM),
                        test_pressing);
  g_test_add_func ("/server/reactor/pressing-order", test_pressing_order);
  return g_test_run ();
}
