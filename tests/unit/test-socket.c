/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socket-harness.h"

#define SMALL_BUFFER 4096
#define TURN_BYTES (64 * 1024) /* what one socket may read in a turn */

static SocketHarness harness;

static gboolean
are_equal (const GByteArray *a, const GByteArray *b)
{
  return a->len == b->len && memcmp (a->data, b->data, a->len) == 0;
}

static void
test_write (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideSocket *socket;
  int peer;

  g_test_summary ("Frames wait for the end of the turn and leave in one write");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_send (socket, tide_frame_new_copy ("ab", 2));
  tide_socket_send (socket, tide_frame_new_copy ("cd", 2));
  g_assert_cmpuint (harness.counters.outbox_bytes, ==, 4);
  peer_read (peer, 100, got);
  g_assert_cmpuint (got->len, ==, 0);
  socket_harness_turn (&harness, 1);
  peer_read (peer, 100, got);
  g_assert_cmpmem (got->data, got->len, "abcd", 4);
  g_assert_cmpuint (harness.counters.outbox_bytes, ==, 0);
  g_assert_cmpuint (harness.counters.bytes_sent, ==, 4);
  g_assert_cmpuint (harness.counters.frames_taken, ==, 2);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_write_random (void)
{
  g_test_summary ("Whatever a slow peer takes at a time, it gets every byte in order");

  for (guint seed = 0; seed < 60; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GByteArray) sent = g_byte_array_new ();
      g_autoptr (GByteArray) got = g_byte_array_new ();
      guint64 n_events = 0;
      TideSocket *socket;
      int peer;

      socket_harness_init (&harness);
      socket = socket_harness_connect (&harness, SMALL_BUFFER, &peer);
      for (guint i = 0; i < 200; i++)
        {
          /* Many small frames, or few large ones. */
          guint n = g_rand_int_range (rand, 0, seed % 2 == 0 ? 100 : 4);

          while (n-- > 0)
            {
              TideFrame *frame =
                  make_random_frame (rand, seed % 2 == 0 ? 200 : 9000, sent);

              n_events += frame->n_events;
              tide_socket_send (socket, frame);
            }
          socket_harness_turn (&harness, g_rand_int_range (rand, 0, 3));
          peer_read (peer, g_rand_int_range (rand, 0, 20000), got);
          g_assert_cmpuint (
              harness.counters.bytes_sent + harness.counters.outbox_bytes, ==, sent->len);
        }
      for (guint i = 0; i < 5000 && got->len < sent->len; i++)
        {
          socket_harness_turn (&harness, 1);
          peer_read (peer, G_MAXSIZE, got);
        }
      g_assert_true (are_equal (got, sent));
      g_assert_cmpuint (harness.counters.deliveries_taken, ==, n_events);
      g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 0);
      g_assert_cmpuint (socket->outbox.n_bytes, ==, 0);
      socket_harness_clear (&harness);
      close (peer);
    }
}

static void
test_read_random (void)
{
  g_test_summary (
      "What the peer sends is read once and in order, also what was put back");

  for (guint seed = 0; seed < 60; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GByteArray) sent = g_byte_array_new ();
      g_autoptr (GByteArray) got = g_byte_array_new ();
      TideSocket *socket;
      int peer;

      socket_harness_init (&harness);
      socket = socket_harness_connect (&harness, 0, &peer);
      for (guint i = 0; i < 300; i++)
        {
          guint8 buffer[3000];
          gsize count = g_rand_int_range (rand, 1, sizeof buffer);
          gssize n;

          if (g_rand_boolean (rand))
            {
              guint8 bytes[2000];
              gsize n_bytes = g_rand_int_range (rand, 1, sizeof bytes);

              for (gsize j = 0; j < n_bytes; j++)
                bytes[j] = g_rand_int (rand);
              peer_send (peer, bytes, n_bytes);
              g_byte_array_append (sent, bytes, n_bytes);
            }
          if (g_rand_boolean (rand))
            socket_harness_turn (&harness, 1);
          n = socket_read (socket, buffer, count);
          g_assert_cmpint (n, !=, 0);
          g_assert_cmpint (n, !=, -1);
          if (n < 0)
            continue;
          if (g_rand_int_range (rand, 0, 4) == 0)
            tide_socket_unread (socket, buffer, n);
          else
            g_byte_array_append (got, buffer, n);
        }
      socket_harness_turn (&harness, 1);
      while (got->len < sent->len)
        {
          guint8 buffer[1000];
          gssize n = socket_read (socket, buffer, sizeof buffer);

          if (n > 0)
            g_byte_array_append (got, buffer, n);
          else
            socket_harness_turn (&harness, 1);
        }
      g_assert_true (are_equal (got, sent));
      socket_harness_clear (&harness);
      close (peer);
    }
}

