/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A client that goes over to WebSocket leaves its HTTP connections behind, and would keep
 * them until the server closes them. Each is a source of libsoup's in the main loop and
 * some KiB: they are closed when they are known to be of no use any more. */

#include "tide-polling-links.h"

/* Lets go of those that are closed by now. */
static void
drop_closed (TidePollingLinks *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_sockets; i++)
    if (self->sockets[i]->mode == TIDE_SOCKET_HTTP)
      self->sockets[n++] = self->sockets[i];
    else
      tide_socket_unref (self->sockets[i]);
  self->n_sockets = n;
}

/**
 * tide_polling_links_note:
 * @self: the connections of a session
 * @socket: one that a request of it came on
 *
 * Remembers a connection. One that requests of other sessions came on is a proxy's, and
 * never closed early. Over %TIDE_POLLING_MAX_LINKS they are not remembered.
 */
void
tide_polling_links_note (TidePollingLinks *self, TideSocket *socket)
{
  for (guint i = 0; i < self->n_sockets; i++)
    if (self->sockets[i] == socket)
      return;
  drop_closed (self);
  socket->n_sessions = MIN (socket->n_sessions + 1, G_MAXUINT8);
  if (self->n_sockets < TIDE_POLLING_MAX_LINKS)
    self->sockets[self->n_sockets++] = tide_socket_ref (socket);
}

static gboolean
is_idle (const TideSocket *socket)
{
  return socket->mode == TIDE_SOCKET_HTTP && socket->n_request_bytes == 0 &&
         socket->outbox.n_bytes == 0;
}

/**
 * tide_polling_links_end_idle:
 * @self: the connections of a session that is over
 *
 * Closes those that only this session used and that wait for a request now, in the polite
 * way, and forgets all.
 */
void
tide_polling_links_end_idle (TidePollingLinks *self)
{
  for (guint i = 0; i < self->n_sockets; i++)
    if (self->sockets[i]->n_sessions == 1 && is_idle (self->sockets[i]))
      tide_socket_end_input (self->sockets[i]);
  tide_polling_links_clear (self);
}

/**
 * tide_polling_links_clear:
 * @self: the connections of a session
 *
 * Forgets all.
 */
void
tide_polling_links_clear (TidePollingLinks *self)
{
  while (self->n_sockets > 0)
    tide_socket_unref (self->sockets[--self->n_sockets]);
}
