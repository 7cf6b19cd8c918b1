/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-tls.h"

#include "tls-harness.h"

#define SMALL_BUFFER 4096
#define MAX_ROUNDS 100

typedef struct
{
  int fds[2]; /* the server's, the client's */
  TideTls *tls;
  TlsPeer peer;
} Pair;

static void
pair_init (Pair *self, int buffer_bytes)
{
  TlsFiles files = tls_files_make ("pair");
  g_autoptr (TideTlsCertificate) certificate =
      tide_tls_certificate_load (files.certificate, files.key, NULL);

  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, self->fds),
      ==,
      0);
  for (guint i = 0; i < 2 && buffer_bytes > 0; i++)
    setsockopt (self->fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  self->tls = tide_tls_new (certificate, self->fds[0]);
  tls_peer_init (&self->peer, self->fds[1]);
  tls_files_clear (&files);
}

static void
pair_shake_hands (Pair *self)
{
  TideTlsState state = TIDE_TLS_WANTS_INPUT;

  for (guint i = 0; i < MAX_ROUNDS && (state != TIDE_TLS_DONE || !self->peer.is_done);
       i++)
    {
      if (!self->peer.is_done)
        tls_peer_shake_hands (&self->peer);
      if (state != TIDE_TLS_DONE)
        state = tide_tls_shake_hands (self->tls);
      g_assert_cmpint (state, !=, TIDE_TLS_FAILED);
    }
  g_assert_cmpint (state, ==, TIDE_TLS_DONE);
  g_assert_true (self->peer.is_done);
}

static void
pair_clear (Pair *self)
{
  tide_tls_free (self->tls);
  tls_peer_clear (&self->peer);
  close (self->fds[0]);
  if (self->fds[1] >= 0)
    close (self->fds[1]);
}

static void
test_receive (void)
{
  Pair pair;
  guint8 buffer[8];

  g_test_summary ("Bytes come in as they were sent; then there are none, then the end");

  pair_init (&pair, 0);
  g_assert_cmpint (tide_tls_shake_hands (pair.tls), ==, TIDE_TLS_WANTS_INPUT);
  pair_shake_hands (&pair);
  g_assert_cmpint (gnutls_record_send (pair.peer.session, "0123456789", 10), ==, 10);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, 8);
  g_assert_cmpmem (buffer, 8, "01234567", 8);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, 2);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  /* A change of keys is no data, and may be all there is, or not. */
  g_assert_cmpint (gnutls_session_key_update (pair.peer.session, GNUTLS_KU_PEER), ==, 0);
  g_assert_cmpint (gnutls_record_send (pair.peer.session, "x", 1), ==, 1);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, 1);
  gnutls_bye (pair.peer.session, GNUTLS_SHUT_WR);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, 0);
  pair_clear (&pair);
}

static void
test_receive_bad (void)
{
  Pair pair;
  guint8 buffer[8];

  g_test_summary ("Who leaves without a word has ended; what is forged is an error");

  pair_init (&pair, 0);
  pair_shake_hands (&pair);
  close (pair.fds[1]);
  pair.fds[1] = -1;
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, 0);
  pair_clear (&pair);

  pair_init (&pair, 0);
  pair_shake_hands (&pair);
  peer_send (pair.fds[1], "\x17\x03\x03\0\x18xxxxxxxxxxxxxxxxxxxxxxxx", 29);
  g_assert_cmpint (tide_tls_receive (pair.tls, buffer, sizeof buffer), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  pair_clear (&pair);
}

/* Sends as a socket does: what is not taken is sent again with what has come meanwhile.
 */
static void
send_some (Pair *pair, const GByteArray *bytes, gsize *n_sent, GRand *rand)
{
  guint n_vectors = g_rand_int_range (rand, 1, 5);
  struct iovec vectors[5];
  gsize begin = *n_sent;
  gssize n;

  for (guint i = 0; i < n_vectors; i++)
    {
      gsize wanted = g_rand_int_range (rand, 1, 20000);
      gsize length = MIN (wanted, bytes->len - begin);

      if (length == 0)
        n_vectors = i;
      vectors[i] = (struct iovec){ bytes->data + begin, length };
      begin += length;
    }
  if (n_vectors == 0)
    return;
  n = tide_tls_send (pair->tls, vectors, n_vectors);
  if (n < 0)
    g_assert_cmpint (errno, ==, EAGAIN);
  else
    *n_sent += n;
}

static void
test_send_random (void)
{
  g_test_summary ("Whatever room the kernel has, the client gets every byte in order");

  for (guint seed = 0; seed < 10; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GByteArray) got = g_byte_array_new ();
      gsize n_sent = 0;
      Pair pair;

      pair_init (&pair, SMALL_BUFFER);
      pair_shake_hands (&pair);
      g_byte_array_set_size (bytes, 300000);
      for (gsize i = 0; i < bytes->len; i++)
        bytes->data[i] = g_rand_int (rand);
      while (n_sent < bytes->len || !tide_tls_flush (pair.tls))
        {
          send_some (&pair, bytes, &n_sent, rand);
          if (g_rand_int_range (rand, 0, 3) == 0)
            tls_peer_read (&pair.peer, got);
        }
      tls_peer_read (&pair.peer, got);
      tide_tls_end (pair.tls);
      g_assert_cmpmem (got->data, got->len, bytes->data, bytes->len);
      g_assert_cmpint (gnutls_record_recv (pair.peer.session, bytes->data, 1), ==, 0);
      pair_clear (&pair);
    }
}

static void
test_refuse (void)
{
  static const guint8 hello[] = "\x16\x03\x01\0\x04\x63\0\0";
  Pair pair;
  guint8 alert[7];

  g_test_summary ("A handshake that is no good ends with an alert");

  pair_init (&pair, 0);
  peer_send (pair.fds[1], hello, sizeof hello);
  g_assert_cmpint (tide_tls_shake_hands (pair.tls), ==, TIDE_TLS_FAILED);
  g_assert_cmpint (recv (pair.fds[1], alert, sizeof alert, 0), ==, sizeof alert);
  g_assert_cmpuint (alert[0], ==, 21);
  g_assert_cmpuint (alert[5], ==, GNUTLS_AL_FATAL);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/server/tls/receive", test_receive);
  g_test_add_func ("/server/tls/receive-bad", test_receive_bad);
  g_test_add_func ("/server/tls/send-random", test_send_random);
  g_test_add_func ("/server/tls/refuse", test_refuse);

  return g_test_run ();
}
