/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-protocol-private.h"
#include "tide-socketio-packet.h"

#include <string.h>

G_BEGIN_DECLS

/* What the files of Socket.IO have of each other. */

const char *tide_socketio_find_namespace (TideProtocol *self,
                                          const TideSocketioPacket *packet);
gboolean tide_socketio_has_joined (TideProtocol *self, const char *namespace);
void tide_socketio_join (TideProtocol *self,
                         const char *namespace,
                         const TideSocketioPacket *packet);
void tide_socketio_leave (TideProtocol *self, const char *namespace);
void tide_socketio_say_goodbye (TideProtocol *self);

char *tide_socketio_make_head (TideSocketioType type,
                               const char *namespace,
                               guint n_attachments,
                               const guint64 *id);

char *tide_socketio_dup_name (const TideSocketioPacket *packet);
void tide_socketio_describe_event (TideProtocolEvent *event,
                                   const TideSocketioPacket *packet);

void tide_socketio_begin_binary (TideProtocol *self,
                                 const TideSocketioPacket *packet,
                                 const char *namespace);
void tide_socketio_receive_binary (TideProtocol *self, GBytes *message);
void tide_socketio_free_pending (gpointer data);

G_END_DECLS
