/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a socket reads and writes by when it speaks TLS: in place of recv() and sendmsg(),
 * and with the same answers. Never blocks, and has no thread. */

#include "tide-tls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define RECORD_BYTES (16 * 1024) /* the largest that there are: RFC 8446, section 5.1 */

struct _TideTls
{
  gnutls_session_t session;
  TideTlsCertificate *certificate; /* (owned), the session uses it */
  int fd;                          /* of the socket, which closes it */
  gboolean is_dry;    /* the kernel has said that there is nothing more to read */
  gboolean is_queued; /* the session holds a record that the kernel has not taken */
};

static gssize
pull (gnutls_transport_ptr_t transport, void *buffer, gsize count)
{
  TideTls *self = transport;
  gssize n = recv (self->fd, buffer, count, MSG_DONTWAIT);

  if (n < 0)
    {
      self->is_dry = errno == EAGAIN;
      gnutls_transport_set_errno (self->session, errno);
    }
  return n;
}

static gssize
push (gnutls_transport_ptr_t transport, const giovec_t *vectors, int n_vectors)
{
  TideTls *self = transport;
  struct msghdr message = { .msg_iov = (struct iovec *) vectors,
                            .msg_iovlen = n_vectors };
  gssize n = sendmsg (self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (n < 0)
    gnutls_transport_set_errno (self->session, errno);
  return n;
}

/**
 * tide_tls_new:
 * @certificate: what the server shows
 * @fd: a connected, non-blocking socket; must stay open as long as the result is used
 *
 * Begins to speak TLS, as a server.
 *
 * Returns: (transfer full) (nullable): a session, %NULL when there is no memory for it
 */
TideTls *
tide_tls_new (TideTlsCertificate *certificate, int fd)
{
  /* Browsers that also speak HTTP/2 are told at once that we do not. */
  static const gnutls_datum_t protocols[] = { { (guint8 *) "http/1.1", 8 } };
  TideTls *self = g_new0 (TideTls, 1);

  if (gnutls_init (&self->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS) <
      0)
    {
      g_free (self);
      return NULL;
    }
  self->certificate = tide_tls_certificate_ref (certificate);
  self->fd = fd;
  gnutls_priority_set (self->session, tide_tls_certificate_get_priorities (certificate));
  gnutls_credentials_set (self->session,
                          GNUTLS_CRD_CERTIFICATE,
                          tide_tls_certificate_get_credentials (certificate));
  gnutls_alpn_set_protocols (self->session, protocols, G_N_ELEMENTS (protocols), 0);
  gnutls_transport_set_ptr (self->session, self);
  gnutls_transport_set_pull_function (self->session, pull);
  gnutls_transport_set_vec_push_function (self->session, push);
  return self;
}

/**
 * tide_tls_free:
 * @self: (transfer full): a session
 *
 * Frees a session; nothing is sent.
 */
void
tide_tls_free (TideTls *self)
{
  gnutls_deinit (self->session);
  tide_tls_certificate_unref (self->certificate);
  g_free (self);
}

/* GnuTLS also says that it wants to be asked again when it has just read something that
 * is not for us. epoll tells of new input only, so we ask until the kernel has no more.
 */
static gboolean
is_to_be_asked_again (TideTls *self, gssize code)
{
  return code == GNUTLS_E_INTERRUPTED ||
         (code == GNUTLS_E_AGAIN && !self->is_dry &&
          gnutls_record_get_direction (self->session) == 0);
}

/**
 * tide_tls_shake_hands:
 * @self: a session
 *
 * Goes on with the handshake as far as that is possible now.
 *
 * Returns: how far it is
 */
TideTlsState
tide_tls_shake_hands (TideTls *self)
{
  int code;

  do
    {
      self->is_dry = FALSE;
      code = gnutls_handshake (self->session);
    }
  while (is_to_be_asked_again (self, code));

  if (code == GNUTLS_E_SUCCESS)
    return TIDE_TLS_DONE;
  if (code == GNUTLS_E_AGAIN)
    return gnutls_record_get_direction (self->session) == 0 ? TIDE_TLS_WANTS_INPUT
                                                            : TIDE_TLS_WANTS_ROOM;
  gnutls_alert_send_appropriate (self->session, code);
  return TIDE_TLS_FAILED;
}

/**
 * tide_tls_receive:
 * @self: a session that has shaken hands
 * @buffer: (out caller-allocates) (array length=count): where to put the bytes
 * @count: how many there is room for
 *
 * Reads what the client sent, at most one record. A client that wants to shake hands once
 * more, or breaks the rules, is one that is gone.
 *
 * Returns: what recv() would: how many bytes, 0 at the end of input, -1 with `errno` set;
 *   after `EAGAIN` the kernel's socket is empty
 */
gssize
tide_tls_receive (TideTls *self, guint8 *buffer, gsize count)
{
  gssize n;

  do
    {
      self->is_dry = FALSE;
      n = gnutls_record_recv (self->session, buffer, count);
    }
  while (is_to_be_asked_again (self, n));

  if (n >= 0)
    return n;
  /* Who closes the socket without a word has left as well: HTTP and WebSocket have ends
   * of their own. */
  if (n == GNUTLS_E_PREMATURE_TERMINATION)
    return 0;
  errno = n == GNUTLS_E_AGAIN ? EAGAIN : ECONNRESET;
  return -1;
}

static gssize
fail_to_send (gssize code)
{
  errno = code == GNUTLS_E_AGAIN ? EAGAIN : EPIPE;
  return -1;
}

/* One record is made of many small frames. */
static gsize
gather (guint8 *record, const struct iovec *vectors, guint n_vectors)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < n_vectors && n_bytes < RECORD_BYTES; i++)
    {
      gsize n = MIN (vectors[i].iov_len, RECORD_BYTES - n_bytes);

      memcpy (record + n_bytes, vectors[i].iov_base, n);
      n_bytes += n;
    }
  return n_bytes;
}

