/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-tls-gate.h"

#include "log-catcher.h"
#include "tls-harness.h"

#define MAX_TURNS 200

static GPtrArray *lines; /* (owned), what was logged */
static SocketHarness harness;
static TideTlsGate *gate;
static TideSocket *let_in; /* (unowned), the last one */

static void
on_let_in (TideSocket *socket, gpointer user_data)
{
  g_assert_cmpint (socket->mode, ==, TIDE_SOCKET_HTTP);
  let_in = socket;
}

static void
on_removed (TideSocket *socket, gpointer user_data)
{
  tide_tls_gate_note_removed (gate, socket);
}

static void
init (guint max_connections)
{
  TlsFiles files = tls_files_make ("gate");
  TideTlsSettings settings = { files.certificate, files.key, max_connections };
  g_autoptr (GError) error = NULL;

  socket_harness_init (&harness);
  let_in = NULL;
  gate = tide_tls_gate_new (&settings, &harness.counters, on_let_in, NULL, &error);
  g_assert_no_error (error);
  tide_reactor_set_removed_func (harness.reactor, on_removed, NULL);
  tls_files_clear (&files);
}

static void
clear (void)
{
  g_clear_pointer (&harness.reactor, tide_reactor_free);
  g_assert_cmpuint (harness.counters.tls_connections, ==, 0);
  tide_tls_gate_free (gate);
  socket_harness_clear (&harness);
}

static TideSocket *
admit (int *peer)
{
  TideSocket *socket = socket_harness_connect (&harness, 0, peer);

  tide_tls_gate_admit (gate, socket);
  return socket;
}

static gboolean
shake_hands (TlsPeer *peer)
{
  for (guint i = 0; i < MAX_TURNS && !peer->is_done; i++)
    {
      int code = tls_peer_shake_hands (peer);

      if (code < 0 && code != GNUTLS_E_AGAIN)
        return FALSE;
      socket_harness_turn (&harness, 2);
    }
  return peer->is_done;
}

static void
test_let_in (void)
{
  g_autoptr (GByteArray) got = g_byte_array_new ();
  guint8 buffer[16];
  TideSocket *socket;
  TlsPeer peer;
  int fd;

  g_test_summary ("Who shakes hands is let in, and its socket reads and writes by TLS");

  init (10);
  socket = admit (&fd);
  tls_peer_init (&peer, fd);
  g_assert_true (shake_hands (&peer));
  socket_harness_turn (&harness, 4);
  g_assert_true (let_in == socket);
  g_assert_cmpuint (harness.counters.tls_handshakes, ==, 1);
  socket_harness_advance (&harness, 60 * 1000);
  g_assert_cmpint (gnutls_record_send (peer.session, "ab", 2), ==, 2);
  socket_harness_turn (&harness, 2);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, 2);
  g_assert_cmpint (socket_read (socket, buffer, sizeof buffer), ==, -2);
  tide_socket_send (socket, tide_frame_new_copy ("cd", 2));
  tide_socket_send (socket, tide_frame_new_copy ("ef", 2));
  socket_harness_turn (&harness, 2);
  tls_peer_read (&peer, got);
  g_assert_cmpmem (got->data, got->len, "cdef", 4);
  tide_socket_close (socket);
  socket_harness_turn (&harness, 2);
  g_assert_cmpint (gnutls_record_recv (peer.session, buffer, 1), ==, 0);
  tls_peer_clear (&peer);
  close (fd);
  clear ();
}

static void
test_half_hello (void)
{
  TideSocket *socket;
  int fd;

  g_test_summary ("Half a hello gets no session, and 10 s");

  init (10);
  socket = tide_socket_ref (admit (&fd));
  peer_send (fd, "\x16\x03\x01\0\x50...", 8);
  socket_harness_advance (&harness, 9 * 1000);
  g_assert_cmpint (socket->mode, ==, TIDE_SOCKET_HANDSHAKE);
  g_assert_null (socket->tls);
  socket_harness_advance (&harness, 2 * 1000);
  g_assert_cmpint (socket->mode, ==, TIDE_SOCKET_CLOSED);
  g_assert_cmpuint (harness.counters.tls_handshakes_timed_out, ==, 1);
  tide_socket_unref (socket);
  close (fd);
  clear ();
}

