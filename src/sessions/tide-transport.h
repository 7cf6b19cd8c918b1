/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-outbox.h"
#include "tide-protocol.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TideTransport TideTransport;

/**
 * TideTransportFuncs:
 * @send: (transfer full): queues a frame; %FALSE when that is over the outbox's hard
 * limit, and the connection is to be closed
 * @flush: hands on what is queued, as far as it is taken at once
 * @close: sends the close code and the reason and ends; the connection is not called
 * again
 * @is_polling: whether it is long-polling, not a WebSocket
 *
 * What the sessions can do with a browser's socket.
 */
typedef struct
{
  gboolean (*send) (TideTransport *self, TideFrame *frame);
  void (*flush) (TideTransport *self);
  void (*close) (TideTransport *self, guint16 code, const char *reason);
  gboolean is_polling;
} TideTransportFuncs;

/**
 * TideTransport:
 *
 * A browser's socket as the sessions see it. The server folder implements it; it calls
 * tide_connection_receive_text() and its like with what arrives, and
 * tide_connection_transport_closed() once when the socket ends by itself. Until then
 * frames of batches leave its outbox only by tide_outbox_take(): what is not taken when
 * the connection ends goes back to the stages above.
 */
struct _TideTransport
{
  const TideTransportFuncs *funcs; /* (unowned) */
  TideOutbox *outbox;              /* (unowned), the transport's, what waits in it */
  gsize n_unfinished;   /* bytes of a message that the client has not sent to its end */
  gboolean is_deflated; /* the client takes compressed messages */
  const char *upgrades; /* (unowned) (nullable), what the client may change to: JSON
                           strings with commas between, NULL for nothing */
};

static inline gboolean
tide_transport_send (TideTransport *self, TideFrame *frame)
{
  return self->funcs->send (self, frame);
}

static inline void
tide_transport_flush (TideTransport *self)
{
  self->funcs->flush (self);
}

static inline void
tide_transport_close (TideTransport *self, guint16 code, const char *reason)
{
  self->funcs->close (self, code, reason);
}

G_END_DECLS