/**
 * tide_tls_send:
 * @self: a session that has shaken hands
 * @vectors: (array length=n_vectors): what to send, one byte at least
 * @n_vectors: how many pieces
 *
 * Sends at most one record. What is taken goes out even if the kernel has no room for it:
 * then tide_tls_flush() is to be called when it has.
 *
 * Returns: what sendmsg() would: how many bytes were taken, or -1 with `errno` set
 */
gssize
tide_tls_send (TideTls *self, const struct iovec *vectors, guint n_vectors)
{
  guint8 record[RECORD_BYTES];
  const guint8 *bytes = vectors[0].iov_base;
  gsize n_bytes = MIN (vectors[0].iov_len, RECORD_BYTES);
  gssize n;

  if (!tide_tls_flush (self))
    return -1;
  if (n_vectors > 1 && n_bytes < RECORD_BYTES)
    {
      n_bytes = gather (record, vectors, n_vectors);
      bytes = record;
    }
  n = gnutls_record_send (self->session, bytes, n_bytes);
  if (n != GNUTLS_E_AGAIN && n != GNUTLS_E_INTERRUPTED)
    return n < 0 ? fail_to_send (n) : n;
  self->is_queued = TRUE;
  return n_bytes;
}

/**
 * tide_tls_flush:
 * @self: a session that has shaken hands
 *
 * Gives the kernel what was taken before and is still here.
 *
 * Returns: whether nothing is left; if not, `errno` says why
 */
gboolean
tide_tls_flush (TideTls *self)
{
  gssize n;

  if (!self->is_queued)
    return TRUE;
  do
    n = gnutls_record_send (self->session, NULL, 0);
  while (n == GNUTLS_E_INTERRUPTED);
  if (n < 0)
    {
      fail_to_send (n);
      return FALSE;
    }
  self->is_queued = FALSE;
  return TRUE;
}

/**
 * tide_tls_end:
 * @self: a session that has shaken hands
 *
 * Tells the client that nothing more comes, if the kernel takes it.
 */
void
tide_tls_end (TideTls *self)
{
  gnutls_bye (self->session, GNUTLS_SHUT_WR);
}
