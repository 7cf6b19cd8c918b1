/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-protocol.h"

G_BEGIN_DECLS

/**
 * TideEngineioType:
 * @TIDE_ENGINEIO_OPEN: from the service: the session and its figures
 * @TIDE_ENGINEIO_CLOSE: the session ends
 * @TIDE_ENGINEIO_PING: from the service: are you there?
 * @TIDE_ENGINEIO_PONG: the answer to it
 * @TIDE_ENGINEIO_MESSAGE: carries a packet of Socket.IO
 * @TIDE_ENGINEIO_UPGRADE: from the client: go on by WebSocket
 * @TIDE_ENGINEIO_NOOP: nothing, to end a held GET
 * @TIDE_ENGINEIO_INVALID: none of them
 *
 * The packet types of Engine.IO v4: the first character of every text message.
 */
typedef enum
{
  TIDE_ENGINEIO_OPEN,
  TIDE_ENGINEIO_CLOSE,
  TIDE_ENGINEIO_PING,
  TIDE_ENGINEIO_PONG,
  TIDE_ENGINEIO_MESSAGE,
  TIDE_ENGINEIO_UPGRADE,
  TIDE_ENGINEIO_NOOP,
  TIDE_ENGINEIO_INVALID,
} TideEngineioType;

TideEngineioType tide_engineio_parse_type (const char *text, gsize length);
char *tide_engineio_make_open (const char *sid,
                               const char *upgrades,
                               const TideProtocolSettings *settings);
void tide_engineio_send_open (TideProtocol *self, const char *upgrades);
gboolean
tide_engineio_take_message (TideProtocol *self, const char **text, gsize *length);

void tide_sid_generate (char (*sids)[TIDE_SID_LENGTH + 1], guint n_sids);

G_END_DECLS