static void
test_budget (void)
{
  g_autofree guint8 *bytes = g_malloc0 (TURN_BYTES * 3 / 2);
  g_autofree guint8 *buffer = g_malloc (TURN_BYTES * 2);
  TideSocket *socket;
  int peer;

  g_test_summary ("A socket that has had its share of a turn waits for the next");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, TURN_BYTES * 2, &peer);
  peer_send (peer, bytes, TURN_BYTES * 3 / 2);
  g_assert_cmpint (socket_read (socket, buffer, 10), ==, -2);
  socket_harness_turn (&harness, 1);
  g_assert_cmpint (socket_read (socket, buffer, 2 * TURN_BYTES), ==, TURN_BYTES);
  g_assert_cmpint (socket_read (socket, buffer, 2 * TURN_BYTES), ==, -2);
  g_assert_cmpint (socket_read (socket, buffer, 2 * TURN_BYTES), ==, -2);
  socket_harness_turn (&harness, 1);
  g_assert_cmpint (socket_read (socket, buffer, 2 * TURN_BYTES), ==, TURN_BYTES / 2);
  g_assert_cmpint (socket_read (socket, buffer, 2 * TURN_BYTES), ==, -2);
  g_assert_false (tide_socket_can_read (socket));
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_end_of_input (void)
{
  guint8 buffer[10];
  TideSocket *socket;
  int peer;

  g_test_summary ("The end of input comes after the input");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  peer_send (peer, "abc", 3);
  shutdown (peer, SHUT_WR);
  socket_harness_turn (&harness, 1);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 3);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 0);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 0);
  g_assert_true (socket->is_hung_up);
  socket_harness_clear (&harness);
  close (peer);
}

/* --- who watches the input --- */

static GByteArray *watched;
static gsize watch_limit;

static gboolean
on_received (TideSocket *socket, const guint8 *bytes, gsize n_bytes)
{
  g_byte_array_append (watched, bytes, n_bytes);
  return watched->len <= watch_limit;
}

static const TideSocketFuncs watch_funcs = { on_received };

static void
test_watched (void)
{
  guint8 buffer[10];
  TideSocket *socket;
  int peer;

  g_test_summary ("A watcher sees every byte and can end the input");

  socket_harness_init (&harness);
  watched = g_byte_array_new ();
  watch_limit = 6;
  socket = socket_harness_connect (&harness, 0, &peer);
  socket->funcs = &watch_funcs;
  peer_send (peer, "abcdefgh", 8);
  socket_harness_turn (&harness, 1);
  g_assert_cmpint (socket_read (socket, buffer, 4), ==, 4);
  g_assert_cmpint (socket_read (socket, buffer, 4), ==, 0);
  g_assert_cmpmem (watched->data, watched->len, "abcdefgh", 8);
  g_assert_cmpint (socket_read (socket, buffer, 4), ==, 0);
  g_assert_true (tide_socket_can_read (socket));
  g_assert_cmpuint (harness.counters.bytes_received, ==, 8);
  g_clear_pointer (&watched, g_byte_array_unref);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_unread_is_watched (void)
{
  guint8 buffer[10];
  TideSocket *socket;
  int peer;

  g_test_summary ("Who begins to watch sees what was put back, before all that follows");

  socket_harness_init (&harness);
  watched = g_byte_array_new ();
  watch_limit = 100;
  socket = socket_harness_connect (&harness, 0, &peer);
  peer_send (peer, "abcdef", 6);
  socket_harness_turn (&harness, 1);
  g_assert_cmpint (socket_read (socket, buffer, 4), ==, 4);
  tide_socket_unread (socket, buffer, 4);
  socket->funcs = &watch_funcs;
  g_assert_cmpint (socket_read (socket, buffer, 3), ==, 3);
  g_assert_cmpint (socket_read (socket, buffer, 10), ==, 1);
  g_assert_cmpint (socket_read (socket, buffer, 10), ==, 2);
  g_assert_cmpmem (watched->data, watched->len, "abcdef", 6);
  /* They came from the client once. */
  g_assert_cmpuint (harness.counters.bytes_received, ==, 6);
  g_clear_pointer (&watched, g_byte_array_unref);
  socket_harness_clear (&harness);
  close (peer);
}

/* --- closing --- */

/* Closes a socket with more queued than the kernel takes. */
static void
close_with_backlog (gboolean peer_has_shut)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) sent = g_byte_array_new ();
  g_autoptr (GByteArray) got = g_byte_array_new ();
  gboolean goes_on = TRUE;
  TideSocket *socket;
  int peer;

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, SMALL_BUFFER, &peer);
  for (guint i = 0; i < 50; i++)
    tide_socket_send (socket, make_random_frame (rand, 5000, sent));
  if (peer_has_shut)
    {
      peer_send (peer, "unread", 6);
      shutdown (peer, SHUT_WR);
    }
  socket_harness_turn (&harness, 2);
  tide_socket_close (socket);
  for (guint i = 0; i < 1000 && goes_on; i++)
    {
      socket_harness_turn (&harness, 1);
      goes_on = peer_read (peer, G_MAXSIZE, got);
    }
  g_assert_false (goes_on);
  g_assert_true (are_equal (got, sent));
  g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 0);
  close (peer);
  socket_harness_turn (&harness, 2);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  socket_harness_clear (&harness);
}

