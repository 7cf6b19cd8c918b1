/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-deflater.h"
#include "tide-polling.h"
#include "tide-socket.h"
#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/**
 * TideWebSocketLimits:
 *
 * What bounds one WebSocket.
 */
typedef struct
{
  gsize outbox_hard_bytes;
  gsize max_payload_bytes;   /* of one message, over all its fragments */
  TideInflater *inflater;    /* (unowned) (nullable), NULL: no message is compressed */
  gint64 message_timeout_us; /* from its first byte to its last; 0: no limit */
} TideWebSocketLimits;

void tide_websocket_transport_start (TideSocket *socket,
                                     TideWebSocketManager *manager,
                                     const TideWebSocketLimits *limits,
                                     const TideNewcomer *newcomer,
                                     gboolean is_deflated);
void tide_websocket_transport_start_upgrade (TideSocket *socket,
                                             TidePolling *polling,
                                             const TideWebSocketLimits *limits,
                                             gint64 timeout_us,
                                             gboolean is_deflated);

G_END_DECLS
