/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-protocol.h"

G_BEGIN_DECLS

/**
 * TideEngineioType:
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
  TIDE_ENGINEIO_INVALID, /* none of them */
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