static void
test_close (void)
{
  g_test_summary ("What is queued at a close still goes out, then the peer sees the end");

  close_with_backlog (FALSE);
}

static void
test_close_half (void)
{
  g_test_summary ("A peer that sends no more still gets what is queued");

  close_with_backlog (TRUE);
}

static void
test_close_deadline (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideSocket *socket;
  int peer;

  g_test_summary ("A peer that does not close its half is not waited for");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_close (socket);
  tide_socket_close (socket);
  peer_send (peer, "ignored", 7);
  socket_harness_advance (&harness, 1990);
  g_assert_false (peer_read (peer, 10, got));
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 1);
  socket_harness_advance (&harness, 14);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_close_slow (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) sent = g_byte_array_new ();
  TideSocket *socket;
  guint64 n_events = 0;
  int peer;

  g_test_summary ("A peer that reads nothing loses what is queued, and that is counted");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, SMALL_BUFFER, &peer);
  for (guint i = 0; i < 50; i++)
    {
      TideFrame *frame = make_random_frame (rand, 5000, sent);

      n_events += frame->n_events;
      tide_socket_send (socket, frame);
    }
  tide_socket_close (socket);
  socket_harness_advance (&harness, 2004);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  g_assert_cmpuint (harness.counters.deliveries_discarded, >, 0);
  g_assert_cmpuint (harness.counters.deliveries_taken +
                        harness.counters.deliveries_discarded,
                    ==,
                    n_events);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_close_reset (void)
{
  TideSocket *socket;
  int peer;

  g_test_summary ("A peer that is gone for good is not waited for after a close");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_send (socket, tide_frame_new_copy ("ab", 2));
  socket_harness_turn (&harness, 1);
  tide_socket_close (socket);
  /* Closed with unread input: a reset. */
  close (peer);
  socket_harness_turn (&harness, 3);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  socket_harness_clear (&harness);
}

static void
test_abort (void)
{
  guint8 buffer[4];
  TideFrame *frame = tide_frame_new (3, 2);
  TideSocket *socket;
  int peer;

  g_test_summary ("An aborted socket is closed at once; its reader sees the end");

  socket_harness_init (&harness);
  memcpy (frame->bytes, "abc", 3);
  socket = tide_socket_ref (socket_harness_connect (&harness, 0, &peer));
  peer_send (peer, "xyz", 3);
  socket_harness_turn (&harness, 1);
  tide_socket_set_deadline (socket, 1000);
  tide_socket_send (socket, tide_frame_ref (frame));
  tide_socket_abort (socket);
  tide_socket_abort (socket);
  tide_socket_close (socket);
  g_assert_cmpint (socket->fd, ==, -1);
  g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 2);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 0);
  tide_socket_send (socket, frame);
  g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 4);
  socket_harness_turn (&harness, 2);
  g_assert_cmpuint (socket->n_refs, ==, 1);
  tide_socket_unref (socket);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_deadline (void)
{
  TideSocket *socket;
  int peer;

  g_test_summary ("A deadline aborts a socket; setting it anew puts it off");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_set_deadline (socket, 100 * 1000);
  socket_harness_advance (&harness, 90);
  tide_socket_set_deadline (socket, 100 * 1000);
  socket_harness_advance (&harness, 90);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 1);
  socket_harness_advance (&harness, 14);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);

  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_set_deadline (socket, 100 * 1000);
  tide_socket_upgrade (socket);
  socket_harness_advance (&harness, 1000);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 1);
  socket_harness_clear (&harness);
  close (peer);
}

