/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-polling.h"
#include "tide-stream.h"
#include "tide-websocket-manager.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * TideWebSocketLimits:
 *
 * What bounds one WebSocket.
 */
typedef struct
{
  gsize outbox_hard_bytes;
  gsize max_payload_bytes; /* of one message, over all its fragments */
} TideWebSocketLimits;

void tide_websocket_transport_start (TideStream *stream,
                                     TideWebSocketManager *manager,
                                     const TideWebSocketLimits *limits,
                                     const TideNewcomer *newcomer);
void tide_websocket_transport_start_upgrade (TideStream *stream,
                                             TidePolling *polling,
                                             const TideWebSocketLimits *limits,
                                             gint64 timeout_us);

G_END_DECLS
