/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-socket.h"

G_BEGIN_DECLS

/**
 * TIDE_POLLING_MAX_LINKS:
 *
 * How many HTTP connections of a session are remembered. Clients use two: one for the GET
 * that is held, one for a POST meanwhile.
 */
#define TIDE_POLLING_MAX_LINKS 4

/**
 * TidePollingLinks:
 *
 * The HTTP connections that the requests of a long-polling session came on. A zeroed one
 * has none.
 */
typedef struct
{
  TideSocket *sockets[TIDE_POLLING_MAX_LINKS]; /* (owned), the first @n_sockets of them */
  guint n_sockets;
} TidePollingLinks;

void tide_polling_links_note (TidePollingLinks *self, TideSocket *socket);
void tide_polling_links_end_idle (TidePollingLinks *self);
void tide_polling_links_clear (TidePollingLinks *self);

G_END_DECLS