static void
test_stopped (void)
{
  TideSocket *socket;
  TlsPeer peer;
  int fd;

  g_test_summary ("Who says nothing after its hello has 5 s");

  init (10);
  socket = tide_socket_ref (admit (&fd));
  tls_peer_init (&peer, fd);
  tls_peer_shake_hands (&peer);
  socket_harness_turn (&harness, 4);
  socket_harness_advance (&harness, 4 * 1000);
  g_assert_cmpint (socket->mode, ==, TIDE_SOCKET_HANDSHAKE);
  g_assert_cmpuint (harness.counters.tls_connections, ==, 1);
  socket_harness_advance (&harness, 2 * 1000);
  g_assert_cmpint (socket->mode, ==, TIDE_SOCKET_CLOSED);
  g_assert_cmpuint (harness.counters.tls_handshakes_timed_out, ==, 1);
  tide_socket_unref (socket);
  tls_peer_clear (&peer);
  close (fd);
  clear ();
}

/* Input that nobody has read makes the end a reset. */
static void
read_to_end (int peer, GByteArray *got)
{
  guint8 buffer[1000];
  gssize n;

  while ((n = recv (peer, buffer, sizeof buffer, 0)) > 0)
    g_byte_array_append (got, buffer, n);
  g_assert_true (n == 0 || errno == ECONNRESET);
  g_byte_array_append (got, (const guint8 *) "", 1);
}

static void
test_bad_hello (void)
{
  static const struct
  {
    const char *words;
    gsize n_bytes;
    const char *answer; /* a pattern */
  } cases[] = {
    { "\xff", 1, "" },
    { "\x16\x02\x01\0\x10", 5, "" },
    { "\x16\x03\x01\0\0", 5, "" },
    { "\x16\x03\x01\x40\x01", 5, "" },
    { "GET / HTTP/1.1\r\n\r\n", 18, "HTTP/1.1 400 *https://*" },
  };

  g_test_summary ("What is no hello is closed at once; HTTP is told what is spoken here");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) got = g_byte_array_new ();
      int fd;

      init (10);
      admit (&fd);
      peer_send (fd, cases[i].words, cases[i].n_bytes);
      socket_harness_turn (&harness, 4);
      read_to_end (fd, got);
      g_assert_true (g_pattern_match_simple (cases[i].answer, (const char *) got->data));
      g_assert_cmpuint (harness.counters.tls_handshakes_failed, ==, 1);
      close (fd);
      clear ();
    }
}

static void
test_limit (void)
{
  TlsPeer peers[3];
  int fds[3];

  g_test_summary ("Beyond the limit nobody gets a session, until one has left");

  init (1);
  for (guint i = 0; i < 3; i++)
    {
      admit (&fds[i]);
      tls_peer_init (&peers[i], fds[i]);
    }
  g_assert_true (shake_hands (&peers[0]));
  g_assert_false (shake_hands (&peers[1]));
  g_assert_cmpuint (harness.counters.tls_connections_refused_limit, ==, 1);
  tide_socket_abort (let_in);
  g_assert_true (shake_hands (&peers[2]));
  for (guint i = 0; i < 3; i++)
    {
      tls_peer_clear (&peers[i]);
      close (fds[i]);
    }
  clear ();
}

static void
test_reload (void)
{
  TideTlsSettings settings = { (char *) "/nowhere/crt", (char *) "/nowhere/key", 10 };
  TlsPeer peer;
  int fd;

  g_test_summary ("A certificate that can't be read leaves the old one in use");

  init (10);
  tide_tls_gate_reload (gate, &settings);
  g_assert_true (log_catcher_has (lines, "The old TLS certificate stays in use: "));
  g_assert_true (log_catcher_has (lines, "/nowhere/crt"));
  admit (&fd);
  tls_peer_init (&peer, fd);
  g_assert_true (shake_hands (&peer));
  tls_peer_clear (&peer);
  close (fd);
  clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  lines = log_catcher_install ();
  g_test_add_func ("/server/tls-gate/let-in", test_let_in);
  g_test_add_func ("/server/tls-gate/half-hello", test_half_hello);
  g_test_add_func ("/server/tls-gate/stopped", test_stopped);
  g_test_add_func ("/server/tls-gate/bad-hello", test_bad_hello);
  g_test_add_func ("/server/tls-gate/limit", test_limit);
  g_test_add_func ("/server/tls-gate/reload", test_reload);

  return g_test_run ();
}
