/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-tls-certificate.h"

#include <glib.h>

#include <sys/uio.h>

G_BEGIN_DECLS

/**
 * TideTls:
 *
 * What a socket reads and writes by when it speaks TLS. Never blocks, and has no thread.
 */
typedef struct _TideTls TideTls;

/**
 * TideTlsState:
 * @TIDE_TLS_DONE: everything is agreed on
 * @TIDE_TLS_WANTS_INPUT: the client's next words have not come yet
 * @TIDE_TLS_WANTS_ROOM: the kernel does not take our words now
 * @TIDE_TLS_FAILED: it is over, and the client was told why
 *
 * How far a handshake is.
 */
typedef enum
{
  TIDE_TLS_DONE,
  TIDE_TLS_WANTS_INPUT,
  TIDE_TLS_WANTS_ROOM,
  TIDE_TLS_FAILED,
} TideTlsState;

TideTls *tide_tls_new (TideTlsCertificate *certificate, int fd);
void tide_tls_free (TideTls *self);
TideTlsState tide_tls_shake_hands (TideTls *self);
gssize tide_tls_receive (TideTls *self, guint8 *buffer, gsize count);
gssize tide_tls_send (TideTls *self, const struct iovec *vectors, guint n_vectors);
gboolean tide_tls_flush (TideTls *self);
void tide_tls_end (TideTls *self);

G_END_DECLS
