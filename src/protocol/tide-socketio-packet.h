/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-scan.h"

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_SOCKETIO_MAX_ATTACHMENTS 10
#define TIDE_SOCKETIO_MAX_NAMESPACE 128

/**
 * TideSocketioType:
 * @TIDE_SOCKETIO_CONNECT: joins a namespace, or says that it is joined
 * @TIDE_SOCKETIO_DISCONNECT: leaves a namespace
 * @TIDE_SOCKETIO_EVENT: a name and arguments
 * @TIDE_SOCKETIO_ACK: the answer to an event that has an id
 * @TIDE_SOCKETIO_CONNECT_ERROR: why a namespace can not be joined
 * @TIDE_SOCKETIO_BINARY_EVENT: an event whose attachments follow
 * @TIDE_SOCKETIO_BINARY_ACK: an answer whose attachments follow
 *
 * The packet types of Socket.IO v5: the first character of every packet.
 */
typedef enum
{
  TIDE_SOCKETIO_CONNECT,
  TIDE_SOCKETIO_DISCONNECT,
  TIDE_SOCKETIO_EVENT,
  TIDE_SOCKETIO_ACK,
  TIDE_SOCKETIO_CONNECT_ERROR,
  TIDE_SOCKETIO_BINARY_EVENT,
  TIDE_SOCKETIO_BINARY_ACK,
} TideSocketioType;

/**
 * TideSocketioPacket:
 *
 * What one packet says. Points into the text that it was read from.
 */
typedef struct
{
  TideSocketioType type;
  guint n_attachments;   /* binary messages that follow; 0 for text packets */
  const char *namespace; /* (unowned), not NUL-terminated, starts with a slash */
  gsize namespace_length;
  gboolean has_id;
  guint64 id;       /* of the acknowledgement, when @has_id; below 2^53 */
  const char *json; /* (unowned) (nullable), scanned; the rest of the text */
  gsize json_length;
  TideJsonField name; /* of an event: a string or a number; else of kind NONE */
  const char *args;   /* (unowned) (nullable), of an event: cursor behind its name */
} TideSocketioPacket;

gboolean
tide_socketio_packet_parse (TideSocketioPacket *self, const char *text, gsize length);
gboolean tide_socketio_packet_is_in (const TideSocketioPacket *self,
                                     const char *namespace);

G_END_DECLS