static void
test_reset (void)
{
  guint8 buffer[4];
  TideSocket *socket;
  int peer;

  g_test_summary (
      "A peer that resets HTTP shows as the end of input; a write does no harm");

  socket_harness_init (&harness);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_send (socket, tide_frame_new_copy ("ab", 2));
  socket_harness_turn (&harness, 1);
  close (peer);
  tide_socket_send (socket, tide_frame_new_copy ("cd", 2));
  socket_harness_turn (&harness, 2);
  g_assert_cmpuint (socket->outbox.n_bytes, ==, 0);
  g_assert_true (socket->is_hung_up);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 0);
  tide_socket_close (socket);
  socket_harness_turn (&harness, 2);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  socket_harness_clear (&harness);
}

static void
test_after_close_frame (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  TideFrame *frame = tide_frame_new (2, 1);
  TideSocket *socket;
  int peer;

  g_test_summary ("Nothing follows a WebSocket's close frame");

  socket_harness_init (&harness);
  memcpy (frame->bytes, "cd", 2);
  socket = socket_harness_connect (&harness, 0, &peer);
  tide_socket_send (socket, tide_frame_new_copy ("ab", 2));
  tide_socket_end_output (socket);
  tide_socket_send (socket, frame);
  socket_harness_turn (&harness, 1);
  peer_read (peer, 10, got);
  g_assert_cmpmem (got->data, got->len, "ab", 2);
  g_assert_cmpuint (harness.counters.deliveries_discarded, ==, 1);
  socket_harness_clear (&harness);
  close (peer);
}

static void
assert_address (const char *text, const char *expected)
{
  g_autoptr (GInetAddress) ip = g_inet_address_new_from_string (text);
  gsize size = g_inet_address_get_native_size (ip);
  TideAddress address = { .port = 1 };
  g_autofree char *written = NULL;

  if (size == 4)
    address.ip.s6_addr[10] = address.ip.s6_addr[11] = 0xFF;
  memcpy (&address.ip.s6_addr[16 - size], g_inet_address_to_bytes (ip), size);
  written = tide_address_to_string (&address);
  g_assert_cmpstr (written, ==, expected);
}

static void
test_address (void)
{
  g_test_summary ("Addresses are written as people write them");

  assert_address ("127.0.0.1", "127.0.0.1");
  assert_address ("::1", "::1");
  assert_address ("2001:db8:0:0::5", "2001:db8::5");
  assert_address ("::", "unix");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/socket/write", test_write);
  g_test_add_func ("/server/socket/write-random", test_write_random);
  g_test_add_func ("/server/socket/read-random", test_read_random);
  g_test_add_func ("/server/socket/budget", test_budget);
  g_test_add_func ("/server/socket/end-of-input", test_end_of_input);
  g_test_add_func ("/server/socket/watched", test_watched);
  g_test_add_func ("/server/socket/unread-is-watched", test_unread_is_watched);
  g_test_add_func ("/server/socket/close", test_close);
  g_test_add_func ("/server/socket/close-half", test_close_half);
  g_test_add_func ("/server/socket/close-deadline", test_close_deadline);
  g_test_add_func ("/server/socket/close-slow", test_close_slow);
  g_test_add_func ("/server/socket/close-reset", test_close_reset);
  g_test_add_func ("/server/socket/abort", test_abort);
  g_test_add_func ("/server/socket/deadline", test_deadline);
  g_test_add_func ("/server/socket/reset", test_reset);
  g_test_add_func ("/server/socket/after-close-frame", test_after_close_frame);
  g_test_add_func ("/server/socket/address", test_address);
  return g_test_run ();
}
